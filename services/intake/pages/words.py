"""German words that only the intake's pages need."""

from typing import Any

from services.intake.domain.releases import ReleaseField
from services.intake.domain.visits import VisitState
from services.intake.domain.volunteers import purpose_of
from services.intake.pages import vocabulary
from services.intake.pages.vocabulary.people import authority_name
from services.intake.queries.assignments import said_of
from services.intake.tables.records import Look, Via
from shared.contracts.words import District
from shared.places import DISTRICT_NAMES, neighbourhoods

_VISIT_STATES = {
    VisitState.OWED: "Termin fehlt",
    VisitState.SCHEDULED: "angekündigt",
    VisitState.MISSED: "nicht angetroffen",
    VisitState.COMPLETED: "erledigt",
    VisitState.REFUSED: "abgelehnt",
    VisitState.WAIVED: "anderswo getroffen",
    VisitState.DROPPED: "durch Umzug überholt",
}
_LOOKS = {
    Look.FILE: "Akte",
    Look.ADDRESS: "geschützte Adresse",
    Look.SEARCH: "Suche",
    Look.LIST: "Liste",
    Look.EXPORT: "Ausgabe als Datei",
    Look.ACCESS_LOG: "Zugriffsprotokoll",
    Look.RELEASE: "Freigabe",
    Look.FRAGMENT: "Name für eine Seite der Stadt",
    Look.PRINT: "Ausdruck",
    Look.LETTER: "Brief an einen Standort",
}
_VIAS = {Via.PAGE: "Seite", Via.API: "Schnittstelle", Via.LINK: "Link"}
_RELEASE_FIELDS = {
    ReleaseField.NAME: "Name",
    ReleaseField.LANGUAGES: "Sprachen",
    ReleaseField.PHONE: "Telefon",
    ReleaseField.ADDRESS: "Adresse",
    ReleaseField.NEEDED: "Was gebraucht wird",
    ReleaseField.BIRTH_DATE: "Geburtsdatum",
    ReleaseField.CASE_NUMBER: "Aktenzeichen",
}
_TIMELINE = {
    "registered": "Akte angelegt",
    "moved": "Umzug",
    "left_city": "Aus Dortmund weggezogen, Akte geschlossen",
    "visit_scheduled": "Erstbesuch angekündigt",
    "visit_rescheduled": "Erstbesuch verschoben",
    "visit_completed": "Erstbesuch",
    "visit_missed": "Zum Erstbesuch niemanden angetroffen",
    "visit_refused": "Erstbesuch abgelehnt",
    "visit_waived": "Erstbesuch nicht mehr nötig: anderswo getroffen",
    "need_identified": "Bedarf erkannt",
    "need_met": "Bedarf gedeckt",
    "contact": "Kontakt",
    "contact_corrected": "Kontakt berichtigt",
    "contact_void": "Kontakt zurückgenommen",
    "legal_circle": "Rechtskreis",
    "consent_given": "Einwilligung erteilt",
    "consent_withdrawn": "Einwilligung widerrufen",
    "corrected": "Angaben berichtigt",
    **vocabulary.TIMELINE,
}
_FIELDS = {
    "family_name": "Familienname",
    "phone": "Telefon",
    "case_number": "Aktenzeichen",
    "languages": "Sprachen",
    "protected": "Adressschutz",
    "address": "Adresse",
    "tenancy": "Wohnform",
    "person_given_name": "Vorname",
    "person_family_name": "Nachname",
    "person_birth_date": "Geburtsdatum",
    "street": "Straße",
    "postal_code": "Postleitzahl",
    "city": "Ort",
    "district": "Stadtbezirk",
    "neighbourhood": "Stadtteil",
    "moved_on": "Tag des Umzugs",
    "persons": "Personen",
    "given_name": "Vorname",
    "birth_date": "Geburtsdatum",
    "legal_circle": "Rechtskreis",
    "on": "Tag",
    "day": "Tag",
    "time": "Uhrzeit",
    "at": "Zeitpunkt",
    "language": "Sprache",
    "interpreter_wanted": "Dolmetschen",
    "note": "Notiz",
    "area": "Wobei",
    "person_id": "Person",
    "weekday": "Wochentag",
    "begins": "Von",
    "ends": "Bis",
    "channel": "Weg",
    "topic": "Thema",
    "partner": "Partner",
    "target_group": "Zielgruppe",
    "kind": "Empfänger",
    "slug": "Kurzname",
    "need": "Bedarf",
    "volunteer_id": "Nummer",
    "purpose": "Zweck",
    "reason": "Grund",
    "left_city": "Wegzug",
    "household_id": "Haushalt",
    **vocabulary.FIELDS,
}


def visit_state(state: VisitState) -> str:
    """How a first visit stands."""
    return _VISIT_STATES[state]


def look_word(look: Look) -> str:
    """What was looked at."""
    return _LOOKS[look]


def via_word(via: Via) -> str:
    """From where it was looked at."""
    return _VIAS[via]


def release_field(field: str) -> str:
    """What a release shows."""
    return _RELEASE_FIELDS[ReleaseField(field)]


def timeline_word(kind: str) -> str:
    """What happened, as the first words of a line of the timeline."""
    return _TIMELINE[kind]


def field_words(fields: list[str]) -> str:
    """Which fields were corrected."""
    return ", ".join(_FIELDS[field] for field in fields)


def field_label(name: str) -> str:
    """What a field of a form is called on the page; `persons.2.birth_date` is „3. Person, Geburtsdatum"."""
    parts = name.split(".")
    words = [_FIELDS[part] for part in parts if part in _FIELDS]
    label = words[-1] if words else "Angabe"
    if parts[0] == "persons" and len(parts) == 3:
        label = "Nachname" if parts[2] == "family_name" else label
        return f"{int(parts[1]) + 1}. Person, {label}"
    return label


def place_name(district: str, neighbourhood: str | None) -> str:
    """„Asseln", or the district's name where the neighbourhood is not known."""
    known = District(district)
    return neighbourhoods()[known].get(neighbourhood or "", DISTRICT_NAMES[known])


def neighbourhood_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """District by district its neighbourhoods, for a select with groups."""
    return [(DISTRICT_NAMES[district], list(known.items())) for district, known in neighbourhoods().items()]


FILTERS: dict[str, Any] = {
    "authority_name": authority_name,
    **vocabulary.erasures.FILTERS,
    "visit_state": visit_state,
    "look_word": look_word,
    "via_word": via_word,
    "release_field": release_field,
    "assignment": said_of,
    "assignment_purpose": lambda assignment: purpose_of(assignment.kind).value,
    "timeline_word": timeline_word,
    "field_words": field_words,
}
