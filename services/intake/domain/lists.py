"""The Sozialamt's weekly list of moves: what its columns mean, and what its cells say (report, 2.1b and 3.1b).

The list has a line for each person. Lines with the same case number and the same moving day are one family. What the
columns are called and how a date is written differs from office to office and from week to week; whatever cannot be
understood without guessing is a fault with its line, its field and a reason that says what to do. No reason repeats
what stands in the cell.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from services.intake.domain.charge import RegisteredSite, in_charge
from services.intake.domain.days import EARLIEST_BIRTH
from services.intake.domain.sounds import sounds
from services.intake.domain.texts import LANGUAGE
from shared.contracts.words import District, LegalCircle, Tenancy
from shared.places import DISTRICT_NAMES, slug_of

Cell = str | Mapping[str, str]
"""A text, or `{"fault": …}` for what is no value: the words of `Fault`."""


class Fault(StrEnum):
    """Why a cell is no value."""

    FORMULA = "formula"
    MERGED = "merged"
    ERROR = "error"


_CELL_FAULTS = {
    Fault.FORMULA: "Hier steht eine Formel. Bitte das Ergebnis als Wert einfügen (Inhalte einfügen, Werte).",
    Fault.MERGED: "Die Zelle ist mit anderen verbunden. Bitte die Verbindung aufheben und jede Zelle ausfüllen.",
    Fault.ERROR: "Hier steht ein Fehler der Tabelle, zum Beispiel #BEZUG!. Bitte den Wert eintragen.",
}


class Column(StrEnum):
    """What a column of the list can hold."""

    CASE_NUMBER = "case_number"
    FAMILY_NAME = "family_name"
    GIVEN_NAME = "given_name"
    BIRTH_DATE = "birth_date"
    LEGAL_CIRCLE = "legal_circle"
    MOVED_ON = "moved_on"
    STREET = "street"
    HOUSE_NUMBER = "house_number"
    POSTAL_CODE = "postal_code"
    CITY = "city"
    DISTRICT = "district"
    NEIGHBOURHOOD = "neighbourhood"
    TENANCY = "tenancy"
    FORMER_DISTRICT = "former_district"
    LANGUAGES = "languages"
    PHONE = "phone"
    PROTECTED = "protected"


COLUMN_NAMES: Mapping[Column, str] = {
    Column.CASE_NUMBER: "Aktenzeichen",
    Column.FAMILY_NAME: "Familienname",
    Column.GIVEN_NAME: "Vorname",
    Column.BIRTH_DATE: "Geburtsdatum",
    Column.LEGAL_CIRCLE: "Rechtskreis",
    Column.MOVED_ON: "Umzug am",
    Column.STREET: "Straße",
    Column.HOUSE_NUMBER: "Hausnummer",
    Column.POSTAL_CODE: "Postleitzahl",
    Column.CITY: "Ort",
    Column.DISTRICT: "Stadtbezirk",
    Column.NEIGHBOURHOOD: "Stadtteil",
    Column.TENANCY: "Wohnform",
    Column.FORMER_DISTRICT: "Bisheriger Stadtbezirk",
    Column.LANGUAGES: "Sprachen",
    Column.PHONE: "Telefon",
    Column.PROTECTED: "Adresse geschützt",
}
REQUIRED = frozenset(
    {
        Column.CASE_NUMBER,
        Column.FAMILY_NAME,
        Column.GIVEN_NAME,
        Column.LEGAL_CIRCLE,
        Column.MOVED_ON,
        Column.STREET,
        Column.POSTAL_CODE,
        Column.DISTRICT,
        Column.TENANCY,
    }
)
"""Without these no row can be taken: the case number tells two lists' rows of the same move from two moves."""

_SYNONYMS: Mapping[Column, str] = {
    Column.CASE_NUMBER: "aktenzeichen az geschaeftszeichen gz fallnummer fall-nr bg-nummer bg-nr aktennummer akten-nr",
    Column.FAMILY_NAME: "familienname nachname name zuname",
    Column.GIVEN_NAME: "vorname vornamen rufname",
    Column.BIRTH_DATE: "geburtsdatum geburtstag geb-datum geb geboren geboren-am geb-am gebdatum",
    Column.LEGAL_CIRCLE: "rechtskreis leistung leistungsart",
    Column.MOVED_ON: "umzug-am umzugsdatum umzug einzug einzug-am einzugsdatum umgezogen-am datum-umzug zuzug-am",
    Column.STREET: "strasse str anschrift strasse-hausnummer strasse-hnr strasse-nr strasse-und-hausnummer adresse",
    Column.HOUSE_NUMBER: "hausnummer hnr haus-nr hausnr nr",
    Column.POSTAL_CODE: "postleitzahl plz",
    Column.CITY: "ort stadt wohnort",
    Column.DISTRICT: "stadtbezirk bezirk neuer-stadtbezirk zielbezirk stadtbezirk-neu",
    Column.NEIGHBOURHOOD: "stadtteil ortsteil quartier",
    Column.TENANCY: "wohnform unterbringung art-der-wohnung wohnungsart",
    Column.FORMER_DISTRICT: "bisheriger-stadtbezirk alter-stadtbezirk stadtbezirk-alt frueherer-stadtbezirk bezirk-alt",
    Column.LANGUAGES: "sprachen sprache muttersprache",
    Column.PHONE: "telefon telefonnummer tel telefon-nr handy mobil mobilnummer",
    Column.PROTECTED: "adresse-geschuetzt geschuetzt auskunftssperre sperrvermerk adressschutz",
}
_BY_NAME = {name: column for column, names in _SYNONYMS.items() for name in names.split()}


def known_names(cells: Iterable[Cell]) -> int:
    """How many of these cells are a column's name: tells the line of names from titles and data."""
    return len({_BY_NAME[name] for cell in cells if isinstance(cell, str) and (name := slug_of(cell)) in _BY_NAME})


def guess(header: Sequence[str]) -> dict[Column, int]:
    """Which column is where, by the names that are known; the first of several with the same meaning."""
    found: dict[Column, int] = {}
    for place, name in enumerate(header):
        if (column := _BY_NAME.get(slug_of(name))) is not None:
            found.setdefault(column, place)
    return found


def missing(mapping: Mapping[Column, int]) -> list[Column]:
    """The columns that are needed and have no place."""
    return [column for column in Column if column in REQUIRED and column not in mapping]


# --- what a cell says ---------------------------------------------------------------------------------------------


class Unclear(Exception):
    """A cell cannot be understood; the text says why, in German, without repeating it."""


_MONTHS = ("januar", "februar", "maerz", "april", "mai", "juni", "juli", "august", "september", "oktober", "november")
_MONTH = {name[:3]: number for number, name in enumerate((*_MONTHS, "dezember"), start=1)} | {"mrz": 3}
_DOTTED = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4}|\d{2})")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00)?)?")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_IN_WORDS = re.compile(r"(\d{1,2})\.? ?([A-Za-zÄäÖöÜü]{3,9})\.? ?(\d{4})")
_SERIAL = re.compile(r"[1-9]\d{4}")
_EXCEL_DAY_0 = date(1899, 12, 30)
_DATE_HELP = "Bitte als Datum schreiben, zum Beispiel 24.12.2026."


def read_day(text: str, no_later_than: date) -> date:
    """A day in one of the notations of the lists: 24.12.2026, 24.12.26, 2026-12-24, 24/12/2026, 24. Dezember 2026,
    and the number of days since 1900 that Excel makes of it.

    A year of two digits means the latest one that is not after `no_later_than`. Raises `Unclear`.
    """
    if (found := _DOTTED.fullmatch(text)) is not None:
        day, month, year = int(found[1]), int(found[2]), found[3]
        if len(year) == 4:
            return _day(int(year), month, day)
        century = no_later_than.year // 100 * 100
        guessed = _day(century + int(year), month, day)
        return guessed if guessed <= no_later_than else _day(century - 100 + int(year), month, day)
    if (found := _ISO.fullmatch(text)) is not None:
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if (found := _SLASHED.fullmatch(text)) is not None:
        return _day(int(found[3]), int(found[2]), int(found[1]))
    if (found := _IN_WORDS.fullmatch(text)) is not None:
        month = _MONTH.get(slug_of(found[2])[:3].replace("mae", "mrz"), 0)
        return _day(int(found[3]), month, int(found[1]))
    if _SERIAL.fullmatch(text):
        return _EXCEL_DAY_0 + timedelta(days=int(text))
    if re.fullmatch(r"(19|20)\d\d", text):
        raise Unclear(f"Hier steht nur ein Jahr. {_DATE_HELP}")
    raise Unclear(f"Das ist kein lesbares Datum. {_DATE_HELP}")


def _day(year: int, month: int, day: int) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        raise Unclear(f"Diesen Tag gibt es nicht; Tag und Monat prüfen. {_DATE_HELP}") from None
    if found < EARLIEST_BIRTH:
        raise Unclear("Bitte das Jahr prüfen.")
    return found


_TENANCIES = {
    Tenancy.PRIVATE: "private privat eigene-mietwohnung mietwohnung eigene-wohnung privatwohnung privater-wohnraum",
    Tenancy.CITY_LEASED: "city-leased wohnraumvorhalteprogramm wvp wohnraumvorhaltung staedtisch-angemietet",
    Tenancy.SHELTER: "shelter uebergangseinrichtung unterkunft gemeinschaftsunterkunft uebergangsheim",
}
_CIRCLES = {
    LegalCircle.ASYLBLG: "asylblg asylbewerberleistungsgesetz asyl",
    LegalCircle.SGB2: "sgb2 sgb-ii sgb-2 sgbii alg-ii alg2 jobcenter",
    LegalCircle.SGB12: "sgb12 sgb-xii sgb-12 sgbxii",
    LegalCircle.NONE: "none ohne-leistungen ohne keine keiner",
}
_YES = frozenset(["ja", "j", "x", "1", "true", "wahr", "yes", "geschuetzt"])
_NO = frozenset(["nein", "n", "0", "false", "falsch", "no", "-"])
_LANGUAGE_TAGS = """
arabisch=ar persisch=fa farsi=fa dari=prs kurdisch=ku kurmandschi=ku sorani=ckb tigrinisch=ti tigrinya=ti
paschtu=ps paschto=ps urdu=ur somali=so amharisch=am tuerkisch=tr albanisch=sq serbisch=sr russisch=ru
ukrainisch=uk englisch=en franzoesisch=fr deutsch=de romanes=rom romani=rom armenisch=hy georgisch=ka
bengalisch=bn hindi=hi punjabi=pa tamil=ta mazedonisch=mk bosnisch=bs kroatisch=hr rumaenisch=ro bulgarisch=bg
spanisch=es portugiesisch=pt italienisch=it polnisch=pl griechisch=el vietnamesisch=vi chinesisch=zh
mandinka=mnk suaheli=sw aserbaidschanisch=az
"""
_LANGUAGES = {name: tag for name, _, tag in (pair.partition("=") for pair in _LANGUAGE_TAGS.split())}
_SHORTENED = re.compile(r"\d[.,]\d+E\+?\d+", re.IGNORECASE)


def _word_in(words: Mapping[Any, str], kinds: str) -> Callable[[str], Any]:
    by_name = {name: value for value, names in words.items() for name in names.split()}

    def read(text: str) -> Any:
        if (found := by_name.get(slug_of(text))) is None:
            raise Unclear(f"Das ist nicht bekannt. Möglich sind: {kinds}.")
        return found.value

    return read


def _read_district(text: str) -> str:
    slug = slug_of(text).removeprefix("dortmund-").removeprefix("stadtbezirk-")
    if slug not in set(District):
        raise Unclear(f"Diesen Stadtbezirk gibt es nicht. Bekannt sind: {', '.join(DISTRICT_NAMES.values())}.")
    return slug


def _read_languages(text: str) -> list[str]:
    found = []
    for part in re.split(r"[,;/+&]| und ", text):
        if not (name := part.strip()):
            continue
        if (tag := _LANGUAGES.get(slug_of(name))) is None:
            if not LANGUAGE.fullmatch(name):
                raise Unclear("Eine Sprache ist nicht bekannt. Bitte den deutschen Namen schreiben, z. B. Arabisch.")
            tag = name
        found.append(tag)
    return found


def _read_protected(text: str) -> bool:
    slug = slug_of(text)
    if slug in _YES:
        return True
    if slug in _NO or text == "-":
        return False
    raise Unclear(
        "Bitte ja oder nein schreiben. Im Zweifel gilt die Adresse als geschützt; die Zeile wird nicht übernommen."
    )


def _read_case_number(text: str) -> str:
    if _SHORTENED.fullmatch(text):
        raise Unclear("Die Tabelle hat die Nummer verkürzt. Bitte die Spalte als Text formatieren und neu eintragen.")
    if not re.fullmatch(r"[0-9A-Za-zÄÖÜäöüß ./_-]{1,40}", text):
        raise Unclear("Ein Aktenzeichen hat höchstens 40 Buchstaben, Ziffern und die Zeichen . / _ -")
    return text


def _read_postal_code(text: str) -> str:
    if not re.fullmatch(r"[0-9]{5}", text):
        raise Unclear("Eine Postleitzahl hat fünf Ziffern.")
    return text


def _read_phone(text: str) -> str:
    if not re.fullmatch(r"\+?[0-9][0-9 ()/.-]{2,29}", text):
        raise Unclear("Bitte nur Ziffern, Leerzeichen und + ( ) / - schreiben.")
    return text


_READ: Mapping[Column, Callable[[str], Any]] = {
    Column.CASE_NUMBER: _read_case_number,
    Column.POSTAL_CODE: _read_postal_code,
    Column.PHONE: _read_phone,
    Column.TENANCY: _word_in(_TENANCIES, "Eigene Mietwohnung, Wohnraumvorhalteprogramm, Übergangseinrichtung"),
    Column.LEGAL_CIRCLE: _word_in(_CIRCLES, "AsylbLG, SGB II, SGB XII, ohne Leistungen"),
    Column.DISTRICT: _read_district,
    Column.FORMER_DISTRICT: _read_district,
    Column.LANGUAGES: _read_languages,
    Column.PROTECTED: _read_protected,
}


# --- from lines to families ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong in which line, in words for the one who made the list."""

    line: int
    column: str
    """The German name of the column, or of the field."""
    message: str


@dataclass(slots=True)
class Entry:
    """One family's move as the list has it: the body of a registration, or what is wrong with it."""

    lines: list[int]
    """One for each person, in the order of the persons."""
    household: dict[str, Any]
    former_district: str | None
    faults: list[RowFault] = field(default_factory=list)


@dataclass(slots=True)
class _Line:
    number: int
    values: dict[Column, Any]
    faults: list[RowFault]


_OF_FAMILY = (Column.STREET, Column.POSTAL_CODE, Column.CITY, Column.DISTRICT, Column.NEIGHBOURHOOD, Column.TENANCY)
"""What all lines of a family must say alike."""
MAX_PERSONS = 30


def entries(lines: Sequence[tuple[int, Sequence[Cell]]], mapping: Mapping[Column, int], today: date) -> list[Entry]:
    """The families of a list, in the order of their first lines."""
    families: dict[tuple[str, date | None], list[_Line]] = {}
    alone: list[list[_Line]] = []
    for number, cells in lines:
        line = _read_line(number, cells, mapping, today)
        case = line.values.get(Column.CASE_NUMBER)
        if case is None:
            alone.append([line])
        else:
            families.setdefault((normal_case_number(case), line.values.get(Column.MOVED_ON)), []).append(line)
    _join_undated(families)
    found = [_entry(members) for members in (*families.values(), *alone)]
    return sorted(found, key=lambda entry: entry.lines[0])


def _join_undated(families: dict[tuple[str, date | None], list[_Line]]) -> None:
    """A person whose moving day is wrong belongs to the family of its case number: it must not move in without her."""
    for case, day in list(families):
        dated = [key for key in families if key[0] == case and key[1] is not None] if day is None else []
        if dated:
            undated = families.pop((case, None))
            for key in dated:
                families[key].extend(undated)
                families[key].sort(key=lambda line: line.number)


def _read_line(number: int, cells: Sequence[Cell], mapping: Mapping[Column, int], today: date) -> _Line:
    line = _Line(number, {}, [])
    for column, place in mapping.items():
        cell = cells[place] if place < len(cells) else ""
        try:
            value = _read_cell(column, cell, today)
        except Unclear as unclear:
            line.faults.append(RowFault(number, COLUMN_NAMES[column], str(unclear)))
            continue
        if value is not None:
            line.values[column] = value
        elif column in REQUIRED:
            line.faults.append(RowFault(number, COLUMN_NAMES[column], "Diese Angabe fehlt."))
    return line


def _read_cell(column: Column, cell: Cell, today: date) -> Any:
    if not isinstance(cell, str):
        raise Unclear(_CELL_FAULTS[Fault(cell["fault"])])
    if not cell:
        return None
    if column is Column.BIRTH_DATE:
        return read_day(cell, today)
    if column is Column.MOVED_ON:
        return read_day(cell, today + timedelta(days=366))
    return _READ[column](cell) if column in _READ else cell


def _entry(lines: list[_Line]) -> Entry:
    first = lines[0]
    faults = [fault for line in lines for fault in line.faults]
    for line in lines[1:]:
        faults += [
            RowFault(
                line.number,
                COLUMN_NAMES[column],
                f"Weicht von Zeile {first.number} ab, die dasselbe Aktenzeichen und denselben Tag hat.",
            )
            for column in _OF_FAMILY
            if column in first.values and column in line.values and line.values[column] != first.values[column]
        ]
    if len(lines) > MAX_PERSONS:
        faults.append(
            RowFault(
                lines[MAX_PERSONS].number, COLUMN_NAMES[Column.CASE_NUMBER], "Das ist die 31. Person; möglich sind 30."
            )
        )
    languages = [tag for line in lines for tag in line.values.get(Column.LANGUAGES, [])]
    household = {
        "family_name": first.values.get(Column.FAMILY_NAME),
        "persons": [_person(line) for line in lines],
        "address": _address(first),
        "tenancy": first.values.get(Column.TENANCY),
        "languages": list(dict.fromkeys(languages)),
        "phone": next((line.values[Column.PHONE] for line in lines if Column.PHONE in line.values), None),
        "case_number": first.values.get(Column.CASE_NUMBER),
        "protected": any(line.values.get(Column.PROTECTED, False) for line in lines),
        "moved_on": _iso(first.values.get(Column.MOVED_ON)),
    }
    former = next(
        (line.values[Column.FORMER_DISTRICT] for line in lines if Column.FORMER_DISTRICT in line.values), None
    )
    return Entry([line.number for line in lines], household, former, sorted(faults, key=lambda fault: fault.line))


def _person(line: _Line) -> dict[str, Any]:
    return {
        "given_name": line.values.get(Column.GIVEN_NAME),
        "family_name": line.values.get(Column.FAMILY_NAME),
        "birth_date": _iso(line.values.get(Column.BIRTH_DATE)),
        "legal_circle": line.values.get(Column.LEGAL_CIRCLE),
    }


def _address(line: _Line) -> dict[str, Any]:
    street = [line.values[column] for column in (Column.STREET, Column.HOUSE_NUMBER) if column in line.values]
    return {
        "street": " ".join(street),
        "postal_code": line.values.get(Column.POSTAL_CODE),
        "city": line.values.get(Column.CITY, "Dortmund"),
        "district": line.values.get(Column.DISTRICT),
        "neighbourhood": line.values.get(Column.NEIGHBOURHOOD),
    }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


# --- which move it is ---------------------------------------------------------------------------------------------

_MOVES = UUID("6f0cf1d4-5d0e-5c3a-9a53-0b8a1d3a2f71")


def next_stop(
    register: Sequence[RegisteredSite], own: str, destination: str, former: str | None, visited: Sequence[str]
) -> str | None:
    """The site to which a row of the list goes from here: `own` if it is to be taken here, None if nobody can say.

    The site of the former district comes first, since it may hold the family's file; what it does not know it passes
    on to the destination. Else one family would get two files. A row that comes by a second time without being at
    home here has met sites that disagree about the district, and waits for a person.
    """
    there = in_charge(register, destination)
    if there is None or (own in visited and there != own):
        return None
    before = in_charge(register, former) if former else None
    if before is not None and before not in (own, there) and not visited:
        return before
    return there


def normal_case_number(text: str) -> str:
    """The case number without the spaces and capitals in which two lists may differ."""
    return text.lower().replace(" ", "")


def move_id(case_number: str, moved_on: date) -> UUID:
    """The same for the same move in every list and at every site, so that it is taken once (network contract: the
    letters' ids). It can be computed back from a case number and therefore never stands outside an encrypted letter.
    """
    return uuid5(_MOVES, f"{normal_case_number(case_number)}|{moved_on.isoformat()}")


def same_name(one: str, other: str) -> bool:
    """Whether two names may be the same one, written or transliterated differently."""
    if _folded(one) == _folded(other):
        return True
    shorter, longer = sorted((one.split(), other.split()), key=len)
    heard = set(sounds(" ".join(longer)).split())
    return bool(heard) and all(heard & set(sounds(word).split()) for word in shorter)


def _folded(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(character for character in decomposed if character.isalnum())
