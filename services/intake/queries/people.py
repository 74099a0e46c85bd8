"""Who joins and leaves a household: what pages and calls ask for."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.queries.authorities import Gap, number_uncovered, uncovered
from services.intake.queries.tiles import Tile
from services.intake.tables.people import AuthorityNotice


@dataclass(frozen=True, slots=True)
class PeopleSection:
    """What authorities have not acknowledged of the household's persons, and who has none in charge."""

    notices: dict[UUID, list[AuthorityNotice]]
    gaps: dict[UUID, Gap]


async def section(session: AsyncSession, household_id: UUID, today: date) -> Any:
    """What the list of persons shows besides their names."""
    found = await session.exec(
        select(AuthorityNotice)
        .where(AuthorityNotice.household_id == household_id, col(AuthorityNotice.acknowledged_on).is_(None))
        .order_by(col(AuthorityNotice.on), col(AuthorityNotice.id))
    )
    notices: dict[UUID, list[AuthorityNotice]] = {}
    for notice in found.all():
        notices.setdefault(notice.person_id, []).append(notice)
    rows = await uncovered(session, today, household_id=household_id)
    return PeopleSection(notices, {row.person_id: row.gap for row in rows})


async def tile(session: AsyncSession, today: date, who: str) -> Tile | None:
    """Persons without an authority in charge: none, or red (domain rule 6)."""
    count = await number_uncovered(session, today)
    label = "Person ohne zuständige Behörde" if count == 1 else "Personen ohne zuständige Behörde"
    return Tile(count, label, "/intake/authorities", "danger" if count else "success")
