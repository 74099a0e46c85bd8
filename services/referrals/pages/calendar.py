"""The public calendar of language cafés and information events, as a page and for calendars of one's own (RFC 5545)."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from icalendar import Calendar, Event
from starlette.responses import Response

from services.referrals.domain.schedules import BERLIN
from services.referrals.pages.directory import DISTRICTS, LanguageOf, render, seen
from services.referrals.pages.vocabulary import directory as vocabulary
from services.referrals.queries.calendar import Listed, listed
from shared.contracts.words import District
from shared.web import german
from shared.web.routing import Session, page_router
from shared.web.templating import Pages

router: APIRouter = page_router("/referrals")

SHOWN = timedelta(days=27)
"""Four weeks, with today."""
_EXCEPTIONS = timedelta(days=366)
"""So far ahead closures are told to calendars."""

DistrictOrNone = Annotated[District | Literal[""], Query()]


@router.get("/calendar/{lang}")
async def show_calendar(lang: LanguageOf, session: Session, pages: Pages, district: DistrictOrNone = "") -> Response:
    """Day by day."""
    today = german.today()
    days: dict[date, list[dict[str, Any]]] = {}
    for entry in await listed(session, today, district or None):
        row = seen(entry.offer, entry.partner, lang)
        row |= {"begins": f"{entry.schedule.begins:%H:%M}", "ends": f"{entry.schedule.ends:%H:%M}"}
        for day in entry.days(today, today + SHOWN):
            days.setdefault(day, []).append(row)
    return render(
        pages,
        "calendar.html",
        lang,
        f"/referrals/calendar/{{}}?district={district}",
        days=[(vocabulary.day(day, lang), sorted(rows, key=_begin)) for day, rows in sorted(days.items())],
        districts=DISTRICTS,
        chosen={"district": district},
    )


@router.get("/calendar.ics")
async def subscribe(session: Session, district: DistrictOrNone = "") -> Response:
    """The same to subscribe to."""
    today = german.today()
    calendar = Calendar()
    calendar.add("prodid", "-//Stadt Dortmund//lokal willkommen//DE")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "lokal willkommen: Sprachcafés und Informationsveranstaltungen")
    for entry in await listed(session, today, district or None):
        event = _event(entry, today)
        if event is not None:
            calendar.add_component(event)
    calendar.add_missing_timezones()
    return Response(calendar.to_ical(), media_type="text/calendar")


def _begin(row: dict[str, Any]) -> str:
    return str(row["begins"])


def _event(entry: Listed, today: date) -> Event | None:
    """One offer with its rule; None if it does not take place any more."""
    offer, schedule = entry.offer, entry.schedule
    first = schedule.next_on(max(schedule.first_on or today, offer.valid_from or today, today), offer.valid_until)
    if first is None:
        return None
    event = Event()
    event.add("uid", f"{offer.id}@lokal-willkommen.dortmund.de")
    event.add("dtstamp", offer.changed_at)
    event.add("summary", offer.title["de"])
    event.add("dtstart", datetime.combine(first, schedule.begins, BERLIN))
    event.add("dtend", datetime.combine(first, schedule.ends, BERLIN))
    rule: dict[str, Any] = {"freq": schedule.frequency.value, "byday": [str(day) for day in schedule.days]}
    if schedule.interval > 1:
        rule["interval"] = schedule.interval
    if offer.valid_until:
        rule["until"] = datetime.combine(offer.valid_until, schedule.ends, BERLIN)
    event.add("rrule", rule)
    for day in entry.closed_days(first, first + _EXCEPTIONS):
        event.add("exdate", datetime.combine(day, schedule.begins, BERLIN))
    place = ", ".join(part for part in (offer.street, offer.postal_code) if part)
    if place:
        event.add("location", place)
    event.add("description", "\n".join([offer.description.get("de", ""), entry.partner.name]).strip())
    return event
