"""After an older database was restored: what the network knows better is done again before the service opens.

Erasures must not come undone (GDPR Art. 17), a file that was handed over must not be kept by two sites (contract:
charge), and no number must be given twice to an event. The archive of reporting knows all three.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.erasures import acknowledge, ask, forget_everything, note_erasure
from services.intake.commands.handovers import lock_household, note_handover
from services.intake.commands.whole_file import carry_on
from services.intake.domain.charge import Standing
from services.intake.domain.erasures import expected_sources
from services.intake.tables import Household, SiteEntry
from services.intake.tables.erasures import Erasure, ErasureAcknowledgement
from shared.contracts.common import ErasureAcknowledged
from shared.contracts.intake import HouseholdErased, HouseholdHandedOver
from shared.contracts.words import HandoverStage, Service
from shared.messaging import Publisher, Received

DECIDING = (HouseholdErased, HouseholdHandedOver, ErasureAcknowledged)
"""The events that are compared."""
_STANDING = text("select count(*) from household where standing = 'superseded'")
_NUMBERS = text("select subject, last from subject_sequence")


@dataclass(frozen=True, slots=True)
class DoneAgain:
    """What was done again; nothing, unless a database was restored."""

    erased: int = 0
    given_up: int = 0
    asked: int = 0
    left_alone: tuple[UUID, ...] = ()
    """Households that another site has erased while this one holds their number: somebody must look."""


async def do_again(
    session: AsyncSession,
    known: Sequence[Received[Any]],
    services: Collection[Service],
    trusted: Collection[UUID] = frozenset(),
) -> DoneAgain:
    """Do again what the events say and this database does not know.

    First the handovers: a file that went to another site is erased by that one. `trusted` are the erasures by a site
    that reporting knew to be in charge; of those the handover is no longer told, since it had the household's id.
    """
    publisher: Publisher = session.info["publisher"]
    before = (await session.execute(_STANDING)).scalar_one()
    here = set((await session.exec(select(Household.id).where(Household.standing == Standing.IN_CHARGE))).all())
    for handed_over in _of(HouseholdHandedOver, known):
        if handed_over.data.stage is HandoverStage.ACCEPTED and handed_over.data.household_id in here:
            await note_handover(session, handed_over.data)
    await session.flush()
    given_up = (await session.execute(_STANDING)).scalar_one() - before

    done = set((await session.exec(select(Erasure.household_id))).all())
    erased = 0
    left_alone: list[UUID] = []
    for erasure in _of(HouseholdErased, known):
        if erasure.data.household_id in done:
            continue
        done.add(erasure.data.household_id)
        is_trusted = erasure.site == publisher.site or erasure.data.erasure_id in trusted
        household = await lock_household(session, erasure.data.household_id)
        if household is not None and household.standing is Standing.IN_CHARGE and not is_trusted:
            left_alone.append(erasure.data.household_id)
            continue
        await _erase_again(session, erasure, publisher.site, services)
        erased += 1
    for acknowledged in _of(ErasureAcknowledged, known):
        if acknowledged.data.site == publisher.site:
            await acknowledge(session, acknowledged.data, acknowledged.source)
    return DoneAgain(erased, given_up, left_alone=tuple(left_alone))


async def ask_for_unknown(session: AsyncSession, known: Sequence[Received[Any]]) -> int:
    """Ask again for erasures that are complete here and that the archive does not know: it is the older one then."""
    publisher: Publisher = session.info["publisher"]
    archived = {event.data.erasure_id for event in _of(HouseholdErased, known)}
    complete = await session.exec(
        select(Erasure).where(Erasure.site == publisher.site, col(Erasure.completed_at).is_not(None))
    )
    asked = 0
    for erasure in complete.all():
        if erasure.id not in archived and erasure.expected:
            erasure.completed_at = None
            session.add(erasure)
            await session.execute(
                delete(ErasureAcknowledgement).where(col(ErasureAcknowledgement.erasure_id) == erasure.id)
            )
            await ask(session, erasure)
            asked += 1
    return asked


async def number_on(session: AsyncSession, told: Mapping[str, int]) -> int:
    """Go on counting where the archive says that this site has stopped; for how many subjects it was further.

    `told` is the highest number of each subject that this site has published.
    """
    last: dict[str, int] = {row.subject: row.last for row in await session.execute(_NUMBERS)}
    further = {subject: told[subject] for subject, number in last.items() if told.get(subject, 0) > number}
    await carry_on(session, further)
    return len(further)


async def _erase_again(
    session: AsyncSession, erasure: Received[HouseholdErased], own: str, services: Collection[Service]
) -> None:
    erased = erasure.data
    if erasure.site == own:
        await _note_own(session, erasure, services)
    else:
        await note_erasure(session, erased, erasure.site, erasure.time)
    await forget_everything(session, erased.household_id, [erased.household_id, *erased.merged_household_ids])


async def _note_own(session: AsyncSession, erasure: Received[HouseholdErased], services: Collection[Service]) -> None:
    sites = (await session.exec(select(SiteEntry.site).where(col(SiteEntry.closed_on).is_(None)))).all()
    erased = erasure.data
    await session.execute(
        insert(Erasure)
        .values(
            id=erased.erasure_id,
            household_id=erased.household_id,
            person_ids=[*erased.person_ids],
            merged_household_ids=[*erased.merged_household_ids],
            site=erasure.site,
            expected=expected_sources(services, sites, erasure.site),
            erased_at=erasure.time,
            asked_at=erasure.time,
        )
        .on_conflict_do_nothing()
    )


def _of(kind: Any, known: Sequence[Received[Any]]) -> list[Received[Any]]:
    return [event for event in known if isinstance(event.data, kind)]
