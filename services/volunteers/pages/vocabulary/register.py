"""The words of the register's pages: what fields are called, and a week as one reads it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any, Protocol

from services.volunteers.queries.register import Times
from services.volunteers.tables import VolunteerLanguage
from shared.contracts.words import Weekday
from shared.web import words

FIELDS = {
    "absences": "Abwesenheit",
    "available": "Zeit",
    "blocks": "Verhindert",
    "car": "Auto",
    "confidentiality_on": "Verschwiegenheit",
    "dialects": "Dialekte",
    "district": "Stadtbezirk",
    "districts": "Stadtbezirke",
    "driving_licence": "Führerschein",
    "due_on": "Gültig bis",
    "email": "E-Mail",
    "family_name": "Nachname",
    "from_on": "Erster Tag",
    "given_name": "Vorname",
    "home_district": "Wohnt in",
    "inspected_on": "Angesehen am",
    "kinds": "Wobei?",
    "languages": "Sprachen",
    "level": "Stufe",
    "limits": "Grenzen",
    "mail_language": "Sprache der E-Mails",
    "max_a_month": "Anfragen im Monat",
    "note": "Vermerk",
    "organisation": "Verein",
    "phone": "Telefon",
    "skills": "Kenntnisse",
    "starts": "Von",
    "until": "Pause bis",
    "until_on": "Letzter Tag",
    "weekday": "Tag",
    "wishes": "Wünsche",
    "woman": "Eine Frau?",
}
_SKILLS = (("understands", "versteht"), ("speaks", "spricht"), ("reads", "liest"), ("writes", "schreibt"))


class _OfTheWeek(Protocol):
    starts: time
    ends: time


@dataclass(frozen=True, slots=True)
class WeekDay:
    """A day of somebody's week in words: „8–18 Uhr", „nicht 9–12 Uhr (Integrationskurs)"."""

    name: str
    free: str
    blocked: tuple[str, ...]


def week(times: Times) -> list[WeekDay]:
    """The days on which somebody can come, each in one line."""
    found = []
    for day in Weekday:
        free = [span for span in times.available if span.weekday == day]
        blocks = [block for block in times.blocks if block.weekday == day]
        if free or blocks:
            blocked = tuple(f"nicht {_span(block)} ({_why(block)})" for block in blocks)
            found.append(WeekDay(words.word(day), _spans(free), blocked))
    return found


def skills(known: VolunteerLanguage) -> str:
    """„B2, versteht, spricht; syrisch"."""
    said = ", ".join([words.word(known.level), *(label for name, label in _SKILLS if getattr(known, name))])
    return f"{said}; {known.dialects}" if known.dialects else said


def _why(block: Any) -> str:
    return "möchte dann nicht gefragt werden" if block.reason is None else words.word(block.reason)


def _spans(spans: Iterable[_OfTheWeek]) -> str:
    return ", ".join(_span(span) for span in spans)


def _span(span: _OfTheWeek) -> str:
    if span.starts == span.ends == time(0):
        return "ganzer Tag"
    return f"{_clock(span.starts)}–{'24' if span.ends == time(0) else _clock(span.ends)} Uhr"


def _clock(clock: time) -> str:
    return f"{clock.hour}:{clock.minute:02}" if clock.minute else str(clock.hour)


def rows_of(prefix: str, things: Sequence[Any], names: Sequence[str]) -> dict[str, list[str]]:
    """Rows as the fields of a form: `available.0.weekday`."""
    return {f"{prefix}.{n}.{name}": [_text(getattr(each, name))] for n, each in enumerate(things) for name in names}


def _text(value: Any) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "true"
    return f"{value:%H:%M}" if isinstance(value, time) else str(value)
