"""Löschfristen: what each kind of record's period has reached is counted first, and removed when told so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.erasures import erase_household
from services.intake.domain.charge import Standing
from services.intake.domain.days import BERLIN
from services.intake.domain.erasures import Because, Kind, months_before
from services.intake.tables import Household
from services.intake.tables.erasures import DeletionRun
from shared.contracts.words import Service

_CLOSED = "household where closed_on < cast(:before as date) and standing = 'in_charge' and merged_into is null"
_REACHED = {
    Kind.CLOSED_FILES: _CLOSED,
    Kind.REFUSED_LETTERS: "letter_refused where at < :before",
    Kind.IMPORT_ROWS: "import_file where state in ('mapping', 'preview') and at < :before",
    Kind.ACCESS_LOG: "access_log where at < :before",
    Kind.KEPT_ANSWERS: "idempotency where at < :before",
}
"""What of each kind is older than its period; closed files are erased one by one, the others' rows deleted."""
_FORGETTING = text("select set_config('lokal.forgetting', :state, true)")


@dataclass(frozen=True, slots=True)
class Due:
    """How much of a kind of record has reached the end of its period."""

    kind: Kind
    months: int
    count: int


async def due(session: AsyncSession, periods: Mapping[str, int], now: datetime) -> list[Due]:
    """Count, and change nothing. `periods` are months by kind; a kind without one is kept."""
    found = []
    for kind in Kind:
        if kind in periods:
            counted = text(f"select count(*) from {_REACHED[kind]}")  # noqa: S608  (our own tables)
            number = await session.execute(counted, {"before": _before(now, periods[kind])})
            found.append(Due(kind, periods[kind], number.scalar_one()))
    return found


async def closed_files(session: AsyncSession, periods: Mapping[str, int], now: datetime) -> list[UUID]:
    """The closed files whose period is over, the oldest first."""
    if Kind.CLOSED_FILES not in periods:
        return []
    before = _before(now, periods[Kind.CLOSED_FILES]).date()
    found = await session.exec(
        select(Household.id)
        .where(
            col(Household.closed_on) < before,
            Household.standing == Standing.IN_CHARGE,
            col(Household.merged_into).is_(None),
        )
        .order_by(col(Household.closed_on), col(Household.id))
    )
    return list(found.all())


async def erase_closed_file(session: AsyncSession, by: Acting, household_id: UUID, services: Sequence[Service]) -> None:
    """Erase one of them; each in a transaction of its own, so that a long run can be interrupted."""
    await erase_household(session, by, household_id, Because.PERIOD, services)


async def delete_rows(session: AsyncSession, periods: Mapping[str, int], now: datetime) -> dict[str, int]:
    """Delete what is no file and has reached the end of its period; how many of each kind."""
    deleted: dict[str, int] = {}
    await session.execute(_FORGETTING, {"state": "on"})
    for kind in Kind:
        if kind is not Kind.CLOSED_FILES and kind in periods:
            gone = text(f"delete from {_REACHED[kind]} returning 1")  # noqa: S608  (our own tables)
            rows = await session.execute(gone, {"before": _before(now, periods[kind])})
            deleted[kind.value] = len(rows.all())
    await session.execute(_FORGETTING, {"state": "off"})
    return deleted


async def note_run(session: AsyncSession, by: str, now: datetime, counts: Mapping[str, int]) -> None:
    """Keep what a run has removed, for the data protection officer."""
    session.add(DeletionRun(by=by, at=now, counts=dict(counts)))


def _before(now: datetime, months: int) -> datetime:
    """Midnight in Dortmund so many months ago."""
    day = months_before(now.astimezone(BERLIN).date(), months)
    return datetime(day.year, day.month, day.day, tzinfo=BERLIN)
