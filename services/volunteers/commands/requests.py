"""What somebody is needed for: told by the sites, arisen from needs and referrals, or entered by hand (report 3.1a)."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.commands.acting import Acting
from services.volunteers.commands.assignments import end_standing
from services.volunteers.commands.known import households
from services.volunteers.commands.told import write_step
from services.volunteers.domain.asking import WANTED_STATES, Origin, RequestState
from services.volunteers.inputs import NewRequest
from services.volunteers.tables import HelpRequest, KnownHousehold
from shared.contracts.intake import InterpreterRequested, NeedMet
from shared.contracts.intake.needs import Need
from shared.contracts.referrals import ReferralAccepted
from shared.contracts.words import (
    AssignmentCancelReason,
    NeedArea,
    OfferKind,
    VolunteerKind,
)
from shared.messaging import Received
from shared.refusals import Conflict, Invalid, Missing

USUAL_LENGTH = timedelta(hours=2)
"""Of what has no end told (ours)."""
_KIND_FOR_NEED = {NeedArea.SOCIAL_CONTACTS: VolunteerKind.MENTOR}
"""What a volunteer may help with besides what partners offer (ours); the team decides."""


async def request_of(session: AsyncSession, by: Acting, request_id: UUID) -> HelpRequest:
    """A locked request, as it is now. Raises `Missing`, also for the team of another site."""
    found = await session.exec(
        select(HelpRequest)
        .where(HelpRequest.id == request_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    request = found.one_or_none()
    if request is None or (by.site is not None and request.site != by.site):
        raise Missing("Die Anfrage")
    return request


async def take_wish(session: AsyncSession, by: Acting, event: Received[InterpreterRequested]) -> None:
    """A site wishes for an interpreter, wishes for one at another time, or does not any more."""
    told = event.data
    if await households.is_erased(session, told.household_id):
        return
    known = (
        await session.exec(select(HelpRequest).where(HelpRequest.id == told.request_id).with_for_update())
    ).one_or_none()
    if known is not None and known.sequence >= event.sequence:
        return
    request = known or HelpRequest(
        id=told.request_id,
        kind=VolunteerKind.INTERPRETER,
        site=event.site,
        origin=Origin.SITE,
        created_at=by.now,
        created_by=by.who,
        language=told.language,
    )
    before = (request.starts_at, request.language)
    household_id = await _goes_on_as(session, told.household_id)
    request.sequence = event.sequence
    request.site = event.site
    request.occasion = told.occasion
    request.visit_id = told.visit_id
    request.household_id = household_id
    request.original_household_id = None if household_id == told.household_id else told.household_id
    request.district, request.neighbourhood = told.district, told.neighbourhood
    request.language = told.language
    request.starts_at, request.ends_at = told.at, told.until or told.at + USUAL_LENGTH
    request.woman_wanted = told.woman_wanted
    request.minors = told.minors_present or await _minors_live_with(session, household_id)
    if told.withdrawn:
        await _withdraw(session, by, request)
        return
    session.add(request)
    if known is None:
        await _open(session, by, request)
        return
    if before != (request.starts_at, request.language):
        await end_standing(session, by, request, AssignmentCancelReason.WITHDRAWN)
    if request.state is RequestState.FILLED and before == (request.starts_at, request.language):
        await session.flush()
        return
    await _open(session, by, request, "changed")


async def take_need(session: AsyncSession, by: Acting, event: Received[Need]) -> None:
    """A household is looking for contacts: perhaps a mentor; the team decides. A met need takes the thought back."""
    need = event.data
    kind = _KIND_FOR_NEED.get(need.area)
    if kind is None or await households.is_erased(session, need.household_id, need.person_id):
        return
    found = await session.exec(
        select(HelpRequest)
        .where(HelpRequest.origin == Origin.NEED, HelpRequest.origin_id == need.need_id, HelpRequest.kind == kind)
        .with_for_update()
    )
    request = found.one_or_none()
    if request is not None and request.sequence >= event.sequence:
        return
    met = isinstance(need, NeedMet)
    if request is not None:
        request.sequence = event.sequence
        session.add(request)
        if met and request.state is RequestState.SUGGESTED:
            await _withdraw(session, by, request)
        return
    household_id = await _goes_on_as(session, need.household_id)
    request = HelpRequest(
        kind=kind,
        site=event.site,
        district=need.district,
        neighbourhood=need.neighbourhood,
        household_id=household_id,
        original_household_id=None if household_id == need.household_id else need.household_id,
        language=next(iter(need.languages), None),
        minors=await _minors_live_with(session, household_id),
        state=RequestState.WITHDRAWN if met else RequestState.SUGGESTED,
        closed_at=by.now if met else None,
        origin=Origin.NEED,
        origin_id=need.need_id,
        sequence=event.sequence,
        created_at=by.now,
        created_by=by.who,
    )
    session.add(request)
    await session.flush()
    write_step(session, by, request.id, "suggested")


async def take_referral(session: AsyncSession, by: Acting, event: Received[ReferralAccepted]) -> None:
    """An association has accepted to find a mentor for a household: one of its volunteers is looked for."""
    told = event.data
    if told.kind is not OfferKind.MENTORING or told.household_id is None:
        return
    if await households.is_erased(session, told.household_id, told.person_id):
        return
    known = await session.exec(
        select(HelpRequest.id).where(HelpRequest.origin == Origin.REFERRAL, HelpRequest.origin_id == told.referral_id)
    )
    if known.first() is not None:
        return
    household_id = await _goes_on_as(session, told.household_id)
    request = HelpRequest(
        kind=VolunteerKind.MENTOR,
        site=told.site,
        district=told.district,
        household_id=household_id,
        original_household_id=None if household_id == told.household_id else told.household_id,
        language=next(iter(told.languages), None),
        minors=await _minors_live_with(session, household_id),
        organisation=told.partner,
        state=RequestState.SUGGESTED,
        origin=Origin.REFERRAL,
        origin_id=told.referral_id,
        created_at=by.now,
        created_by=by.who,
    )
    session.add(request)
    await session.flush()
    write_step(session, by, request.id, "suggested")


async def drop_referral(session: AsyncSession, by: Acting, referral_id: UUID) -> None:
    """The referral to an association is over: a mentor who was not found by then is not looked for any more."""
    found = await session.exec(
        select(HelpRequest)
        .where(
            HelpRequest.origin == Origin.REFERRAL,
            HelpRequest.origin_id == referral_id,
            col(HelpRequest.state).in_((RequestState.SUGGESTED, RequestState.OPEN)),
        )
        .with_for_update()
    )
    if (request := found.one_or_none()) is not None:
        await _withdraw(session, by, request)


async def enter_request(session: AsyncSession, by: Acting, wanted: NewRequest) -> HelpRequest:
    """The team needs somebody. Raises `Invalid` for a household that it does not know or that is another site's."""
    assert by.site is not None  # noqa: S101  (only teams enter requests)
    household = None
    if wanted.household_id is not None:
        household_id = await _goes_on_as(session, wanted.household_id)
        household = await session.get(KnownHousehold, household_id)
        if household is None:
            raise Conflict("Diesen Haushalt hat der Standort noch nicht gemeldet. Bitte gleich noch einmal versuchen.")
        if household.site != by.site or household.closed is not None:
            raise Invalid("household_id", "Diesen Haushalt gibt es an Ihrem Standort nicht.")
    if wanted.starts_at is not None and wanted.starts_at <= by.now:
        raise Invalid("starts_at", "Der Termin liegt in der Vergangenheit.")
    request = HelpRequest(
        kind=wanted.kind,
        occasion=wanted.occasion,
        title=wanted.title,
        site=by.site,
        district=household.district if household else wanted.district,
        neighbourhood=household.neighbourhood if household else None,
        household_id=household.household_id if household else None,
        language=wanted.language,
        starts_at=wanted.starts_at,
        ends_at=wanted.ends_at,
        woman_wanted=wanted.woman_wanted,
        minors=wanted.minors or (household is not None and household.minors > 0),
        car_wanted=wanted.car_wanted,
        organisation=wanted.organisation,
        asks_by_itself=wanted.asks_by_itself,
        origin=Origin.HAND,
        created_at=by.now,
        created_by=by.who,
    )
    session.add(request)
    await _open(session, by, request)
    return request


async def take_up(session: AsyncSession, by: Acting, request_id: UUID) -> HelpRequest:
    """The team follows a suggestion: somebody is looked for from now on."""
    request = await request_of(session, by, request_id)
    if request.state is not RequestState.SUGGESTED:
        raise Conflict("Darüber ist schon entschieden.")
    await _open(session, by, request)
    return request


async def withdraw_request(session: AsyncSession, by: Acting, request_id: UUID) -> HelpRequest:
    """Nobody is needed any more; whoever was asked or has said yes is told."""
    request = await request_of(session, by, request_id)
    if request.state not in WANTED_STATES:
        raise Conflict("Diese Anfrage ist schon abgeschlossen.")
    if request.origin is Origin.SITE and request.occasion is not None and by.site is not None:
        raise Conflict("Diesen Wunsch hat die Akte gestellt. Bitte dort beim Termin zurücknehmen.")
    await _withdraw(session, by, request)
    return request


async def let_ask(session: AsyncSession, by: Acting, request_id: UUID, by_itself: bool) -> HelpRequest:
    """Whether one after the other is asked without the team."""
    request = await request_of(session, by, request_id)
    if request.state is not RequestState.OPEN:
        raise Conflict("Für diese Anfrage wird gerade niemand gesucht.")
    request.asks_by_itself = by_itself
    request.ask_at = by.now if by_itself else None
    session.add(request)
    write_step(session, by, request.id, "asks_by_itself" if by_itself else "asks_by_hand")
    await session.flush()
    return request


async def end_request(session: AsyncSession, by: Acting, request: HelpRequest, reason: AssignmentCancelReason) -> None:
    """A request that still lies ahead ends with whatever was asked for it."""
    if request.state in WANTED_STATES:
        await _withdraw(session, by, request, reason)


async def _open(session: AsyncSession, by: Acting, request: HelpRequest, what: str = "opened") -> None:
    request.state = RequestState.OPEN
    request.filled_at = request.closed_at = None
    request.ask_at = by.now if request.asks_by_itself else None
    session.add(request)
    await session.flush()
    write_step(session, by, request.id, what)


async def _withdraw(
    session: AsyncSession,
    by: Acting,
    request: HelpRequest,
    reason: AssignmentCancelReason = AssignmentCancelReason.WITHDRAWN,
) -> None:
    request.state, request.closed_at, request.ask_at = RequestState.WITHDRAWN, by.now, None
    session.add(request)
    await session.flush()
    await end_standing(session, by, request, reason)
    write_step(session, by, request.id, "withdrawn")


async def _goes_on_as(session: AsyncSession, household_id: UUID | None) -> UUID | None:
    return None if household_id is None else await households.current_id(session, household_id)


async def _minors_live_with(session: AsyncSession, household_id: UUID | None) -> bool:
    if household_id is None:
        return False
    household = await session.get(KnownHousehold, household_id, populate_existing=True)
    return household is not None and household.minors > 0


async def ahead_of(session: AsyncSession, household_id: UUID) -> list[HelpRequest]:
    """The household's requests that still lie ahead, locked, the oldest first."""
    found = await session.exec(
        select(HelpRequest)
        .where(HelpRequest.household_id == household_id, col(HelpRequest.state).in_(WANTED_STATES))
        .order_by(col(HelpRequest.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(found.all())


def has_begun(request: HelpRequest, now: datetime) -> bool:
    """Whether its time has come."""
    return request.starts_at is not None and request.starts_at <= now
