"""Days and moments: what can be true of a date, counted in Europe/Berlin."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.refusals import Invalid

BERLIN = ZoneInfo("Europe/Berlin")

EARLIEST = date(2010, 1, 1)
"""Nothing that the network does happened before; an earlier date is a slip of the finger (0216, 1916)."""
EARLIEST_BIRTH = date(1900, 1, 1)
MOVES_KNOWN_AHEAD = timedelta(days=60)
"""So long before the day a move may be entered (ours); beyond it the year is wrong."""
APPOINTMENTS_AHEAD = timedelta(days=366)
CLOCKS_DIFFER = timedelta(minutes=5)
"""A browser's clock may be ahead of ours by so much before „just now" counts as the future."""
FULL_AGE = 18


def day_of(moment: datetime) -> date:
    """The calendar day in Dortmund."""
    return moment.astimezone(BERLIN).date()


def german(day: date) -> str:
    """24.12.2026"""
    return f"{day:%d.%m.%Y}"


def age_on(born: date, day: date) -> int:
    """Whole years; a child that is not yet born is 0."""
    return max(0, day.year - born.year - ((day.month, day.day) < (born.month, born.day)))


def minors_on(births: list[date | None], day: date) -> int:
    """How many are under 18 on the day; nobody is taken for a child whose birth date is unknown."""
    return sum(1 for born in births if born is not None and age_on(born, day) < FULL_AGE)


def check_moved_on(moved_on: date, today: date, path: str = "moved_on") -> None:
    """A move has happened, or is known a few weeks ahead."""
    if moved_on < EARLIEST:
        raise Invalid(path, f"Der Umzug liegt vor dem {german(EARLIEST)}. Bitte das Jahr prüfen.")
    if moved_on > today + MOVES_KNOWN_AHEAD:
        raise Invalid(
            path,
            f"Der Umzug liegt zu weit in der Zukunft. Möglich ist er bis zum {german(today + MOVES_KNOWN_AHEAD)}.",
        )


def check_birth(born: date, no_later_than: date, today: date, path: str) -> None:
    """Somebody who moves has been born."""
    if born < EARLIEST_BIRTH:
        raise Invalid(path, f"Das Geburtsdatum liegt vor dem {german(EARLIEST_BIRTH)}. Bitte das Jahr prüfen.")
    if born > today:
        raise Invalid(path, "Das Geburtsdatum liegt in der Zukunft.")
    if born > no_later_than:
        raise Invalid(path, f"Das Geburtsdatum liegt nach dem Umzug am {german(no_later_than)}.")


def check_happened(at: datetime, now: datetime, path: str = "at") -> datetime:
    """Something that is recorded as done is past; the moment comes back in UTC."""
    if at > now + CLOCKS_DIFFER:
        raise Invalid(path, "Der Zeitpunkt liegt in der Zukunft.")
    if day_of(at) < EARLIEST:
        raise Invalid(path, f"Der Zeitpunkt liegt vor dem {german(EARLIEST)}. Bitte das Jahr prüfen.")
    return at.astimezone(UTC)


def check_day(on: date, today: date, path: str = "on") -> date:
    """A day on which something was done, not later than today."""
    if on > today:
        raise Invalid(path, "Der Tag liegt in der Zukunft.")
    if on < EARLIEST:
        raise Invalid(path, f"Der Tag liegt vor dem {german(EARLIEST)}. Bitte das Jahr prüfen.")
    return on
