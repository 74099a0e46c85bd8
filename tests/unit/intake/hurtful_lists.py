"""Lists that hurt: each with what becomes of it. `docs/architecture/import.md` shows this table."""

import io
import random
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import openpyxl

HEADER = (
    "Aktenzeichen;Familienname;Vorname;Geburtsdatum;Rechtskreis;Umzug am;Straße;Hausnummer;PLZ;Stadtbezirk;Wohnform"
)
ROW = "50/4711;Musterfamilie Çelik;Ayşe;01.05.1984;SGB II;{day};Musterstraße;7;44319;Brackel;Eigene Mietwohnung"
GOOD = ROW.format(day="02.11.2026")


def csv_of(*lines: str, separator: str = ";", encoding: str = "utf-8") -> bytes:
    """A list as text."""
    return "\r\n".join((HEADER, *lines)).replace(";", separator).encode(encoding)


def row(**changes: str) -> str:
    """The good row with some columns changed, by their names."""
    values = dict(zip(HEADER.split(";"), GOOD.split(";"), strict=True)) | changes
    return ";".join(values.values())


def workbook(change: Callable[[Any], None] = lambda sheet: None, rows: Sequence[str] = (GOOD,)) -> bytes:
    """A list as an Excel workbook, with a change to its sheet."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for number, line in enumerate((HEADER, *rows), start=1):
        for place, value in enumerate(line.split(";"), start=1):
            sheet.cell(number, place, value)
    change(sheet)
    book.save(file := io.BytesIO())
    return file.getvalue()


def _set(cell: str, value: Any) -> Callable[[Any], None]:
    def change(sheet: Any) -> None:
        sheet[cell] = value

    return change


def _merged(sheet: Any) -> None:
    sheet.merge_cells("G2:G3")


def _bomb() -> bytes:
    with zipfile.ZipFile(file := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", b"<workbook/>")
        package.writestr("xl/worksheets/sheet1.xml", b"0" * (200 * 1024 * 1024))
    return file.getvalue()


def _zip(name: str) -> bytes:
    with zipfile.ZipFile(file := io.BytesIO(), "w") as package:
        package.writestr(name, b"x")
    return file.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
STYLES = "xl/styles.xml"
CONTENTS = "[Content_Types].xml"
_MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TEXTS_TYPE = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"


def tampered(part: str, before: bytes, inserted: bytes, **more: bytes) -> bytes:
    """A workbook with something inserted into one of its parts, and with ballast, so that it is not too dense."""
    with (
        zipfile.ZipFile(io.BytesIO(workbook())) as old,
        zipfile.ZipFile(file := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            if name == part:
                assert before in content
                content = content.replace(before, inserted + before, 1)
            new.writestr(name, content)
        for name, content in {"image1.png": random.Random(47).randbytes(600_000), **more}.items():
            new.writestr(f"xl/{name}", content)
    return file.getvalue()


def _many_texts(texts: bytes) -> bytes:
    table = b'<Override PartName="/xl/texts" ContentType="' + _TEXTS_TYPE + b'"/>'
    return tampered(CONTENTS, b"</Types>", table, texts=b'<sst xmlns="' + _MAIN + b'">' + texts + b"</sst>")


def _entity_bomb() -> bytes:
    return tampered(SHEET, b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>')


def _merged_often(sheet: Any) -> None:
    for number in range(10, 1011):
        sheet.merge_cells(f"A{number}:B{number}")


OLE = bytes.fromhex("d0cf11e0a1b11ae1")
ONLY_THE_LIST = "Bitte nur die Liste selbst, ohne Formate und leere Zeilen, als .xlsx oder CSV speichern."
SAVE_ANEW = "Bitte in Excel als „Excel-Arbeitsmappe (.xlsx)“ oder „CSV UTF-8“ speichern."


@dataclass(frozen=True)
class Hurtful:
    """A file; either it is refused with a message, or it is read with notes and with faults in some cells."""

    what: str
    content: Callable[[], bytes]
    refused: str | None = None
    notes: Sequence[str] = ()
    faults: Mapping[tuple[int, str], str] = field(default_factory=dict)
    """By line and column; empty: every row is good."""


_DAYS = ("02.11.2026", "02.11.26", "2026-11-02", "2/11/2026", "2. November 2026", "46328")
_LATIN = "Gelesen als Latin-1 (Windows). Bitte prüfen, ob Umlaute stimmen."
_FORMULA = "Hier steht eine Formel. Bitte das Ergebnis als Wert einfügen (Inhalte einfügen, Werte)."
_TOGETHER = "Die Zelle ist mit anderen verbunden. Bitte die Verbindung aufheben und jede Zelle ausfüllen."
_HELP = "Bitte als Datum schreiben, zum Beispiel 24.12.2026."

HURTFUL: Sequence[Hurtful] = (
    Hurtful("UTF-8 mit Kennung", lambda: csv_of(GOOD, encoding="utf-8-sig")),
    Hurtful("Latin-1", lambda: csv_of(row(Familienname="Müßig", Vorname="Anne"), encoding="latin-1"), notes=(_LATIN,)),
    Hurtful(
        "Windows-1252", lambda: csv_of(row(Familienname="Müßig–Œ", Vorname="Anne"), encoding="cp1252"), notes=(_LATIN,)
    ),
    Hurtful("UTF-16", lambda: csv_of(GOOD, encoding="utf-16"), notes=("Gelesen als UTF-16.",)),
    Hurtful("UTF-16 ohne Kennung", lambda: csv_of(GOOD, encoding="utf-16-le"), notes=("Gelesen als UTF-16.",)),
    Hurtful("Kommas statt Semikolons", lambda: csv_of(GOOD, separator=",")),
    Hurtful("Tabulatoren", lambda: csv_of(GOOD, separator="\t")),
    Hurtful("eine Zeile `sep=;`", lambda: b"sep=;\r\n" + csv_of(GOOD)),
    Hurtful(
        "Anführungszeichen mit Zeilenumbruch und Semikolon darin",
        lambda: csv_of(row(Straße='"Muster""weg; \r\nHinterhaus"'), row(Aktenzeichen="50/4712")),
    ),
    Hurtful(
        "Anführungszeichen, das nicht endet",
        lambda: csv_of(GOOD, row(Straße='"Musterweg')),
        "In Zeile 3 beginnt ein Anführungszeichen, das nicht mehr endet. Es wurde nichts gelesen; bitte die Zeile "
        "prüfen oder die Liste als .xlsx senden.",
    ),
    Hurtful(
        "Zelle mit 200.000 Zeichen",
        lambda: csv_of(row(Straße="x" * 200_000)),
        "In Zeile 2 ist eine Zelle länger als 131.072 Zeichen. Es wurde nichts gelesen; bitte die Zeile prüfen oder "
        "die Liste als .xlsx senden.",
    ),
    Hurtful(
        "Daten in fünf Schreibweisen und als Zahl von Excel",
        lambda: csv_of(*(ROW.format(day=day).replace("4711", f"471{n}") for n, day in enumerate(_DAYS))),
    ),
    Hurtful(
        "kein Datum",
        lambda: csv_of(row(Geburtsdatum="2026"), row(Geburtsdatum="31.02.1990"), row(Geburtsdatum="Mai 84")),
        faults={
            (2, "Geburtsdatum"): f"Hier steht nur ein Jahr. {_HELP}",
            (3, "Geburtsdatum"): f"Diesen Tag gibt es nicht; Tag und Monat prüfen. {_HELP}",
            (4, "Geburtsdatum"): f"Das ist kein lesbares Datum. {_HELP}",
        },
    ),
    Hurtful("Formel in CSV", lambda: csv_of(row(Vorname='=HYPERLINK("x")')), faults={(2, "Vorname"): _FORMULA}),
    Hurtful(
        "Formel in Excel",
        lambda: workbook(_set("C2", '=HYPERLINK("http://x";"Ayşe")')),
        faults={(2, "Vorname"): _FORMULA},
    ),
    Hurtful(
        "Fehlerwert in Excel",
        lambda: workbook(_set("C2", "#REF!")),
        faults={(2, "Vorname"): "Hier steht ein Fehler der Tabelle, zum Beispiel #BEZUG!. Bitte den Wert eintragen."},
    ),
    Hurtful(
        "von Excel verkürzte Nummer",
        lambda: csv_of(row(Aktenzeichen="1,23457E+11")),
        faults={
            (2, "Aktenzeichen"): "Die Tabelle hat die Nummer verkürzt. Bitte die Spalte als Text formatieren und neu "
            "eintragen."
        },
    ),
    Hurtful(
        "verbundene Zellen",
        lambda: workbook(_merged, (GOOD, row(Aktenzeichen="50/4712"))),
        faults={(2, "Straße"): _TOGETHER, (3, "Straße"): _TOGETHER},
    ),
    Hurtful(
        "200 Spalten",
        lambda: csv_of(GOOD + ";x" * 189),
        "Die Tabelle hat 200 Spalten; möglich sind 100. Bitte nur die nötigen Spalten speichern.",
    ),
    Hurtful(
        "10.001 Zeilen",
        lambda: csv_of(*[GOOD] * 10_001),
        "Die Liste hat mehr als 10.000 Zeilen. Bitte in mehrere Dateien teilen.",
    ),
    Hurtful(
        "Zip-Bombe",
        _bomb,
        "Die Arbeitsmappe wäre ausgepackt 200 MB groß und wurde nicht geöffnet. Bitte nur die Liste selbst als .xlsx "
        "oder CSV speichern.",
    ),
    Hurtful(
        "XML-Bombe in der Arbeitsmappe",
        _entity_bomb,
        f"Die Arbeitsmappe ist beschädigt und kann nicht gelesen werden. {SAVE_ANEW}",
    ),
    Hurtful(
        "1.001 verbundene Bereiche",
        lambda: workbook(_merged_often),
        "Die Tabelle hat mehr als 1.000 verbundene Bereiche. Bitte die Verbindungen aufheben (alles markieren, "
        "Zellverbund aufheben) und jede Zelle ausfüllen.",
    ),
    Hurtful(
        "Zelle in Excels letzter Spalte",
        lambda: workbook(_set("XFD3", "x")),
        "Die Tabelle hat 16384 Spalten; möglich sind 100. Bitte nur die nötigen Spalten speichern.",
    ),
    Hurtful(
        "Zelle in Excels letzter Zeile",
        lambda: workbook(_set("A1048576", "x")),
        "In Zeile 1.048.576 steht noch etwas; gelesen werden 50.000 Zeilen. Bitte die leeren Zeilen löschen.",
    ),
    Hurtful(
        "eine Zeile mit zwei Millionen leeren Zellen",
        lambda: tampered(SHEET, b"</row>", b"<c/>" * 2_000_000),
        f"Die Arbeitsmappe hat eine Zeile mit mehr als 70.000 Angaben und wurde nicht gelesen. {ONLY_THE_LIST}",
    ),
    Hurtful(
        "zwei Millionen leere Zeilen",
        lambda: tampered(SHEET, b"</sheetData>", b"<row/>" * 2_000_000),
        f"Die Arbeitsmappe hat mehr als 300.000 Zeilen oder Texte und wurde nicht gelesen. {ONLY_THE_LIST}",
    ),
    Hurtful(
        "zwei Millionen leere Texte",
        lambda: _many_texts(b"<si/>" * 2_000_000),
        f"Die Arbeitsmappe hat mehr als 300.000 Zeilen oder Texte und wurde nicht gelesen. {ONLY_THE_LIST}",
    ),
    Hurtful(
        "zwei Millionen Angaben neben den Zeilen",
        lambda: tampered(SHEET, b"<sheetData", b"<foo/>" * 2_000_000),
        "Die Arbeitsmappe hat mehr als 20.000 Formate, Regeln oder Verknüpfungen und wurde nicht gelesen. "
        + ONLY_THE_LIST,
    ),
    Hurtful(
        "eine Angabe von zwanzig Megabyte",
        lambda: tampered(SHEET, b"</row>", b"<c " + b"".join(b'a%07d="" ' % n for n in range(1_500_000)) + b"/>"),
        f"Die Arbeitsmappe hat eine übergroße Angabe und wurde nicht gelesen. {ONLY_THE_LIST}",
    ),
    Hurtful(
        "Formate von zwanzig Megabyte",
        lambda: tampered(STYLES, b"</cellXfs>", b'<xf numFmtId="0"/>' * 1_000_000),
        "Die Arbeitsmappe hat einen übergroßen Teil für Formate oder Verzeichnisse und wurde nicht gelesen. "
        + ONLY_THE_LIST,
    ),
    Hurtful(
        "abgeschnittene Arbeitsmappe",
        lambda: workbook()[:2000],
        f"Die Arbeitsmappe ist beschädigt und kann nicht gelesen werden. {SAVE_ANEW}",
    ),
    Hurtful("0 Byte", lambda: b"", "Die Datei ist leer (0 Byte). Bitte die Liste noch einmal speichern."),
    Hurtful(
        "UTF-16 mit leeren Zeilen",
        lambda: " \n\n".encode("utf-16"),
        "Die Tabelle ist leer. Bitte prüfen, ob die Liste auf dem ersten Blatt steht.",
    ),
    Hurtful("nur Überschriften", csv_of, "Unter den Überschriften der Spalten steht keine Zeile."),
    Hurtful(
        "altes Excel (.xls)",
        lambda: OLE + b"\x00" * 600,
        f"Das ist eine Arbeitsmappe im alten Format (.xls). {SAVE_ANEW}",
    ),
    Hurtful(
        "Excel mit Kennwort",
        lambda: OLE + "EncryptedPackage".encode("utf-16-le"),
        "Die Arbeitsmappe ist mit einem Kennwort verschlüsselt. Bitte ohne Kennwort speichern.",
    ),
    Hurtful(
        "OpenDocument (.ods)", lambda: _zip("content.xml"), f"Das ist eine OpenDocument-Tabelle (.ods). {SAVE_ANEW}"
    ),
    Hurtful(
        "anderes Archiv (.zip)", lambda: _zip("liste.csv"), f"Das ist ein Archiv (.zip) und keine Tabelle. {SAVE_ANEW}"
    ),
    Hurtful("PDF", lambda: b"%PDF-1.7", f"Das ist ein PDF und keine Tabelle. {SAVE_ANEW}"),
    Hurtful("Webseite", lambda: b"<html>", f"Das ist eine Webseite oder XML und keine Tabelle. {SAVE_ANEW}"),
    Hurtful(
        "ein Bild",
        lambda: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00",
        f"Die Datei ist keine Tabelle oder beschädigt. {SAVE_ANEW}",
    ),
)
