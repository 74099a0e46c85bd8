"""„Auskunft": a file as a readable page and as JSON."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import Enum as Enumeration
from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter
from sqlalchemy import Date, DateTime, Enum, Table
from starlette.requests import Request
from starlette.responses import Response

from services.intake.commands.exports import Export, export_file
from services.intake.commands.looks import log_look
from services.intake.desk import ByTeamOnPage, SeenByTeamOnPage
from services.intake.domain.visits import VisitState
from services.intake.pages import words as own_words
from services.intake.pages.vocabulary.exports import CHECKED_FIRST, COLUMNS, LEFT_OUT, LETTER_KINDS, SECTIONS, VALUES
from services.intake.queries.files import household_file
from services.intake.tables import metadata
from services.intake.tables.records import Look
from shared.refusals import Invalid
from shared.web import forms, german, words
from shared.web.forms import Filled
from shared.web.inputs import Input, ShortText
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/intake/households/{household_id}")

Line = list[tuple[str, str]]
"""A row as pairs of label and text, without what is empty."""
_WHY = "Auskunft vorbereiten"


class ExportForm(Input):
    """Why the data of a protected household are given out; of any other one it may be left empty."""

    reason: ShortText | None = None


@router.get("/export")
async def ask_for_export(household_id: UUID, seen: SeenByTeamOnPage, session: Session, pages: Pages) -> Response:
    """What an export is, and how to get it."""
    return await _ask(household_id, seen, session, pages, Filled[ExportForm]({}))


@router.post("/export")
async def show_export(
    household_id: UUID, request: Request, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Everything on one page, to be read and printed."""
    form = await forms.read(request, ExportForm)
    if (export := await _export(form, household_id, by.site, seen, session)) is None:
        return await _ask(household_id, seen, session, pages, form)
    names = {row["id"]: f"{row['given_name']} {row['family_name']}" for row in export.tables.get("person", [])}
    return pages.render(
        "export_read.html",
        export=export,
        household_id=household_id,
        family_name=export.tables["household"][0]["family_name"],
        sections=_sections(export.tables, names, [*SECTIONS, *_further(export.tables)]),
        checked_first=_sections(export.tables, names, CHECKED_FIRST),
        letters=[{**letter, "kind": LETTER_KINDS[letter["kind"]]} for letter in export.letters],
        looks=[{**look, "look": own_words.look_word(Look(look["look"]))} for look in export.looks],
    )


@router.post("/export.json")
async def download_export(
    household_id: UUID, request: Request, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Everything as a file for machines."""
    form = await forms.read(request, ExportForm)
    if (export := await _export(form, household_id, by.site, seen, session)) is None:
        return await _ask(household_id, seen, session, pages, form)
    return Response(
        orjson.dumps(export, option=orjson.OPT_INDENT_2),
        media_type="application/json",
        headers={"content-disposition": f'attachment; filename="auskunft-{household_id}.json"'},
    )


async def _ask(
    household_id: UUID, seen: SeenByTeamOnPage, session: Session, pages: PageMaker, form: Filled[ExportForm]
) -> Response:
    file = await household_file(session, household_id)
    log_look(session, seen, Look.FILE, _WHY, [household_id])
    return pages.render("export.html", status=422 if form.errors else 200, file=file, form=form)


async def _export(
    form: Filled[ExportForm], household_id: UUID, site: str, seen: SeenByTeamOnPage, session: Session
) -> Export | None:
    """The export, or None with the fault put into the form."""
    if form.value is None:
        return None
    try:
        return (await export_file(session, seen, site, household_id, form.value.reason))[1]
    except Invalid as invalid:
        form.refuse(invalid)
        return None


def _further(tables: Iterable[str]) -> list[str]:
    """Tables for which nobody has found German words: shown all the same."""
    return [name for name in tables if name not in SECTIONS and name not in CHECKED_FIRST]


def _sections(
    tables: Mapping[str, list[dict[str, Any]]], names: Mapping[str, str], which: Iterable[str]
) -> list[tuple[str, list[Line]]]:
    """Heading and rows of each table in which there is something."""
    found = []
    for name in which:
        lines = [_line(metadata.tables[name], row, names) for row in tables.get(name, [])]
        if any(lines):
            found.append((SECTIONS.get(name) or CHECKED_FIRST.get(name) or name, [line for line in lines if line]))
    return found


def _line(table: Table, row: Mapping[str, Any], names: Mapping[str, str]) -> Line:
    said = [
        (_label(table, column.name), _text(table, column.name, row, names))
        for column in table.columns
        if _is_shown(table, column.name) and row.get(column.name) not in (None, "", [], {}, False)
    ]
    if note := (row.get("details") or {}).get("note"):
        said.append((COLUMNS["note"], note))
    return said


def _label(table: Table, column: str) -> str:
    return COLUMNS.get(f"{table.name}.{column}") or COLUMNS.get(column, column)


def _is_shown(table: Table, column: str) -> bool:
    return column not in LEFT_OUT or f"{table.name}.{column}" in COLUMNS


def _text(table: Table, column: str, row: Mapping[str, Any], names: Mapping[str, str]) -> str:
    kind, value = table.columns[column].type, row[column]
    if column == "person_id":
        return names.get(value, "")
    if column == "handed_to":
        return words.site_name(value)
    if column == "neighbourhood":
        return own_words.place_name(row["district"], value)
    if table.name == "timeline" and column == "kind":
        return own_words.timeline_word(value)
    if isinstance(kind, DateTime):
        at = datetime.fromisoformat(value)
        return f"{german.day(at)}, {german.clock(at)} Uhr"
    if isinstance(kind, Date):
        return german.day(date.fromisoformat(value))
    if isinstance(kind, Enum) and kind.enum_class is not None:
        return word_of(kind.enum_class(value))
    if column == "languages":
        return german.languages(value)
    if column == "language":
        return german.language(value)
    if column == "times":
        return ", ".join(f"{words.word(time['weekday'], 'Weekday')} {time['from']}–{time['to']} Uhr" for time in value)
    if isinstance(value, bool):
        return "ja"
    if isinstance(value, list):
        return ", ".join(_listed(column, each) for each in value)
    return str(value)


def _listed(column: str, value: Any) -> str:
    if column == "fields":
        return own_words.release_field(value)
    return words.word(value, "NeedArea") if column == "areas" else str(value)


def word_of(value: Enumeration) -> str:
    """The German word for a value of a file."""
    if isinstance(value, VisitState):
        return own_words.visit_state(value)
    try:
        return words.word(value)
    except KeyError:
        return VALUES.get(str(value.value), str(value.value))
