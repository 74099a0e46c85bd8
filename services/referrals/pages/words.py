"""German words that only the pages of this service need."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from services.referrals.pages.vocabulary import board
from services.referrals.tables import Via
from shared.days import last_day
from shared.places import neighbourhood_name
from shared.web import german

_VIAS = {
    Via.PAGE: "im Browser",
    Via.API: "über die Schnittstelle",
    Via.MAIL: "mit dem Link aus der E-Mail",
    Via.TIMER: "Frist",
    Via.EVENT: "Meldung des Standorts",
}


def via(value: Via) -> str:
    """Which way a step came."""
    return _VIAS[value]


def until(deadline: datetime) -> str:
    """The last day that counts."""
    return german.day(last_day(deadline))


FILTERS: dict[str, Callable[..., Any]] = {
    "via": via,
    "until": until,
    "neighbourhood": neighbourhood_name,
    "step": board.step,
    "reason_kind": board.reason_kind,
}
