"""What volunteers did in a period: assignments and hours, by what they were (report, 3.1a, 4.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession


class AssignmentsBy(StrEnum):
    """By what assignments are counted."""

    KIND = "kind"
    LANGUAGE = "language"
    MONTH = "month"
    QUARTER = "quarter"
    SITE = "site"
    STATE = "state"
    """What became of asking; the others count those that took place."""


@dataclass(frozen=True, slots=True)
class Helped:
    """Assignments that share a key, and how many minutes they took together; None: no language was needed."""

    key: str | None
    count: int
    minutes: int


_KEY = {
    AssignmentsBy.KIND: "kind",
    AssignmentsBy.LANGUAGE: "language",
    AssignmentsBy.MONTH: "to_char(day, 'YYYY-MM')",
    AssignmentsBy.QUARTER: "to_char(day, 'YYYY-\"Q\"Q')",
    AssignmentsBy.SITE: "site",
    AssignmentsBy.STATE: "state",
}
_ORDER = {by: "1" if by in (AssignmentsBy.MONTH, AssignmentsBy.QUARTER) else "2 desc, 1" for by in AssignmentsBy}
_DONE = "and state = 'completed'"
# A mentor's yes is the beginning of a mentorship, which is counted as such, and is about a household.
_COUNT = {
    by: text(
        f"select {key}, count(*), coalesce(sum(minutes), 0) from assignment "  # noqa: S608  (our own expressions)
        "where kind <> 'mentor' and day between :begin and :until "
        f"and (cast(:site as text) is null or site = :site) {'' if by is AssignmentsBy.STATE else _DONE} "
        f"group by 1 order by {_ORDER[by]}"
    )
    for by, key in _KEY.items()
}
_PEOPLE = text(
    """
    select
        (select coalesce(sum(minutes), 0) from assignment where state = 'completed' and kind <> 'mentor'
            and day between :begin and :until and (cast(:site as text) is null or site = :site)),
        (select count(distinct volunteer_id) from assignment where state = 'completed' and kind <> 'mentor'
            and volunteer_id <> '00000000-0000-0000-0000-000000000000'
            and day between :begin and :until and (cast(:site as text) is null or site = :site)),
        (select count(*) from volunteer where registered_on <= :state and (left_on is null or left_on > :state)),
        (select count(*) from training where minutes > 0 and day between :begin and :until)
    """
)


async def assignments(
    session: AsyncSession, by: AssignmentsBy, begin: date, until: date, site: str | None
) -> Sequence[Helped]:
    """Assignments that took place from `begin` to `until`, both inclusive; of one site or of all."""
    rows = await session.execute(_COUNT[by], {"begin": begin, "until": until, "site": site})
    return [Helped(key, count, int(minutes)) for key, count, minutes in rows]


@dataclass(frozen=True, slots=True)
class Volunteers:
    """What does not add up over the sites: rounded hours, and people who may help at several.

    `helping` have come at least once; `registered` and `trained` are those of the whole city.
    """

    hours: int
    helping: int
    registered: int
    trained: int


async def volunteers(session: AsyncSession, begin: date, until: date, state: date, site: str | None) -> Volunteers:
    """Who helped from `begin` to `until`, both inclusive, at a site or anywhere; the register is that of `state`."""
    found = await session.execute(_PEOPLE, {"begin": begin, "until": until, "state": state, "site": site})
    minutes, helping, registered, trained = found.one()
    return Volunteers(in_hours(int(minutes)), helping, registered, trained)


def in_hours(minutes: int) -> int:
    """Whole hours, half ones up."""
    return (minutes + 30) // 60
