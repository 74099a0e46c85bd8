"""When an offer takes place: a recurrence rule (RFC 5545) with times of day, as windows of the week and as HSDS has it.

Only what people say of a course is understood: every week or every second one, on some days; or on the first or last
such day of the month. Times are those of Europe/Berlin.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from dateutil.rrule import MONTHLY, WEEKLY, rrule, weekday

from services.referrals.domain.matching import Window
from shared.contracts.words import Weekday
from shared.refusals import Invalid

BERLIN = ZoneInfo("Europe/Berlin")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
"""The days of the week as RFC 5545 has them, from Monday."""
_DAYS_OF_THE_WEEK = tuple(Weekday)
_EVERY = ("montags", "dienstags", "mittwochs", "donnerstags", "freitags", "samstags", "sonntags")
_DAY = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
_NTH = {1: "ersten", 2: "zweiten", 3: "dritten", 4: "vierten", -1: "letzten"}
_BY_DAY = re.compile(r"(-1|[1-4])?(MO|TU|WE|TH|FR|SA|SU)")
_LONGEST_INTERVAL = 4
_EXAMPLES = "zum Beispiel FREQ=WEEKLY;BYDAY=MO,WE oder FREQ=MONTHLY;BYDAY=1TU."


class Frequency(StrEnum):
    """How often something comes back."""

    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"


class ByDay(NamedTuple):
    """A day of the week (0 is Monday); in a month also which of them: 1 to 4, or -1 for the last."""

    weekday: int
    nth: int | None = None

    def __str__(self) -> str:
        return f"{self.nth or ''}{DAYS[self.weekday]}"


@dataclass(frozen=True, slots=True)
class Schedule:
    """A rule with its times of day; `first_on` is needed where only every second, third or fourth week counts."""

    frequency: Frequency
    days: tuple[ByDay, ...]
    begins: time
    ends: time
    interval: int = 1
    first_on: date | None = None

    @property
    def rule(self) -> str:
        """The recurrence rule as RFC 5545 writes it, in one spelling for each meaning."""
        interval = f";INTERVAL={self.interval}" if self.interval > 1 else ""
        return f"FREQ={self.frequency}{interval};BYDAY={','.join(str(day) for day in self.days)}"

    @property
    def windows(self) -> tuple[Window, ...]:
        """The times of the week at which it can take place, without regard to which weeks these are."""
        begins, ends = _minutes(self.begins), _minutes(self.ends)
        return tuple(Window(number, begins, ends) for number in sorted({day.weekday for day in self.days}))

    @property
    def words(self) -> str:
        """„montags und mittwochs 9:00–11:00 Uhr“, „am ersten Dienstag im Monat 15:00–17:00 Uhr“."""
        if self.frequency is Frequency.MONTHLY:
            days = "am " + _and(f"{_NTH[day.nth or 1]} {_DAY[day.weekday]}" for day in self.days) + " im Monat"
        else:
            days = _and(_EVERY[day.weekday] for day in self.days)
            days += f" alle {self.interval} Wochen" if self.interval > 1 else ""
        return f"{days} {_clock(self.begins)}–{_clock(self.ends)} Uhr"

    def weekly_times(self) -> list[dict[str, str]]:
        """The windows as events and answers have them: `weekday`, `from`, `to`."""
        return [
            {"weekday": _DAYS_OF_THE_WEEK[day].value, "from": f"{self.begins:%H:%M}", "to": f"{self.ends:%H:%M}"}
            for day, _, _ in self.windows
        ]

    def next_on(self, day: date, until: date | None = None) -> date | None:
        """The first day, not before the given one, on which it takes place; None if there is none up to `until`."""
        begin = self.first_on or day
        found = self._occurrences(begin).after(_midnight(max(day, begin)), inc=True)
        if found is None or (until is not None and found.date() > until):
            return None
        return found.date()

    def days_between(self, first: date, last: date) -> list[date]:
        """The days from `first` to `last`, both included, on which it takes place."""
        begin = max(first, self.first_on or first)
        found = self._occurrences(self.first_on or first).between(_midnight(begin), _midnight(last), inc=True)
        return [moment.date() for moment in found]

    def _occurrences(self, begin: date) -> rrule:
        return rrule(
            WEEKLY if self.frequency is Frequency.WEEKLY else MONTHLY,
            dtstart=_midnight(begin),
            interval=self.interval,
            byweekday=[weekday(by_day.weekday, by_day.nth) for by_day in self.days],
        )

    def hsds(self, today: date, valid_from: date | None, valid_until: date | None) -> dict[str, Any]:
        """The fields of HSDS's `schedule`. The offset of its times is that of the next day on which it takes place."""
        on = self.next_on(max(today, valid_from or today), valid_until) or today
        fields: dict[str, Any] = {
            "freq": self.frequency.value,
            "interval": self.interval,
            "byday": ",".join(str(day) for day in self.days),
            "wkst": DAYS[0],
            "opens_at": _with_offset(on, self.begins),
            "closes_at": _with_offset(on, self.ends),
            "description": self.words,
        }
        days = {"dtstart": self.first_on, "valid_from": valid_from, "valid_to": valid_until}
        return fields | {name: day.isoformat() for name, day in days.items() if day is not None}


def schedule_of(rule: str | None, begins: time | None, ends: time | None, first_on: date | None) -> Schedule | None:
    """The schedule that was entered; None where nothing was. Raises `Invalid` for one that nobody could keep."""
    if rule is None:
        for name, value in (("starts_at", begins), ("ends_at", ends), ("first_on", first_on)):
            if value is not None:
                raise Invalid(name, "Bitte auch die Wochentage angeben (rrule), oder dieses Feld leer lassen.")
        return None
    if begins is None or ends is None:
        raise Invalid("starts_at" if begins is None else "ends_at", "Bitte die Uhrzeit angeben, zum Beispiel 09:00.")
    if ends <= begins:
        raise Invalid("ends_at", "Das Ende liegt vor dem Beginn; bitte die Uhrzeiten prüfen.")
    frequency, days, interval = _parts(rule)
    if interval > 1 and first_on is None:
        raise Invalid("first_on", "Bitte den ersten Tag angeben, damit klar ist, welche Wochen gemeint sind.")
    return Schedule(frequency, days, begins, ends, interval, first_on)


def weekly_rule(days: Iterable[Weekday]) -> str:
    """The rule for something that takes place on these days every week."""
    wanted = set(days)
    return "FREQ=WEEKLY;BYDAY=" + ",".join(DAYS[n] for n, day in enumerate(_DAYS_OF_THE_WEEK) if day in wanted)


def _parts(rule: str) -> tuple[Frequency, tuple[ByDay, ...], int]:
    named = [part.partition("=")[::2] for part in rule.removeprefix("RRULE:").split(";")]
    parts = dict(named)
    if len(parts) != len(named) or not {"FREQ", "BYDAY"} <= parts.keys() <= {"FREQ", "BYDAY", "INTERVAL"}:
        raise Invalid("rrule", f"Bitte Rhythmus und Wochentage angeben, {_EXAMPLES} Das Ende steht in valid_until.")
    try:
        frequency, interval = Frequency(parts["FREQ"]), int(parts.get("INTERVAL", "1"))
    except ValueError:
        raise Invalid("rrule", f"Möglich sind WEEKLY und MONTHLY, {_EXAMPLES}") from None
    if not 1 <= interval <= _LONGEST_INTERVAL:
        raise Invalid("rrule", f"INTERVAL geht von 1 bis {_LONGEST_INTERVAL}.")
    found = [_BY_DAY.fullmatch(day) for day in parts["BYDAY"].split(",")]
    days = {ByDay(DAYS.index(day[2]), int(day[1]) if day[1] else None) for day in found if day is not None}
    if None in found or any((day.nth is None) is (frequency is Frequency.MONTHLY) for day in days):
        raise Invalid("rrule", f"Diese Wochentage sind nicht zu verstehen; {_EXAMPLES}")
    return frequency, tuple(sorted(days, key=lambda day: (day.weekday, day.nth or 0))), interval


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _clock(clock: time) -> str:
    return f"{clock.hour}:{clock.minute:02}"


def _with_offset(day: date, clock: time) -> str:
    moment = datetime.combine(day, clock, BERLIN).isoformat(timespec="minutes")
    return moment.partition("T")[2]


def _and(parts: Iterable[str]) -> str:
    *first, last = parts
    return f"{', '.join(first)} und {last}" if first else last
