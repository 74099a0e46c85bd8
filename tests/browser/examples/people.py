"""The pages of people, barriers and agreements, and what has to be entered for them."""

from collections.abc import Sequence

from tests.browser.example import Example, send
from tests.browser.house import Desk

_FILE = "/intake/households/{household_id}"
_KNOWN = "/intake/households/{known}"
_PERSON = f"{_FILE}/persons/{{person_id}}"
_ONE = f"{_KNOWN}/persons/{{person}}"
_AGREEMENT = f"{_FILE}/agreements/{{agreement_id}}"
_AGREED = f"{_KNOWN}/agreements/{{agreement}}"
_LISTS = "/intake/authorities"

EXAMPLES: Sequence[Example] = (
    Example("person-new", f"{_FILE}/persons", "amal", f"{_KNOWN}/persons", "Geburt oder Einzug"),
    Example("person-new-errors", f"{_FILE}/persons", "amal", f"{_KNOWN}/persons", "… mit Fehlern", act=send),
    Example("person-left", f"{_PERSON}/left", "amal", f"{_ONE}/left", "Auszug oder Tod"),
    Example(
        "without-benefits", f"{_PERSON}/without-benefits", "amal", f"{_ONE}/without-benefits", "Grund: ohne Leistungen"
    ),
    Example("authorities", _LISTS, "amal", _LISTS, "Ohne zuständige Behörde"),
    Example("authorities-due", _LISTS, "amal", f"{_LISTS}?state=due", "Von Behörden nicht bestätigt"),
    Example("authorities-announced", _LISTS, "amal", f"{_LISTS}?state=announced", "Angekündigte Wechsel"),
    Example("barrier", f"{_FILE}/barriers", "amal", f"{_KNOWN}/barriers", "Hemmnis eintragen"),
    Example("agreement", f"{_FILE}/agreements", "amal", f"{_KNOWN}/agreements", "Vereinbarung festhalten"),
    Example("agreement-review", f"{_AGREEMENT}/review", "amal", f"{_AGREED}/review", "Vereinbarung besprechen"),
    Example("agreement-print", f"{_AGREEMENT}/print", "amal", f"{_AGREED}/print", "Vereinbarung, gedruckt", None),
    Example(
        "agreement-print-ar",
        f"{_AGREEMENT}/print",
        "amal",
        f"{_AGREED}/print?language=ar",
        "Vereinbarung auf Arabisch",
        None,
    ),
)


def enter(desk: Desk) -> None:
    """Enter what these pages show: changes that no authority has acknowledged, a barrier, an agreement."""
    base = f"households/{desk.house.ids['known']}"
    born = {"given_name": "Lina", "family_name": "Muster", "legal_circle": "asylblg"}
    added = desk.post(f"{base}/persons", {"came_by": "birth", "on": desk.day(-9), **born})
    desk.house.ids["person"] = added["person_id"]
    for circle, on in (("sgb2", -2), ("sgb12", 40)):
        change = {"legal_circle": circle, "on": desk.day(on)}
        desk.post(f"{base}/persons/{added['person_id']}/legal-circle", change)
    aunt = {"given_name": "Mina", "family_name": "Muster", "birth_date": "1991-04-03", "legal_circle": "none"}
    desk.post(f"{base}/persons", {"came_by": "joined", "on": desk.day(-30), **aunt})
    structural = {"kind": "structural", "authority": "auslaenderbehoerde", "topic": "legal", "reach_ended": True}
    desk.post(f"{base}/barriers", {**structural, "note": "Seit Wochen kein Termin zu bekommen."})
    goals = {
        "household_goals": ["Beide Eltern besuchen den Sprachkurs am Vormittag.", "Die Kinder gehen in die Kita."],
        "site_goals": ["Wir suchen einen Platz im Kurs und begleiten zur Anmeldung."],
    }
    agreed = desk.post(f"{base}/agreements", {**goals, "areas": ["language"], "review_on": desk.day(60)})
    desk.house.ids["agreement"] = agreed["agreement_id"]
