"""„Wer kann helfen?": offers for a need, with reasons; the team chooses, and asks the partner from here."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from services.referrals.commands.acting import Acting
from services.referrals.commands.referrals import draft_referral, send_referral
from services.referrals.desk import ByTeamOnPage
from services.referrals.domain.matching import Wish
from services.referrals.inputs import DraftReferral
from services.referrals.pages.referral_forms import SendForm, SlipForm
from services.referrals.queries.matching import matches, plain_wish, wish_of_need
from services.referrals.queries.referral_pages import consented_to, partner_names
from services.referrals.tables import KnownHousehold, KnownNeed, Referral
from shared.contracts.kinds import Language
from shared.contracts.words import District, Topic
from shared.refusals import Missing
from shared.web import forms, words
from shared.web.forms import Filled
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/referrals/match")

FIRST = 10
"""Offers shown at first; the runner-up is always among them."""
MOST = 200
_Show = Annotated[bool, Query(alias="all")]


@router.get("")
async def show_for_need(
    request: Request, by: ByTeamOnPage, session: Session, pages: Pages, need: UUID, all_of_them: _Show = False
) -> Response:
    """The offers for a need, the best first; where nothing fits, why, and the barrier in one click."""
    return await _for_need(request, by, session, pages, need, Filled[SendForm]({}), all_of_them)


@router.post("")
async def send_for_need(request: Request, by: ByTeamOnPage, session: Session, pages: Pages, need: UUID) -> Response:
    """Ask the partner of the chosen offer."""
    form = await forms.read(request, SendForm)
    if form.value is not None:
        work = _send_for(session, by, form.value, await _need(session, by, need))
        if (sent := await forms.attempt(session, form, work)) is not None:
            return pages.redirect(f"/referrals/referrals/{sent.id}")
    return await _for_need(request, by, session, pages, need, form, False)


@router.get("/new")
async def show_for_contact(
    request: Request,
    by: ByTeamOnPage,
    session: Session,
    pages: Pages,
    contact: UUID,
    topic: Topic | None = None,
    district: District | None = None,
    language: Language | None = None,
) -> Response:
    """Offers for somebody without a file: asked for with a topic, taken along as a printed slip."""
    wish = plain_wish(by.today, None, topic, district, None, language)
    return await _for_contact(request, session, pages, contact, wish, Filled[SlipForm]({}))


@router.post("/new")
async def send_for_contact(
    request: Request,
    by: ByTeamOnPage,
    session: Session,
    pages: Pages,
    contact: UUID,
    topic: Topic,
    district: District | None = None,
    language: Language | None = None,
) -> Response:
    """Announce somebody without a file to the partner, without any data, and print the slip."""
    wish = plain_wish(by.today, None, topic, district, None, language)
    form = await forms.read(request, SlipForm)
    if form.value is not None:
        wanted = form.value.for_contact(contact, wish)
        if (sent := await forms.attempt(session, form, _send(session, by, wanted))) is not None:
            return pages.redirect(f"/referrals/referrals/{sent.id}/slip")
    return await _for_contact(request, session, pages, contact, wish, form)


async def _send_for(session: AsyncSession, by: Acting, given: SendForm, need: KnownNeed) -> Referral:
    return await _send(session, by, given.for_need(need))


async def _send(session: AsyncSession, by: Acting, wanted: DraftReferral) -> Referral:
    draft = await draft_referral(session, by, wanted)
    return await send_referral(session, by, draft.id)


async def _need(session: AsyncSession, by: Acting, need_id: UUID) -> KnownNeed:
    query = (
        select(KnownNeed)
        .join(KnownHousehold, col(KnownHousehold.household_id) == KnownNeed.household_id)
        .where(KnownNeed.need_id == need_id, KnownHousehold.site == by.site)
    )
    found = (await session.exec(query)).one_or_none()
    if found is None:
        raise Missing("Der Bedarf")
    return found


async def _for_need(
    request: Request,
    by: Acting,
    session: AsyncSession,
    pages: PageMaker,
    need_id: UUID,
    form: Filled[Any],
    all_of_them: bool,
) -> Response:
    need = await _need(session, by, need_id)
    wish = await wish_of_need(session, by.site or "", need_id, by.today)
    ranking = await matches(session, wish, by.today, request.app.state.settings.stale_after_days)
    shown = ranking.fits[: MOST if all_of_them else FIRST]
    return pages.render(
        "match.html",
        status=422 if form.errors else 200,
        need=need,
        wish=wish,
        ranking=ranking,
        shown=shown,
        partners=await partner_names(session, {fit.offer.partner for fit in shown}),
        consented=await consented_to(session, need.household_id, need.person_id),
        form=form,
    )


async def _for_contact(
    request: Request, session: AsyncSession, pages: PageMaker, contact: UUID, wish: Wish, form: Filled[Any]
) -> Response:
    ranking = None
    if wish.topic is not None:
        ranking = await matches(session, wish, wish.on, request.app.state.settings.stale_after_days)
    shown = ranking.fits[:MOST] if ranking is not None else []
    return pages.render(
        "match_contact.html",
        status=422 if form.errors else 200,
        contact=contact,
        wish=wish,
        ranking=ranking,
        shown=shown,
        partners=await partner_names(session, {fit.offer.partner for fit in shown}),
        topics=words.choices("Topic"),
        districts=words.choices("District"),
        query=request.url.query,
        form=form,
    )
