"""Calendar days in Europe/Berlin."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")


def day_of(moment: datetime) -> date:
    """The calendar day in Dortmund."""
    return moment.astimezone(BERLIN).date()
