"""„Meine Vermittlungen": what a partner is asked, what goes on, and what it is to delete. Its own referrals only."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from services.referrals.commands.acting import Acting
from services.referrals.commands.deletions import confirm as confirm_deletion
from services.referrals.commands.referrals import accept, decline
from services.referrals.desk import ByPartnerOnPage
from services.referrals.inputs import AcceptMany
from services.referrals.pages.referral_forms import StepForm
from services.referrals.queries.referral_pages import open_deletions, own_referrals
from services.referrals.tables import Referral
from shared.contracts.words import DeclineReason
from shared.refusals import Invalid
from shared.web import forms, words
from shared.web.forms import Filled
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/referrals/own")

_DONE = {"accepted": "Angenommen.", "declined": "Abgelehnt. Das Team sucht weiter.", "deleted": "Danke, vermerkt."}


@router.get("")
async def show_own(request: Request, by: ByPartnerOnPage, session: Session, pages: Pages, done: str = "") -> Response:
    """What waits for an answer on top."""
    return await _show(request, session, by, pages, Filled[Any]({}), done)


@router.post("/accept")
async def accept_many(request: Request, by: ByPartnerOnPage, session: Session, pages: Pages) -> Response:
    """Accept all that were ticked: all of them, or, where one cannot be accepted any more, none."""
    form = await forms.read(request, AcceptMany)
    if form.value is not None:
        work = _accept_all(session, by, form.value.ids)
        if await forms.attempt(session, form, work) is not None:
            return pages.redirect("/referrals/own?done=accepted")
    if "ids" in form.errors:
        form.errors = {"": "Bitte mindestens eine Anfrage ankreuzen."}
    return await _show(request, session, by, pages, form)


@router.post("/{referral_id}/accept")
async def accept_one(
    referral_id: UUID, request: Request, by: ByPartnerOnPage, session: Session, pages: Pages
) -> Response:
    """Accept in one click."""
    form = Filled[Any]({})
    if await forms.attempt(session, form, accept(session, by, referral_id)) is not None:
        return pages.redirect("/referrals/own?done=accepted")
    return await _show(request, session, by, pages, form)


@router.post("/{referral_id}/decline")
async def decline_one(
    referral_id: UUID, request: Request, by: ByPartnerOnPage, session: Session, pages: Pages
) -> Response:
    """Decline in one click: the button says why."""
    form = await forms.read(request, StepForm)
    if form.value is not None:
        work = _decline(session, by, referral_id, form.value.decline)
        if await forms.attempt(session, form, work) is not None:
            return pages.redirect("/referrals/own?done=declined")
    return await _show(request, session, by, pages, form)


@router.get("/deletions")
async def show_deletions(by: ByPartnerOnPage, session: Session, pages: Pages, done: str = "") -> Response:
    """What the partner is to delete, until it has said that it did."""
    rows = await open_deletions(session, by.partner or "")
    return pages.render("own_deletions.html", rows=rows, done=_DONE.get(done, ""))


@router.post("/deletions/{deletion_id}/confirm")
async def say_deleted(deletion_id: UUID, by: ByPartnerOnPage, session: Session, pages: Pages) -> Response:
    """The partner has deleted it."""
    await confirm_deletion(session, by, deletion_id)
    return pages.redirect("/referrals/own/deletions?done=deleted")


async def _accept_all(session: AsyncSession, by: Acting, ids: list[UUID]) -> list[Referral]:
    return [await accept(session, by, referral_id) for referral_id in sorted(set(ids))]  # one order: no deadlock


async def _decline(session: AsyncSession, by: Acting, referral_id: UUID, reason: DeclineReason | None) -> Referral:
    if reason is None:
        raise Invalid("decline", "Bitte den Grund angeben.")
    return await decline(session, by, referral_id, reason)


async def _show(
    request: Request, session: AsyncSession, by: Acting, pages: PageMaker, form: Filled[Any], done: str = ""
) -> Response:
    return pages.render(
        "own.html",
        status=422 if form.errors else 200,
        own=await own_referrals(session, by.partner or "", by.now),
        reasons=words.choices("DeclineReason"),
        shared_at=request.app.state.settings.site_url,
        form=form,
        done=_DONE.get(done, ""),
    )
