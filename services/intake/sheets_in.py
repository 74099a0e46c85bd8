"""Lists that come in: the bytes of a CSV file or an Excel workbook become lines of cells, or a sentence says why not.

The files come from other people's programs. What they are is told by their content, never by their name; nothing in
them is run, followed or unpacked without a limit; and nothing is guessed: a formula, a merged cell and a number that
a spreadsheet has shortened are faults of their cell, not values.
"""

import csv
import io
import re
import zipfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import reduce
from itertools import islice
from operator import or_
from typing import Any

from openpyxl.cell.read_only import EMPTY_CELL

from services.intake.domain.lists import Cell, Fault, known_names
from services.intake.workbook_bounds import MAX_MERGED, MAX_ROWS, Counted, open_workbook
from shared.refusals import Invalid

MAX_LINES = 10_000
MAX_COLUMNS = 100
MAX_BYTES = 16 * 1024 * 1024
_MAX_UNPACKED = 60 * 1024 * 1024
_MAX_RATIO = 100
"""So many times its size a workbook may unpack to; real ones stay below 30."""
_RATIO_MATTERS_FROM = 1024 * 1024
_MAX_PARTS = 1000
_HEADER_WITHIN = 20
"""The line with the columns' names is among the first twenty; above it stand titles."""
_LONGEST = 1000
"""Characters of a cell that are kept; no field takes more, so the fault stays visible."""

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ZIP = b"PK\x03\x04"
_FORMULA = re.compile(r"[=@]|[+-][A-Za-z(]")
_MARKED_AS_TEXT = re.compile(r"'(?=[=+\-@])")
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)

_MERGED_AWAY: Cell = {"fault": Fault.MERGED.value, "text": ""}
_SAVE_ANEW = "Bitte in Excel als „Excel-Arbeitsmappe (.xlsx)“ oder „CSV UTF-8“ speichern."


@dataclass(frozen=True, slots=True)
class Sheet:
    """The names of the columns, and below them the lines with their number in the file, counted from 1."""

    header: list[str]
    lines: list[tuple[int, list[Cell]]]
    notes: list[str] = field(default_factory=list)
    """What somebody should know who checks the list, in German."""


def read_sheet(content: bytes) -> Sheet:
    """The list in these bytes. Raises `Invalid` with a sentence that says what is wrong and what to do."""
    if not content.strip():
        raise _refused(f"Die Datei ist leer ({len(content)} Byte). Bitte die Liste noch einmal speichern.")
    if len(content) > MAX_BYTES:
        raise _refused(f"Die Datei ist zu groß: möglich sind {MAX_BYTES // 1024 // 1024} MB.")
    if content.startswith(_ZIP):
        return _sheet(*_from_workbook(content))
    _refuse_other_kinds(content)
    return _sheet(*_from_text(content))


def _refused(message: str) -> Invalid:
    return Invalid("file", message)


def _refuse_other_kinds(content: bytes) -> None:
    if content.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise _refused("Die Arbeitsmappe ist mit einem Kennwort verschlüsselt. Bitte ohne Kennwort speichern.")
        raise _refused(f"Das ist eine Arbeitsmappe im alten Format (.xls). {_SAVE_ANEW}")
    if content.startswith(b"%PDF"):
        raise _refused(f"Das ist ein PDF und keine Tabelle. {_SAVE_ANEW}")
    if content.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<":
        raise _refused(f"Das ist eine Webseite oder XML und keine Tabelle. {_SAVE_ANEW}")


# --- text ---------------------------------------------------------------------------------------------------------


def _from_text(content: bytes) -> tuple[Iterable[tuple[int, list[Cell]]], list[str]]:
    text, notes = _decoded(content)
    separator = None
    if (said := _SEPARATOR_LINE.match(text)) is not None:
        separator, text = said[1], "\n" + text[said.end() :]  # the line numbers stay
    return _csv_lines(text, separator or _separator(text)), notes


def _decoded(content: bytes) -> tuple[str, list[str]]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding, notes = "utf-16", ["Gelesen als UTF-16."]
    elif content.startswith(b"\xef\xbb\xbf"):
        encoding, notes = "utf-8-sig", []
    elif b"\x00" in content[:200]:  # UTF-16 without its mark: every other byte of plain letters is zero
        encoding = "utf-16-le" if content[1:2] == b"\x00" else "utf-16-be"
        notes = ["Gelesen als UTF-16."]
    else:
        encoding, notes = "utf-8", []
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        if encoding.startswith("utf-16"):
            raise _refused(f"Die Datei ist keine Tabelle oder beschädigt. {_SAVE_ANEW}") from None
        try:
            text = content.decode("cp1252")
        except UnicodeDecodeError:
            text = content.decode("latin-1")
        notes = ["Gelesen als Latin-1 (Windows). Bitte prüfen, ob Umlaute stimmen."]
    if "\x00" in text:
        raise _refused(f"Die Datei ist keine Tabelle oder beschädigt. {_SAVE_ANEW}")
    return text, notes


def _separator(text: str) -> str:
    """The character that yields the most names that are known, then the most columns."""
    filled = (line[: _LONGEST * MAX_COLUMNS] for line in text.splitlines() if line.strip())
    first = list(islice(filled, _HEADER_WITHIN))

    def fits(separator: str) -> tuple[int, int]:
        rows = [next(csv.reader([line], delimiter=separator), []) for line in first]
        return max(((known_names(row), len(row)) for row in rows), default=(0, 0))

    return max(";\t,|", key=fits)


def _csv_lines(text: str, separator: str) -> Iterator[tuple[int, list[Cell]]]:
    """A line begins where its first character stands, also if a cell in quotation marks goes over several."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins = 1
    try:
        for row in reader:
            yield begins, [_text_cell(value) for value in row]
            begins = reader.line_num + 1
    except csv.Error as error:
        if "field larger" in str(error):
            why = "ist eine Zelle länger als 131.072 Zeichen"
        elif "unexpected end" in str(error):
            why = "beginnt ein Anführungszeichen, das nicht mehr endet"
        else:
            why = "stehen Anführungszeichen mitten in einer Zelle"
        raise _refused(
            f"In Zeile {begins} {why}. Es wurde nichts gelesen; bitte die Zeile prüfen oder die Liste als .xlsx senden."
        ) from None


def _text_cell(value: str) -> Cell:
    text = _tidy(value)
    if _FORMULA.match(text):
        return {"fault": Fault.FORMULA.value}
    return _MARKED_AS_TEXT.sub("", text, count=1)


def _tidy(text: str) -> str:
    """One line without spaces around it; a character that no database can hold becomes a visible mark."""
    storable = text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")
    return " ".join(storable.split())[:_LONGEST]


# --- workbooks ----------------------------------------------------------------------------------------------------


def _from_workbook(content: bytes) -> tuple[Iterable[tuple[int, list[Cell]]], list[str]]:
    _check_package(content)
    try:
        # Read-only: cell by cell, so that a sheet need not fit into memory as objects.
        book, parts = open_workbook(content, MAX_COLUMNS)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        if not sheets:
            raise _refused("Die Arbeitsmappe hat kein sichtbares Blatt.")
        notes = [f"Nur das erste von {len(sheets)} Blättern wurde gelesen."] if len(sheets) > 1 else []
        sheet: Any = sheets[0]
        counted = parts.counted(sheet._worksheet_path)
        _check_sheet(counted)
        return _workbook_lines(sheet, counted.merged), notes
    except Invalid:
        raise
    except Exception as error:  # whatever a made-up workbook makes the library stumble over
        raise _damaged() from error


def _damaged() -> Invalid:
    return _refused(f"Die Arbeitsmappe ist beschädigt und kann nicht gelesen werden. {_SAVE_ANEW}")


def _check_package(content: bytes) -> None:
    """A workbook is a zip archive; what it would unpack to is known before anything is unpacked."""
    try:
        parts = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except Exception as error:  # also versions and methods that the module does not know
        raise _damaged() from error
    names = {part.filename for part in parts}
    if any(part.flag_bits & 1 for part in parts):
        raise _refused("Die Datei ist mit einem Kennwort verschlüsselt. Bitte ohne Kennwort speichern.")
    unpacked = sum(part.file_size for part in parts)
    too_dense = unpacked > _RATIO_MATTERS_FROM and unpacked > _MAX_RATIO * len(content)
    if unpacked > _MAX_UNPACKED or too_dense or len(parts) > _MAX_PARTS:
        raise _refused(
            f"Die Arbeitsmappe wäre ausgepackt {unpacked // 1024 // 1024} MB groß und wurde nicht geöffnet. "
            "Bitte nur die Liste selbst als .xlsx oder CSV speichern."
        )
    if "xl/workbook.xml" not in names:
        if "content.xml" in names:
            raise _refused(f"Das ist eine OpenDocument-Tabelle (.ods). {_SAVE_ANEW}")
        raise _refused(f"Das ist ein Archiv (.zip) und keine Tabelle. {_SAVE_ANEW}")


def _check_sheet(counted: Counted) -> None:
    """What lies beyond the limits is refused; it would be lost if the sheet were read up to them."""
    if counted.width:
        raise _too_wide(counted.width)
    if counted.last_row > MAX_ROWS:
        raise _refused(
            f"In Zeile {_number(counted.last_row)} steht noch etwas; gelesen werden {_number(MAX_ROWS)} Zeilen. "
            "Bitte die leeren Zeilen löschen."
        )
    if len(counted.merged) > MAX_MERGED:
        raise _refused(
            f"Die Tabelle hat mehr als {_number(MAX_MERGED)} verbundene Bereiche. Bitte die Verbindungen aufheben "
            "(alles markieren, Zellverbund aufheben) und jede Zelle ausfüllen."
        )


def _too_wide(width: int) -> Invalid:
    return _refused(
        f"Die Tabelle hat {width} Spalten; möglich sind {MAX_COLUMNS}. Bitte nur die nötigen Spalten speichern."
    )


def _number(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def _workbook_lines(sheet: Any, merged: Iterable[tuple[int, int, int, int]]) -> Iterator[tuple[int, list[Cell]]]:
    sheet.reset_dimensions()  # some programs write wrong ones, and what lies beyond would be lost
    try:
        covered = _covered(merged)
        for number, row in enumerate(sheet.iter_rows(max_row=MAX_ROWS, max_col=MAX_COLUMNS), start=1):
            columns = covered(number)
            cells = [_workbook_cell(cell) for cell in _written(row)]
            if columns:
                cells = [_merged_cell(cell) if columns >> place & 1 else cell for place, cell in enumerate(cells)]
            if cells:
                yield number, cells
    except Invalid:
        raise
    except Exception as error:
        raise _damaged() from error


def _written(row: Sequence[Any]) -> Sequence[Any]:
    """Without what the library has filled the row up with."""
    end = len(row)
    while end and row[end - 1] is EMPTY_CELL:
        end -= 1
    return row[:end]


def _covered(merged: Iterable[tuple[int, int, int, int]]) -> Callable[[int], int]:
    """Tells for one row after the other which columns merged areas cover, as bits.

    An area stays an area: one that goes over the whole sheet has millions of cells.
    """
    waiting = deque(sorted((first, last, left, right) for left, first, right, last in merged))
    reached: list[tuple[int, int]] = []
    bits = 0

    def covered(number: int) -> int:
        nonlocal reached, bits
        if (waiting and waiting[0][0] <= number) or any(last < number for last, _ in reached):
            reached = [area for area in reached if area[0] >= number]
            while waiting and waiting[0][0] <= number:
                _, last, left, right = waiting.popleft()
                reached.append((last, (1 << min(right, MAX_COLUMNS)) - (1 << min(left - 1, MAX_COLUMNS))))
            bits = reduce(or_, (area for _, area in reached), 0)
        return bits

    return covered


def _merged_cell(cell: Cell) -> Cell:
    [text] = _texts([cell])
    return {"fault": Fault.MERGED.value, "text": text} if text else _MERGED_AWAY


def _workbook_cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return {"fault": Fault.FORMULA.value}
    if cell.data_type == "e":
        return {"fault": Fault.ERROR.value}
    match value:
        case bool():
            return "ja" if value else "nein"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() | date():
            return f"{value:%Y-%m-%d}"
        case str():
            return _MARKED_AS_TEXT.sub("", _tidy(value), count=1)
    return _tidy(str(value))


# --- both ---------------------------------------------------------------------------------------------------------


def _sheet(lines: Iterable[tuple[int, list[Cell]]], notes: list[str]) -> Sheet:
    """Titles above the names are left out, and so are lines and columns without anything in them."""
    above: list[tuple[int, list[Cell]]] = []
    below = iter(_filled(lines))
    for line in below:
        above.append(line)
        if len(above) == _HEADER_WITHIN:
            break
    if not above:
        raise _refused("Die Tabelle ist leer. Bitte prüfen, ob die Liste auf dem ersten Blatt steht.")
    place = max(range(len(above)), key=lambda index: (known_names(_texts(above[index][1])), -index))
    if not known_names(_texts(above[place][1])):
        place = next((index for index, (_, cells) in enumerate(above) if sum(map(bool, cells)) > 1), 0)
    header = _texts(above[place][1])
    found = above[place + 1 :]
    for line in below:
        found.append(line)
        if len(found) > MAX_LINES:
            raise _refused(f"Die Liste hat mehr als {_number(MAX_LINES)} Zeilen. Bitte in mehrere Dateien teilen.")
    width = max(len(cells) for _, cells in [above[place], *found])
    if width > MAX_COLUMNS:
        raise _too_wide(width)
    if not found:
        raise _refused("Unter den Überschriften der Spalten steht keine Zeile.")
    return Sheet(header + [""] * (width - len(header)), found, notes)


def _filled(lines: Iterable[tuple[int, list[Cell]]]) -> Iterator[tuple[int, list[Cell]]]:
    for number, cells in lines:
        if any(_says_something(cell) for cell in cells):
            yield number, _cut(cells)


def _says_something(cell: Cell) -> bool:
    if isinstance(cell, str):
        return bool(cell)
    return cell["fault"] != Fault.MERGED or bool(cell.get("text"))


def _cut(cells: list[Cell]) -> list[Cell]:
    """Without the empty cells at the end."""
    end = len(cells)
    while end and cells[end - 1] == "":
        end -= 1
    return cells[:end]


def _texts(cells: Sequence[Cell]) -> list[str]:
    """As names of columns; a title over several merged cells is a name, too."""
    return [cell if isinstance(cell, str) else cell.get("text", "") for cell in cells]
