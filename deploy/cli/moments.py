"""Times as operators type and read them: in Dortmund's clock, or so long ago."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import typer

BERLIN = ZoneInfo("Europe/Berlin")
MOMENT_HELP = "2026-11-22, 2026-11-22T14:00 (Europe/Berlin), 2026-11-22T13:00Z, or so long ago: 30m, 2h, 7d."

_AGO = re.compile(r"(\d{1,5})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def moment(text: str) -> datetime:
    """The moment in UTC; a misuse if it is none."""
    if ago := _AGO.fullmatch(text):
        return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is no time. Possible are: {MOMENT_HELP}") from None
    return (read if read.tzinfo else read.replace(tzinfo=BERLIN)).astimezone(UTC)


def shown(instant: datetime) -> str:
    """Day and time in Dortmund, to the millisecond."""
    return f"{instant.astimezone(BERLIN):%Y-%m-%d %H:%M:%S.%f}"[:-3]
