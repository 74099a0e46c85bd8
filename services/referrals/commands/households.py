"""What the sites tell of households: kept as last told, in whatever order it comes, and taken up by open referrals."""

from typing import Any
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.tables import ErasedHousehold, KnownConsent, KnownHousehold, KnownNeed, Referral
from shared.contracts.intake import (
    HouseholdClosed,
    HouseholdHandedOver,
    HouseholdMerged,
    HouseholdMoved,
    HouseholdUnmerged,
)
from shared.contracts.intake.households import HouseholdState
from shared.contracts.words import HandoverStage
from shared.messaging import Received


async def is_erased(session: AsyncSession, *ids: UUID | None) -> bool:
    """Whether one of these households or persons was erased: what comes late is not taken in again."""
    found = await session.exec(select(ErasedHousehold.id).where(col(ErasedHousehold.id).in_([i for i in ids if i])))
    return found.first() is not None


async def current_id(session: AsyncSession, household_id: UUID) -> UUID:
    """The file that goes on for a household: its own, or the one that it was merged into."""
    into = await session.exec(select(KnownHousehold.merged_into).where(KnownHousehold.household_id == household_id))
    return into.first() or household_id


async def take_state(session: AsyncSession, event: Received[HouseholdState]) -> None:
    """A household was registered, has changed, was merged or unmerged: this is how it is now."""
    data = event.data
    if await is_erased(session, data.household_id):
        return
    await _keep(
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
        await _absorb(session, data, event.sequence)
    elif isinstance(data, HouseholdUnmerged):
        await _restore(session, data, event.sequence)


async def take_move(session: AsyncSession, event: Received[HouseholdMoved]) -> None:
    """A household lives elsewhere. One that has left the city is told as closed besides, and that counts."""
    data = event.data
    if data.to_district is None or await is_erased(session, data.household_id):
        return
    await _keep(
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


async def take_closed(session: AsyncSession, event: Received[HouseholdClosed]) -> None:
    """A file was closed."""
    data = event.data
    if not await is_erased(session, data.household_id):
        await _keep(
            session,
            data.household_id,
            event.sequence,
            site=event.site,
            district=data.district,
            charge=data.charge,
            closed=data.reason,
        )


async def take_handover(session: AsyncSession, event: Received[HouseholdHandedOver]) -> None:
    """Another site has the file now. Until it does, the old one goes on."""
    data = event.data
    if data.stage is HandoverStage.ACCEPTED and not await is_erased(session, data.household_id):
        await _keep(
            session,
            data.household_id,
            event.sequence,
            site=data.to_site,
            district=data.district,
            charge=data.charge,
            closed=None,
        )


async def _keep(session: AsyncSession, household_id: UUID, sequence: int, **values: Any) -> None:
    """Keep what is newer than what is known; what an event does not tell stays as it was."""
    first = {"languages": [], "persons": 0, "minors": 0, "charge": 1, "merge_sequence": 0}
    row = insert(KnownHousehold).values(household_id=household_id, sequence=sequence, **{**first, **values})
    await session.execute(
        row.on_conflict_do_update(
            index_elements=["household_id"],
            set_={"sequence": sequence, **values},
            where=col(KnownHousehold.sequence) < row.excluded.sequence,
        )
    )


async def _absorb(session: AsyncSession, merged: HouseholdMerged, sequence: int) -> None:
    kept, absorbed = merged.household_id, merged.merged_household_id
    if not await _mark(session, absorbed, kept, sequence, merged):
        return
    for table in (Referral, KnownNeed, KnownConsent):
        await session.execute(
            update(table)
            .where(col(table.household_id) == absorbed)
            .values(household_id=kept, original_household_id=text("coalesce(original_household_id, household_id)"))
        )
    await session.execute(_MOVE_REFS, {"kept": kept, "absorbed": absorbed})


async def _restore(session: AsyncSession, unmerged: HouseholdUnmerged, sequence: int) -> None:
    restored = unmerged.restored_household_id
    if not await _mark(session, restored, None, sequence, unmerged):
        return
    for table in (Referral, KnownNeed, KnownConsent):
        await session.execute(
            update(table)
            .where(col(table.original_household_id) == restored)
            .values(household_id=restored, original_household_id=None)
        )
    await session.execute(_REFS_GO_BACK, {"restored": restored})


# What a partner calls the absorbed household, it goes on calling so: no pseudonym is given twice.
_MOVE_REFS = text(
    """
    update person_ref r set household_id = :kept where household_id = :absorbed and not exists (
        select from person_ref k where k.partner_id = r.partner_id and k.household_id = :kept
            and k.person_id is not distinct from r.person_id)
    """
)
_REFS_GO_BACK = text(
    """
    update person_ref p set household_id = :restored from referral r
    where r.person_ref = p.id and r.household_id = :restored and p.household_id <> :restored and not exists (
        select from person_ref k where k.partner_id = p.partner_id and k.household_id = :restored
            and k.person_id is not distinct from p.person_id)
    """
)


async def _mark(
    session: AsyncSession, household_id: UUID, into: UUID | None, sequence: int, other: HouseholdState
) -> bool:
    """Note the newest merge or unmerge of a file; False when a newer one is known."""
    row = insert(KnownHousehold).values(
        household_id=household_id,
        site="",
        district=other.district,
        languages=[],
        persons=0,
        minors=0,
        charge=1,
        sequence=0,
        merged_into=into,
        merge_sequence=sequence,
    )
    marked = await session.execute(
        row.on_conflict_do_update(
            index_elements=["household_id"],
            set_={"merged_into": into, "merge_sequence": sequence},
            where=col(KnownHousehold.merge_sequence) < row.excluded.merge_sequence,
        ).returning(col(KnownHousehold.household_id))
    )
    return marked.first() is not None
