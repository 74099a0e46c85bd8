"""Legal circles of persons by days, dated back and ahead."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.circles import Change, History, persons_per_circle
from shared.contracts.words import LegalCircle
from shared.refusals import Conflict, Invalid

ASYLBLG, SGB2, SGB12, NONE = LegalCircle.ASYLBLG, LegalCircle.SGB2, LegalCircle.SGB12, LegalCircle.NONE
TODAY = date(2017, 3, 31)


def test_a_change_counts_from_its_day() -> None:
    """The day before, the old authority is in charge; on the day, the new one: no day is without."""
    history = History(ASYLBLG)
    told = history.change(SGB2, date(2017, 1, 1), TODAY)
    assert told == [Change(ASYLBLG, SGB2, date(2017, 1, 1))]
    assert history.on(date(2016, 12, 31)) is ASYLBLG
    assert history.on(date(2017, 1, 1)) is SGB2


def test_a_change_can_be_announced() -> None:
    """A change that lies ahead is known, and does not count today."""
    history = History(ASYLBLG)
    history.change(SGB2, TODAY + timedelta(days=30), TODAY)
    assert history.on(TODAY) is ASYLBLG
    assert history.on(TODAY + timedelta(days=30)) is SGB2


def test_an_earlier_entry_retells_the_later_one() -> None:
    """What is entered before a known change changes where that one starts from, and the others are told both."""
    history = History(ASYLBLG)
    history.change(SGB2, date(2017, 2, 1), TODAY)
    told = history.change(SGB12, date(2017, 1, 1), TODAY)
    assert told == [Change(ASYLBLG, SGB12, date(2017, 1, 1)), Change(SGB12, SGB2, date(2017, 2, 1))]
    assert history.on(date(2017, 1, 15)) is SGB12
    assert history.on(date(2017, 2, 1)) is SGB2


def test_the_same_day_again_is_a_correction() -> None:
    """A second entry for a day replaces the first; taking a change back tells that nothing happened."""
    history = History(ASYLBLG)
    history.change(SGB2, date(2017, 2, 1), TODAY)
    assert history.change(ASYLBLG, date(2017, 2, 1), TODAY) == [Change(ASYLBLG, ASYLBLG, date(2017, 2, 1))]
    assert history.on(TODAY) is ASYLBLG


def test_what_is_so_already_is_refused() -> None:
    """An entry that changes nothing is a mistake and says what holds."""
    with pytest.raises(Conflict, match="AsylbLG"):
        History(ASYLBLG).change(ASYLBLG, date(2017, 1, 1), TODAY)


@pytest.mark.parametrize(
    "on", [date(2009, 12, 31), TODAY + timedelta(days=367), date(2015, 5, 31)], ids=["long ago", "far ahead", "unborn"]
)
def test_days_that_cannot_be(on: date) -> None:
    """Not before the network's time, not more than a year ahead, not before the person was born."""
    with pytest.raises(Invalid):
        History(ASYLBLG).change(SGB2, on, TODAY, born=date(2015, 6, 1))


def test_persons_are_counted_once() -> None:
    """A household's figures are its persons by the circle of the day."""
    mother, father, child = History(ASYLBLG, {date(2017, 1, 1): SGB2}), History(ASYLBLG), History(ASYLBLG)
    assert persons_per_circle([mother, father, child], date(2016, 12, 31)) == {ASYLBLG: 3}
    assert persons_per_circle([mother, father, child], date(2017, 1, 1)) == {ASYLBLG: 2, SGB2: 1}


DAYS = st.dates(date(2016, 1, 1), date(2017, 12, 31))
CIRCLES = st.sampled_from(list(LegalCircle))


@given(CIRCLES, st.lists(st.tuples(CIRCLES, DAYS), max_size=12), DAYS)
def test_what_was_told_adds_up_to_what_is_so(
    first: LegalCircle, entries: list[tuple[LegalCircle, date]], day: date
) -> None:
    """Whoever keeps the last word told for each day knows the circle on any day, in whatever order it was entered."""
    history = History(first)
    known: dict[date, Change] = {}
    for circle, on in entries:
        try:
            told = history.change(circle, on, TODAY)
        except Conflict:
            continue
        known |= {change.on: change for change in told}
    so_far = [change for on, change in sorted(known.items()) if on <= day]
    assert history.on(day) is (so_far[-1].after if so_far else first)
    before = first
    for _, change in sorted(known.items()):
        assert change.before is before  # each change starts where the one before has ended
        before = change.after
