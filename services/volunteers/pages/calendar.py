"""A volunteer's assignments for their own calendar, at a secret address that they can take back."""

from datetime import UTC, datetime

from fastapi import APIRouter
from icalendar import Calendar, Event
from starlette.responses import Response

from services.volunteers.commands.own import hash_of
from services.volunteers.domain.asking import AssignmentState
from services.volunteers.pages.vocabulary.asked import what, where
from services.volunteers.queries.own import calendar_of
from services.volunteers.tables import Assignment, Gathering, HelpRequest
from shared.days import BERLIN
from shared.refusals import Missing
from shared.web.routing import Session, page_router

router: APIRouter = page_router("/volunteers/calendar")


@router.get("/{secret}.ics")
async def show_calendar(secret: str, session: Session) -> Response:
    """What they have promised, roughly where, without anything about a family; what was called off, for a month."""
    now = datetime.now(UTC)
    found = await calendar_of(session, hash_of(secret), now)
    if found is None:
        raise Missing("Der Kalender")
    volunteer, asked, gatherings = found
    calendar = Calendar()
    calendar.add("prodid", "-//lokal willkommen//Ehrenamt//DE")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "lokal willkommen")
    for assignment, request in asked:
        calendar.add_component(_assignment(assignment, request, volunteer.mail_language, now))
    for gathering in gatherings:
        calendar.add_component(_gathering(gathering, now))
    calendar.add_missing_timezones()
    headers = {"cache-control": "private, no-store", "x-robots-tag": "noindex"}
    return Response(calendar.to_ical(), media_type="text/calendar", headers=headers)


def _assignment(assignment: Assignment, request: HelpRequest, lang: str, now: datetime) -> Event:
    assert assignment.starts_at is not None  # noqa: S101  (the query says so)
    assert assignment.ends_at is not None  # noqa: S101
    event = Event()
    event.add("uid", f"{assignment.id}@lokal-willkommen")
    event.add("dtstamp", now)
    event.add("dtstart", assignment.starts_at.astimezone(BERLIN))
    event.add("dtend", assignment.ends_at.astimezone(BERLIN))
    event.add("summary", what(request, lang))
    event.add("location", where(request, lang))
    event.add("status", "CANCELLED" if assignment.state is AssignmentState.CANCELLED else "CONFIRMED")
    return event


def _gathering(gathering: Gathering, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"{gathering.id}@lokal-willkommen")
    event.add("dtstamp", now)
    event.add("sequence", gathering.revision)
    event.add("dtstart", gathering.starts_at.astimezone(BERLIN))
    event.add("dtend", gathering.ends_at.astimezone(BERLIN))
    event.add("summary", gathering.title)
    event.add("location", gathering.place)
    event.add("status", "CANCELLED" if gathering.cancelled_at else "CONFIRMED")
    return event
