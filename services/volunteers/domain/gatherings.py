"""Trainings and exchange meetings: when they are, and how they go into calendars (report, 4.3, 5)."""

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from icalendar import Calendar, Event, vCalAddress, vText

from shared.days import BERLIN
from shared.refusals import Invalid


@dataclass(frozen=True, slots=True)
class Entry:
    """A gathering as it goes into one volunteer's calendar; `sequence` counts its changes."""

    gathering_id: UUID
    sequence: int
    changed_at: datetime
    starts_at: datetime
    ends_at: datetime
    title: str
    about: str | None
    place: str
    organizer: str
    attendee: str
    name: str
    comes: bool | None
    cancelled: bool

    @property
    def method(self) -> str:
        """What the calendar is to do with it (RFC 5546)."""
        return "CANCEL" if self.cancelled else "REQUEST"


def moments(on: date, begins: time, ends: time, today: date) -> tuple[datetime, datetime]:
    """From when to when, by Dortmund's clocks. Raises `Invalid` where that cannot be meant."""
    if ends <= begins:
        raise Invalid("ends", "Das Ende liegt vor dem Beginn; bitte die Uhrzeiten prüfen.")
    if (today - on).days > 366:
        raise Invalid("on", "Der Tag liegt mehr als ein Jahr zurück; bitte das Datum prüfen.")
    if (on - today).days > 2 * 366:
        raise Invalid("on", "Der Tag liegt mehr als zwei Jahre in der Zukunft; bitte das Datum prüfen.")
    return datetime.combine(on, begins, BERLIN), datetime.combine(on, ends, BERLIN)


def calendar(entry: Entry) -> bytes:
    """An invitation, or its withdrawal, as an iCalendar object with its time zone (RFC 5545).

    It names the one who is invited alone: volunteers are not told who else is.
    """
    event = Event()
    event.add("uid", f"{entry.gathering_id}@lokal-willkommen")
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.changed_at)
    event.add("dtstart", entry.starts_at.astimezone(BERLIN))
    event.add("dtend", entry.ends_at.astimezone(BERLIN))
    event.add("summary", entry.title)
    event.add("location", entry.place)
    if entry.about:
        event.add("description", entry.about)
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("organizer", vCalAddress(f"mailto:{entry.organizer}"))
    attendee = vCalAddress(f"mailto:{entry.attendee}")
    attendee.params["CN"] = vText(entry.name)
    attendee.params["PARTSTAT"] = vText({None: "NEEDS-ACTION", True: "ACCEPTED", False: "DECLINED"}[entry.comes])
    event.add("attendee", attendee, encode=False)
    found = Calendar()
    found.add("prodid", "-//lokal willkommen//Ehrenamt//DE")
    found.add("version", "2.0")
    found.add("method", entry.method)
    found.add_component(event)
    found.add_missing_timezones()
    return bytes(found.to_ical())
