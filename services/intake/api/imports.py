"""Listen: the Sozialamt's weekly list of moves."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from services.intake.api.unready import not_known_yet
from services.intake.commands import imports as commands
from services.intake.commands.looks import log_look
from services.intake.desk import ByTeam, SeenByTeam
from services.intake.domain.lists import Column, missing
from services.intake.list_inputs import Decide, HandInList, MapColumns, NothingMore
from services.intake.queries import imports as queries
from services.intake.tables.imports import FileState, ImportFile, ImportRow, RowState, Way
from services.intake.tables.records import Look
from shared.contracts.words import District
from shared.web.pagination import Page, PageQuery
from shared.web.problems import conflict
from shared.web.routing import Session, api_router

router: APIRouter = api_router("/intake/api/v1", tags=["Listen"])

ImportId = Annotated[UUID, Path(description="Kennung der Liste.")]


class FamilyCounts(BaseModel):
    """How many families of a list are in which state."""

    new: int = Field(description="Würden hier aufgenommen.")
    moving: int = Field(description="Haben hier eine Akte und ziehen um.")
    elsewhere: int = Field(description="Gehen als Brief an einen anderen Standort.")
    bad: int = Field(description="Können nicht übernommen werden; siehe `faults`.")
    undecided: int = Field(description="Sind vielleicht schon bekannt und warten auf eine Entscheidung.")
    taken: int
    unchanged: int = Field(description="Waren schon bekannt; nichts wurde geändert.")
    left_out: int


class ImportAnswer(BaseModel):
    """A list and how far it is."""

    import_id: UUID
    name: str
    state: FileState
    header: list[str] = Field(description="Die Überschriften der Spalten.")
    columns: dict[Column, int] = Field(description="Welche Angabe in welcher Spalte steht, ab 0 gezählt.")
    missing: list[Column] = Field(description="Angaben, deren Spalte noch niemand genannt hat.")
    lines: int
    notes: list[str]
    families: FamilyCounts
    handed_in_at: datetime
    handed_in_by: str
    taken_at: datetime | None
    known: bool = Field(default=False, description="Genau diese Datei wurde schon früher abgegeben.")

    @classmethod
    def of(cls, file: ImportFile, counts: queries.Counts, *, known: bool = False) -> Self:
        """The row as an answer."""
        columns = {Column(name): place for name, place in file.mapping.items()}
        return cls(
            import_id=file.id,
            name=file.name,
            state=file.state,
            header=file.header,
            columns=columns,
            missing=missing(columns),
            lines=file.line_count,
            notes=file.notes,
            families=FamilyCounts(
                new=counts.of(RowState.READY, Way.NEW),
                moving=counts.of(RowState.READY, Way.MOVE),
                elsewhere=counts.of(RowState.READY, Way.ELSEWHERE),
                bad=counts.of(RowState.BAD),
                undecided=counts.of(RowState.DUPLICATE),
                taken=counts.of(RowState.TAKEN),
                unchanged=counts.of(RowState.UNCHANGED),
                left_out=counts.of(RowState.LEFT_OUT),
            ),
            handed_in_at=file.at,
            handed_in_by=file.by,
            taken_at=file.taken_at,
            known=known,
        )


class FaultAnswer(BaseModel):
    """What is wrong with a line; the reason does not repeat what stands there."""

    line: int
    column: str
    message: str


class FaultyFamily(BaseModel):
    """The lines of one family, and everything that is wrong with them."""

    lines: list[int]
    faults: list[FaultAnswer]


class UndecidedFamily(BaseModel):
    """A family of a list that may have a file already. The address is shown on the page alone."""

    row_id: UUID
    import_id: UUID | None
    from_site: str | None = Field(description="Der Standort, der die Zeile geschickt hat.")
    lines: list[int]
    family_name: str
    moved_on: date | None
    district: District
    candidates: list[UUID] = Field(description="Akten, die dieser Familie gehören könnten.")
    faults: list[FaultAnswer]


class Decided(BaseModel):
    """The decision is kept; `household_id` is the file in which the move stands now, if it is here."""

    row_id: UUID
    household_id: UUID | None


@router.post("/imports", status_code=201, responses={200: {"model": ImportAnswer}, **not_known_yet})
async def hand_in_list(body: HandInList, by: ByTeam, session: Session, response: Response) -> ImportAnswer:
    """Liest eine Liste und sagt, was ihre Übernahme täte; übernommen ist noch nichts. Dieselbe Datei: 200."""
    file, new = await commands.receive_list(session, by, body.name, body.decoded())
    if not new:
        response.status_code = 200
    return await _answer(session, file, known=not new)


@router.get("/imports")
async def list_imports(page: PageQuery, _by: ByTeam, session: Session) -> Page[ImportAnswer]:
    """Zeigt die Listen, die neueste zuerst."""
    after = page.after(datetime, UUID)
    files = await queries.list_files(session, after=after and (after[0], after[1]), limit=page.limit + 1)
    counts = await queries.counts_of(session, [file.id for file in files])
    return page.page(files, lambda file: (file.at, file.id), lambda file: ImportAnswer.of(file, counts[file.id]))


@router.get("/imports/decisions")
async def list_undecided(page: PageQuery, seen: SeenByTeam, session: Session) -> Page[UndecidedFamily]:
    """Zeigt die Familien, über die jemand entscheiden muss; die am längsten warten zuerst."""
    after = page.after(UUID)
    rows = await queries.waiting_rows(session, after=after[0] if after else None, limit=page.limit + 1)
    shown = [household_id for row in rows[: page.limit] for household_id in row.candidates]
    log_look(session, seen, Look.LIST, "Familien aus Listen, über die zu entscheiden ist", shown)
    return page.page(rows, lambda row: (row.id,), _undecided)


@router.post("/imports/decisions/{row_id}", responses={**conflict, **not_known_yet})
async def decide(row_id: UUID, body: Decide, by: ByTeam, session: Session) -> Decided:
    """Sagt, ob die Familie eine neue ist, die der Akte `household_id`, oder ausgelassen wird."""
    household_id = await commands.decide(session, by, row_id, body.decision, body.household_id)
    return Decided(row_id=row_id, household_id=household_id)


@router.get("/imports/{import_id}")
async def show_import(import_id: ImportId, _by: ByTeam, session: Session) -> ImportAnswer:
    """Zeigt, wie weit eine Liste ist."""
    return await _answer(session, await queries.import_file(session, import_id))


@router.get("/imports/{import_id}/faults")
async def list_faults(import_id: ImportId, page: PageQuery, _by: ByTeam, session: Session) -> Page[FaultyFamily]:
    """Zeigt, was nicht übernommen werden kann: Zeile, Spalte und Grund."""
    await queries.import_file(session, import_id)
    after = page.after(UUID)
    rows = await queries.faulty_rows(session, import_id, after=after[0] if after else None, limit=page.limit + 1)
    return page.page(rows, lambda row: (row.id,), lambda row: FaultyFamily(lines=row.lines, faults=_faults(row)))


@router.post("/imports/{import_id}/mapping", responses={**conflict, **not_known_yet})
async def map_columns(import_id: ImportId, body: MapColumns, by: ByTeam, session: Session) -> ImportAnswer:
    """Sagt, welche Angabe in welcher Spalte steht; gemerkt für Listen mit denselben Überschriften."""
    return await _answer(session, await commands.map_columns(session, by, import_id, body.columns))


@router.post("/imports/{import_id}/take", status_code=202, responses=conflict)
async def take_list(import_id: ImportId, body: NothingMore, by: ByTeam, session: Session) -> ImportAnswer:
    """Lässt die guten Zeilen übernehmen; das geschieht im Hintergrund."""
    return await _answer(session, await commands.take_list(session, by, import_id))


@router.post("/imports/{import_id}/discard", status_code=204, responses=conflict)
async def discard_list(import_id: ImportId, body: NothingMore, by: ByTeam, session: Session) -> None:
    """Verwirft eine Liste, die noch nicht übernommen wird."""
    await commands.discard_list(session, import_id)


async def _answer(session: Session, file: ImportFile, *, known: bool = False) -> ImportAnswer:
    counts = await queries.counts_of(session, [file.id])
    return ImportAnswer.of(file, counts[file.id], known=known)


def _faults(row: ImportRow) -> list[FaultAnswer]:
    return [FaultAnswer.model_validate(fault) for fault in row.faults]


def _undecided(row: ImportRow) -> UndecidedFamily:
    content = row.content or {}
    return UndecidedFamily(
        row_id=row.id,
        import_id=row.file_id,
        from_site=row.from_site,
        lines=row.lines,
        family_name=content["family_name"],
        moved_on=content["moved_on"],
        district=content["address"]["district"],
        candidates=row.candidates,
        faults=_faults(row),
    )
