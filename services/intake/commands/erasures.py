"""A household's personal data is removed everywhere (GDPR Art. 17; domain rule 12; network contract: erasure).

The site in charge alone erases. All of it happens in one transaction, the event included: an erasure has not begun, or
it waits for those who must acknowledge it, and is asked for again until all have.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import ARRAY, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.cases import lock_cases
from services.intake.commands.files import File, open_file
from services.intake.commands.handovers import leave_merged, lock_household
from services.intake.commands.interpreters import end_wishes
from services.intake.commands.releases import end_releases
from services.intake.commands.sites import registered_sites
from services.intake.commands.whole_file import forget, with_merged
from services.intake.domain.charge import Standing, site_name
from services.intake.domain.erasures import Because, expected_sources
from services.intake.domain.lists import move_id
from services.intake.tables import Household, Person, Residence, SiteEntry
from services.intake.tables.erasures import Erasure, ErasureAcknowledgement
from services.intake.tables.imports import ImportedMove, Origin
from shared.contracts.common import ErasureAcknowledged
from shared.contracts.intake import HouseholdClosed, HouseholdErased
from shared.contracts.words import ClosingReason, GrantEnd, Service
from shared.messaging import Publisher, outbox
from shared.refusals import Conflict, Missing

log = structlog.get_logger(__name__)

ASK_AGAIN_AFTER = timedelta(minutes=10)
"""How long an acknowledgement may take before it is asked for once more (ours)."""

_ids = bindparam("ids", type_=ARRAY(Uuid))
_FORGETTING = text("select set_config('lokal.forgetting', :state, true)")
# As `tables.imports.CASE_NUMBER` has it.
_CASE = "lower(replace({}, ' ', ''))".format
_NAMES = f"""
    cases as (
        select {_CASE("case_number")} as number from household where id = any(:ids) and case_number is not null
    ),
    names as (
        select fold(given_name) as given, fold(family_name) as family, birth_date::text as born
        from person where household_id = any(:ids)
    )
"""  # noqa: S608  (nothing comes from outside)
_LINE_NAMES = f"""
    exists (
        select from (select array_agg(fold(cell)) as cells, array_agg({_CASE("cell")}) as numbers
            from jsonb_array_elements_text(line -> 1) cell) written
        where exists (select from cases where number = any(numbers)) or exists (
            select from names where given = any(cells) and family = any(cells)
            or cells && array[family || ', ' || given, family || ' ' || given, given || ' ' || family]
        )
    )
"""  # noqa: S608
_CONTENT_NAMES = f"""
    (coalesce({_CASE("content ->> 'case_number'")} in (select number from cases), false) or exists (
        select from jsonb_array_elements(content -> 'persons') p join names on fold(p ->> 'given_name') = given
        and fold(coalesce(p ->> 'family_name', content ->> 'family_name')) = family
        and coalesce(p ->> 'birth_date' = born, true)
    ))
"""  # noqa: S608
# What belongs to no file, or stays when a file is given up, and yet tells of this family.
_BESIDES = [
    text(statement).bindparams(_ids)
    for statement in (
        "update letter_out set content = null, why = 'erased', state = case when state in ('waiting', 'sent') "
        "then 'superseded' else state end where household_id = any(:ids) and content is not null",
        "update supplement set content = null, why = 'erased', state = 'unfit' "
        "where household_id = any(:ids) and content is not null",
        "delete from expected where household_id = any(:ids)",
        "delete from passed_on where household_id = any(:ids)",
        "delete from letter_in where household_id = any(:ids)",
        # Lists that are not taken yet may name the family where nobody has compared them with its file.
        f"""
        with {_NAMES}
        update import_file set sheet = null where sheet is not null and (
            id in (select file_id from import_row where candidates && :ids)
            or exists (select from jsonb_array_elements(sheet) line where {_LINE_NAMES}))
        """,  # noqa: S608
        f"""
        with {_NAMES}, found as (
            select id, move_id, coalesce(household_id = any(:ids), false) or {_CONTENT_NAMES} as theirs
            from import_row where content is not null
        ), gone as (
            update import_row set content = null, state = 'left_out', settled_at = now()
            where candidates && :ids and content is not null or id in (select id from found where theirs)
        )
        insert into imported_move (move_id, origin, at)
        select distinct move_id, 'erasure', now() from found where theirs and move_id is not null on conflict do nothing
        """,  # noqa: S608
    )
]
# Reasons in words are asked for at a protected address and at an export; other looks say only at which screen.
_REASONS = text(
    "update access_log set why = 'Grund gelöscht' "
    "where households && :ids and cardinality(households) = 1 and look in ('address', 'export')"
).bindparams(_ids)


async def erase_household(
    session: AsyncSession, by: Acting, household_id: UUID, because: Because, services: Sequence[Service]
) -> Erasure:
    """Remove a household and those merged into it, and ask every service that exists to do the same.

    `services` are those that exist in the city. Raises `Missing`, and `Conflict` where another file or another site
    has to be asked.
    """
    # As everywhere: case numbers first, then rows of lists, then files. The other way round is a deadlock.
    family = await with_merged(session, household_id)
    numbers = await session.exec(select(Household.case_number).where(col(Household.id).in_(family)))
    await lock_cases(session, numbers.all())
    await lock_household(session, household_id)
    file = await open_file(session, household_id)
    _require_in_charge(file)
    await end_releases(session, by, file, GrantEnd.ERASED)
    await end_wishes(session, by, file)
    if file.is_open:
        await _tell_closed(session, by, file)
    households = await with_merged(session, household_id)
    persons = await session.exec(select(Person.id).where(col(Person.household_id).in_(households)))
    register = await registered_sites(session, by.site)
    erasure = Erasure(
        household_id=household_id,
        person_ids=sorted(persons.all()),
        merged_household_ids=sorted({*households} - {household_id}),
        site=by.site,
        because=because,
        erased_at=by.now,
        erased_by=by.who,
        expected=expected_sources(services, (entry.site for entry in register), by.site),
        asked_at=by.now,
    )
    erasure.completed_at = None if erasure.expected else by.now
    session.add(erasure)
    await ask(session, erasure)
    await forget_everything(session, household_id, households)
    await session.refresh(erasure)
    return erasure


async def erase_elsewhere(session: AsyncSession, erased: HouseholdErased, asked_by: str) -> None:
    """Another site erases a household: what this one still knows of it goes, and the site that asked is told so.

    A file of which this site is in charge stays, and nothing is acknowledged: no other site may erase it.
    """
    publisher: Publisher = session.info["publisher"]
    if asked_by == publisher.site:
        return
    await lock_household(session, erased.household_id)
    await leave_merged(session, erased.household_id, datetime.now(UTC))
    household = await session.get(Household, erased.household_id, populate_existing=True)
    if household is not None and household.standing is Standing.IN_CHARGE:
        log.warning("erasure_refused", asked_by=asked_by, erasure_id=str(erased.erasure_id))
        return
    await note_erasure(session, erased, asked_by, datetime.now(UTC))
    await forget_everything(session, erased.household_id, [erased.household_id, *erased.merged_household_ids])
    acknowledged = ErasureAcknowledged(
        erasure_id=erased.erasure_id, household_id=erased.household_id, site=asked_by, service=Service.INTAKE
    )
    await outbox.add(session, acknowledged)


async def acknowledge(session: AsyncSession, acknowledged: ErasureAcknowledged, source: str) -> None:
    """A service has erased what it held; `source` says which one of which site. The last one completes the erasure."""
    erasure = (
        await session.exec(select(Erasure).where(Erasure.id == acknowledged.erasure_id).with_for_update())
    ).one_or_none()
    if erasure is None or not erasure.expected:
        return  # an erasure of another site, or one that only a newer database knows
    await _enter(session, erasure, source)


async def waive(session: AsyncSession, erasure_id: UUID, source: str, by: str, why: str) -> Erasure:
    """Wait no longer for one that does not exist any more; who has decided so and why is kept.

    Raises `Missing` for an erasure that this site has not asked for, `Conflict` for a source that it does not wait for.
    """
    found = await session.exec(select(Erasure).where(Erasure.id == erasure_id).with_for_update())
    erasure = found.one_or_none()
    if erasure is None or not erasure.expected:
        raise Missing("Die Löschung")
    entered = await session.get(ErasureAcknowledgement, (erasure_id, source))
    if source not in erasure.expected or entered is not None:
        raise Conflict(f"Auf {source} wartet diese Löschung nicht.")
    await _enter(session, erasure, source, waived_by=by, why=why)
    log.warning("erasure_waived", erasure_id=str(erasure_id), source=source, by=by)
    return erasure


async def waive_closed(session: AsyncSession, site: str) -> None:
    """A site has closed: its files went to others before, and nobody there can acknowledge any more.

    By the register alone: what closed it may be older than what has opened it again.
    """
    entry = await session.get(SiteEntry, site, populate_existing=True)
    if entry is None or entry.closed_on is None:
        return
    source = f"/sites/{site}/{Service.INTAKE.value}"
    waiting = await session.exec(
        select(Erasure)
        .where(col(Erasure.completed_at).is_(None), col(Erasure.expected).contains([source]))
        .order_by(col(Erasure.id))
        .with_for_update()
    )
    for erasure in waiting.all():
        await _enter(session, erasure, source, waived_by="site-closed", why="Der Standort ist geschlossen.")


async def _enter(session: AsyncSession, erasure: Erasure, source: str, **waived: str) -> None:
    values = {"erasure_id": erasure.id, "source": source, "at": datetime.now(UTC), **waived}
    await session.execute(insert(ErasureAcknowledgement).values(values).on_conflict_do_nothing())
    known = await session.exec(
        select(ErasureAcknowledgement.source).where(ErasureAcknowledgement.erasure_id == erasure.id)
    )
    if erasure.completed_at is None and {*erasure.expected} <= {*known.all()}:
        erasure.completed_at = max(datetime.now(UTC), erasure.erased_at)
        session.add(erasure)
        log.info("erasure_complete", erasure_id=str(erasure.id))


async def ask_again(session: AsyncSession, own: str, now: datetime) -> int:
    """Ask once more for the acknowledgements that have not come; how many erasures still wait for some."""
    closed = await session.exec(select(SiteEntry.site).where(col(SiteEntry.closed_on).is_not(None)))
    for site in sorted(closed.all()):  # one that closed while the erasure was being written
        await waive_closed(session, site)
    waiting = await session.exec(
        select(Erasure)
        .where(Erasure.site == own, col(Erasure.completed_at).is_(None), col(Erasure.asked_at) < now - ASK_AGAIN_AFTER)
        .order_by(col(Erasure.id))
        .with_for_update(skip_locked=True)
    )
    asked = 0
    for erasure in waiting.all():
        erasure.asked_at = now
        session.add(erasure)
        await ask(session, erasure)
        asked += 1
    return asked


async def ask(session: AsyncSession, erasure: Erasure) -> None:
    """Tell every service that the household is to be erased."""
    await session.flush()
    erased = HouseholdErased(
        household_id=erasure.household_id,
        erasure_id=erasure.id,
        person_ids=tuple(erasure.person_ids),
        merged_household_ids=tuple(erasure.merged_household_ids),
    )
    await outbox.add(session, erased)


async def note_erasure(session: AsyncSession, erased: HouseholdErased, site: str, at: datetime) -> None:
    """Keep that a household was erased by another site, so that no letter brings it back."""
    entered = insert(Erasure).values(
        id=erased.erasure_id,
        household_id=erased.household_id,
        person_ids=[*erased.person_ids],
        merged_household_ids=[*erased.merged_household_ids],
        site=site,
        expected=[],
        erased_at=at,
        asked_at=at,
        completed_at=at,
    )
    await session.execute(entered.on_conflict_do_nothing())


async def forget_everything(session: AsyncSession, household_id: UUID, households: Iterable[UUID]) -> None:
    """Remove the files of these households, and what besides them tells of the family: letters, rows, reasons."""
    ids = sorted({household_id, *households})
    await session.flush()
    await _keep_away(session, ids)
    for statement in _BESIDES:
        await session.execute(statement, {"ids": ids})
    await session.execute(_FORGETTING, {"state": "on"})
    await session.execute(_REASONS, {"ids": ids})
    await session.execute(_FORGETTING, {"state": "off"})
    for id in ids:
        await forget(session, id)


async def _keep_away(session: AsyncSession, ids: Sequence[UUID]) -> None:
    """No older list and no letter brings the family back: its moves are known, whoever has entered them."""
    moves = await session.execute(
        select(col(Household.id), col(Household.case_number), col(Residence.moved_in))
        .join(Residence, col(Residence.household_id) == Household.id)
        .where(
            col(Household.id).in_(ids), col(Household.case_number).is_not(None), col(Residence.moved_in).is_not(None)
        )
    )
    for household_id, case_number, moved_in in moves:
        known = insert(ImportedMove).values(
            move_id=move_id(case_number, moved_in), household_id=household_id, origin=Origin.ERASURE
        )
        await session.execute(known.on_conflict_do_nothing())


def _require_in_charge(file: File) -> None:
    household = file.household
    if household.merged_into is not None:
        raise Conflict("Diese Akte gehört zu einer anderen, mit der sie zusammengeführt wurde. Bitte dort löschen.")
    if household.standing is not Standing.IN_CHARGE:
        site = site_name(household.handed_to or "")
        raise Conflict(f"Die Akte ist in Übergabe an {site}. Gelöscht wird sie dort; hier wurde nichts geändert.")


async def _tell_closed(session: AsyncSession, by: Acting, file: File) -> None:
    """The household counts no longer from today on; the figures of the days before stay."""
    closed = HouseholdClosed(
        household_id=file.household.id,
        reason=ClosingReason.NO_LONGER_NEEDED,
        on=max(by.today, file.household.stated_on),
        district=file.residence.district,
        charge=file.household.charge,
    )
    await outbox.add(session, closed)
