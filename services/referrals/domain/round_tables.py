"""Rules of round tables: what may still be changed, and a meeting as it goes into calendars (report, 3.1a)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from icalendar import Calendar, Event, vCalAddress, vText

from shared.days import BERLIN
from shared.refusals import Conflict, Invalid

_UID_HOST = "lokal-willkommen"


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody invited, as calendars know it: a name and an address (`mailto:`, or `urn:uuid:` where none is told)."""

    name: str
    address: str
    coming: bool | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A meeting as it goes into calendars; `sequence` counts its changes."""

    meeting_id: UUID
    sequence: int
    changed_at: datetime
    starts_at: datetime
    ends_at: datetime
    theme: str
    place: str
    agenda: Sequence[str]
    address: str
    organizer: str
    attendees: Sequence[Attendee]
    cancelled: bool

    @property
    def method(self) -> str:
        """What the calendar is to do with it (RFC 5546)."""
        return "CANCEL" if self.cancelled else "REQUEST"


def check_planned(state: str) -> None:
    """What was held or cancelled stays as it was."""
    if state == "held":
        raise Conflict("Das Treffen hat schon stattgefunden. Es wurde nichts geändert.")
    if state == "cancelled":
        raise Conflict("Das Treffen wurde abgesagt. Es wurde nichts geändert.")


def check_not_cancelled(state: str) -> None:
    """Where nobody met, nothing was said and decided."""
    if state == "cancelled":
        raise Conflict("Das Treffen wurde abgesagt. Es wurde nichts geändert.")


def check_over(starts_at: datetime, now: datetime) -> None:
    """A meeting is held once it has begun."""
    if starts_at > now:
        raise Conflict("Das Treffen hat noch nicht begonnen. Bitte erst danach als gehalten eintragen.")


def moments(on: date, begins: time, ends: time) -> tuple[datetime, datetime]:
    """When a meeting is, of Dortmund's clocks. Raises `Invalid` where it ends before it begins."""
    if ends <= begins:
        raise Invalid("ends", "Das Ende liegt vor dem Beginn; bitte die Uhrzeiten prüfen.")
    return datetime.combine(on, begins, BERLIN), datetime.combine(on, ends, BERLIN)


def is_overdue(due_on: date | None, done_on: date | None, today: date) -> bool:
    """Whether a decision should have been carried out by now."""
    return due_on is not None and done_on is None and due_on < today


def calendar(entry: Entry) -> bytes:
    """The meeting as an iCalendar object with its time zone (RFC 5545): an invitation, or its withdrawal."""
    event = Event()
    event.add("uid", f"{entry.meeting_id}@{_UID_HOST}")
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.changed_at)
    event.add("dtstart", entry.starts_at.astimezone(BERLIN))
    event.add("dtend", entry.ends_at.astimezone(BERLIN))
    event.add("summary", entry.theme)
    event.add("location", entry.place)
    if entry.agenda:
        event.add("description", "\n".join(f"{place}. {text}" for place, text in enumerate(entry.agenda, 1)))
    event.add("url", entry.address)
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("organizer", vCalAddress(f"mailto:{entry.organizer}"))
    for attendee in entry.attendees:
        event.add("attendee", _address(attendee), encode=False)
    found = Calendar()
    found.add("prodid", "-//lokal willkommen//Runde Tische//DE")
    found.add("version", "2.0")
    found.add("method", entry.method)
    found.add_component(event)
    found.add_missing_timezones()
    return bytes(found.to_ical())


def _address(attendee: Attendee) -> vCalAddress:
    address = vCalAddress(attendee.address)
    answer = {None: "NEEDS-ACTION", True: "ACCEPTED", False: "DECLINED"}[attendee.coming]
    address.params["CN"] = vText(attendee.name)
    address.params["PARTSTAT"] = vText(answer)
    return address
