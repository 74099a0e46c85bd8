"""Requests, assignments and mentorships over HTTP."""

from datetime import UTC, date, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field
from starlette.requests import Request

from services.volunteers.commands import assignments, mentorships
from services.volunteers.commands import requests as commands
from services.volunteers.desk import ByTeam
from services.volunteers.domain.asking import AssignmentState, Origin, RequestState
from services.volunteers.domain.matching import Obstacle, Reason
from services.volunteers.inputs import EndMentorship, HowItWas, NewRequest, NoteHours, SiteRating
from services.volunteers.queries.requests import Show, lines, request_for, request_page
from services.volunteers.tables import Assignment, HelpRequest, Mentorship
from shared.contracts.words import (
    AssignmentCancelReason,
    AssignmentDeclineReason,
    District,
    InterpreterOccasion,
    MentorshipEnd,
    VolunteerKind,
)
from shared.web.inputs import Input
from shared.web.pagination import Page, PageQuery
from shared.web.routing import Session, api_router

router = api_router("/volunteers/api/v1", tags=["Anfragen"])


class RequestOut(BaseModel):
    """What somebody is needed for."""

    request_id: UUID
    kind: VolunteerKind
    occasion: InterpreterOccasion | None
    title: str | None
    site: str
    district: District | None
    household_id: UUID | None
    visit_id: UUID | None
    language: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    woman_wanted: bool
    minors: bool
    car_wanted: bool
    organisation: str | None
    state: RequestState
    origin: Origin
    asks_by_itself: bool
    created_at: datetime

    @classmethod
    def of(cls, request: HelpRequest) -> Self:
        """As it is now."""
        return cls.model_validate(request.model_dump() | {"request_id": request.id})


class AssignmentOut(BaseModel):
    """One volunteer who was asked, and what became of it."""

    assignment_id: UUID
    request_id: UUID
    volunteer_id: UUID
    state: AssignmentState
    starts_at: datetime | None
    ends_at: datetime | None
    asked_at: datetime
    answer_by: datetime | None
    decline_reason: AssignmentDeclineReason | None
    cancel_reason: AssignmentCancelReason | None
    minutes: int | None

    @classmethod
    def of(cls, assignment: Assignment) -> Self:
        """As it is now."""
        return cls.model_validate(assignment.model_dump() | {"assignment_id": assignment.id})


class MentorshipOut(BaseModel):
    """A volunteer who stands by a household."""

    mentorship_id: UUID
    volunteer_id: UUID
    household_id: UUID | None
    site: str
    started_on: date
    ended_on: date | None
    end_reason: MentorshipEnd | None

    @classmethod
    def of(cls, mentorship: Mentorship) -> Self:
        """As it is now."""
        return cls.model_validate(mentorship.model_dump() | {"mentorship_id": mentorship.id})


class ProposalOut(BaseModel):
    """Somebody who may be asked, the best first."""

    volunteer_id: UUID
    given_name: str
    family_name: str
    score: int
    reasons: list[Reason]


class MissOut(BaseModel):
    """Somebody against whom one rule alone stands."""

    volunteer_id: UUID
    given_name: str
    family_name: str
    obstacle: Obstacle


class MatchesOut(BaseModel):
    """Who may be asked for a request, and who nearly."""

    proposals: list[ProposalOut]
    misses: list[MissOut]


class Ask(Input):
    """Whom to ask."""

    volunteer_id: UUID


class Decline(Input):
    """A volunteer has said no, to the team."""

    not_such_times: bool = Field(default=False, description="Auch künftig nicht zu dieser Zeit der Woche fragen.")


class Cancel(Input):
    """What was accepted does not take place."""

    reason: AssignmentCancelReason


class LetAsk(Input):
    """Whether one after the other is asked without the team."""

    by_itself: bool


@router.get("/requests")
async def list_requests(
    by: ByTeam, session: Session, page: PageQuery, show: Annotated[Show, Query()] = Show.WAITING
) -> Page[RequestOut]:
    """The own site's requests."""
    after = page.after(datetime, UUID)
    found = await lines(
        session, by.site, show, datetime.now(UTC), after=after and (after[0], after[1]), limit=page.limit + 1
    )
    return page.page(
        found,
        lambda line: (line.request.starts_at or line.request.created_at, line.request.id),
        lambda line: RequestOut.of(line.request),
    )


@router.post("/requests", status_code=201)
async def enter_request(by: ByTeam, session: Session, wanted: NewRequest) -> RequestOut:
    """Somebody is needed."""
    return RequestOut.of(await commands.enter_request(session, by, wanted))


@router.get("/requests/{request_id}")
async def show_request(by: ByTeam, session: Session, request_id: UUID) -> RequestOut:
    """One request."""
    return RequestOut.of(await request_for(session, request_id, by.site))


@router.get("/requests/{request_id}/assignments")
async def list_assignments(by: ByTeam, session: Session, request_id: UUID) -> list[AssignmentOut]:
    """Everybody who was asked for it, the last one first."""
    request = await request_for(session, request_id, by.site)
    page = await request_page(session, request, by.now, 0)
    return [AssignmentOut.of(assignment) for assignment, _ in page.asked]


@router.get("/requests/{request_id}/matches")
async def show_matches(
    by: ByTeam, session: Session, request_id: UUID, limit: Annotated[int, Query(ge=1, le=50)] = 10
) -> MatchesOut:
    """Who may be asked, and who nearly; nobody for what is settled."""
    page = await request_page(session, await request_for(session, request_id, by.site), by.now, limit)
    return MatchesOut(
        proposals=[
            ProposalOut(
                volunteer_id=person.id,
                given_name=person.given_name,
                family_name=person.family_name,
                score=proposal.score,
                reasons=list(proposal.reasons),
            )
            for proposal, person in page.proposals
        ],
        misses=[
            MissOut(
                volunteer_id=person.id,
                given_name=person.given_name,
                family_name=person.family_name,
                obstacle=miss.obstacle,
            )
            for miss, person in page.misses
        ],
    )


@router.post("/requests/{request_id}/take-up")
async def take_up(by: ByTeam, session: Session, request_id: UUID) -> RequestOut:
    """Follow a suggestion: somebody is looked for from now on."""
    return RequestOut.of(await commands.take_up(session, by, request_id))


@router.post("/requests/{request_id}/withdraw")
async def withdraw(by: ByTeam, session: Session, request_id: UUID) -> RequestOut:
    """Nobody is needed any more."""
    return RequestOut.of(await commands.withdraw_request(session, by, request_id))


@router.post("/requests/{request_id}/asking")
async def let_ask(by: ByTeam, session: Session, request_id: UUID, how: LetAsk) -> RequestOut:
    """Ask one after the other without the team, or not."""
    return RequestOut.of(await commands.let_ask(session, by, request_id, how.by_itself))


@router.post("/requests/{request_id}/assignments", status_code=201)
async def ask(request: Request, by: ByTeam, session: Session, request_id: UUID, whom: Ask) -> AssignmentOut:
    """Ask one volunteer; 409 where a hard rule stands against it."""
    hours: float = request.app.state.settings.answer_hours
    return AssignmentOut.of(await assignments.ask(session, by, request_id, whom.volunteer_id, hours))


@router.post("/assignments/{assignment_id}/accept")
async def accept(by: ByTeam, session: Session, assignment_id: UUID) -> AssignmentOut:
    """The volunteer has said yes to the team, on the phone."""
    return AssignmentOut.of(await assignments.accept(session, by, assignment_id))


@router.post("/assignments/{assignment_id}/decline")
async def decline(by: ByTeam, session: Session, assignment_id: UUID, how: Decline) -> AssignmentOut:
    """The volunteer has said no to the team."""
    found = await assignments.decline(session, by, assignment_id, not_such_times=how.not_such_times)
    return AssignmentOut.of(found)


@router.post("/assignments/{assignment_id}/cancel")
async def cancel(by: ByTeam, session: Session, assignment_id: UUID, why: Cancel) -> AssignmentOut:
    """What was accepted does not take place."""
    return AssignmentOut.of(await assignments.cancel(session, by, assignment_id, why.reason))


@router.post("/assignments/{assignment_id}/complete")
async def complete(by: ByTeam, session: Session, assignment_id: UUID, how: HowItWas) -> AssignmentOut:
    """The volunteer was there, so long; said again, it is corrected."""
    return AssignmentOut.of(await assignments.complete(session, by, assignment_id, how))


@router.post("/assignments/{assignment_id}/rating")
async def rate(by: ByTeam, session: Session, assignment_id: UUID, rating: SiteRating) -> AssignmentOut:
    """How well it fitted, as the team saw it."""
    return AssignmentOut.of(await assignments.rate_by_site(session, by, assignment_id, rating))


@router.post("/mentorships/{mentorship_id}/hours", status_code=201)
async def note_hours(by: ByTeam, session: Session, mentorship_id: UUID, noted: NoteHours) -> MentorshipOut:
    """So long the mentor was with the household on that day."""
    await mentorships.note_hours(session, by, mentorship_id, noted)
    return MentorshipOut.of(await mentorships.mentorship_of(session, by, mentorship_id))


@router.post("/mentorships/{mentorship_id}/end")
async def end_mentorship(by: ByTeam, session: Session, mentorship_id: UUID, end: EndMentorship) -> MentorshipOut:
    """A mentorship ends."""
    return MentorshipOut.of(await mentorships.end_mentorship(session, by, mentorship_id, end))
