"""The rules of care, and what is written on paper."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.volunteers.domain.care import asked_too_often, middle, spread
from services.volunteers.domain.gatherings import moments
from services.volunteers.papers import in_hours
from shared.refusals import Invalid
from shared.sheet import Sheet
from tests import pdf


@given(st.lists(st.integers(0, 10_000)))
def test_everybody_is_in_one_band(minutes: list[int]) -> None:
    """The bands count everybody once, and who has not helped apart."""
    bands = spread(minutes)
    assert sum(band.people for band in bands) == len(minutes)
    assert bands[0].people == minutes.count(0)


def test_asked_too_often() -> None:
    """As often as they allow; or more than twice as often as others, and by more than five."""
    assert asked_too_often(2, 2, 2, 2)
    assert not asked_too_often(1, 2, 2, 2)
    assert not asked_too_often(0, 0, 0, 0)
    assert asked_too_often(1, 20, 10, 4)
    assert not asked_too_often(1, 20, 5, 1)
    assert middle([]) == 0


@pytest.mark.parametrize(
    ("minutes", "said"), [(0, "0"), (90, "1,5"), (100, "1,75"), (7, "0"), (15, "0,25"), (60_060, "1.001")]
)
def test_hours_as_one_reads_them(minutes: int, said: str) -> None:
    assert in_hours(minutes) == said


def test_a_gathering_ends_after_it_begins() -> None:
    with pytest.raises(Invalid, match="Das Ende liegt vor dem Beginn"):
        moments(date(2026, 11, 23), time(17), time(17), date(2026, 11, 23))
    with pytest.raises(Invalid, match="mehr als ein Jahr"):
        moments(date(2025, 11, 1), time(17), time(18), date(2026, 11, 23))
    with pytest.raises(Invalid, match="in der Zukunft"):
        moments(date(9998, 11, 1), time(17), time(18), date(2026, 11, 23))


def test_a_sheet_wraps_and_is_one() -> None:
    """Long words are broken, nothing runs over the edge; what is too much for a sheet is refused."""
    sheet = Sheet("Kopf")
    sheet.text("W" * 100 + " <Ende> & Schluss")
    lines = pdf.lines(sheet.pdf())
    assert lines[0] == "Kopf"
    assert "".join(lines[1:]).replace(" ", "") == "W" * 100 + "<Ende>&Schluss"
    assert max(map(len, lines)) < 60
    with pytest.raises(ValueError, match="more than one sheet"):
        sheet.text("\n".join("Zeile" for _ in range(60)))
