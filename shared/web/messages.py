"""German sentences for what went wrong, also for what pydantic finds; none of them repeats what was entered."""

from collections.abc import Sequence
from typing import Any, get_args

from pydantic_core.core_schema import ErrorType

CHECK_INPUT = "Bitte die genannten Angaben prüfen. Es wurde nichts gespeichert."
UNREADABLE_BODY = "Der Inhalt ist nicht lesbar: erwartet wird JSON in UTF-8 oder ein Formular."

TITLES = {
    400: "Anfrage nicht verstanden",
    401: "Anmeldung nötig",
    403: "Keine Berechtigung",
    404: "Nicht gefunden",
    405: "Hier nicht möglich",
    409: "Geht so nicht mehr",
    413: "Zu groß",
    415: "Format nicht unterstützt",
    422: "Angaben prüfen",
    429: "Zu viele Versuche",
    500: "Das hat nicht geklappt",
    503: "Gerade nicht erreichbar",
}

DETAILS = {
    401: "Bitte melden Sie sich an. Es wurde nichts gespeichert.",
    403: "Dafür fehlt Ihrem Konto die Berechtigung. Es wurde nichts geändert.",
    404: "Unter dieser Adresse gibt es nichts, oder nicht für Sie.",
    405: "Diese Adresse kennt diesen Aufruf nicht.",
    413: "Die Anfrage ist zu groß. Es wurde nichts gespeichert.",
    500: "Ein Fehler bei uns. Es wurde nichts gespeichert; bitte versuchen Sie es noch einmal. "
    "Bleibt es dabei, nennen Sie der Technik die Nummer dieser Anfrage.",
    503: "Die Datenbank ist gerade nicht erreichbar. Bitte versuchen Sie es in einer Minute noch einmal; "
    "ob Ihre letzte Eingabe angekommen ist, sehen Sie dann.",
}

_MISSING = "Diese Angabe fehlt."
_DATE = "Bitte ein gültiges Datum angeben, zum Beispiel 2026-12-24."
_MOMENT = "Bitte Datum und Uhrzeit mit Zeitzone angeben, zum Beispiel 2026-12-24T14:00:00+01:00."
_TIME = "Bitte eine Uhrzeit angeben, zum Beispiel 14:00."
_NUMBER = "Bitte eine ganze Zahl angeben."
_ID = "Das ist keine gültige Kennung."
_CHOICE = "Das ist nicht zur Auswahl. Erlaubt sind: {expected}."

_SENTENCES = {
    "missing": _MISSING,
    "extra_forbidden": "Dieses Feld gibt es nicht.",
    "string_type": "Hier wird Text erwartet.",
    "string_too_short": "Bitte mindestens {min_length} Zeichen angeben.",
    "string_too_long": "Höchstens {max_length} Zeichen sind möglich.",
    "string_pattern_mismatch": "Das hat nicht die erwartete Form.",
    "string_unicode": "Der Text enthält ein unvollständiges Zeichen.",
    "int_type": _NUMBER,
    "int_parsing": _NUMBER,
    "int_parsing_size": "Die Zahl ist zu groß.",
    "int_from_float": _NUMBER,
    "greater_than": "Der Wert muss größer als {gt} sein.",
    "greater_than_equal": "Der Wert muss mindestens {ge} sein.",
    "less_than": "Der Wert muss kleiner als {lt} sein.",
    "less_than_equal": "Der Wert darf höchstens {le} sein.",
    "bool_type": "Hier wird ja oder nein erwartet.",
    "bool_parsing": "Hier wird ja oder nein erwartet.",
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": "Bitte nur das Datum angeben, ohne Uhrzeit.",
    "date_past": "Das Datum muss in der Vergangenheit liegen.",
    "date_future": "Das Datum muss in der Zukunft liegen.",
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "datetime_object_invalid": _MOMENT,
    "timezone_aware": _MOMENT,
    "time_type": _TIME,
    "time_parsing": _TIME,
    "uuid_type": _ID,
    "uuid_parsing": _ID,
    "uuid_version": _ID,
    "enum": _CHOICE,
    "literal_error": _CHOICE,
    "list_type": "Hier wird eine Liste erwartet.",
    "too_short": "Bitte mindestens {min_length} angeben.",
    "too_long": "Höchstens {max_length} sind möglich.",
    "model_type": "Hier wird ein Objekt erwartet.",
    "model_attributes_type": "Hier wird ein Objekt erwartet.",
    "dict_type": "Hier wird ein Objekt erwartet.",
    "json_invalid": "Der Inhalt ist kein gültiges JSON.",
}

_PYDANTIC = frozenset(get_args(ErrorType))
"""Every other kind (`PydanticCustomError`) is of a validator of ours, written for people."""


def too_large(allowed: int) -> str:
    """How many bytes would have been possible."""
    allows = "erlaubt ist" if allowed < 2 * 2**20 else "erlaubt sind"
    return f"Die Anfrage ist zu groß: {allows} {allowed // 2**20} MB. Es wurde nichts gespeichert."


def sentence(error: Any) -> str:
    """What to tell about one of pydantic's errors."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error" and "error" in context:
        return str(context["error"])  # a validator of ours: written for people
    if kind not in _PYDANTIC:
        return str(error["msg"])
    if kind == "string_too_short" and context.get("min_length") == 1:
        return _MISSING
    if kind in ("enum", "literal_error"):
        context = {"expected": str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")}
    return _SENTENCES.get(kind, "Diese Angabe ist ungültig.").format_map(_Gaps(context))


class _Gaps(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def of_validation(errors: Sequence[Any]) -> list[tuple[str, str]]:
    """Paths and sentences for the errors of one request; at most twenty, since a thousand help nobody."""
    found = []
    for error in errors[:20]:
        where, *rest = error["loc"]
        if error["type"] == "json_invalid":
            rest = []
        elif where == "header":
            rest = [part if isinstance(part, int) else part.title() for part in rest]
        if error["type"] in ("model_attributes_type", "missing") and where == "body" and not rest:
            found.append(("", "Es wird ein Objekt erwartet, als JSON (Content-Type: application/json)."))
            continue
        if where in ("query", "path"):
            rest = rest[:1]  # what follows is how it was read, not what was sent
        path, said = ".".join(str(part)[:100] for part in rest), sentence(error)
        if path and any(known == path for known, _ in found) and where in ("query", "path"):
            continue  # of several readings that fail the first says enough
        found.append((path, said))
    return found
