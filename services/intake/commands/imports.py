"""The Sozialamt's weekly list of moves is taken row by row (report, §2.1b).

The list is city-wide, and several sites may import the same one: a row of another site goes there as a letter, and a
move is known by an id made from case number and moving date, so that it is entered once.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import structlog
from pydantic import ValidationError
from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.cases import lock_cases
from services.intake.commands.correct import correct_household
from services.intake.commands.files import write_down
from services.intake.commands.letters import send_registration
from services.intake.commands.moves import move_household
from services.intake.commands.register import register_household
from services.intake.commands.sites import NotKnownYet, registered_sites
from services.intake.domain.charge import RegisteredSite, in_charge, neighbourhood_slug
from services.intake.domain.days import check_birth, check_moved_on
from services.intake.domain.lists import (
    COLUMN_NAMES,
    Cell,
    Column,
    Entry,
    RowFault,
    entries,
    guess,
    missing,
    move_id,
    next_stop,
    normal_case_number,
)
from services.intake.inputs import CorrectHousehold, MoveHousehold, RegisterHousehold
from services.intake.queries.imports import (
    Known,
    candidates_now,
    file_with,
    import_file,
    known_of,
    moving_days,
    remembered_mapping,
    waiting_row,
)
from services.intake.sheets_in import read_sheet
from services.intake.tables import Household
from services.intake.tables.imports import (
    FileState,
    ImportedMove,
    ImportFile,
    ImportMapping,
    ImportRow,
    Origin,
    RowState,
    Way,
)
from shared.contracts.words import District
from shared.database import passes
from shared.ids import uuid7
from shared.places import DISTRICT_NAMES, slug_of
from shared.refusals import Conflict, Invalid, Refused
from shared.web import messages

log = structlog.get_logger(__name__)

DRAFTS_KEPT = timedelta(days=7)
"""A list that nobody has confirmed is personal data without a use (ours)."""
AT_ONCE = 50
"""Rows in one transaction: few enough to show how far it is, and to lose little when the machine stops."""
_WRITTEN_AT_ONCE = 500
_ALONE = text("select pg_advisory_xact_lock(hashtext(:digest))")


class Outcome(StrEnum):
    """What became of a row that another site has sent."""

    TAKEN = "taken"
    UNCHANGED = "unchanged"
    HELD = "held"
    """It waits for somebody's decision here: it may be a family that is known."""
    PASSED_ON = "passed_on"


class Decision(StrEnum):
    """What somebody says about a family that may have a file already."""

    NEW = "new"
    SAME = "same"
    LEAVE = "leave"


# --- a list comes in ----------------------------------------------------------------------------------------------


async def receive_list(session: AsyncSession, by: Acting, name: str, content: bytes) -> tuple[ImportFile, bool]:
    """Read a list and work out what taking it would do; False: these very bytes were handed in before.

    Nothing is entered yet. Raises `Invalid` with the reason for a file that cannot be read.
    """
    digest = hashlib.sha256(content).hexdigest()
    await session.execute(_ALONE, {"digest": digest})
    if (known := await file_with(session, digest)) is not None:
        return known, False
    sheet = await asyncio.to_thread(read_sheet, content)
    header_hash = hashlib.sha256("\n".join(map(slug_of, sheet.header)).encode()).hexdigest()
    mapping = await remembered_mapping(session, header_hash) or _words(guess(sheet.header))
    file = ImportFile(
        name=" ".join(name.split())[:200] or "Liste",
        sha256=digest,
        header_hash=header_hash,
        header=[title[:200] for title in sheet.header],
        line_count=len(sheet.lines),
        notes=sheet.notes,
        mapping=mapping,
        sheet=[[number, list(cells)] for number, cells in sheet.lines],
        at=by.now,
        by=by.who,
    )
    session.add(file)
    await session.flush()
    if not missing(_columns(mapping)):
        await _work_out(session, by, file)
    return file, True


async def map_columns(session: AsyncSession, by: Acting, file_id: UUID, mapping: Mapping[Column, int]) -> ImportFile:
    """Say what the columns of a list mean; it is remembered for lists with the same header.

    Raises `Invalid` for a column that is needed and has no place, and for one place with two meanings; `Conflict`
    once the list is being taken.
    """
    file = await import_file(session, file_id, lock=True)
    _require_draft(file)
    _require_lines(file)
    wrong = [(f"columns.{column}", "Diese Spalte wird gebraucht.") for column in missing(mapping)]
    for column, place in mapping.items():
        if place >= len(file.header):
            wrong.append((f"columns.{column}", "Diese Spalte hat die Liste nicht."))
        elif list(mapping.values()).count(place) > 1:
            wrong.append((f"columns.{column}", "Diese Spalte der Liste ist zweimal zugeordnet."))
    if wrong:
        raise Invalid(*wrong[0], more=wrong[1:])
    words = _words(mapping)
    remember = insert(ImportMapping).values(header_hash=file.header_hash, mapping=words, at=by.now, by=by.who)
    await session.execute(
        remember.on_conflict_do_update(
            index_elements=["header_hash"], set_={"mapping": words, "at": by.now, "by": by.who}
        )
    )
    file.mapping = words
    await session.execute(delete(ImportRow).where(col(ImportRow.file_id) == file.id))
    await _work_out(session, by, file)
    return file


async def take_list(session: AsyncSession, by: Acting, file_id: UUID) -> ImportFile:
    """Let the good rows be taken, in the background. Doing it twice has one effect.

    Raises `Conflict` for a list whose columns are not known yet.
    """
    file = await import_file(session, file_id, lock=True)
    if file.state is FileState.MAPPING:
        raise Conflict("Bitte zuerst die Spalten der Liste zuordnen.")
    if file.state is FileState.PREVIEW:
        file.state, file.taken_at, file.taken_by, file.sheet = FileState.TAKING, by.now, by.who, None
        session.add(file)
        await session.flush()
    return file


async def discard_list(session: AsyncSession, file_id: UUID) -> None:
    """Forget a list that has not been taken. Raises `Conflict` once it is being taken."""
    file = await import_file(session, file_id, lock=True)
    _require_draft(file)
    await session.delete(file)
    await session.flush()


async def discard_stale_drafts(session: AsyncSession, now: datetime) -> None:
    """Forget the lists that nobody has confirmed for a week."""
    drafts = col(ImportFile.state).in_((FileState.MAPPING, FileState.PREVIEW))
    await session.execute(delete(ImportFile).where(drafts, col(ImportFile.at) < now - DRAFTS_KEPT))


def _require_draft(file: ImportFile) -> None:
    if file.state not in (FileState.MAPPING, FileState.PREVIEW):
        raise Conflict("Diese Liste wird schon übernommen. Es wurde nichts geändert.")


def _require_lines(file: ImportFile) -> None:
    """An erasure takes the lines of a list along that names the family."""
    if file.sheet is None:
        raise Conflict("Die Zeilen sind nicht mehr da. Bitte die Liste verwerfen und noch einmal einlesen.")


def _words(mapping: Mapping[Column, int]) -> dict[str, int]:
    return {column.value: place for column, place in mapping.items()}


def _columns(mapping: Mapping[str, int]) -> dict[Column, int]:
    return {Column(column): place for column, place in mapping.items()}


# --- what taking a row would do -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A family's move, ready to be assessed."""

    move_id: UUID
    row: RegisterHousehold
    former_district: str | None = None
    visited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Assessed:
    """What taking it would do."""

    state: RowState
    way: Way | None = None
    to_site: str | None = None
    household_id: UUID | None = None
    candidates: list[UUID] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)
    """Path and sentence."""


def _assess(known: Known, register: Sequence[RegisteredSite], own: str, wanted: _Wanted) -> _Assessed:
    row = wanted.row
    if wanted.move_id in known.moves:
        return _Assessed(RowState.UNCHANGED, household_id=known.moves[wanted.move_id])
    files = known.by_case.get(normal_case_number(row.case_number or ""), [])
    for file in files:
        if known.entered_already(file.household_id, row.moved_on):
            return _Assessed(RowState.UNCHANGED, household_id=file.household_id)
    for file in files:
        if file.open:
            candidates = [file.household_id]  # by which an erasure finds the row
            return _Assessed(RowState.READY, Way.MOVE, household_id=file.household_id, candidates=candidates)
    district = row.address.district
    target = next_stop(register, own, district, wanted.former_district, wanted.visited)
    if target is None:
        return _Assessed(RowState.BAD, faults=[("address.district", _nobody(register, district))])
    way = Way.NEW if target == own else Way.ELSEWHERE
    candidates = list(dict.fromkeys([*(file.household_id for file in files), *known.likely(row)]))
    state = RowState.DUPLICATE if candidates else RowState.READY
    return _Assessed(state, way, None if target == own else target, candidates=candidates)


def _nobody(register: Sequence[RegisteredSite], district: District) -> str:
    if in_charge(register, district) is None:
        return f"Für den Stadtbezirk {DISTRICT_NAMES[district]} ist noch kein Standort eingetragen."
    return (
        f"Die Zeile kam zweimal hier vorbei: Die Standorte sind sich nicht einig, wer für {DISTRICT_NAMES[district]} "
        "zuständig ist. Bitte die Koordination fragen."
    )


async def _work_out(session: AsyncSession, by: Acting, file: ImportFile) -> None:
    """Make a row for each family, with what taking it would do."""
    register = await registered_sites(session, by.site)
    # Seconds of work for ten thousand lines, beside the loop: meanwhile others want their pages.
    families = await asyncio.to_thread(_families, file.sheet or [], _columns(file.mapping), by)
    good = [wanted for _, wanted in families if isinstance(wanted, _Wanted)]
    known = await known_of(session, [(wanted.move_id, wanted.row) for wanted in good])
    seen: set[UUID] = set()
    for number, (entry, found) in enumerate(families, start=1):
        if number % _WRITTEN_AT_ONCE == 0:
            await session.flush()
        if isinstance(found, _Wanted):
            assessed = _assess(known, register, by.site, found)
            if found.move_id in seen:  # the same move twice in one list, written differently
                assessed = _Assessed(RowState.UNCHANGED)
            seen.add(found.move_id)
            session.add(_row(file, entry, found, assessed))
        else:
            session.add(
                ImportRow(file_id=file.id, lines=entry.lines, state=RowState.BAD, faults=[asdict(f) for f in found])
            )
    file.state = FileState.PREVIEW
    session.add(file)
    await session.flush()


def _families(
    sheet: Sequence[tuple[int, list[Cell]]], columns: Mapping[Column, int], by: Acting
) -> list[tuple[Entry, "_Wanted | list[RowFault]"]]:
    return [(entry, _checked(entry, by)) for entry in entries(sheet, columns, by.today)]


def _row(file: ImportFile, entry: Entry, wanted: _Wanted, assessed: _Assessed) -> ImportRow:
    open_ = assessed.state in (RowState.READY, RowState.DUPLICATE)
    return ImportRow(
        file_id=file.id,
        lines=entry.lines,
        state=assessed.state,
        way=assessed.way,
        to_site=assessed.to_site,
        move_id=wanted.move_id,
        content=wanted.row.model_dump(mode="json") if open_ else None,
        former_district=wanted.former_district,
        candidates=assessed.candidates,
        household_id=None if open_ else assessed.household_id,
        faults=[asdict(fault) for fault in _in_lines(entry.lines, assessed.faults)],
    )


def _checked(entry: Entry, by: Acting) -> _Wanted | list[RowFault]:
    """The body of a registration, or everything that is wrong with it."""
    if entry.faults:
        return entry.faults
    try:
        row = RegisterHousehold.model_validate(entry.household)
    except ValidationError as wrong:
        found = messages.of_validation([{**error, "loc": ("row", *error["loc"])} for error in wrong.errors()])
        return _in_lines(entry.lines, found)
    if row.case_number is None or row.moved_on is None:  # both columns are needed ones
        return [RowFault(entry.lines[0], COLUMN_NAMES[Column.CASE_NUMBER], "Diese Angabe fehlt.")]
    if faults := _impossible(row, by):
        return _in_lines(entry.lines, faults)
    return _Wanted(move_id(row.case_number, row.moved_on), row, entry.former_district)


def _impossible(row: RegisterHousehold, by: Acting) -> list[tuple[str, str]]:
    """What registration would refuse, found while the list can still be put right."""
    assert row.moved_on is not None  # noqa: S101  (checked by the caller)
    faults: list[tuple[str, str]] = []
    try:
        check_moved_on(row.moved_on, by.today)
        for number, person in enumerate(row.persons):
            if person.birth_date is not None:
                check_birth(person.birth_date, row.moved_on, by.today, f"persons.{number}.birth_date")
        if row.address.neighbourhood is not None:
            neighbourhood_slug(row.address.district, row.address.neighbourhood, "address.neighbourhood")
    except Invalid as invalid:
        faults += invalid.errors
    return faults


def _in_lines(lines: Sequence[int], faults: Iterable[tuple[str, str]]) -> list[RowFault]:
    """The faults by the line of the person whom they concern, else by the family's first line."""
    found = []
    for path, message in faults:
        parts = path.split(".")
        name = parts[-1]
        person = int(parts[1]) if parts[0] == "persons" and len(parts) > 2 and parts[1].isdecimal() else 0
        column = COLUMN_NAMES[Column(name)] if name in set(Column) else "Zeile"
        found.append(RowFault(lines[min(person, len(lines) - 1)] if lines else 0, column, message))
    return found


# --- rows are taken -----------------------------------------------------------------------------------------------


async def take_some(session: AsyncSession, by: Acting, file: ImportFile) -> int:
    """Take up to `AT_ONCE` good rows of a locked list; returns how many it has looked at. 0: the list is done.

    Each is looked at anew: what was a new family in the preview may have a file by now. A row that is refused is
    a bad row and keeps no other from being taken.
    """
    query = select(ImportRow).where(ImportRow.file_id == file.id, ImportRow.state == RowState.READY)
    rows = (await session.exec(query.order_by(col(ImportRow.id)).limit(AT_ONCE).with_for_update())).all()
    if not rows:
        file.state = FileState.DONE
        session.add(file)
        await session.flush()
        return 0
    register = await registered_sites(session, by.site)
    wanted = [_wanted_of(row) for row in rows]
    await lock_cases(session, [one.row.case_number for one in wanted])
    known = await known_of(session, [(one.move_id, one.row) for one in wanted])
    taken = [await _take(session, by, register, known, one) for one in wanted]
    for row, became in zip(rows, taken, strict=True):  # in the end, so that all rows are written in one go
        _write_result(row, by, became)
    await session.flush()
    return len(rows)


async def _take(
    session: AsyncSession, by: Acting, register: Sequence[RegisteredSite], known: Known, wanted: _Wanted
) -> _Assessed:
    """Enter one family, if nothing keeps it from being entered; what has become of it."""
    assessed = _assess(known, register, by.site, wanted)
    if assessed.way is Way.MOVE:  # its file may have gone to another site since the batch began
        assessed = _assess(await known_of(session, [(wanted.move_id, wanted.row)]), register, by.site, wanted)
    if assessed.state is not RowState.READY:
        return assessed
    try:
        async with session.begin_nested():
            state, household_id = await _enter(session, by, wanted, assessed, Origin.LIST)
    except NotKnownYet:
        raise
    except Exception as error:
        if passes(error):
            raise
        return replace(assessed, state=RowState.BAD, household_id=None, faults=_why(error))
    if household_id is not None:
        known.learn(household_id, wanted.move_id, wanted.row)
    return replace(assessed, state=state, household_id=household_id)


def _write_result(row: ImportRow, by: Acting, became: _Assessed) -> None:
    row.way, row.to_site = became.way, became.to_site
    if became.state is RowState.DUPLICATE:
        row.state, row.candidates = became.state, became.candidates
        return
    _settle(row, by, became.state, became.household_id)
    row.faults = [asdict(fault) for fault in _in_lines(row.lines, became.faults)]


def _why(error: Exception) -> list[tuple[str, str]]:
    if isinstance(error, Invalid):
        return error.errors
    if isinstance(error, Refused):
        return [("", error.message)]
    # One row that nobody foresaw must not keep all that follow from being taken.
    log.error("row_not_taken", exc_info=error)
    return [("", "Die Zeile konnte nicht übernommen werden. Bitte die Familie von Hand eintragen.")]


async def _enter(
    session: AsyncSession,
    by: Acting,
    wanted: _Wanted,
    assessed: _Assessed,
    origin: Origin,
    from_site: str | None = None,
) -> tuple[RowState, UUID | None]:
    """Enter a move here, or send it to the site that it belongs to."""
    if assessed.way is Way.ELSEWHERE and assessed.to_site is not None:
        sent = await send_registration(
            session,
            by,
            to_site=assessed.to_site,
            move_id=wanted.move_id,
            row=wanted.row,
            visited=(*wanted.visited, by.site),
        )
        return (RowState.TAKEN if sent else RowState.UNCHANGED), None
    household_id = assessed.household_id or uuid7()
    if not await _claim(session, by, wanted.move_id, origin, household_id):
        return RowState.UNCHANGED, None
    if assessed.way is Way.MOVE:
        await _move(session, by, household_id, wanted.row, from_site)
    else:
        await register_household(session, by, wanted.row, household_id)
        write_down(session, by, household_id, "from_list", site=from_site)
    return RowState.TAKEN, household_id


async def _move(
    session: AsyncSession, by: Acting, household_id: UUID, row: RegisterHousehold, from_site: str | None
) -> None:
    """Enter the move of a family that has a file; what the list says of protection comes before the new address."""
    household = (await session.exec(select(Household).where(Household.id == household_id))).one()
    known = household.case_number or row.case_number
    if (row.protected and not household.protected) or known != household.case_number:
        correction = CorrectHousehold(protected=row.protected or household.protected, case_number=known)
        await correct_household(session, by, household_id, correction)
    wanted = MoveHousehold(address=row.address, tenancy=row.tenancy, moved_on=row.moved_on)
    write_down(session, by, household_id, "from_list", site=from_site)
    await move_household(session, by, household_id, wanted)


async def _claim(
    session: AsyncSession, by: Acting, known_as: UUID, origin: Origin, household_id: UUID | None = None
) -> bool:
    """Make the move known before anything is entered; False: somebody else was quicker, and nothing is to be done."""
    values = {"move_id": known_as, "household_id": household_id, "origin": origin, "at": by.now}
    claim = insert(ImportedMove).values(**values).on_conflict_do_nothing()
    claimed = await session.execute(claim.returning(col(ImportedMove.move_id)))
    return claimed.scalar_one_or_none() is not None


def _wanted_of(row: ImportRow) -> _Wanted:
    assert row.move_id is not None  # noqa: S101  (every row with content has one)
    content = RegisterHousehold.model_validate(row.content)
    return _Wanted(row.move_id, content, row.former_district, tuple(row.visited))


def _settle(row: ImportRow, by: Acting, state: RowState, household_id: UUID | None = None) -> None:
    row.state, row.household_id, row.content, row.candidates = state, household_id, None, []
    row.settled_at, row.settled_by = by.now, by.who


# --- somebody decides ---------------------------------------------------------------------------------------------


async def decide(
    session: AsyncSession, by: Acting, row_id: UUID, decision: Decision, household_id: UUID | None = None
) -> UUID | None:
    """Say what a family is that may have a file already; returns the file in which its move stands now, if here.

    `SAME` enters the move into the file `household_id`, unless it stands there. Raises `Conflict` for a row that was
    decided on and for a new family whose case number has got a file meanwhile, `Invalid` for a file that was not among
    the likely ones or that cannot take the move.
    """
    row = await waiting_row(session, row_id, lock=True)
    if row.state is not RowState.DUPLICATE:
        raise Conflict("Über diese Zeile ist schon entschieden. Es wurde nichts geändert.")
    wanted = _wanted_of(row)
    origin = Origin.LETTER if row.from_site else Origin.LIST
    state, file_id = RowState.LEFT_OUT, None
    await lock_cases(session, [wanted.row.case_number])
    known = await known_of(session, [(wanted.move_id, wanted.row)])
    if wanted.move_id in known.moves:
        state, file_id = RowState.UNCHANGED, known.moves[wanted.move_id]
    elif decision is Decision.NEW:
        _require_still_new(known, row, wanted)
        register = await registered_sites(session, by.site)
        target = next_stop(register, by.site, wanted.row.address.district, wanted.former_district, wanted.visited)
        if target is None:
            raise Conflict(_nobody(register, wanted.row.address.district))
        way = Way.NEW if target == by.site else Way.ELSEWHERE
        assessed = _Assessed(RowState.READY, way, None if target == by.site else target)
        state, file_id = await _enter(session, by, wanted, assessed, origin, row.from_site)
    elif decision is Decision.SAME:
        if household_id not in await candidates_now(session, row):
            raise Invalid("household_id", "Bitte eine der gezeigten Akten wählen.")
        state, file_id = await _enter_into(session, by, wanted, household_id, origin, row.from_site)
    else:
        await _claim(session, by, wanted.move_id, origin)
    _settle(row, by, state, file_id)
    session.add(row)
    await session.flush()
    return file_id


def _require_still_new(known: Known, row: ImportRow, wanted: _Wanted) -> None:
    """A file that was made since somebody looked has been compared by nobody; its case number says whose it is."""
    files = known.by_case.get(normal_case_number(wanted.row.case_number or ""), [])
    if any(file.open and file.household_id not in row.candidates for file in files):
        raise Conflict(
            "Inzwischen gibt es hier eine Akte mit diesem Aktenzeichen. Bitte „Dieselbe Familie“ wählen oder zuerst "
            "das Aktenzeichen in jener Akte berichtigen."
        )


async def _enter_into(
    session: AsyncSession, by: Acting, wanted: _Wanted, household_id: UUID, origin: Origin, from_site: str | None
) -> tuple[RowState, UUID | None]:
    """The family has this file: its move is entered, and its case number if none is known."""
    household = (await session.exec(select(Household).where(Household.id == household_id))).one_or_none()
    if household is None:
        raise Conflict("Diese Akte gibt es hier nicht mehr. Bitte die Seite neu laden.")
    if wanted.row.moved_on in await moving_days(session, household_id):
        if household.case_number is None and wanted.row.case_number is not None:
            await correct_household(session, by, household_id, CorrectHousehold(case_number=wanted.row.case_number))
        await _claim(session, by, wanted.move_id, origin, household_id)
        return RowState.UNCHANGED, household_id
    assessed = _Assessed(RowState.READY, Way.MOVE, household_id=household_id)
    return await _enter(session, by, wanted, assessed, origin, from_site)


# --- a row comes from another site --------------------------------------------------------------------------------


async def take_registration(
    session: AsyncSession,
    by: Acting,
    *,
    move_id: UUID,
    row: RegisterHousehold,
    from_site: str,
    visited: tuple[str, ...],
) -> Outcome:
    """Take a row of an imported list that another site has sent.

    A family that is known by its case number moves; one that may be known, or whose row cannot be entered, waits for
    a decision; what belongs to a third site goes there. Raises `NotKnownYet` before the site register has arrived.
    """
    register = await registered_sites(session, by.site)
    wanted = _Wanted(move_id, row, visited=visited)
    await lock_cases(session, [row.case_number])
    assessed = _assess(await known_of(session, [(move_id, row)]), register, by.site, wanted)
    if assessed.state is RowState.UNCHANGED or await _waits(session, move_id):
        return Outcome.UNCHANGED
    faults = assessed.faults
    if assessed.state is RowState.READY:
        try:
            async with session.begin_nested():
                state, _ = await _enter(session, by, wanted, assessed, Origin.LETTER, from_site)
            if state is RowState.UNCHANGED:
                return Outcome.UNCHANGED
            return Outcome.PASSED_ON if assessed.way is Way.ELSEWHERE else Outcome.TAKEN
        except Refused as refused:
            faults = _why(refused)
    session.add(
        ImportRow(
            from_site=from_site,
            state=RowState.DUPLICATE,
            way=assessed.way,
            to_site=assessed.to_site,
            move_id=move_id,
            content=row.model_dump(mode="json"),
            visited=list(visited),
            faults=[asdict(fault) for fault in _in_lines([], faults)],
            candidates=assessed.candidates or ([assessed.household_id] if assessed.household_id else []),
            at=by.now,
        )
    )
    await session.flush()
    return Outcome.HELD


async def _waits(session: AsyncSession, known_as: UUID) -> bool:
    query = select(ImportRow.id).where(
        ImportRow.move_id == known_as, ImportRow.state == RowState.DUPLICATE, col(ImportRow.from_site).is_not(None)
    )
    return (await session.exec(query.limit(1))).one_or_none() is not None
