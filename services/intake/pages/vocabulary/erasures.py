"""German words for erasures and exports."""

from services.intake.domain.charge import site_name
from services.intake.domain.erasures import Because, Kind
from shared.contracts.words import CITY, Service

TIMELINE: dict[str, str] = {}
FIELDS: dict[str, str] = {"because": "Warum", "confirmed": "Bestätigung"}
DONE: dict[str, str] = {}

_BECAUSE = {
    Because.ASKED: "Die Familie hat es verlangt",
    Because.NO_LONGER_NEEDED: "Die Daten wurden nicht mehr gebraucht",
    Because.PERIOD: "Die Löschfrist war um",
}
_KINDS = {
    Kind.CLOSED_FILES: "Geschlossene Akten",
    Kind.REFUSED_LETTERS: "Vermerke über abgewiesene Briefe",
    Kind.IMPORT_ROWS: "Listen, die nicht übernommen wurden",
    Kind.ACCESS_LOG: "Zeilen des Zugriffsprotokolls",
    Kind.KEPT_ANSWERS: "Aufbewahrte Antworten auf Eingaben",
}
_CITY_SERVICES = {
    Service.REPORTING: "Zahlen der Stadt",
    Service.REFERRALS: "Vermittlungen der Stadt",
    Service.VOLUNTEERS: "Ehrenamtliche der Stadt",
}


def because(reason: Because | None) -> str:
    """Why a household was erased."""
    return _BECAUSE[reason] if reason else "Nach einer Wiederherstellung erneut gelöscht"


def deletion_kind(kind: str) -> str:
    """What a deletion period is about."""
    return _KINDS[Kind(kind)]


def source_word(source: str) -> str:
    """Who must acknowledge an erasure: `/sites/innenstadt/intake` is „Standort Innenstadt"."""
    _, _, site, service = source.split("/")
    return _CITY_SERVICES[Service(service)] if site == CITY else f"Standort {site_name(site)}"


FILTERS = {"because": because, "deletion_kind": deletion_kind, "source_word": source_word}
