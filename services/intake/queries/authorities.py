"""What authorities have not acknowledged yet, and who has no authority in charge (report, §3.1b, §5; rule 6)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain.authorities import Authority, Told


class NoticeList(StrEnum):
    """Which of what was not acknowledged: what holds already, or what is announced for a later day."""

    DUE = "due"
    ANNOUNCED = "announced"


class Gap(StrEnum):
    """Warum keine Behörde zuständig ist."""

    NOT_ACKNOWLEDGED = "not_acknowledged"
    """The new authority has not acknowledged yet that it is in charge."""
    UNEXPLAINED = "unexplained"
    """The person is without benefits, and nobody has written down why."""


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """What an authority must hear of a person and has not acknowledged."""

    id: UUID
    household_id: UUID
    person_id: UUID
    given_name: str
    family_name: str
    case_number: str | None
    authority: Authority
    told: Told
    on: date

    @property
    def place(self) -> tuple[str, date, UUID]:
        """Where it stands in the list; the next page begins after the last one's."""
        return (self.authority.value, self.on, self.id)


@dataclass(frozen=True, slots=True)
class UncoveredRow:
    """A person without an authority in charge, and since when."""

    household_id: UUID
    person_id: UUID
    given_name: str
    family_name: str
    gap: Gap
    authority: Authority | None
    notice_id: UUID | None
    since: date | None

    @property
    def place(self) -> tuple[str, UUID]:
        """Where it stands in the list."""
        return (self.family_name, self.person_id)


_NOTICES = """
select n.id, n.household_id, n.person_id, p.given_name, p.family_name, h.case_number, n.authority, n.told, n."on"
from authority_notice n join person p on p.id = n.person_id join household h on h.id = n.household_id
where n.acknowledged_on is null and h.standing = 'in_charge' and {days} {more}
order by n.authority, n."on", n.id limit :limit
"""
_MEMBER = """(p.joined_on is null or p.joined_on <= :today) and (p.left_on is null or p.left_on > :today)
    and h.closed_on is null and h.standing = 'in_charge' and h.merged_into is null"""
# Only whoever was ever without benefits is looked at closely: they are few.
_UNCOVERED = f"""
with gaps as (
    select h.id as household_id, p.id as person_id, p.given_name, p.family_name, 'not_acknowledged' as gap,
           n.authority, n.id as notice_id, n."on" as since
    from authority_notice n join person p on p.id = n.person_id join household h on h.id = n.household_id
    where n.acknowledged_on is null and n.told = 'takes_over' and n."on" <= :today and {_MEMBER}
      and not exists (
          select from authority_notice later where later.person_id = n.person_id and later."on" > n."on"
          and later."on" <= :today and later.told in ('takes_over', 'gives_up'))
    union all
    select h.id, p.id, p.given_name, p.family_name, 'unexplained', null, null, (
        select max(c."on") from legal_circle_change c
        where c.person_id = p.id and c.legal_circle = 'none' and c."on" <= :today)
    from person p join household h on h.id = p.household_id
    where p.id in (select id from person where first_legal_circle = 'none'
                   union select person_id from legal_circle_change where legal_circle = 'none')
      and {_MEMBER}
      and coalesce((
          select c.legal_circle from legal_circle_change c where c.person_id = p.id and c."on" <= :today
          order by c."on" desc limit 1), p.first_legal_circle) = 'none'
      and not exists (
          select from without_benefits w where w.person_id = p.id and not exists (
              select from legal_circle_change c where c.person_id = p.id and c.legal_circle <> 'none'
              and c."on" > w.since and c."on" <= :today))
)
"""  # noqa: S608  (the parts are this module's own)


async def open_notices(
    session: AsyncSession,
    which: NoticeList,
    today: date,
    *,
    authority: Authority | None = None,
    after: tuple[str, date, UUID] | None = None,
    limit: int = 51,
) -> list[NoticeRow]:
    """What authorities have not acknowledged, authority by authority, the oldest day first."""
    more, values = "", {"today": today, "limit": limit}
    if authority is not None:
        more += " and n.authority = :authority"
        values["authority"] = authority.value
    if after is not None:
        more += ' and (n.authority, n."on", n.id) > (:after_authority, :after_on, :after_id)'
        values |= dict(zip(("after_authority", "after_on", "after_id"), after, strict=True))
    days = 'n."on" <= :today' if which is NoticeList.DUE else 'n."on" > :today'
    found = await session.execute(text(_NOTICES.format(days=days, more=more)), values)
    return [
        NoticeRow(**{**row, "authority": Authority(row["authority"]), "told": Told(row["told"])})
        for row in found.mappings()
    ]


async def uncovered(
    session: AsyncSession,
    today: date,
    *,
    household_id: UUID | None = None,
    after: tuple[str, UUID] | None = None,
    limit: int = 51,
) -> list[UncoveredRow]:
    """The persons without an authority in charge, by name; of one household if given."""
    conditions, values = ["true"], {"today": today, "limit": limit}
    if household_id is not None:
        conditions.append("household_id = :household_id")
        values["household_id"] = household_id
    if after is not None:
        conditions.append("(family_name, person_id) > (:after_name, :after_id)")
        values |= dict(zip(("after_name", "after_id"), after, strict=True))
    statement = f"{_UNCOVERED} select * from gaps where {' and '.join(conditions)} " \
                "order by family_name, person_id limit :limit"  # fmt: skip  # noqa: S608
    found = await session.execute(text(statement), values)
    return [_uncovered(dict(row)) for row in found.mappings()]


async def number_uncovered(session: AsyncSession, today: date) -> int:
    """How many persons are without an authority in charge."""
    found = await session.execute(text(f"{_UNCOVERED} select count(*) from gaps"), {"today": today})  # noqa: S608
    return int(found.scalar_one())


def _uncovered(row: dict[str, Any]) -> UncoveredRow:
    authority = row["authority"] and Authority(row["authority"])
    return UncoveredRow(**{**row, "gap": Gap(row["gap"]), "authority": authority})
