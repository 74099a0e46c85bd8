"""What the sites tell of needs and barriers: the newest word counts, in whatever order it comes."""

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands.households import current_id, is_erased
from services.referrals.tables import KnownBarrier, KnownNeed
from shared.contracts.intake import BarrierRecorded, NeedMet
from shared.contracts.intake.needs import Need
from shared.contracts.words import BarrierKind
from shared.messaging import Received


async def take_need(session: AsyncSession, event: Received[Need]) -> None:
    """A need was found, or is met."""
    data = event.data
    if await is_erased(session, data.household_id, data.person_id):
        return
    household_id = await current_id(session, data.household_id)
    met = isinstance(data, NeedMet)
    values = {
        "person_id": data.person_id,
        "area": data.area,
        "languages": list(data.languages),
        "times": [time.model_dump(mode="json", by_alias=True) for time in data.times],
        "district": data.district,
        "neighbourhood": data.neighbourhood,
        "met_on": data.on if met else None,
        "sequence": event.sequence,
        **({} if met else {"identified_on": data.on}),
    }
    original = None if household_id == data.household_id else data.household_id
    row = insert(KnownNeed).values(
        need_id=data.need_id, household_id=household_id, original_household_id=original, **values
    )
    await session.execute(
        row.on_conflict_do_update(
            index_elements=["need_id"], set_=values, where=col(KnownNeed.sequence) < row.excluded.sequence
        )
    )


async def take_barrier(session: AsyncSession, event: Received[BarrierRecorded]) -> None:
    """A structural barrier is kept for the round tables, without saying whose; an individual one is nobody's here."""
    data = event.data
    if data.kind is not BarrierKind.STRUCTURAL:
        return
    row = insert(KnownBarrier).values(
        barrier_id=data.barrier_id,
        site=event.site,
        district=data.district,
        kind=data.kind,
        topic=data.topic,
        authority=data.authority,
        reach_ended=data.reach_ended,
        on_day=data.on,
    )
    await session.execute(row.on_conflict_do_nothing())
