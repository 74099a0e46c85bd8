"""What stands in the way of integration, in the person or in the structures (report, §2.2, §4.1)."""

from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.files import open_file, write_down
from services.intake.domain.days import check_day
from services.intake.inputs import RecordBarrier
from services.intake.tables import Need
from services.intake.tables.people import Barrier
from shared.contracts.intake import BarrierRecorded
from shared.contracts.words import BarrierKind
from shared.messaging import outbox
from shared.refusals import Invalid


async def record_barrier(session: AsyncSession, by: Acting, household_id: UUID, wanted: RecordBarrier) -> Barrier:
    """Enter a barrier. Others hear of it without the note, and of an individual one without its topic.

    Raises `Invalid` where kind and the rest do not fit together, `Conflict` for a closed file.
    """
    file = await open_file(session, household_id)
    file.require_open()
    _check(wanted)
    if wanted.person_id is not None and wanted.person_id not in file.histories:
        raise Invalid("person_id", "Diese Person gibt es in diesem Haushalt nicht.")
    if wanted.need_id is not None:
        need = await session.exec(select(Need.id).where(Need.id == wanted.need_id, Need.household_id == household_id))
        if need.one_or_none() is None:
            raise Invalid("need_id", "Diesen Bedarf gibt es in diesem Haushalt nicht.")
    barrier = Barrier(
        household_id=household_id,
        recorded_on=check_day(wanted.on or by.today, by.today),
        recorded_by=by.who,
        **wanted.model_dump(exclude={"on"}),
    )
    session.add(barrier)
    await outbox.add(
        session,
        BarrierRecorded(
            household_id=household_id,
            barrier_id=barrier.id,
            kind=barrier.kind,
            on=barrier.recorded_on,
            district=file.residence.district,
            topic=barrier.topic if barrier.kind is BarrierKind.STRUCTURAL else None,
            authority=barrier.authority,
            need_id=barrier.need_id,
            reach_ended=barrier.reach_ended,
        ),
    )
    write_down(
        session,
        by,
        household_id,
        f"barrier_{barrier.kind}",
        on=barrier.recorded_on,
        topic=barrier.topic,
        authority=barrier.authority,
        reach_ended=barrier.reach_ended or None,
        note=barrier.note,
    )
    return barrier


def _check(wanted: RecordBarrier) -> None:
    if wanted.kind is BarrierKind.STRUCTURAL:
        if wanted.authority is None and wanted.topic is None:
            raise Invalid("authority", "Bitte bei einem strukturellen Hemmnis die Behörde oder das Thema angeben.")
        if wanted.person_id is not None:
            raise Invalid("person_id", "Ein strukturelles Hemmnis liegt nicht an einer Person. Bitte leer lassen.")
        return
    if wanted.authority is not None:
        raise Invalid("authority", "Eine Behörde gehört zu einem strukturellen Hemmnis. Bitte eines von beiden ändern.")
    if wanted.reach_ended:
        raise Invalid("reach_ended", "Die Grenze des Teams gehört zu einem strukturellen Hemmnis.")
