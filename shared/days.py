"""Calendar days in Europe/Berlin, and the days on which one works in North Rhine-Westphalia."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

BERLIN = ZoneInfo("Europe/Berlin")
_ONE = timedelta(days=1)


def day_of(moment: datetime) -> date:
    """The calendar day in Dortmund."""
    return moment.astimezone(BERLIN).date()


def end_of(day: date) -> datetime:
    """The moment at which a day in Dortmund is over."""
    return datetime.combine(day + _ONE, time(), BERLIN)


def last_day(deadline: datetime) -> date:
    """The last day before a deadline that is the midnight after it."""
    return day_of(deadline - timedelta(microseconds=1))


def is_working_day(day: date) -> bool:
    """Monday to Friday, no public holiday of North Rhine-Westphalia."""
    return day.weekday() < 5 and day not in _holidays(day.year)


def add_working_days(start: date, days: int, closed: Sequence[tuple[date, date]] = ()) -> date:
    """The working day so many after `start`; neither that day nor those of `closed` (inclusive) count."""
    day = start
    while days:
        day += _ONE
        if is_working_day(day) and not any(first <= day <= last for first, last in closed):
            days -= 1
    return day


def working_days_between(start: date, end: date) -> int:
    """How many working days came after `start`, up to and with `end`."""
    return sum(is_working_day(start + _ONE * number) for number in range(1, (end - start).days + 1))


@cache
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("DE", subdiv="NW", years=year))
