"""Moments held against the clock on the wall: a time of the week is meant as one reads it off (Europe/Berlin).

When the clocks change, an hour is missing or comes twice; a piece of time is cut there, so that in each part the clock
runs evenly.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple, Protocol

from services.volunteers.domain.people import Absence, Interval
from shared.contracts.words import Weekday
from shared.days import BERLIN

_WEEK = tuple(Weekday)
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_MIDNIGHT = 24.0 * 60


class OfTheWeek(Protocol):
    """A time of every week: `Span` and `Block`."""

    @property
    def weekday(self) -> Weekday: ...
    @property
    def starts(self) -> time: ...
    @property
    def ends(self) -> time: ...


class WallTime(NamedTuple):
    """A part of one local day, during which the clock runs evenly; `ends` is in minutes of the same day, up to 1440."""

    day: date
    starts: float
    ends: float


def wall_times(during: Interval) -> tuple[WallTime, ...]:
    """What the clock on the wall shows during an interval: one part for each day, and for each side of a change."""
    return tuple(part for begins, ends in _even(during) for part in _by_day(begins, ends))


def covered(part: WallTime, spans: Iterable[OfTheWeek]) -> bool:
    """Whether all of it lies in spans, also where one begins as another ends."""
    reached = part.starts
    for starts, ends in sorted(_minutes(span) for span in spans if span.weekday is _WEEK[part.day.weekday()]):
        if starts <= reached < ends:
            reached = ends
    return reached >= part.ends


def touched(part: WallTime, spans: Iterable[OfTheWeek]) -> bool:
    """Whether any of it lies in one of the spans."""
    for span in spans:
        if span.weekday is _WEEK[part.day.weekday()]:
            starts, ends = _minutes(span)
            if starts < part.ends and part.starts < ends:
                return True
    return False


def away(part: WallTime, absences: Iterable[Absence]) -> bool:
    """Whether it lies on a day of an absence."""
    return any(absence.from_on <= part.day <= absence.until_on for absence in absences)


def _even(during: Interval) -> Iterator[tuple[datetime, datetime]]:
    """The interval in local time without its zone, cut where the clocks change: in the EU on a full hour of UTC."""
    begins, ends = during.starts, during.ends
    moment = begins
    while begins < ends:
        moment = ends if _offset(begins) == _offset(ends) else _next_hour(moment)
        if moment == ends or _offset(moment) != _offset(begins):
            moment = min(moment, ends)
            starts = begins.astimezone(BERLIN).replace(tzinfo=None)
            yield starts, starts + (moment - begins)
            begins = moment


def _by_day(begins: datetime, ends: datetime) -> Iterator[WallTime]:
    while begins < ends:
        midnight = datetime.combine(begins.date() + _DAY, time())
        until = min(midnight, ends)
        yield WallTime(begins.date(), _minute(begins.time()), _minute(until.time()) if until < midnight else _MIDNIGHT)
        begins = until


def _offset(moment: datetime) -> timedelta | None:
    return moment.astimezone(BERLIN).utcoffset()


def _next_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0) + _HOUR


def _minutes(span: OfTheWeek) -> tuple[float, float]:
    return _minute(span.starts), _minute(span.ends) or _MIDNIGHT


def _minute(clock: time) -> float:
    return clock.hour * 60 + clock.minute + clock.second / 60 + clock.microsecond / 60_000_000
