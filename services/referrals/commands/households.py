"""What the sites tell of households: kept as last told, in whatever order it comes, and taken up by open referrals."""

from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, func, text, update
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
    """The file that goes on for a household: its own, or the last of those that it was merged into one by one."""
    found = await session.execute(_CURRENT, {"id": household_id})
    return found.scalar_one_or_none() or household_id


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
    if await _mark(session, absorbed, kept, sequence, merged):
        await _gather(session, absorbed)


async def _restore(session: AsyncSession, unmerged: HouseholdUnmerged, sequence: int) -> None:
    restored, kept = unmerged.restored_household_id, unmerged.household_id
    if await _mark(session, restored, kept, sequence, unmerged):
        await _gather(session, restored)


async def _gather(session: AsyncSession, household_id: UUID) -> None:
    """Bring what belongs to a file, and to those that were merged into it, to the one that goes on for it now."""
    members = [household_id, *(await session.execute(_ABSORBED, {"id": household_id})).scalars()]
    goes_on = await current_id(session, household_id)
    for table in (Referral, KnownNeed, KnownConsent):
        whose = func.coalesce(col(table.original_household_id), col(table.household_id))
        await session.execute(
            update(table)
            .where(whose.in_(members))
            .values(household_id=goes_on, original_household_id=func.nullif(whose, goes_on))
            .execution_options(synchronize_session=False)
        )
    session.expire_all()
    await session.execute(_REFS_FOLLOW, {"to": goes_on, "elsewhere": members[1:]})


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
# What a partner calls a household, it goes on calling so: no pseudonym is given twice. Where the file that goes on has
# one of its own, the other stays where it is.
_REFS_FOLLOW = text(
    """
    update person_ref p set household_id = :to from (
        select distinct on (known.partner_id, known.person_id) known.id
        from person_ref known join referral r on r.person_ref = known.id
        where r.household_id = :to and known.household_id <> :to and known.household_id <> all(:elsewhere)
            and not exists (select from person_ref own where own.partner_id = known.partner_id
                and own.household_id = :to and own.person_id is not distinct from known.person_id)
        order by known.partner_id, known.person_id, r.original_household_id is null desc, known.id
    ) as following where p.id = following.id
    """
).bindparams(bindparam("elsewhere", type_=ARRAY(Uuid)))


async def _mark(
    session: AsyncSession, household_id: UUID, other: UUID, sequence: int, told: HouseholdMerged | HouseholdUnmerged
) -> bool:
    """Note the newest merge or unmerge of a file with another one; False when a newer one is known.

    Numbers compare within one other file alone: a merge into another one counts, whatever its number; the undoing of
    one that was never heard of does not undo a later one.
    """
    into = other if isinstance(told, HouseholdMerged) else None
    row = insert(KnownHousehold).values(
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
    newer = (col(KnownHousehold.merged_with) == other) & (col(KnownHousehold.merge_sequence) < sequence)
    another = col(KnownHousehold.merged_with).is_distinct_from(other)
    if into is None:
        another &= col(KnownHousehold.merged_into).is_(None)
    marked = await session.execute(
        row.on_conflict_do_update(
            index_elements=["household_id"],
            set_={"merged_into": into, "merged_with": other, "merge_sequence": sequence},
            where=newer | another,
        ).returning(col(KnownHousehold.household_id))
    )
    return marked.first() is not None
