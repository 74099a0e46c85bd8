"""The periods over which figures are read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from shared.refusals import Invalid


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `begin` to `until`, both inclusive."""

    begin: date
    until: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.until - self.begin).days + 1


def check_period(begin: date, until: date) -> Period:
    """The period; `Invalid` if it ends before it begins."""
    if until < begin:
        raise Invalid("to", "Das Ende des Zeitraums liegt vor dem Anfang.")
    return Period(begin, until)


def half_year(day: date) -> Period:
    """The half year that a day lies in: October to March, as in the pilot, or April to September (report, §3)."""
    if 4 <= day.month <= 9:
        return Period(date(day.year, 4, 1), date(day.year, 9, 30))
    year = day.year if day.month >= 10 else day.year - 1
    return Period(date(year, 10, 1), date(year + 1, 3, 31))


def half_years(days: Iterable[date]) -> list[Period]:
    """The half years in which these days lie, the latest first."""
    return sorted({half_year(day) for day in days}, key=lambda period: period.begin, reverse=True)


def usual_period(half_years_with_data: list[Period], today: date) -> Period:
    """What one most likely wants to see: the last half year that is over, else the one under way."""
    over = [period for period in half_years_with_data if period.until < today]
    return over[0] if over else half_year(today)


def months(period: Period) -> list[str]:
    """The months of a period, `2016-10` …, also those in which nothing happened."""
    found: list[str] = []
    day = period.begin.replace(day=1)
    while day <= period.until:
        found.append(day.isoformat()[:7])
        if day.year == date.max.year and day.month == date.max.month:
            break
        day = (day + timedelta(days=31)).replace(day=1)
    return found
