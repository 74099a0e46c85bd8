"""What the sites tell of households: kept as last told, in whatever order it comes, with merges and their undoing."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from sqlalchemy import func, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts.intake import (
    HouseholdClosed,
    HouseholdHandedOver,
    HouseholdMerged,
    HouseholdMoved,
    HouseholdUnmerged,
)
from shared.contracts.intake.households import HouseholdState
from shared.contracts.words import HandoverStage
from shared.known.tables import ErasedHouseholdColumns, KnownHouseholdColumns
from shared.messaging import Received

Gathered = Callable[[AsyncSession, UUID, list[UUID]], Awaitable[None]]
"""Called with the file that goes on and those that were merged into the gathered one."""


class KnownHouseholds:
    """A service's knowledge of households, in its tables `known_household` and `erased_household`.

    `belonging` are tables with the columns `household_id` and `original_household_id`, whose rows go with the file that
    goes on; what else is to be done then, `gathered` does.
    """

    def __init__(
        self,
        known: type[KnownHouseholdColumns],
        erased: type[ErasedHouseholdColumns],
        belonging: tuple[type[SQLModel], ...],
        gathered: Gathered | None = None,
    ) -> None:
        self._known: Any = known
        self._erased: Any = erased
        self._belonging: tuple[Any, ...] = belonging
        self._gathered = gathered

    async def is_erased(self, session: AsyncSession, *ids: UUID | None) -> bool:
        """Whether one of these households or persons was erased: what comes late is not taken in again."""
        erased = col(self._erased.id)
        return (await session.exec(select(erased).where(erased.in_([i for i in ids if i])))).first() is not None

    async def current_id(self, session: AsyncSession, household_id: UUID) -> UUID:
        """The file that goes on for a household: its own, or the last of those it was merged into one by one."""
        found = await session.execute(_CURRENT, {"id": household_id})
        return found.scalar_one_or_none() or household_id

    async def take_state(self, session: AsyncSession, event: Received[HouseholdState]) -> None:
        """A household was registered, has changed, was merged or unmerged: this is how it is now."""
        data = event.data
        if await self.is_erased(session, data.household_id):
            return
        await self._keep(
            session,
            data.household_id,
            event.sequence,
            site=event.site,
            district=data.district,
            neighbourhood=data.neighbourhood,
            languages=list(data.languages),
            persons=data.persons,
            minors=data.minors,
            charge=data.charge,
            closed=None,
        )
        if isinstance(data, HouseholdMerged):
            await self._absorb(session, data, event.sequence)
        elif isinstance(data, HouseholdUnmerged):
            await self._restore(session, data, event.sequence)

    async def take_move(self, session: AsyncSession, event: Received[HouseholdMoved]) -> None:
        """A household lives elsewhere. One that has left the city is told as closed besides, and that counts."""
        data = event.data
        if data.to_district is None or await self.is_erased(session, data.household_id):
            return
        await self._keep(
            session,
            data.household_id,
            event.sequence,
            site=event.site,
            district=data.to_district,
            neighbourhood=data.to_neighbourhood,
            languages=list(data.languages),
            persons=data.persons,
            minors=data.minors,
        )

    async def take_closed(self, session: AsyncSession, event: Received[HouseholdClosed]) -> None:
        """A file was closed."""
        data = event.data
        if not await self.is_erased(session, data.household_id):
            await self._keep(
                session,
                data.household_id,
                event.sequence,
                site=event.site,
                district=data.district,
                charge=data.charge,
                closed=data.reason,
            )

    async def take_handover(self, session: AsyncSession, event: Received[HouseholdHandedOver]) -> None:
        """Another site has the file now. Until it does, the old one goes on."""
        data = event.data
        if data.stage is HandoverStage.ACCEPTED and not await self.is_erased(session, data.household_id):
            await self._keep(
                session,
                data.household_id,
                event.sequence,
                site=data.to_site,
                district=data.district,
                charge=data.charge,
                closed=None,
            )

    async def _keep(self, session: AsyncSession, household_id: UUID, sequence: int, **values: Any) -> None:
        """Keep what is newer than what is known; what an event does not tell stays as it was."""
        first = {"languages": [], "persons": 0, "minors": 0, "charge": 1, "merge_sequence": 0}
        row = insert(self._known).values(household_id=household_id, sequence=sequence, **{**first, **values})
        await session.execute(
            row.on_conflict_do_update(
                index_elements=["household_id"],
                set_={"sequence": sequence, **values},
                where=col(self._known.sequence) < row.excluded.sequence,
            )
        )

    async def _absorb(self, session: AsyncSession, merged: HouseholdMerged, sequence: int) -> None:
        if await self._mark(session, merged.merged_household_id, merged.household_id, sequence, merged):
            await self._gather(session, merged.merged_household_id)

    async def _restore(self, session: AsyncSession, unmerged: HouseholdUnmerged, sequence: int) -> None:
        if await self._mark(session, unmerged.restored_household_id, unmerged.household_id, sequence, unmerged):
            await self._gather(session, unmerged.restored_household_id)

    async def _gather(self, session: AsyncSession, household_id: UUID) -> None:
        """Bring what belongs to a file, and to those that were merged into it, to the one that goes on for it now."""
        members = [household_id, *(await session.execute(_ABSORBED, {"id": household_id})).scalars()]
        goes_on = await self.current_id(session, household_id)
        for table in self._belonging:
            whose = func.coalesce(col(table.original_household_id), col(table.household_id))
            await session.execute(
                update(table)
                .where(whose.in_(members))
                .values(household_id=goes_on, original_household_id=func.nullif(whose, goes_on))
                .execution_options(synchronize_session=False)
            )
        session.expire_all()
        if self._gathered is not None:
            await self._gathered(session, goes_on, members[1:])

    async def _mark(
        self,
        session: AsyncSession,
        household_id: UUID,
        other: UUID,
        sequence: int,
        told: HouseholdMerged | HouseholdUnmerged,
    ) -> bool:
        """Note the newest merge or unmerge of a file with another one; False when a newer one is known.

        Numbers compare within one other file alone: a merge into another one counts, whatever its number; the undoing
        of one that was never heard of does not undo a later one.
        """
        known = self._known
        into = other if isinstance(told, HouseholdMerged) else None
        row = insert(known).values(
            household_id=household_id,
            site="",
            district=told.district,
            languages=[],
            persons=0,
            minors=0,
            charge=1,
            sequence=0,
            merged_into=into,
            merged_with=other,
            merge_sequence=sequence,
        )
        newer = (col(known.merged_with) == other) & (col(known.merge_sequence) < sequence)
        another = col(known.merged_with).is_distinct_from(other)
        if into is None:
            another &= col(known.merged_into).is_(None)
        marked = await session.execute(
            row.on_conflict_do_update(
                index_elements=["household_id"],
                set_={"merged_into": into, "merged_with": other, "merge_sequence": sequence},
                where=newer | another,
            ).returning(col(known.household_id))
        )
        return marked.first() is not None


_CURRENT = text(
    """
    with recursive file(id, merged_into) as (
        select household_id, merged_into from known_household where household_id = :id
        union select k.household_id, k.merged_into from known_household k join file on k.household_id = file.merged_into
    )
    select coalesce(file.merged_into, file.id) from file
    where not exists (select from known_household k where k.household_id = file.merged_into)
    """
)
_ABSORBED = text(
    """
    with recursive file(id) as (
        select cast(:id as uuid)
        union select k.household_id from known_household k join file on k.merged_into = file.id
    )
    select id from file where id <> :id
    """
)
