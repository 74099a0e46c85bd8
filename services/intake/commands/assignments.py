"""What a volunteer may see of the family they help: opened by the family's consent for exactly that volunteer.

Where the consent is still missing, the assignment waits; once it is given the release is issued by itself.
"""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.files import File, write_down
from services.intake.commands.releases import issue_release, open_releases
from services.intake.domain.volunteers import fields_for, last_day, purpose_of
from services.intake.inputs import IssueRelease
from services.intake.queries.assignments import awaiting_consent, said_of
from services.intake.tables import Consent
from services.intake.tables.care import FollowUp
from services.intake.tables.volunteers import Assignment, InterpreterRequest
from shared.contracts.words import RecipientKind

_NO_CONSENT = "assignment_no_consent"


async def wish_of(session: AsyncSession, assignment: Assignment) -> InterpreterRequest | None:
    """The wish of this family that the assignment answers; None for what was asked elsewhere."""
    found = await session.exec(
        select(InterpreterRequest).where(
            InterpreterRequest.id == assignment.request_id, InterpreterRequest.household_id == assignment.household_id
        )
    )
    return found.one_or_none()


async def consent_for(session: AsyncSession, assignment: Assignment) -> Consent | None:
    """The newest consent for this volunteer and purpose that still holds; the whole household's before a member's."""
    found = await session.exec(
        select(Consent)
        .where(
            Consent.household_id == assignment.household_id,
            Consent.recipient_kind == RecipientKind.VOLUNTEER,
            Consent.recipient_id == assignment.volunteer_id,
            Consent.purpose == purpose_of(assignment.kind),
            col(Consent.withdrawn_on).is_(None),
        )
        .order_by(col(Consent.person_id).is_not(None), col(Consent.id).desc())
        .limit(1)
    )
    return found.one_or_none()


async def let_look(session: AsyncSession, by: Acting, file: File, assignment: Assignment, consent: Consent) -> None:
    """Issue the release for an assignment, which ends on the day after it; one that is long over gets none.

    Nor does one for which the team has let the volunteer look already.
    """
    ends_on = last_day(assignment.until or assignment.at, assignment.accepted_on, by.today)
    standing = {release.assignment_id for release in await open_releases(session, file.household.id)}
    if ends_on < by.today or assignment.id in standing:
        return
    wish = await wish_of(session, assignment)
    wanted = IssueRelease(
        consent_id=consent.id,
        fields=fields_for(assignment.kind, wish.occasion if wish else None, protected=file.household.protected),
        needed=said_of(assignment),
        ends_on=ends_on,
        assignment_id=assignment.id,
    )
    await issue_release(session, by, file.household.id, wanted)
    await settle_task(session, by, assignment)


async def ask_for_consent(session: AsyncSession, by: Acting, file: File, assignment: Assignment) -> None:
    """Say in the file that the family's consent is missing, and remind whoever looks after it."""
    write_down(session, by, file.household.id, _NO_CONSENT, on=by.today, assignment=said_of(assignment))
    task = FollowUp(
        household_id=file.household.id,
        due_on=by.today,
        what=_task(assignment),
        created_at=by.now,
        created_by=by.who,
    )
    session.add(task)


async def settle_task(session: AsyncSession, by: Acting, assignment: Assignment) -> None:
    """Nobody needs to ask for the consent any more: it is given, or the assignment has ended."""
    found = await session.exec(
        select(FollowUp).where(
            FollowUp.household_id == assignment.household_id,
            FollowUp.what == _task(assignment),
            col(FollowUp.done_on).is_(None),
        )
    )
    for task in found.all():
        task.done_on, task.done_by = by.today, by.who
        session.add(task)


def _task(assignment: Assignment) -> str:
    return f"Einwilligung der Familie einholen: {said_of(assignment)}"


async def let_look_by(session: AsyncSession, by: Acting, file: File, consent: Consent) -> None:
    """A consent was given: what has waited for it is opened."""
    if consent.recipient_kind is RecipientKind.VOLUNTEER:
        for assignment in await awaiting_consent(session, file.household.id, by.now):
            if (assignment.volunteer_id, purpose_of(assignment.kind)) == (consent.recipient_id, consent.purpose):
                await let_look(session, by, file, assignment, consent)


async def forget_advance(session: AsyncSession, consent: Consent) -> None:
    """The family takes back what it has allowed a volunteer: it does not stand in advance for the same wish either."""
    found = await session.exec(
        select(InterpreterRequest)
        .join(Assignment, col(Assignment.request_id) == InterpreterRequest.id)
        .where(
            Assignment.household_id == consent.household_id,
            Assignment.volunteer_id == consent.recipient_id,
            InterpreterRequest.household_id == consent.household_id,
        )
    )
    for wish in found.all():
        wish.consent_on = None
        session.add(wish)
