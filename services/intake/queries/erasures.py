"""Erasures and deletion periods: what pages and calls ask for. Ids and numbers alone, no content."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from prometheus_client import Gauge
from sqlalchemy import func, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.intake.tables.erasures import DeletionRun, Erasure, ErasureAcknowledgement
from shared.refusals import Missing

OPEN = Gauge("lokal_erasures_open", "Erasures that not every service has acknowledged.", ["site"])
OLDEST_OPEN = Gauge("lokal_erasures_oldest_open_seconds", "How long the oldest of them has been waiting.", ["site"])


@dataclass(frozen=True, slots=True)
class ErasureStand:
    """How an erasure stands: who has acknowledged it when, and who has not."""

    erasure: Erasure
    acknowledged: dict[str, datetime]
    waived: dict[str, str] = field(default_factory=dict)
    """Of those that somebody has decided to wait for no longer: who has, and why."""

    @property
    def missing(self) -> list[str]:
        """The sources that have not acknowledged it yet."""
        return [source for source in self.erasure.expected if source not in self.acknowledged]


async def section(session: AsyncSession, household_id: UUID, today: date) -> Any:
    """Nothing is asked of the database: the file's page leads to export and erasure."""
    return None


async def erasure_stand(session: AsyncSession, erasure_id: UUID, own: str) -> ErasureStand:
    """One erasure that this site has asked for. Raises `Missing`."""
    return await _stand(session, select(Erasure).where(Erasure.id == erasure_id, Erasure.site == own))


async def erasure_of(session: AsyncSession, household_id: UUID, own: str) -> ErasureStand:
    """The erasure of a household that this site has asked for. Raises `Missing`."""
    return await _stand(session, select(Erasure).where(Erasure.household_id == household_id, Erasure.site == own))


async def erasures(
    session: AsyncSession, own: str, *, after: tuple[datetime, UUID] | None = None, limit: int = 51
) -> list[ErasureStand]:
    """The erasures that this site has asked for, the newest first."""
    query = (
        select(Erasure)
        .where(Erasure.site == own)
        .order_by(col(Erasure.erased_at).desc(), col(Erasure.id).desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(col(Erasure.erased_at), col(Erasure.id)) < tuple_(*after))
    return await _stands(session, list((await session.exec(query)).all()))


async def deletion_runs(session: AsyncSession, limit: int = 20) -> list[DeletionRun]:
    """What the deletion periods have removed, the newest first."""
    query = select(DeletionRun).order_by(col(DeletionRun.at).desc()).limit(limit)
    return list((await session.exec(query)).all())


async def measure(session: AsyncSession, site: str, now: datetime) -> None:
    """Set the metrics of erasures."""
    number, oldest = (
        await session.exec(
            select(func.count(), func.min(Erasure.erased_at)).where(
                Erasure.site == site, col(Erasure.completed_at).is_(None)
            )
        )
    ).one()
    OPEN.labels(site).set(number)
    OLDEST_OPEN.labels(site).set((now - oldest).total_seconds() if oldest else 0)


async def _stand(session: AsyncSession, query: SelectOfScalar[Erasure]) -> ErasureStand:
    erasure = (await session.exec(query)).one_or_none()
    if erasure is None:
        raise Missing("Die Löschung")
    return (await _stands(session, [erasure]))[0]


async def _stands(session: AsyncSession, found: list[Erasure]) -> list[ErasureStand]:
    acknowledged: dict[UUID, dict[str, datetime]] = {erasure.id: {} for erasure in found}
    rows = await session.exec(
        select(ErasureAcknowledgement)
        .where(col(ErasureAcknowledgement.erasure_id).in_(acknowledged))
        .order_by(col(ErasureAcknowledgement.at))
    )
    waived: dict[UUID, dict[str, str]] = {erasure.id: {} for erasure in found}
    for row in rows.all():
        acknowledged[row.erasure_id][row.source] = row.at
        if row.waived_by is not None:
            waived[row.erasure_id][row.source] = f"{row.waived_by}: {row.why}"
    return [ErasureStand(erasure, acknowledged[erasure.id], waived[erasure.id]) for erasure in found]
