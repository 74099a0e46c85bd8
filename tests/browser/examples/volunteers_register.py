"""The pages of the register: who helps, everything about one, forms."""

from collections.abc import Sequence

from tests.browser.example import Example, send
from tests.browser.house import Desk

_ALL, _ONE = "/volunteers/register", "/volunteers/register/{volunteer_id}"
_NEW = {
    "given_name": "نور",
    "family_name": "Neumann-Beispiel",
    "phone": "0231 555021",
    "kinds": ["companion"],
    "languages": [{"language": "ar", "level": "native"}, {"language": "de", "level": "b1", "reads": True}],
    "confidentiality_on": "2026-01-02",
    "note": "Kommt vom Sprachcafé.",
}
_TIMES = {
    "available": [{"weekday": "tue", "starts": "08:00", "ends": "18:00"}],
    "blocks": [{"weekday": "tue", "starts": "09:00", "ends": "12:00", "reason": "integration_course"}],
    "absences": [{"from_on": "2098-12-21", "until_on": "2099-01-03"}],
}

EXAMPLES: Sequence[Example] = (
    Example("register", _ALL, "amal", _ALL, "Ehrenamtliche"),
    Example("register-none", _ALL, "amal", f"{_ALL}?q=niemand", "Ehrenamtliche, niemand gefunden"),
    Example("register-new", f"{_ALL}/new", "amal", f"{_ALL}/new", "Jemanden aufnehmen"),
    Example("register-new-errors", f"{_ALL}/new", "amal", f"{_ALL}/new", "… mit Fehlern", act=send),
    Example("volunteer", _ONE, "amal", f"{_ALL}/{{volunteer:salma}}", "Eine Ehrenamtliche"),
    Example("volunteer-full", _ONE, "amal", f"{_ALL}/{{volunteer:nour}}", "… mit Zeiten, Nachweis fehlt"),
    Example("volunteer-edit", f"{_ONE}/edit", "amal", f"{_ALL}/{{volunteer:nour}}/edit", "Angaben ändern"),
    Example("volunteer-times", f"{_ONE}/times", "amal", f"{_ALL}/{{volunteer:nour}}/times", "Zeiten ändern"),
)


def enter(desk: Desk) -> None:
    """Somebody with a week, whom a team has entered."""
    number = desk.volunteers("volunteers", _NEW)["volunteer_id"]
    desk.volunteers(f"volunteers/{number}/times", _TIMES, method="PUT")
    desk.house.ids["volunteer:nour"] = number
