"""The words of the requests' pages: steps, ways, and what fields are called."""

from services.volunteers.tables import Via

_STEPS = {
    "opened": "Jemand wird gesucht",
    "suggested": "Vorgeschlagen",
    "changed": "Termin geändert",
    "asked": "Gefragt",
    "accepted": "Zugesagt",
    "completed": "War da",
    "unfilled": "Niemand gefunden",
    "withdrawn": "Zurückgenommen",
    "nobody_left": "Alle gefragt, niemand übrig",
    "asks_by_itself": "Es wird von selbst gefragt",
    "asks_by_hand": "Das Team fragt selbst",
    "declined_no": "Abgesagt",
    "declined_not_at_such_times": "Abgesagt, und nicht zu solchen Zeiten",
    "declined_no_answer": "Nicht geantwortet",
    "declined_overtaken": "Nicht mehr nötig",
    "cancelled_volunteer": "Kann doch nicht",
    "cancelled_withdrawn": "Nicht mehr nötig oder verschoben",
    "cancelled_not_allowed": "Ausgefallen: eine Voraussetzung fehlt",
    "cancelled_did_not_take_place": "Hat nicht stattgefunden",
    "cancelled_erased": "Daten gelöscht",
    "mentorship_started": "Patenschaft begonnen",
    "mentorship_ended": "Patenschaft beendet",
}
_VIAS = {
    Via.PAGE: "im Browser",
    Via.API: "über die Schnittstelle",
    Via.MAIL: "mit dem Link aus der E-Mail",
    Via.TIMER: "von selbst",
    Via.EVENT: "Meldung des Standorts",
}
FIELDS = {
    "assignment_id": "Einsatz",
    "cancel": "Warum?",
    "clock": "Uhrzeit",
    "day": "Tag",
    "district": "Stadtbezirk",
    "feedback": "Rückmeldung",
    "household_id": "Haushalt",
    "kind": "Wobei?",
    "language": "Sprache",
    "minutes": "Dauer",
    "on": "Tag",
    "rating": "Passung",
    "reason": "Warum?",
    "starts_at": "Beginn",
    "title": "Worum es geht",
    "volunteer_id": "Person",
    "week": "Woche",
}


def step(what: str) -> str:
    """What happened to a request."""
    return _STEPS[what]


def via(value: Via) -> str:
    """Which way it came."""
    return _VIAS[value]
