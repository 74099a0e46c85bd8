"""Contacts by what they were about and when (report, §4, §5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts.words import Channel, TargetGroup, Topic, Weekday


class By(StrEnum):
    """By what contacts are counted."""

    TARGET_GROUP = "target_group"
    TOPIC = "topic"
    MONTH = "month"
    SITE = "site"
    WEEKDAY_HOUR = "weekday_hour"
    LANGUAGE = "language"
    CHANNEL = "channel"
    PARTNER = "partner"


@dataclass(frozen=True, slots=True)
class Counted:
    """How many contacts share a key; the key is None for those that do not say."""

    key: str | None
    count: int


_KEY = {
    By.MONTH: "to_char(day, 'YYYY-MM')",
    By.WEEKDAY_HOUR: ("(array['mon','tue','wed','thu','fri','sat','sun'])[weekday] || '-' || to_char(hour, 'FM00')"),
}
_COUNT = {
    by: text(
        f"select {_KEY.get(by, by.value)} as key, count(*) as count from contact "  # noqa: S608  (by is one of ours)
        "where not void and day between :begin and :until and (cast(:site as text) is null or site = :site) group by 1"
    )
    for by in By
}
_ORDER: dict[By, Sequence[str]] = {
    By.TARGET_GROUP: list(TargetGroup),
    By.TOPIC: list(Topic),
    By.CHANNEL: list(Channel),
    By.WEEKDAY_HOUR: [f"{weekday}-{hour:02}" for weekday in Weekday for hour in range(24)],
}


async def contacts(session: AsyncSession, by: By, begin: date, until: date, site: str | None = None) -> list[Counted]:
    """Contacts from `begin` to `until`, both inclusive, in Dortmund's days; of one site or of all."""
    found = await session.execute(_COUNT[by], {"begin": begin, "until": until, "site": site})
    rows = [Counted(key, count) for key, count in found]
    order = {key: place for place, key in enumerate(_ORDER.get(by, ()))}
    return sorted(rows, key=lambda row: (row.key is None, order.get(row.key or "", len(order)), row.key or ""))


async def months_with_contacts(session: AsyncSession, site: str | None = None) -> list[date]:
    """The first days of the months in which contacts were recorded."""
    found = await session.execute(
        text(
            "select distinct date_trunc('month', day)::date from contact "
            "where not void and (cast(:site as text) is null or site = :site) order by 1"
        ),
        {"site": site},
    )
    return list(found.scalars())
