"""What is due: the next one is asked, nobody has come, tomorrow somebody is expected, how was it (report, 3.1a).

Every moment is a row's own, so it outlasts a restart; row, mail and event change in one transaction.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.commands import mails
from services.volunteers.commands.acting import Acting, service
from services.volunteers.commands.assignments import ask_next, end_standing, no_answer
from services.volunteers.commands.mails import MailKind
from services.volunteers.commands.standing import open_standing
from services.volunteers.commands.told import write_step
from services.volunteers.domain.asking import AssignmentState, RequestState
from services.volunteers.settings import Settings
from services.volunteers.tables import Assignment, HelpRequest, Via, Volunteer
from shared.contracts.words import AssignmentCancelReason
from shared.days import BERLIN

REMINDED_AT = time(10)
"""The day before, from this hour on (ours)."""

Part = Callable[[AsyncSession, Acting, Settings], Awaitable[bool]]

_REMOVE_UNCONFIRMED = text(
    """
    delete from volunteer where id in (
        select id from volunteer where state = 'unconfirmed' and registered_at < :before
        order by id limit 100 for update skip locked
    ) returning id
    """
)


async def run_one(session: AsyncSession, kind: str, settings: Settings, now: datetime) -> bool:
    """Do one thing of a kind (`KINDS`) that is due; whether there may be more."""
    return await _PARTS[kind](session, service(now, Via.TIMER), settings)


async def _nobody_came(session: AsyncSession, by: Acting, _settings: Settings) -> bool:
    """Its time has come and nobody has said yes."""
    request = await _one(
        session,
        select(HelpRequest).where(HelpRequest.state == RequestState.OPEN, col(HelpRequest.starts_at) <= by.now),
    )
    if request is None:
        return False
    request.state, request.closed_at, request.ask_at = RequestState.UNFILLED, by.now, None
    session.add(request)
    await session.flush()
    await end_standing(session, by, request, AssignmentCancelReason.WITHDRAWN)
    write_step(session, by, request.id, "unfilled")
    return True


async def _not_answered(session: AsyncSession, by: Acting, _settings: Settings) -> bool:
    """The time to answer is over."""
    found = await session.exec(
        select(Assignment)
        .join(HelpRequest, col(HelpRequest.id) == Assignment.request_id)
        .where(Assignment.state == AssignmentState.OFFERED, col(Assignment.answer_by) <= by.now)
        .order_by(col(Assignment.answer_by))
        .limit(1)
        .with_for_update(of=HelpRequest, skip_locked=True)  # request first, as everywhere
    )
    assignment = found.one_or_none()
    if assignment is None:
        return False
    await no_answer(session, by, assignment)
    return True


async def _ask_next(session: AsyncSession, by: Acting, settings: Settings) -> bool:
    """The next one is to be asked."""
    request = await _one(
        session,
        select(HelpRequest)
        .where(HelpRequest.state == RequestState.OPEN, col(HelpRequest.ask_at) <= by.now)
        .order_by(col(HelpRequest.starts_at)),
    )
    if request is None:
        return False
    await ask_next(session, by, request, settings.answer_hours)
    return True


async def _remind(session: AsyncSession, by: Acting, _settings: Settings) -> bool:
    """Tomorrow somebody is expected; who said yes only today knows it."""
    local = by.now.astimezone(BERLIN)
    if local.time() < REMINDED_AT:
        return False
    tomorrow = datetime.combine(local.date() + timedelta(days=2), time(), BERLIN)
    assignment = await _one(
        session,
        select(Assignment).where(
            Assignment.state == AssignmentState.ACCEPTED,
            col(Assignment.reminded_at).is_(None),
            col(Assignment.starts_at) > by.now,
            col(Assignment.starts_at) < tomorrow,
        ),
    )
    if assignment is None:
        return False
    assignment.reminded_at = by.now
    session.add(assignment)
    if assignment.answered_at is None or by.now - assignment.answered_at > timedelta(hours=20):
        volunteer = await session.get_one(Volunteer, assignment.volunteer_id)
        await mails.write(session, MailKind.REMINDED, volunteer, assignment_id=assignment.id)
    return True


async def _ask_how_it_was(session: AsyncSession, by: Acting, _settings: Settings) -> bool:
    """It is over: the volunteer is asked how long it took and how it was, once."""
    assignment = await _one(
        session,
        select(Assignment).where(
            col(Assignment.state).in_((AssignmentState.ACCEPTED, AssignmentState.COMPLETED)),
            col(Assignment.asked_how_it_was_at).is_(None),
            col(Assignment.strain).is_(None),
            col(Assignment.ends_at) <= by.now,
        ),
    )
    if assignment is None:
        return False
    assignment.asked_how_it_was_at = by.now
    session.add(assignment)
    volunteer = await session.get_one(Volunteer, assignment.volunteer_id)
    await mails.write(session, MailKind.HOW_WAS_IT, volunteer, assignment_id=assignment.id)
    return True


async def _remove_unconfirmed(session: AsyncSession, by: Acting, settings: Settings) -> bool:
    """A registration whose address nobody has confirmed is not kept."""
    before = by.now - timedelta(days=settings.unconfirmed_days)
    gone = list((await session.execute(_REMOVE_UNCONFIRMED, {"before": before})).scalars())
    if gone:
        await mails.forget(session, "volunteer_id", *gone)
    return bool(gone)


async def _standing(session: AsyncSession, by: Acting, _settings: Settings) -> bool:
    """The languages that a site always wants at its office hours, for the weeks that come."""
    await open_standing(session, by)
    return False


async def _one(session: AsyncSession, query: Any) -> Any:
    found = await session.exec(
        query.limit(1).with_for_update(skip_locked=True).execution_options(populate_existing=True)
    )
    return found.one_or_none()


_PARTS: dict[str, Part] = {
    "nobody_came": _nobody_came,
    "not_answered": _not_answered,
    "ask_next": _ask_next,
    "remind": _remind,
    "ask_how_it_was": _ask_how_it_was,
    "remove_unconfirmed": _remove_unconfirmed,
    "standing": _standing,
}
KINDS = tuple(_PARTS)
