"""What a volunteer does with the link from a mail, without signing in; each link counts once.

A link is used up in the transaction of its effect: an answer that is refused leaves it as it was.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.commands.acting import Acting, volunteer
from services.volunteers.commands.assignments import accept, complete, decline
from services.volunteers.domain.asking import AssignmentState, VolunteerState
from services.volunteers.inputs import HowItWas
from services.volunteers.tables import Assignment, HelpRequest, Mentorship, Via, Volunteer
from shared.mail import links
from shared.refusals import Conflict

WHERE_LASTS = timedelta(days=3)
"""A link that leads to contact data; as long as the intake's own codes (ours)."""


class LinkKind(StrEnum):
    """What a link is good for."""

    CONFIRM = "confirm"
    """To confirm the address that somebody has registered with."""
    ANSWER = "answer"
    WHERE = "where"
    HOW_WAS_IT = "how_was_it"
    OWN_PAGE = "own_page"
    INVITATION = "invitation"


@dataclass(frozen=True, slots=True)
class Question:
    """What a link asks its volunteer."""

    kind: LinkKind
    volunteer: Volunteer
    assignment: Assignment | None = None
    request: HelpRequest | None = None
    mentorship: Mentorship | None = None
    gathering_id: UUID | None = None


async def make_link(session: AsyncSession, kind: LinkKind, lasts: timedelta, now: datetime, **about: UUID | str) -> str:
    """The code of a new link; `about` names the volunteer and what is asked of them."""
    return await links.make(session, kind.value, lasts, now, **about)


async def question_of(session: AsyncSession, code: str, now: datetime) -> Question | None:
    """What the link asks now, without using it up; None if it is worth nothing (any more)."""
    link = await links.find(session, code, now)
    if link is None:
        return None
    kind = LinkKind(link.kind)
    who = await session.get(Volunteer, UUID(link.about["volunteer_id"]), populate_existing=True)
    wanted = VolunteerState.UNCONFIRMED if kind is LinkKind.CONFIRM else VolunteerState.ACTIVE
    if who is None or (who.state is not wanted and not (kind is LinkKind.OWN_PAGE and who.state is VolunteerState.NEW)):
        return None
    if (mentorship_id := link.about.get("mentorship_id")) is not None:
        mentorship = await session.get(Mentorship, UUID(mentorship_id), populate_existing=True)
        return Question(kind, who, mentorship=mentorship) if mentorship and mentorship.ended_on is None else None
    if (gathering_id := link.about.get("gathering_id")) is not None:
        return Question(kind, who, gathering_id=UUID(gathering_id))
    if (assignment_id := link.about.get("assignment_id")) is None:
        return Question(kind, who)
    assignment = await session.get(Assignment, UUID(assignment_id), populate_existing=True)
    if assignment is None or not _fits(kind, assignment):
        return None
    request = await session.get_one(HelpRequest, assignment.request_id, populate_existing=True)
    return Question(kind, who, assignment, request)


def _fits(kind: LinkKind, assignment: Assignment) -> bool:
    match kind:
        case LinkKind.ANSWER:
            return assignment.state is AssignmentState.OFFERED
        case LinkKind.WHERE:
            return assignment.state is AssignmentState.ACCEPTED
        case LinkKind.HOW_WAS_IT:
            return assignment.state in (AssignmentState.ACCEPTED, AssignmentState.COMPLETED)
    return True


async def accept_by_link(session: AsyncSession, code: str, question: Question, now: datetime) -> None:
    """Yes, I come."""
    by = _by(question, now)
    await accept(session, by, _assignment(question).id)
    await _use(session, code, now)


async def decline_by_link(
    session: AsyncSession, code: str, question: Question, now: datetime, *, not_such_times: bool
) -> None:
    """No; and perhaps never at such times."""
    by = _by(question, now)
    await _use(session, code, now)  # before the links of what is declined are worthless
    await decline(session, by, _assignment(question).id, not_such_times=not_such_times)


async def tell_how_it_was(session: AsyncSession, code: str, question: Question, how: HowItWas, now: datetime) -> None:
    """So long, so good, so hard."""
    by = _by(question, now)
    await _use(session, code, now)
    await complete(session, by, _assignment(question).id, how)


async def open_where(session: AsyncSession, code: str, question: Question, now: datetime) -> tuple[UUID, str]:
    """The release with the contact data and its site. Raises `Conflict` while the site has not issued it."""
    thing = question.assignment or question.mentorship
    if thing is None or thing.grant_id is None or thing.grant_site is None:
        raise Conflict("Die Kontaktdaten sind noch nicht oder nicht mehr freigegeben.")
    await _use(session, code, now)
    return thing.grant_id, thing.grant_site


async def _use(session: AsyncSession, code: str, now: datetime) -> None:
    if await links.use(session, code, now) is None:
        raise Conflict("Dieser Link wurde gerade schon benutzt.")


def _assignment(question: Question) -> Assignment:
    assert question.assignment is not None  # noqa: S101  (links of these kinds are about one)
    return question.assignment


def _by(question: Question, now: datetime) -> Acting:
    return volunteer(question.volunteer.id, now, Via.MAIL)
