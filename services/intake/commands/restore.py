"""After an older database was restored: what the network knows better is done again before the service opens.

Erasures must not come undone (GDPR Art. 17), a file that was handed over must not be kept by two sites (contract:
charge), and no number must be given twice to an event. The archive of reporting knows all three.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.erasures import acknowledge, ask, forget_everything, note_erasure
from services.intake.commands.handovers import become_caretaker, is_erased, lock_household
from services.intake.commands.whole_file import carry_on, with_merged
from services.intake.domain.charge import Standing
from services.intake.domain.erasures import expected_sources
from services.intake.tables import Household, SiteEntry
from services.intake.tables.erasures import Erasure, ErasureAcknowledgement
from services.intake.tables.handovers import LetterOut, PassedOn
from shared.contracts.common import ErasureAcknowledged
from shared.contracts.intake import HouseholdErased, HouseholdHandedOver
from shared.contracts.words import HandoverStage, Service
from shared.letters import LetterKind, LetterState
from shared.messaging import Publisher, Received

DECIDING = (HouseholdErased, HouseholdHandedOver, ErasureAcknowledged)
"""The events that are compared."""
_KNOWN_NUMBERS = text(
    """
    select household_id, max(charge) as charge from (
        select id as household_id, charge from household where standing <> 'superseded'
        union all select household_id, charge from passed_on
        union all select household_id, charge from letter_out where kind = 'handover'
    ) as seen group by household_id
    """
)
"""A file that is known to be behind does not count: it may have come back."""
_OVERTAKEN = text(
    "update letter_out set state = 'superseded', content = null where household_id = :id and kind = 'handover' "
    "and charge < :charge and state in ('waiting', 'sent', 'refused')"
)
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
    given_up = await _follow_handovers(session, publisher.site, known)
    await session.flush()

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


async def _follow_handovers(session: AsyncSession, own: str, known: Sequence[Received[Any]]) -> int:
    """Stand to every file as the highest number says, and know the numbers that were given up; how many files go.

    Only what happened last to a household counts: a file that went away may have come back.
    """
    told = _of(HouseholdHandedOver, known)
    sent = [event for event in told if event.site == event.data.from_site == own and not _is_accepted(event)]
    latest = _latest([*(event for event in told if _is_accepted(event)), *sent])
    numbers = {row.household_id: row.charge for row in await session.execute(_KNOWN_NUMBERS)}
    here = set((await session.exec(select(Household.id))).all())
    given_up = 0
    for household_id in sorted(here & latest.keys()):
        if latest[household_id].data.charge > numbers.get(household_id, 0):
            given_up += await _follow(session, own, latest[household_id])
    for household_id, event in _latest(sent).items():
        if household_id not in here and event.data.charge > numbers.get(household_id, 0):
            await _note_passed_on(session, event)
    return given_up


def _latest(told: Iterable[Received[HouseholdHandedOver]]) -> dict[UUID, Received[HouseholdHandedOver]]:
    """The event with the highest number of each household; that it was accepted says more than that it was sent."""
    return {
        event.data.household_id: event
        for event in sorted(told, key=lambda event: (event.data.charge, _is_accepted(event)))
    }


def _is_accepted(event: Received[HouseholdHandedOver]) -> bool:
    return event.data.stage is HandoverStage.ACCEPTED


async def _follow(session: AsyncSession, own: str, latest: Received[HouseholdHandedOver]) -> bool:
    """True if the file is given up. Its content stays as old as the database is."""
    event = latest.data
    household = await lock_household(session, event.household_id)
    if household is None or await is_erased(session, event.household_id):
        return False
    was = household.standing
    if _is_accepted(latest) and event.to_site != own:
        if was is not Standing.CARETAKER:  # that one's receipt is on its way
            household.standing, household.handed_to = Standing.SUPERSEDED, event.to_site
    else:
        await session.execute(_OVERTAKEN, {"id": event.household_id, "charge": event.charge})
        number = event.charge if _is_accepted(latest) else event.charge - 1
        merged = [each for each in await with_merged(session, household.id) if each != household.id]
        further = update(Household).where(col(Household.id).in_(merged))  # they went along each time
        await session.execute(further.values(charge=Household.charge + number - household.charge))
        household.handed_to = household.handed_at = None
        household.standing, household.charge = Standing.IN_CHARGE, number
        if not _is_accepted(latest):
            await _give_up_again(session, household, latest)
    session.add(household)
    return was is Standing.IN_CHARGE and household.standing is not was


async def _give_up_again(session: AsyncSession, household: Household, given_up: Received[HouseholdHandedOver]) -> None:
    """The number is in a letter that this database does not know: its row makes the receipt end the care as always.

    The letter's content is gone with the newer database; sent once more, it is written anew from this file.
    """
    event = given_up.data
    session.add(
        LetterOut(
            id=event.letter_id,
            kind=LetterKind.HANDOVER,
            to_site=event.to_site,
            household_id=event.household_id,
            charge=event.charge,
            state=LetterState.SENT,
            made_at=given_up.time,
            made_by="lokal",
            sent_at=given_up.time,
            tries=1,
        )
    )
    await become_caretaker(session, await with_merged(session, household.id), event.to_site, given_up.time)


async def _note_passed_on(session: AsyncSession, given_up: Received[HouseholdHandedOver]) -> None:
    """A file that came and went after the backup: its number is known again, and where it went."""
    event = given_up.data
    if await is_erased(session, event.household_id):
        return
    values = {"charge": event.charge, "to_site": event.to_site, "confirmed_at": given_up.time}
    gone = insert(PassedOn).values(household_id=event.household_id, **values)
    await session.execute(gone.on_conflict_do_update(index_elements=["household_id"], set_=values))


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
                delete(ErasureAcknowledgement).where(
                    col(ErasureAcknowledgement.erasure_id) == erasure.id,
                    col(ErasureAcknowledgement.waived_by).is_(None),
                )
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
