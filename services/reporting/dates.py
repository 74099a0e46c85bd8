"""Days as people in Dortmund count them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from shared.refusals import Invalid

BERLIN = ZoneInfo("Europe/Berlin")


def today() -> date:
    """The current day in Dortmund."""
    return datetime.now(BERLIN).date()


def check_period(begin: date, until: date) -> None:
    """Refuse a period that ends before it begins."""
    if until < begin:
        raise Invalid("to", "Das Ende des Zeitraums liegt vor dem Anfang.")
