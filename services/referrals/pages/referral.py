"""One referral: how it stands, what has become of it so far, and the next step of whoever looks at it."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from services.referrals.commands import referrals as commands
from services.referrals.commands.acting import Acting
from services.referrals.desk import ByTeamOnPage, ByTeamOrPartnerOnPage
from services.referrals.domain.matching import Ranked
from services.referrals.domain.schedules import schedule_of
from services.referrals.domain.states import WITHOUT_HELP
from services.referrals.inputs import Basis, DraftReferral
from services.referrals.pages.referral_forms import SendForm, StepForm
from services.referrals.queries.matching import matches, wish_of_referral
from services.referrals.queries.referral_pages import ReferralFile, consented_to, partner_names, referral_file
from services.referrals.tables import Referral
from shared.contracts.words import CancelCause, CancelReason, LegalBasis
from shared.refusals import Invalid, Missing
from shared.web import forms, words
from shared.web.forms import Filled
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages
from shared.web.tokens import Role

router: APIRouter = page_router("/referrals/referrals/{referral_id}")


@router.get("")
async def show_referral(
    referral_id: UUID, request: Request, by: ByTeamOrPartnerOnPage, session: Session, pages: Pages
) -> Response:
    """The referral, for the team of its site and for its partner; for everybody else there is none."""
    return await _show(request, session, by, pages, referral_id, Filled[Any]({}))


@router.get("/slip")
async def show_slip(referral_id: UUID, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """What somebody without a file takes along: where to go, and the code by which the partner knows the request."""
    referral = await commands.referral_for(session, by, referral_id, lock=False)
    if referral.slip_code is None:
        raise Missing("Der Zettel")
    file = await referral_file(session, referral)
    return pages.render("slip.html", file=file, times=_times(file))


@router.post("/next")
async def try_next(referral_id: UUID, request: Request, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """Ask the next partner, after a no or no answer: a new referral in the place of this one."""
    form = await forms.read(request, SendForm)
    if form.value is not None:
        work = _ask_next(session, by, referral_id, form.value)
        if (sent := await forms.attempt(session, form, work)) is not None:
            return pages.redirect(f"/referrals/referrals/{sent.id}")
    return await _show(request, session, by, pages, referral_id, form)


@router.post("/delete")
async def delete_draft(
    referral_id: UUID, request: Request, by: ByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Away with a draft, of which nobody has learned."""
    form = Filled[Any]({})
    await forms.attempt(session, form, commands.delete_draft(session, by, referral_id))
    if form.errors:
        return await _show(request, session, by, pages, referral_id, form)
    return pages.redirect("/referrals/board?state=team")


@router.post("/{step}")
async def take_step(
    referral_id: UUID, step: str, request: Request, by: ByTeamOrPartnerOnPage, session: Session, pages: Pages
) -> Response:
    """One step: accept, decline, start, hold, resume, complete, fail, send, cancel or waive."""
    form = await forms.read(request, StepForm)
    if form.value is not None:
        work = _step(session, by, referral_id, step, form.value)
        if await forms.attempt(session, form, work) is not None:
            return pages.redirect(f"/referrals/referrals/{referral_id}")
    return await _show(request, session, by, pages, referral_id, form)


async def _step(session: AsyncSession, by: Acting, referral_id: UUID, step: str, given: StepForm) -> Referral:
    match step:
        case "send":
            return await commands.send_referral(session, by, referral_id)
        case "accept":
            return await commands.accept(session, by, referral_id, given.answer())
        case "start":
            return await commands.start(session, by, referral_id)
        case "hold":
            return await commands.hold(session, by, referral_id, position=given.position)
        case "resume":
            return await commands.resume(session, by, referral_id)
        case "waive":
            return await commands.waive_retry(session, by, referral_id, CancelCause(_given("cancel", given.cancel)))
        case "decline":
            return await commands.decline(session, by, referral_id, _given("decline", given.decline))
        case "cancel":
            return await commands.cancel(session, by, referral_id, CancelCause(_given("cancel", given.cancel)))
        case "complete":
            return await commands.complete(session, by, referral_id, _given("outcome", given.outcome))
        case "fail":
            return await commands.fail(session, by, referral_id, _given("outcome", given.outcome))
    raise Missing("Diese Seite")


def _times(file: ReferralFile) -> str:
    offer = file.offer
    schedule = schedule_of(offer.rrule, offer.starts_at, offer.ends_at, offer.first_on) if offer else None
    return schedule.words if schedule is not None else ""


def _given(field: str, value: Any) -> Any:
    if value is None:
        raise Invalid(field, "Bitte auswählen.")
    return value


async def _ask_next(session: AsyncSession, by: Acting, referral_id: UUID, given: SendForm) -> Referral:
    before = await commands.referral_for(session, by, referral_id)
    wanted = DraftReferral(
        household_id=before.household_id,
        person_id=before.person_id,
        contact_id=before.contact_id,
        need_id=before.need_id,
        area=before.area,
        topic=before.topic,
        offer_id=given.offer_id,
        legal_basis=None if before.contact_id else Basis(kind=given.basis, reference=given.reference),
        replaces=before.id,
    )
    draft = await commands.draft_referral(session, by, wanted)
    return await commands.send_referral(session, by, draft.id)


async def _show(
    request: Request, session: AsyncSession, by: Acting, pages: PageMaker, referral_id: UUID, form: Filled[Any]
) -> Response:
    referral = await commands.referral_for(session, by, referral_id, lock=False)
    file = await referral_file(session, referral)
    is_team = by.role is Role.TEAM
    proposed = await _proposed(request, session, by, file) if is_team else []
    consented = frozenset[str]()
    if proposed and referral.household_id is not None:
        consented = await consented_to(session, referral.household_id, referral.person_id)
    return pages.render(
        "referral.html",
        status=422 if form.errors else 200,
        file=file,
        referral=referral,
        is_team=is_team,
        proposed=proposed,
        partners=await partner_names(session, {fit.offer.partner for fit in proposed}),
        consented=consented,
        reference=referral.basis_reference if referral.basis is not LegalBasis.CONSENT else None,
        decline_reasons=words.choices("DeclineReason"),
        cancel_reasons=[pair for pair in words.choices("CancelReason") if pair[0] != CancelReason.CONSENT_WITHDRAWN],
        outcomes=words.choices("ReferralOutcome"),
        shared_at=request.app.state.settings.site_url,
        form=form,
    )


async def _proposed(request: Request, session: AsyncSession, by: Acting, file: ReferralFile) -> list[Ranked]:
    """The next best offer and its runner-up, where a partner could not help and nobody has been asked since."""
    erased = file.referral.household_id is None and file.referral.contact_id is None
    if erased or file.referral.state not in WITHOUT_HELP or file.successor is not None or file.referral.waived_at:
        return []
    wish = await wish_of_referral(session, file.referral, by.today)
    ranking = await matches(session, wish, by.today, request.app.state.settings.stale_after_days)
    return list(ranking.fits[:2])
