"""„Listen": the Sozialamt's weekly list of moves, from the file to the last decision."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from services.intake.commands import imports as commands
from services.intake.commands.imports import Decision
from services.intake.commands.looks import log_look
from services.intake.desk import ByTeamOnPage, SeenByTeamOnPage
from services.intake.domain.lists import COLUMN_NAMES, REQUIRED, Column
from services.intake.inputs import RegisterHousehold
from services.intake.list_inputs import Decide, MapColumns, NothingMore
from services.intake.pages.sheets import sheet
from services.intake.queries import imports as queries
from services.intake.queries.files import household_file
from services.intake.tables.imports import FileState, ImportRow, RowState, Way
from services.intake.tables.records import Look
from shared.refusals import Conflict
from shared.web import forms
from shared.web.forms import Filled, attempt
from shared.web.pagination import PageQuery
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/intake")

_NO_FILE = "Bitte eine Datei wählen oder Zeilen einfügen."


@router.get("/imports")
async def list_imports(page: PageQuery, seen: SeenByTeamOnPage, session: Session, pages: Pages) -> Response:
    """Where a list is handed in, what waits for a decision, and the lists before."""
    return await _overview(page, seen, session, pages, Filled[Any]({}))


@router.post("/imports")
async def hand_in_list(
    page: PageQuery, request: Request, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Read it, and lead on to what taking it would do."""
    name, content, texts = await _handed_in(request)
    form = Filled[Any](texts)
    if content is None:
        form.errors["file"] = _NO_FILE
        return await _overview(page, seen, session, pages, form)
    received = await attempt(session, form, commands.receive_list(session, by, name, content))
    if received is None:
        return await _overview(page, seen, session, pages, form)
    file, new = received
    return pages.redirect(f"/intake/imports/{file.id}{'' if new else '?again=true'}")


async def _handed_in(request: Request) -> tuple[str, bytes | None, dict[str, list[str]]]:
    """Name and bytes of the file, or of the lines that were pasted; None if neither was sent."""
    form = await request.form()
    file, text = form.get("file"), form.get("text")
    if isinstance(file, UploadFile) and file.filename:
        return file.filename, await file.read(), {}
    if isinstance(text, str) and text.strip():
        return "Eingefügte Zeilen", text.encode("utf-8", "replace"), {"text": [text]}
    return "", None, {}


async def _overview(
    page: PageQuery, seen: SeenByTeamOnPage, session: Session, pages: PageMaker, form: Filled[Any]
) -> Response:
    after = page.after(datetime, UUID)
    files = await queries.list_files(session, after=after and (after[0], after[1]), limit=page.limit + 1)
    shown = page.page(files, lambda file: (file.at, file.id), lambda file: file)
    waiting = await queries.waiting_rows(session, limit=21)
    _log_waiting(session, seen, waiting[:20])
    return pages.render(
        "imports.html",
        status=422 if form.errors else 200,
        form=form,
        files=shown.items,
        next_cursor=shown.next_cursor,
        counts=await queries.counts_of(session, [file.id for file in shown.items]),
        waiting=waiting[:20],
        more_waiting=len(waiting) > 20,
    )


def _log_waiting(session: Session, seen: SeenByTeamOnPage, rows: list[ImportRow]) -> None:
    households = [household_id for row in rows for household_id in row.candidates]
    log_look(session, seen, Look.LIST, "Familien aus Listen, über die zu entscheiden ist", households)


@router.get("/imports/decisions/{row_id}")
async def show_decision(row_id: UUID, seen: SeenByTeamOnPage, session: Session, pages: Pages) -> Response:
    """The family of the list beside the files that may be its own."""
    return await _decision(row_id, seen, session, pages, Filled[Any]({}))


@router.post("/imports/decisions/{row_id}")
async def decide(
    row_id: UUID, request: Request, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Keep the decision, and lead on to the next one, to the file, or back to the list."""
    form = await forms.read(request, Decide)
    if form.value is not None:
        wanted = form.value
        file_id = (await queries.waiting_row(session, row_id)).file_id
        await attempt(session, form, commands.decide(session, by, row_id, wanted.decision, wanted.household_id))
        if not form.errors:
            following = await queries.waiting_rows(session, file_id=file_id, limit=1)
            if following:
                return pages.redirect(f"/intake/imports/decisions/{following[0].id}")
            return pages.redirect(f"/intake/imports/{file_id}" if file_id else "/intake/imports")
    return await _decision(row_id, seen, session, pages, form)


async def _decision(
    row_id: UUID, seen: SeenByTeamOnPage, session: Session, pages: PageMaker, form: Filled[Any]
) -> Response:
    row = await queries.waiting_row(session, row_id)
    if row.state is not RowState.DUPLICATE:
        raise Conflict("Über diese Zeile ist schon entschieden. Es wurde nichts geändert.")
    candidates = await queries.candidates_now(session, row)
    log_look(session, seen, Look.FILE, "Vergleich mit einer Zeile der Liste", candidates)
    family = RegisterHousehold.model_validate(row.content)
    files = [await household_file(session, household_id) for household_id in candidates]
    # The new address of a family that may be protected is protected, too (domain rule 14).
    protected = family.protected or any(file.household.protected for file in files)
    return pages.render(
        "import_row.html",
        status=422 if form.errors else 200,
        row=row,
        family=family,
        candidates=files,
        address_hidden=protected,
        decisions=Decision,
        form=form,
    )


@router.get("/imports/{import_id}")
async def show_import(
    import_id: UUID,
    seen: SeenByTeamOnPage,
    session: Session,
    pages: Pages,
    again: Annotated[bool, Query()] = False,
) -> Response:
    """What taking the list would do, how far it is, and what has become of it; its middle part alone for htmx."""
    file = await queries.import_file(session, import_id)
    if file.state is FileState.MAPPING:
        return pages.redirect(f"/intake/imports/{import_id}/mapping")
    taking = file.state is FileState.TAKING  # asked for every second: numbers alone, which are no look
    waiting = [] if taking else await queries.waiting_rows(session, file_id=import_id, limit=21)
    _log_waiting(session, seen, waiting[:20])
    bad = [] if taking else await queries.faulty_rows(session, import_id, limit=101)
    return pages.render(
        "import_state.html" if pages.partial else "import.html",
        file=file,
        counts=(await queries.counts_of(session, [import_id]))[import_id],
        again=again,
        bad=bad[:100],
        more_bad=len(bad) > 100,
        waiting=waiting[:20],
        more_waiting=len(waiting) > 20,
        row_states=RowState,
        ways=Way,
    )


@router.get("/imports/{import_id}/faults.csv")
async def faults_as_csv(import_id: UUID, _seen: SeenByTeamOnPage, session: Session) -> Response:
    """Everything that cannot be taken, for whoever puts the list right."""
    await queries.import_file(session, import_id)
    rows = await queries.faulty_rows(session, import_id, limit=10_000)
    lines = ([fault["line"], fault["column"], fault["message"]] for row in rows for fault in row.faults)
    return sheet("fehler-der-liste", ["Zeile", "Spalte", "Grund"], lines)


@router.get("/imports/{import_id}/mapping")
async def show_mapping(import_id: UUID, _seen: SeenByTeamOnPage, session: Session, pages: Pages) -> Response:
    """Which column of the list holds what."""
    return await _mapping(import_id, session, pages, Filled[Any]({}))


@router.post("/imports/{import_id}/mapping")
async def map_columns(import_id: UUID, request: Request, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """Keep it, also for the next list with this header."""
    form = await forms.read(request, MapColumns)
    if form.value is not None:
        work = commands.map_columns(session, by, import_id, form.value.columns)
        if await attempt(session, form, work) is not None:
            return pages.redirect(f"/intake/imports/{import_id}")
    return await _mapping(import_id, session, pages, form)


async def _mapping(import_id: UUID, session: Session, pages: PageMaker, form: Filled[Any]) -> Response:
    file = await queries.import_file(session, import_id)
    chosen = {column: str(file.mapping[column]) for column in Column if column in file.mapping}
    if form.texts:
        chosen = {column: form.text(f"columns.{column}") for column in Column}
    return pages.render(
        "import_mapping.html",
        status=422 if form.errors else 200,
        file=file,
        form=form,
        chosen=chosen,
        columns=COLUMN_NAMES,
        required=REQUIRED,
        places=[(str(place), title or f"{place + 1}. Spalte") for place, title in enumerate(file.header)],
    )


@router.post("/imports/{import_id}/take")
async def take_list(import_id: UUID, request: Request, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """Let the good rows be taken."""
    await _nothing_more(request)
    await commands.take_list(session, by, import_id)
    return pages.redirect(f"/intake/imports/{import_id}")


@router.post("/imports/{import_id}/discard")
async def discard_list(
    import_id: UUID, request: Request, _by: ByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Forget the list."""
    await _nothing_more(request)
    await commands.discard_list(session, import_id)
    return pages.redirect("/intake/imports")


async def _nothing_more(request: Request) -> None:
    """A button only: whatever else is sent was meant for another page."""
    form = await forms.read(request, NothingMore)
    if form.value is None:
        raise Conflict("Diese Schaltfläche kennt keine Angaben. Es wurde nichts geändert.")
