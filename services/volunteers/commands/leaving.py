"""Somebody leaves, in one step; on their wish everything that says who they were is removed as well (GDPR Art. 17).

The figures of who helped how long stay: they name nobody.
"""

from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.commands import assignments, mails
from services.volunteers.commands.acting import Acting
from services.volunteers.commands.mentorships import end_for, running_of
from services.volunteers.commands.rules import hold
from services.volunteers.commands.told import tell_volunteer
from services.volunteers.domain.asking import AssignmentState, VolunteerState
from services.volunteers.inputs import HowItWas
from services.volunteers.tables import Assignment, Volunteer
from shared.contracts import volunteers as events
from shared.contracts.words import AssignmentCancelReason, MentorshipEnd

ERASED = "gelöscht"
"""Stands where a name was."""

_NOT_INVITED = text(
    "delete from invitation using gathering where gathering.id = invitation.gathering_id "
    "and gathering.starts_at > :now and invitation.volunteer_id = :id"
)
_NOBODY = text(
    """
    update volunteer set given_name = :erased, family_name = :erased, email = null, phone = null, mail_language = 'de',
        organisation = null, kinds = '{}', districts = '{}', home_district = null, skills = null, wishes = null,
        limits = null, note = null, woman = null, driving_licence = false, car = false, max_a_month = 0,
        certificate_inspected_on = null, certificate_due_on = null, confidentiality_on = null, erased_on = :today
    where id = :id
    """
)
_FORGET = [
    text(statement)
    for statement in (
        # What was answered to a call may name them; the key stays, so that the call is still done once.
        "update idempotency set body = ''::bytea "
        "where body is not null and position(:id in encode(body, 'escape')) > 0",
        "delete from mail where about ->> 'volunteer_id' = :id or lower(to_address) = lower(:email)",
        "delete from mail_link where about ->> 'volunteer_id' = :id",
        "update assignment set feedback = null, site_feedback = null where volunteer_id = cast(:id as uuid)",
        "update mentorship set feedback = null, site_feedback = null, organisation = null "
        "where volunteer_id = cast(:id as uuid)",
        *(
            f"delete from {table} where volunteer_id = cast(:id as uuid)"  # noqa: S608  (names of our own tables)
            for table in (
                "volunteer_language",
                "availability",
                "weekly_block",
                "absence",
                "conflict",
                "thanks",
                "invitation",
            )
        ),
    )
]


async def leave(session: AsyncSession, by: Acting, volunteer_id: UUID, erase: bool) -> Volunteer | None:
    """They do not help any more; with `erase` nobody can be found by the row that stays. Said again, nothing changes.

    Of one who was never at work nothing is kept: then there is no row any more, and None is returned. By the team or
    by themselves. What they had promised is called off and others are asked; what is over counts as planned.
    """
    volunteer = await hold(session, by, volunteer_id)
    if volunteer.state in (VolunteerState.UNCONFIRMED, VolunteerState.NEW):
        await _forget(session, volunteer)
        await session.delete(volunteer)
        await session.flush()
        return None
    left = volunteer.state is VolunteerState.LEFT
    if volunteer.erased_on is not None or (left and not erase):
        return volunteer
    offers = {"paused_until": None, "resting_until": None, "call_since": None, "calendar_hash": None}
    if not left:
        await _end_everything(session, by.everywhere(), volunteer)
        for name, value in offers.items():
            setattr(volunteer, name, value)
    if erase:
        await _forget(session, volunteer)
        await session.execute(_NOBODY, {"id": volunteer_id, "erased": ERASED, "today": by.today})
        await session.refresh(volunteer)
    volunteer.changed_at = by.now
    session.add(volunteer)
    await session.flush()
    await tell_volunteer(session, volunteer, events.VolunteerLeft, by.today, erased=erase)
    return volunteer


async def _end_everything(session: AsyncSession, by: Acting, volunteer: Volunteer) -> None:
    """Mentorships first, which close their requests; then what was promised; then what nobody has answered."""
    for mentorship in await running_of(session, volunteer_id=volunteer.id):
        await end_for(session, by, mentorship, MentorshipEnd.VOLUNTEER)
    for assignment in await _accepted(session, volunteer.id):
        if assignment.starts_at is not None and assignment.ends_at is not None and assignment.starts_at <= by.now:
            planned = int((assignment.ends_at - assignment.starts_at).total_seconds() // 60)
            await assignments.complete(session, by, assignment.id, HowItWas(minutes=planned))
        else:
            await assignments.cancel(session, by, assignment.id, AssignmentCancelReason.VOLUNTEER)
    volunteer.state, volunteer.left_on = VolunteerState.LEFT, by.today
    session.add(volunteer)
    await session.flush()
    await assignments.recheck(session, by, volunteer_id=volunteer.id)
    await mails.forget(session, "volunteer_id", volunteer.id)
    await session.execute(_NOT_INVITED, {"now": by.now, "id": volunteer.id})


async def _accepted(session: AsyncSession, volunteer_id: UUID) -> list[Assignment]:
    found = await session.exec(
        select(Assignment)
        .where(Assignment.volunteer_id == volunteer_id, Assignment.state == AssignmentState.ACCEPTED)
        .order_by(col(Assignment.id))
    )
    return list(found.all())


async def _forget(session: AsyncSession, volunteer: Volunteer) -> None:
    about = {"id": str(volunteer.id), "email": volunteer.email or ""}
    for statement in _FORGET:
        await session.execute(statement, {name: about[name] for name in statement.compile().params})
