"""The pages on which somebody is asked to interpret, and what has to be entered for them."""

from collections.abc import Sequence

from tests.browser.example import Example, send
from tests.browser.house import Desk

_OFFICE_HOURS = "/intake/office-hours/interpreters"
_FILE = "/intake/households/{household_id}/interpreters"
_KNOWN = "/intake/households/{known}/interpreters"

EXAMPLES: Sequence[Example] = (
    Example("interpreters", _OFFICE_HOURS, "amal", _OFFICE_HOURS, "Dolmetschen in der Sprechstunde"),
    Example("interpreters-errors", _OFFICE_HOURS, "amal", _OFFICE_HOURS, "… mit Fehlern", act=send),
    Example("interpreter-new", _FILE, "amal", _KNOWN, "Dolmetschen für einen Termin anfragen"),
    Example("interpreter-new-errors", _FILE, "amal", _KNOWN, "… mit Fehlern", act=send),
)


def enter(desk: Desk) -> None:
    """Enter what these pages show: a wish for office hours, and one for an appointment of a family."""
    desk.post(
        "interpreter-requests", {"at": desk.at(2, 9), "until": desk.at(2, 12), "language": "fa", "woman_wanted": True}
    )
    wish = {"at": desk.at(3, 10), "language": "sq", "consent_in_advance": True}
    desk.post(f"households/{desk.house.ids['known']}/interpreter-requests", wish)
