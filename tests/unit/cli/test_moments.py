"""Times as operators type them."""

from datetime import UTC, datetime, timedelta

import pytest
import typer

from deploy.cli.moments import moment, shown


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-07-01", datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ("2026-12-01T14:00", datetime(2026, 12, 1, 13, tzinfo=UTC)),
        ("2026-12-01T14:00Z", datetime(2026, 12, 1, 14, tzinfo=UTC)),
        ("2026-12-01T14:00+05:00", datetime(2026, 12, 1, 9, tzinfo=UTC)),
    ],
)
def test_a_time_without_a_zone_is_dortmunds(typed: str, meant: datetime) -> None:
    """A day or hour is counted in Europe/Berlin, summer and winter, unless it says otherwise."""
    assert moment(typed) == meant


@pytest.mark.parametrize(
    ("typed", "ago"),
    [
        ("30s", timedelta(seconds=30)),
        ("5m", timedelta(minutes=5)),
        ("2h", timedelta(hours=2)),
        ("7d", timedelta(days=7)),
    ],
)
def test_so_long_ago(typed: str, ago: timedelta) -> None:
    """`2h` is two hours ago."""
    before = datetime.now(UTC)
    assert before - ago <= moment(typed) <= datetime.now(UTC) - ago


@pytest.mark.parametrize("typed", ["yesterday", "2026-13-01", "h", "-2h", ""])
def test_what_is_no_time_is_a_misuse(typed: str) -> None:
    """Exit status 2, and the text says what is possible."""
    with pytest.raises(typer.BadParameter, match="2h"):
        moment(typed)


def test_it_is_shown_in_dortmunds_clock() -> None:
    """To the millisecond, in summer time where that is."""
    assert shown(datetime(2026, 7, 1, 12, 0, 0, 123456, tzinfo=UTC)) == "2026-07-01 14:00:00.123"
