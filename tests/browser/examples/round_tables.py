"""The pages of round tables, as the team, a partner and a guest see them; and what stands on them."""

from collections.abc import Sequence

from tests.browser.example import Example, send
from tests.browser.house import Desk

_ALL = "/referrals/round-tables"
_TABLE, _MEETING = f"{_ALL}/{{table_id}}", f"{_ALL}/{{table_id}}/meetings/{{meeting_id}}"
_OURS = f"{_ALL}/{{table}}"
_COMING, _HELD = f"{_OURS}/meetings/{{meeting-coming}}", f"{_OURS}/meetings/{{meeting-held}}"

EXAMPLES: Sequence[Example] = (
    Example("round-tables", _ALL, "amal", _ALL, "Runde Tische"),
    Example("round-tables-guest", _ALL, "gast", _ALL, "Runde Tische, Gast", None),
    Example("round-table-new", f"{_ALL}/new", "kora", f"{_ALL}/new", "Runden Tisch gründen"),
    Example("round-table-new-errors", f"{_ALL}/new", "kora", f"{_ALL}/new", "… mit Fehlern", act=send),
    Example("round-table", _TABLE, "amal", _OURS, "Ein Runder Tisch"),
    Example("round-table-guest", _TABLE, "gast", _OURS, "Ein Runder Tisch, Gast", None),
    Example("round-table-edit", f"{_TABLE}/edit", "amal", f"{_OURS}/edit", "Runden Tisch ändern"),
    Example("meeting-new", f"{_TABLE}/meetings/new", "amal", f"{_OURS}/meetings/new", "Treffen ansetzen"),
    Example("meeting", _MEETING, "amal", _COMING, "Ein Treffen mit Vorschlägen aus den Daten", None),
    Example("meeting-guest", _MEETING, "gast", _COMING, "Ein Treffen, Einladung eines Gastes"),
    Example("meeting-held", _MEETING, "amal", _HELD, "Ein Treffen, gehalten", None),
    Example("meeting-held-partner", _MEETING, "projekt-ankommen", _HELD, "Ein Treffen, gehalten, Partner", None),
    Example("meeting-edit", f"{_MEETING}/edit", "amal", f"{_COMING}/edit", "Treffen verlegen"),
)


def enter(desk: Desk) -> None:
    """A table with a partner and a guest, a meeting that was held and one to come."""
    ids = desk.house.ids
    about = "Deutschkurse, Sprachcafés und Sprachmittlung in Brackel und Aplerbeck."
    table = {"kind": "thematic", "theme": "Sprache", "theme_slug": "language", "description": about}
    ids["table"] = desk.referrals("round-tables", table)["table_id"]
    path = f"round-tables/{ids['table']}"
    guest = {"label": "Bezirksbürgermeister Brackel", "guest_account": "gast", "email": "bezirk@brackel.example"}
    for member in ({"partner": "projekt-ankommen"}, guest, {"label": "Familienbüro Aplerbeck"}):
        desk.referrals(f"{path}/members", member)
    for key, day, place in (
        ("meeting-held", -40, "Ev. Gemeindehaus Asseln"),
        ("meeting-coming", 12, "Bezirksverwaltungsstelle Brackel"),
    ):
        when = {"on": desk.day(day), "begins": "17:00", "ends": "19:00", "place": place}
        ids[key] = desk.referrals(f"{path}/meetings", when)["meeting_id"]
        desk.referrals(f"{path}/meetings/{ids[key]}/agenda", {"text": "Neue Sprachcafés und ihre Räume"})
        desk.referrals(f"{path}/meetings/{ids[key]}/invitations", {})
    held = f"{path}/meetings/{ids['meeting-held']}"
    minutes = "Drei Sprachcafés sind zugesagt.\n\nOffen ist, wer die Kinder betreut."
    decisions = (
        {"decision": "Räume anfragen", "owner": "Projekt Ankommen e.V.", "due_on": desk.day(-10)},
        {"decision": "Aushänge in vier Sprachen drucken", "owner": "Team", "due_on": desk.day(20)},
    )
    for decision in decisions:
        desk.referrals(f"{held}/decisions", decision)
    desk.referrals(f"{held}/hold", {"attended": 14})
    desk.referrals(f"{held}/minutes", {"minutes": minutes}, method="PUT")
