"""The two round tables that the team founded, and the quarterly meeting with the district mayors (report, §3.1a, §4.3).

From the report: the tables, their themes and with whom they were founded. Ours: days, places' hours, what was talked
about and decided. Guests are offices and not people.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from deploy.demo.calls import Call, Story
from deploy.demo.partners import API

_TABLES = f"{API}/round-tables"
_OFFICE = "Kommende, Brackeler Hellweg 144"


@dataclass(frozen=True, slots=True)
class Table:
    """A round table with its members and the meeting that was held."""

    name: str
    kind: str
    theme: str
    description: str
    partners: tuple[str, ...]
    held_on: date
    attended: int
    agenda: tuple[str, ...]
    minutes: str
    decisions: tuple[tuple[str, str], ...]
    guests: tuple[str, ...] = ()


TABLES = (
    Table(
        "sprache",
        "thematic",
        "Runder Tisch Sprache",
        "Wer in Brackel ehrenamtlich Deutsch unterrichtet, stimmt Orte, Zeiten und Niveaus ab.",
        (
            "ev-bildungswerk",
            "projekt-ankommen",
            "ev-kirchengemeinde-wickede",
            "st-clemens",
            "beispiel-deutschkurs-asseln",
        ),
        date(2016, 11, 24),
        11,
        ("Welche ehrenamtlichen Deutschkurse es gibt", "Was an Kursen fehlt"),
        "Die Kurse wurden vorgestellt. Es fehlen Kurse am Nachmittag und Kurse mit Kinderbetreuung.",
        (("Liste aller Deutschkurse nach Stadtteilen führen", "lokal willkommen"),),
    ),
    Table(
        "patenschaften",
        "thematic",
        "Runder Tisch Patenschaften Brackel/Aplerbeck",
        "Gegründet mit Projekt Ankommen e.V. und der Flüchtlingshilfe Aplerbeck e.V.",
        ("projekt-ankommen", "fluechtlingshilfe-aplerbeck", "patenstammtisch-aplerbeck", "malteser-hilfsdienst"),
        date(2017, 1, 19),
        9,
        ("Wie Patinnen und Paten gefunden und begleitet werden",),
        "Die Vereine nennen feste Ansprechpersonen. Anfragen gehen nur mit Einwilligung der Familie weiter.",
        (("Gemeinsames Treffen für neue Patinnen und Paten vorbereiten", "Projekt Ankommen e.V."),),
    ),
    Table(
        "quartal",
        "quarterly",
        "Treffen der wesentlichen Akteure",
        "Vierteljährlich wird über Vorgehen und Stand des Integrationsnetzwerkes informiert.",
        ("caritasverband", "sozialamt", "kommende", "projekt-ankommen", "fluechtlingshilfe-aplerbeck"),
        date(2017, 3, 9),
        14,
        ("Stand des Pilotvorhabens", "Öffnungszeiten am Nachmittag"),
        "Der Sachstand wurde vorgestellt. Am Donnerstagnachmittag reicht die Zeit der Sprechstunde nicht.",
        (("Sprachcafés im April eröffnen", "lokal willkommen"),),
        ("Bezirksbürgermeisteramt Brackel (Beispiel)", "Bezirksbürgermeisteramt Aplerbeck (Beispiel)"),
    ),
)
NEXT_IN_DAYS = 14
"""So many days after the day of entry the quarterly meeting comes together again, with an agenda to be made."""


def round_tables(today: date) -> list[Story]:
    """One story for each table: it is founded, gets its members, has met; the quarterly one meets again soon."""
    return [Story(f"table-{table.name}", tuple(_calls(table, today))) for table in TABLES]


def _calls(table: Table, today: date) -> list[Call]:
    founded = {
        "kind": table.kind,
        "theme": table.theme,
        "theme_slug": table.name,
        "description": table.description,
    }
    calls = [Call(_TABLES, founded)]
    calls += [_of_table("members", partner=slug) for slug in table.partners]
    calls += [_of_table("members", label=guest) for guest in table.guests]
    calls.append(_planned(table.held_on))
    calls += [_of_meeting("agenda", text=text) for text in table.agenda]
    calls.append(_of_meeting("minutes", "PUT", minutes=table.minutes))
    calls += [_of_meeting("decisions", decision=what, owner=owner) for what, owner in table.decisions]
    calls += [_of_meeting("hold", attended=table.attended), _of_meeting("decisions/{decisions[0][decision_id]}/done")]
    if table.kind == "quarterly":
        calls.append(_planned(today + timedelta(days=NEXT_IN_DAYS)))
    return calls


def _planned(on: date) -> Call:
    return _of_table("meetings", on=on.isoformat(), begins="17:00", ends="19:00", place=_OFFICE)


def _of_table(what: str, **body: Any) -> Call:
    return Call(f"{_TABLES}/{{table_id}}/{what}", body)


def _of_meeting(what: str, method: str = "POST", **body: Any) -> Call:
    return Call(f"{_TABLES}/{{table_id}}/meetings/{{meeting_id}}/{what}", body, method=method)
