"""The pages of the roll-out, and what has to be planned for them."""

from collections.abc import Sequence

from tests.browser.example import Example, send
from tests.browser.house import ACCOUNTS, Desk

_PAGE = "/reporting/roll-out"
_ONE = f"{_PAGE}/{{slug}}"
_PLANS = (
    {
        "slug": "hoerde-hombruch",
        "districts": ["hoerde", "hombruch"],
        "partner": "awo",
        "partner_name": "Arbeiterwohlfahrt",
        "partner_state": "offered",
        "funding": "amif",
    },
    {
        "slug": "mengede-huckarde",
        "districts": ["mengede", "huckarde"],
        "partner": "dw",
        "partner_name": "Diakonisches Werk",
        "partner_state": "agreed",
    },
    {
        "slug": "brackel-aplerbeck",
        "districts": ["brackel", "aplerbeck"],
        "partner": "caritas",
        "partner_name": "Caritasverband Dortmund e.V.",
        "partner_state": "agreed",
        "extension_funding": "amif",
    },
)

EXAMPLES: Sequence[Example] = (
    Example("sites", _PAGE, "kora", _PAGE, "Standorte"),
    Example("site-new", f"{_PAGE}/new", "kora", f"{_PAGE}/new", "Standort planen"),
    Example("site-new-errors", f"{_PAGE}/new", "kora", f"{_PAGE}/new", "… mit Fehlern", act=send),
    Example("site", _ONE, "kora", f"{_PAGE}/mengede-huckarde", "Ein geplanter Standort"),
    Example("site-waits", _ONE, "kora", f"{_PAGE}/hoerde-hombruch", "… der auf die Bewilligung wartet"),
    Example("site-open", _ONE, "kora", f"{_PAGE}/brackel-aplerbeck", "Der Pilot, dessen Weiterführung wartet"),
    Example("site-edit", f"{_ONE}/edit", "kora", f"{_PAGE}/hoerde-hombruch/edit", "Plan ändern"),
)


def enter(desk: Desk) -> None:
    """Three regions: one waits for its grant, one may open, and the pilot's continuation waits."""
    with desk.house.stack.client(ACCOUNTS["kora"][0].value, "kora") as lead:
        for plan in _PLANS:
            answer = lead.post("/reporting/api/v1/sites", json=plan)
            assert answer.is_success, answer.text
