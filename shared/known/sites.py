"""The site register, as reporting tells it: who is where, and whose signatures to trust."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts.reporting import SiteClosed, SiteOpened
from shared.contracts.words import CITY
from shared.known.tables import SiteEntryColumns


class KnownSites:
    """A service's copy of the register, in a table of its own."""

    def __init__(self, table: type[SiteEntryColumns]) -> None:
        self._table: Any = table

    async def enter(self, session: AsyncSession, event: SiteOpened, sequence: int) -> None:
        """Take over an entry; one that is older than the known one changes nothing."""
        data: dict[str, Any] = event.model_dump(mode="json", by_alias=True, exclude_none=True)
        names = ("districts", "interim_districts", "public_keys", "office_hours")
        await self._keep(session, event.site, {"sequence": sequence, "closed_on": None, **{n: data[n] for n in names}})

    async def close(self, session: AsyncSession, event: SiteClosed, sequence: int) -> None:
        """A site has ended; its keys are good for nothing any more."""
        nothing: dict[str, Any] = {"districts": [], "interim_districts": [], "public_keys": [], "office_hours": []}
        await self._keep(session, event.site, {"sequence": sequence, "closed_on": event.closed_on, **nothing})

    async def public_keys(self, session: AsyncSession) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Every stack's public keys, by its slug."""
        return {entry.site: entry.public_keys for entry in (await session.exec(select(self._table))).all()}

    async def at_work(self, session: AsyncSession) -> list[Any]:
        """The entries of the sites at work, by their slugs."""
        found = await session.exec(
            select(self._table)
            .where(col(self._table.closed_on).is_(None), self._table.site != CITY)
            .order_by(col(self._table.site))
        )
        return list(found.all())

    async def _keep(self, session: AsyncSession, site: str, values: dict[str, Any]) -> None:
        entry = insert(self._table).values(site=site, **values)
        newer = entry.on_conflict_do_update(
            index_elements=["site"], set_=values, where=col(self._table.sequence) < entry.excluded.sequence
        )
        await session.execute(newer)
