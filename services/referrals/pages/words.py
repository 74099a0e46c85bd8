"""German words that only the pages of this service need."""

from collections.abc import Callable
from typing import Any

from services.referrals.pages.vocabulary import board
from services.referrals.tables import Via
from shared.places import neighbourhood_name

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


FILTERS: dict[str, Callable[..., Any]] = {
    "via": via,
    "neighbourhood": neighbourhood_name,
    "step": board.step,
    "reason_kind": board.reason_kind,
}
