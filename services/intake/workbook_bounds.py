"""What a workbook may make the library that reads it keep in memory: counted before the library sees a part.

The library builds an object of each element and keeps many of them: a part of a few kilobytes packed, and within every
limit unpacked, can take gigabytes that way. So each part runs through a counting parser first, which keeps nothing.
"""

import io
import zipfile
from typing import IO, Any
from xml.sax.handler import ContentHandler, feature_namespaces

import openpyxl
from defusedxml import expatreader
from openpyxl.reader.excel import ExcelReader
from openpyxl.utils import column_index_from_string, range_boundaries
from openpyxl.xml.constants import SHEET_MAIN_NS

from shared.refusals import Invalid

MAX_ROWS = 50_000
"""Rows of a sheet that are looked at, empty ones among them."""
MAX_MERGED = 1000
_MAX_WHOLE = 1024 * 1024
"""Bytes of a part that the library reads as a whole: styles, themes, tables of contents."""
_MAX_ELEMENTS = 3_000_000
"""A cell is two or three of them."""
_MAX_ENTRIES = 300_000
"""Rows of a sheet, or texts of the table of texts; something stays of each."""
_MAX_IN_ENTRY = 70_000
"""Elements that are in memory together: Excel's widest row."""
_MAX_OUTSIDE = 20_000
"""Elements beside rows and texts, such as links and rules; they all stay."""
_CHUNK = 64 * 1024
_MAX_SILENT = 1024 * 1024
"""Bytes in which no element ends: a single tag of that length is an attack."""
_ENTRIES = {"worksheet": "row", "sst": "si"}
_CONTENT = frozenset({"v", "is", "f"})

_ONLY_THE_LIST = "Bitte nur die Liste selbst, ohne Formate und leere Zeilen, als .xlsx oder CSV speichern."


class Counted(ContentHandler):
    """What stands in a part, as far as it must be known beforehand. Raises `Invalid` for too much of it."""

    def __init__(self, max_columns: int) -> None:
        super().__init__()
        self.merged: list[tuple[int, int, int, int]] = []
        """First column, first row, last column, last row; at most one more than is allowed."""
        self.width = 0
        """The first column with something in it that is beyond the limit; 0: there is none."""
        self.last_row = 0
        """The last row with something in it."""
        self.events = 0
        self._max_columns = max_columns
        self._elements = self._entries = self._in_entry = self._outside = 0
        self._depth = self._entry_depth = 0
        self._entry = ""
        self._row = self._column = 0

    def startElementNS(self, name: Any, qname: Any, attrs: Any) -> None:  # noqa: N802  (SAX calls it so)
        """Count it."""
        uri, tag = name
        self.events += 1
        self._depth += 1
        self._elements += 1
        if self._elements > _MAX_ELEMENTS:
            raise _too_full(f"mehr als {_number(_MAX_ELEMENTS)} Zellen und Angaben")
        if self._depth == 1:
            self._entry = _ENTRIES.get(tag, "")
        ours = uri == SHEET_MAIN_NS
        if self._entry_depth:
            self._in_entry += 1
            if self._in_entry > _MAX_IN_ENTRY:
                raise _too_full(f"eine Zeile mit mehr als {_number(_MAX_IN_ENTRY)} Angaben")
            if ours:
                self._count_cell(tag, attrs)
        elif ours and tag == self._entry:
            self._begin_entry(attrs)
        else:
            self._outside += 1
            if self._outside > _MAX_OUTSIDE:
                raise _too_full(f"mehr als {_number(_MAX_OUTSIDE)} Formate, Regeln oder Verknüpfungen")
            if tag == "mergeCell" and len(self.merged) <= MAX_MERGED:
                self.merged.append(range_boundaries(attrs[None, "ref"]))  # type: ignore[arg-type]

    def endElementNS(self, name: Any, qname: Any) -> None:  # noqa: N802
        """Leave it."""
        self.events += 1
        if self._depth == self._entry_depth:
            self._entry_depth = 0
        self._depth -= 1

    def characters(self, content: str) -> None:
        """Text is a sign of life."""
        self.events += 1

    def _begin_entry(self, attrs: Any) -> None:
        self._entries += 1
        if self._entries > _MAX_ENTRIES:
            raise _too_full(f"mehr als {_number(_MAX_ENTRIES)} Zeilen oder Texte")
        self._entry_depth, self._in_entry, self._column = self._depth, 0, 0
        self._row = int(attrs.get((None, "r"), self._row + 1))

    def _count_cell(self, tag: str, attrs: Any) -> None:
        if tag == "c":
            place = attrs.get((None, "r"), "")
            self._column = column_index_from_string(place.rstrip("0123456789")) if place else self._column + 1
        elif tag in _CONTENT:
            self.last_row = max(self.last_row, self._row)
            if self._column > self._max_columns and not self.width:
                self.width = self._column


class _Gate(zipfile.ZipFile):
    """The archive as the library reads it: no part comes out that was not counted."""

    def __init__(self, content: bytes, max_columns: int) -> None:
        super().__init__(io.BytesIO(content))
        self._max_columns = max_columns
        self._counted: dict[str, Counted] = {}

    def counted(self, name: str) -> Counted:
        """What stands in this part; each is counted once."""
        if name not in self._counted:
            with super().open(name) as part:
                self._counted[name] = _count(part, self._max_columns)
        return self._counted[name]

    def open(self, name: Any, mode: Any = "r", *rest: Any, **options: Any) -> IO[bytes]:
        """For what is read bit by bit: sheets and the table of texts."""
        self.counted(name)
        return super().open(name, mode, *rest, **options)

    def read(self, name: Any, pwd: bytes | None = None) -> bytes:
        """For what the library reads as a whole."""
        if self.getinfo(name).file_size > _MAX_WHOLE:
            raise _too_full("einen übergroßen Teil für Formate oder Verzeichnisse")
        return super().read(name, pwd)


def _count(part: IO[bytes], max_columns: int) -> Counted:
    counted = Counted(max_columns)
    parser = expatreader.create_parser(forbid_dtd=True)
    parser.setFeature(feature_namespaces, True)
    parser.setContentHandler(counted)
    silent = 0
    while chunk := part.read(_CHUNK):
        before = counted.events
        parser.feed(chunk)
        silent = 0 if counted.events > before else silent + len(chunk)
        if silent > _MAX_SILENT:
            raise _too_full("eine übergroße Angabe")
    parser.close()
    return counted


def open_workbook(content: bytes, max_columns: int) -> tuple[openpyxl.Workbook, _Gate]:
    """The workbook, read bit by bit, and what its parts hold. Raises `Invalid` for one that would fill the memory."""
    gate = _Gate(content, max_columns)
    reader = ExcelReader(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
    reader.archive.close()
    reader.archive = gate
    reader.read()
    return reader.wb, gate


def _too_full(what: str) -> Invalid:
    return Invalid("file", f"Die Arbeitsmappe hat {what} und wurde nicht gelesen. {_ONLY_THE_LIST}")


def _number(value: int) -> str:
    return f"{value:,}".replace(",", ".")
