"""Imported lists: how far they are, what is wrong in them, and what the intake knows of the families in them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, any_, cast, func, or_, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Date, Text, Uuid
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain.lists import normal_case_number, same_name
from services.intake.inputs import RegisterHousehold
from services.intake.tables import Household, Person, Residence
from services.intake.tables.imports import (
    CASE_NUMBER,
    FileState,
    ImportedMove,
    ImportFile,
    ImportMapping,
    ImportRow,
    RowState,
    Way,
)
from shared.refusals import Missing


@dataclass(frozen=True, slots=True)
class Counts:
    """How many families of a list are in which state."""

    by_state: dict[tuple[RowState, Way | None], int] = field(default_factory=dict)

    def of(self, state: RowState, way: Way | None = None) -> int:
        """Families in this state; with `way` only those."""
        return sum(number for (found, how), number in self.by_state.items() if found == state and way in (None, how))

    @property
    def families(self) -> int:
        """All of them."""
        return sum(self.by_state.values())


async def counts_of(session: AsyncSession, file_ids: Iterable[UUID]) -> dict[UUID, Counts]:
    """The counts of each of these files."""
    found: dict[UUID, Counts] = {file_id: Counts() for file_id in file_ids}
    rows = await session.execute(
        select(col(ImportRow.file_id), col(ImportRow.state), col(ImportRow.way), func.count())
        .where(col(ImportRow.file_id).in_(found))
        .group_by(col(ImportRow.file_id), col(ImportRow.state), col(ImportRow.way))
    )
    for file_id, state, way, number in rows:
        found[file_id].by_state[state, way] = number
    return found


async def list_files(
    session: AsyncSession, *, after: tuple[Any, UUID] | None = None, limit: int = 51
) -> list[ImportFile]:
    """The lists, the latest first."""
    query = select(ImportFile).order_by(col(ImportFile.at).desc(), col(ImportFile.id).desc()).limit(limit)
    if after is not None:
        query = query.where(tuple_(col(ImportFile.at), col(ImportFile.id)) < after)
    return list((await session.exec(query)).all())


async def import_file(session: AsyncSession, file_id: UUID, *, lock: bool = False) -> ImportFile:
    """One list. Raises `Missing`."""
    query = select(ImportFile).where(ImportFile.id == file_id)
    found = (await session.exec(query.with_for_update() if lock else query)).one_or_none()
    if found is None:
        raise Missing("Die Liste")
    return found


async def next_file(session: AsyncSession) -> ImportFile | None:
    """The list that is being taken, the one first confirmed before others."""
    query = select(ImportFile).where(ImportFile.state == FileState.TAKING).order_by(col(ImportFile.taken_at)).limit(1)
    return (await session.exec(query.with_for_update(skip_locked=True))).one_or_none()


async def file_with(session: AsyncSession, sha256: str) -> ImportFile | None:
    """The list with exactly these bytes, if it was handed in before."""
    return (await session.exec(select(ImportFile).where(ImportFile.sha256 == sha256))).one_or_none()


async def remembered_mapping(session: AsyncSession, header_hash: str) -> dict[str, int] | None:
    """What somebody has said about the columns of a list with this header."""
    found = (await session.exec(select(ImportMapping).where(ImportMapping.header_hash == header_hash))).one_or_none()
    return None if found is None else found.mapping


async def faulty_rows(
    session: AsyncSession, file_id: UUID, *, after: UUID | None = None, limit: int = 51
) -> list[ImportRow]:
    """The families that cannot be taken, in the order of the list."""
    query = select(ImportRow).where(ImportRow.file_id == file_id, ImportRow.state == RowState.BAD)
    if after is not None:
        query = query.where(col(ImportRow.id) > after)
    return list((await session.exec(query.order_by(col(ImportRow.id)).limit(limit))).all())


async def waiting_rows(
    session: AsyncSession, *, file_id: UUID | None = None, after: UUID | None = None, limit: int = 51
) -> list[ImportRow]:
    """The families about which somebody has to decide, the longest waiting first."""
    query = select(ImportRow).where(ImportRow.state == RowState.DUPLICATE)
    if file_id is not None:
        query = query.where(ImportRow.file_id == file_id)
    if after is not None:
        query = query.where(col(ImportRow.id) > after)
    return list((await session.exec(query.order_by(col(ImportRow.id)).limit(limit))).all())


async def waiting_row(session: AsyncSession, row_id: UUID, *, lock: bool = False) -> ImportRow:
    """One family in a list. Raises `Missing`."""
    query = select(ImportRow).where(ImportRow.id == row_id)
    found = (await session.exec(query.with_for_update() if lock else query)).one_or_none()
    if found is None:
        raise Missing("Die Zeile")
    return found


# --- what is known of the families in a list ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file with a case number of the list."""

    household_id: UUID
    open: bool


@dataclass(slots=True)
class Known:
    """What the intake knows of the families of a list, asked once for all of them."""

    moves: dict[UUID, UUID | None]
    """The moves that were taken before, and into which file."""
    by_case: dict[str, list[KnownFile]]
    entered: set[tuple[UUID, date]]
    """On which days the families with these case numbers moved, as far as it stands in their files."""
    persons: dict[date, list[tuple[UUID, str, str]]]
    """Household, given and family name of everybody with a birth date of the list."""

    def entered_already(self, household_id: UUID, moved_on: date | None) -> bool:
        """Whether the move stands in the file, however it came there."""
        return moved_on is not None and (household_id, moved_on) in self.entered

    def learn(self, household_id: UUID, move_id: UUID, row: RegisterHousehold) -> None:
        """The move stands in this file now: the next row of the list may be of the same family."""
        self.moves[move_id] = household_id
        files = self.by_case.setdefault(normal_case_number(row.case_number or ""), [])
        if all(known.household_id != household_id for known in files):
            files.append(KnownFile(household_id, open=True))
        if row.moved_on is not None:
            self.entered.add((household_id, row.moved_on))
        for person in row.persons:
            if person.birth_date is not None:
                named = (household_id, person.given_name, person.family_name)
                self.persons.setdefault(person.birth_date, []).append(named)

    def likely(self, row: RegisterHousehold) -> list[UUID]:
        """Files in which somebody has the birth date and the name of a member of this family, in any spelling."""
        found: dict[UUID, None] = {}
        for person in row.persons:
            for household_id, given, family in self.persons.get(person.birth_date or date.max, ()):
                if same_name(given, person.given_name) and same_name(family, person.family_name):
                    found[household_id] = None
        return list(found)


async def known_of(session: AsyncSession, rows: Sequence[tuple[UUID, RegisterHousehold]]) -> Known:
    """Everything that is asked about these moves, in four statements however many they are."""
    moves = await session.execute(
        select(ImportedMove.move_id, ImportedMove.household_id).where(
            col(ImportedMove.move_id) == any_(cast([move_id for move_id, _ in rows], ARRAY(Uuid)))
        )
    )
    by_case: dict[str, list[KnownFile]] = {}
    case_number = CASE_NUMBER
    cases = [normal_case_number(row.case_number) for _, row in rows if row.case_number]
    # A file that was merged into another one is that one.
    the_file = func.coalesce(col(Household.merged_into), col(Household.id))
    current = select(Household.id).where(col(Household.closed_on).is_(None)).subquery()
    files = await session.execute(
        select(case_number, the_file, current.c.id.is_not(None))  # type: ignore[call-overload]
        .join(current, current.c.id == the_file, isouter=True)
        .where(case_number == any_(cast(cases, ARRAY(Text))))
    )
    for case, household_id, is_open in files:
        by_case.setdefault(case, []).append(KnownFile(household_id, is_open))
    ids = [known.household_id for found in by_case.values() for known in found]
    days = await session.execute(
        select(col(Residence.household_id), col(Residence.moved_in)).where(
            col(Residence.household_id) == any_(cast(ids, ARRAY(Uuid))), col(Residence.moved_in).is_not(None)
        )
    )
    births = sorted({person.birth_date for _, row in rows for person in row.persons if person.birth_date})
    persons: dict[date, list[tuple[UUID, str, str]]] = {}
    found = await session.execute(
        select(col(Person.birth_date), the_file, col(Person.given_name), col(Person.family_name))
        .join(Household, col(Household.id) == col(Person.household_id))
        .where(col(Person.birth_date) == any_(cast(births, ARRAY(Date))))
    )
    for born, household_id, given, family in found:
        persons.setdefault(born, []).append((household_id, given, family))
    return Known(
        moves={move_id: household_id for move_id, household_id in moves},  # noqa: C416
        by_case=by_case,
        entered={(household_id, moved_in) for household_id, moved_in in days if moved_in is not None},
        persons=persons,
    )


async def moving_days(session: AsyncSession, household_id: UUID) -> set[date]:
    """On which days the family moved, as far as it stands in its file."""
    found = await session.exec(select(col(Residence.moved_in)).where(Residence.household_id == household_id))
    return {day for day in found.all() if day is not None}


async def candidates_now(session: AsyncSession, row: ImportRow) -> list[UUID]:
    """The files that may be this family's: without those that have gone meanwhile, with new ones of its case number."""
    case_number = normal_case_number((row.content or {}).get("case_number") or "")
    current = and_(CASE_NUMBER.in_([case_number]), col(Household.closed_on).is_(None))
    found = await session.exec(select(Household.id).where(or_(col(Household.id).in_(row.candidates), current)))
    here = set(found.all())
    compared = [household_id for household_id in row.candidates if household_id in here]
    return compared + sorted(here.difference(compared))
