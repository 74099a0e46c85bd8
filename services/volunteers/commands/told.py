"""Says what became of requests, assignments and mentorships: to other services with ids, to the team as steps."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.commands.acting import Acting
from services.volunteers.tables import (
    Assignment,
    HelpRequest,
    Mentorship,
    RequestStep,
    Volunteer,
    VolunteerLanguage,
)
from shared.contracts import volunteers as events
from shared.contracts.words import VolunteerKind
from shared.messaging import outbox


async def tell_assignment(
    session: AsyncSession,
    request: HelpRequest,
    assignment: Assignment,
    event: type[events.Assignment],
    on: date,
    **more: Any,
) -> None:
    """Publish what became of an assignment."""
    await outbox.add(
        session,
        event(
            assignment_id=assignment.id,
            request_id=request.id,
            volunteer_id=assignment.volunteer_id,
            kind=assignment.kind,
            site=request.site,
            district=request.district,
            household_id=request.household_id,
            visit_id=request.visit_id,
            language=request.language,
            at=assignment.starts_at,
            until=assignment.ends_at,
            on=on,
            **more,
        ),
    )


async def tell_mentorship(
    session: AsyncSession, mentorship: Mentorship, event: type[events.Mentorship], on: date, **more: Any
) -> None:
    """Publish what became of a mentorship; of one whose household was erased nothing is told any more."""
    if mentorship.household_id is None:
        return
    await outbox.add(
        session,
        event(
            mentorship_id=mentorship.id,
            volunteer_id=mentorship.volunteer_id,
            household_id=mentorship.household_id,
            site=mentorship.site,
            district=mentorship.district,
            organisation=mentorship.organisation,
            referral_id=mentorship.referral_id,
            on=on,
            **more,
        ),
    )


async def offers_of(session: AsyncSession, volunteer: Volunteer) -> dict[str, Any]:
    """What a volunteer offers, as events tell it; the languages are those that they interpret."""
    languages: Sequence[str] = ()
    if VolunteerKind.INTERPRETER in volunteer.kinds:
        spoken = select(VolunteerLanguage.language).where(
            VolunteerLanguage.volunteer_id == volunteer.id,
            col(VolunteerLanguage.speaks),
            VolunteerLanguage.language != "de",
        )
        languages = sorted((await session.exec(spoken)).all())
    return {
        "kinds": tuple(volunteer.kinds),
        "languages": tuple(languages),
        "districts": tuple(volunteer.districts),
        "organisation": volunteer.organisation,
    }


async def tell_volunteer(
    session: AsyncSession, volunteer: Volunteer, event: type[events.Volunteer], on: date, **more: Any
) -> None:
    """Publish what became of a volunteer: no name, no address."""
    offers = await offers_of(session, volunteer)
    await outbox.add(session, event(volunteer_id=volunteer.id, on=on, **offers, **more))


def write_step(
    session: AsyncSession, by: Acting, request_id: UUID, what: str, volunteer_id: UUID | None = None
) -> None:
    """Write down what happened to a request."""
    at: datetime = by.now
    session.add(RequestStep(request_id=request_id, volunteer_id=volunteer_id, what=what, at=at, by=by.who, via=by.via))
