"""The weekly list of moves: what is read from a file, and what is said of the files that hurt."""

import random
import subprocess
import sys
from contextlib import suppress
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from services.intake.domain.lists import (
    Column,
    Unclear,
    entries,
    guess,
    missing,
    move_id,
    read_day,
    same_name,
)
from services.intake.sheets_in import Sheet, read_sheet
from shared.refusals import Invalid
from tests.unit.intake.hurtful_lists import GOOD, HEADER, HURTFUL, Hurtful, csv_of, row, workbook

TODAY = date(2026, 11, 22)
PAGE = Path(__file__).parents[3] / "docs/architecture/import.md"


def _entries(sheet: Sheet) -> list:  # type: ignore[type-arg]
    return entries(sheet.lines, guess(sheet.header), TODAY)


@pytest.mark.parametrize("hurtful", HURTFUL, ids=lambda hurtful: hurtful.what)
def test_a_file_that_hurts_gets_its_message(hurtful: Hurtful) -> None:
    """It is refused with this sentence, or read with these notes and these faults and no others."""
    if hurtful.refused is not None:
        with pytest.raises(Invalid) as refused:
            read_sheet(_content(hurtful.what))
        assert refused.value.errors == [("file", hurtful.refused)]
        return
    sheet = read_sheet(_content(hurtful.what))
    assert sheet.notes == list(hurtful.notes)
    found = _entries(sheet)
    assert {(fault.line, fault.column): fault.message for entry in found for fault in entry.faults} == hurtful.faults
    if not hurtful.faults:
        assert found[0].household["moved_on"] == "2026-11-02"
        assert found[0].household["address"]["street"].endswith(" 7")


@cache
def _content(what: str) -> bytes:
    """Some take a while to make."""
    [content] = [hurtful.content() for hurtful in HURTFUL if hurtful.what == what]
    return content


_MEASURE = """
import resource
from contextlib import suppress
from services.intake.sheets_in import read_sheet
from shared.refusals import Invalid

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

before = peak()
for name in __import__("sys").argv[1:]:
    with open(name, "rb") as file, suppress(Invalid):
        read_sheet(file.read())
print(peak() - before)
"""


def test_no_file_that_hurts_fills_the_memory(tmp_path: Path) -> None:
    """The large ones, one after the other, in a program of their own; in MB on top of what it takes without them."""
    files = [_content(hurtful.what) for hurtful in HURTFUL]
    workbooks = [content for content in files if content.startswith(b"PK") and len(content) > 100_000]
    workbooks.append(workbook(lambda sheet: _merge(sheet, "A1:XFD1048576"), [GOOD] * 200))
    names = [tmp_path / f"{number}.xlsx" for number in range(len(workbooks))]
    for name, content in zip(names, workbooks, strict=True):
        name.write_bytes(content)
    told = subprocess.run([sys.executable, "-c", _MEASURE, *names], capture_output=True, check=True, timeout=60)
    assert int(told.stdout) < 150


def test_an_area_over_the_whole_sheet_is_a_fault_of_each_cell() -> None:
    """It stays one area; the names of the columns are read through it, the values below are not trusted."""
    sheet = read_sheet(workbook(lambda sheet: _merge(sheet, "A1:XFD1048576"), [GOOD] * 3))
    assert sheet.header == HEADER.split(";")
    assert {len(cells) for _, cells in sheet.lines} == {11}
    faults = [fault for entry in _entries(sheet) for fault in entry.faults]
    assert {fault.line for fault in faults} == {2, 3, 4}
    assert all("verbunden" in fault.message for fault in faults)


def _merge(sheet: Any, area: str) -> None:
    """Also what the library would empty while it merges."""
    sheet.merged_cells.add(area)


def test_empty_formats_far_below_and_beside_the_list_do_no_harm() -> None:
    """Many a list has formats over whole columns and rows."""

    def change(sheet: Any) -> None:
        sheet["XFD1"].number_format = sheet["A1048576"].number_format = "0.00"

    sheet = read_sheet(workbook(change))
    assert (sheet.header, len(sheet.lines)) == (HEADER.split(";"), 1)


def test_a_spoilt_file_is_read_or_refused() -> None:
    """Whatever bytes are lost, added or changed: lines with faults or a sentence, and never another error."""
    chance = random.Random(47)
    files = [_content(hurtful.what) for hurtful in HURTFUL if len(_content(hurtful.what)) < 100_000]
    for _ in range(600):
        spoilt = bytearray(chance.choice(files))
        for _ in range(chance.randint(1, 8)):
            place = chance.randrange(len(spoilt) + 1)
            spoilt[place : place + chance.randint(0, 9)] = chance.choice((b"", b'"', b";", b"\r", b"\0", b"=", b"\xff"))
        with suppress(Invalid):
            _entries(read_sheet(bytes(spoilt)))


def test_every_file_that_hurts_stands_in_the_documentation() -> None:
    """The table of messages is this one."""
    page = PAGE.read_text(encoding="utf-8")
    for hurtful in HURTFUL:
        told = hurtful.refused or "; ".join([*hurtful.notes, *hurtful.faults.values()]) or "wird gelesen"
        assert f"| {hurtful.what} | {told} |" in page


def test_lines_of_one_case_and_day_are_one_family() -> None:
    """A line for each person; what they say of the home must agree."""
    sheet = read_sheet(
        csv_of(
            GOOD,
            row(Aktenzeichen="60/1", Vorname="Sami"),
            row(Vorname="Mert", Geburtsdatum="30.11.2010", Rechtskreis="AsylbLG"),
            row(Vorname="Élif", Straße="Anderer Weg"),
        )
    )
    first, second = _entries(sheet)
    assert [person["given_name"] for person in first.household["persons"]] == ["Ayşe", "Mert", "Élif"]
    assert first.lines == [2, 4, 5]
    assert [person["legal_circle"] for person in first.household["persons"]] == ["sgb2", "asylblg", "sgb2"]
    assert [(fault.line, fault.column) for fault in first.faults] == [(5, "Straße")]
    assert second.lines == [3]
    assert second.faults == []


def test_nobody_moves_in_without_the_member_whose_day_is_wrong() -> None:
    """A wrong moving day in one line keeps the whole family, and only this one, from being taken."""
    sheet = read_sheet(csv_of(GOOD, row(Vorname="Mert", **{"Umzug am": "am Montag"}), row(Aktenzeichen="60/1")))
    first, second = _entries(sheet)
    assert first.lines == [2, 3]
    assert [(fault.line, fault.column) for fault in first.faults] == [(3, "Umzug am")]
    assert second.faults == []


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    """A cell over several lines, empty lines and a title do not shift the numbers."""
    content = b"Wochenliste\r\n\r\n" + csv_of(row(Straße='"Weg\r\nHaus"'), "", row(Aktenzeichen="7", PLZ=""))
    assert [entry.lines for entry in _entries(read_sheet(content))] == [[4], [7]]
    assert [line for line, _ in read_sheet(workbook(lambda sheet: sheet.insert_rows(1, 3))).lines] == [5]


def test_columns_are_recognised_by_many_names() -> None:
    """Abbreviations and older names are known; what is needed and not found is named."""
    found = guess(["BG-Nummer", "Nachname", "Vorname", "geb. am", "Anschrift", "PLZ", "Bezirk", "Einzug", "Bemerkung"])
    assert found[Column.CASE_NUMBER] == 0
    assert found[Column.MOVED_ON] == 7
    assert missing(found) == [Column.LEGAL_CIRCLE, Column.TENANCY]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1.5.1984", date(1984, 5, 1)),
        ("01.05.84", date(1984, 5, 1)),
        ("01.05.26", date(2026, 5, 1)),
        ("01.12.26", date(1926, 12, 1)),
        ("1984-05-01 00:00:00", date(1984, 5, 1)),
        ("1. März 1984", date(1984, 3, 1)),
        ("3 Okt 1984", date(1984, 10, 3)),
        ("30803", date(1984, 5, 1)),
    ],
)
def test_a_birth_date_is_read(text: str, day: date) -> None:
    """A year of two digits is the latest that is not in the future."""
    assert read_day(text, TODAY) == day


@pytest.mark.parametrize("text", ["24.13.2026", "12/24/2026", "0001-01-01", "1.5.984", "heute", "1. Foo 1984", "-5"])
def test_a_day_is_not_guessed(text: str) -> None:
    """What could be read in two ways, or not at all, is a fault."""
    with pytest.raises(Unclear):
        read_day(text, TODAY)


def test_the_same_move_has_the_same_id_in_every_list() -> None:
    """Capitals and spaces of the case number do not make another move; another day does."""
    assert move_id("AZ 50/4711", TODAY) == move_id("az50/4711", TODAY)
    assert move_id("AZ 50/4711", TODAY) != move_id("AZ 50/4711", date(2026, 11, 21))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Muhammad", "Mohammed", True),
        ("Çelik", "Celik", True),
        ("Ali Hussein", "Husain", True),
        ("Nura", "Lina", False),
    ],
)
def test_names_are_compared_by_sound(one: str, other: str, same: bool) -> None:
    """Transliterations are one name."""
    assert same_name(one, other) is same


def test_a_sheet_keeps_columns_without_a_name() -> None:
    """A column whose name is missing can still be assigned by hand."""
    sheet = read_sheet((HEADER.replace("Vorname", "") + "\n" + GOOD + ";mehr").encode())
    assert len(sheet.header) == 12
    assert sheet.header[2] == sheet.header[11] == ""
