"""What authorities must hear of a person follows from the days in the file alone."""

from dataclasses import dataclass
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.authorities import IN_CHARGE, Authority, News, Told, news_of
from services.intake.domain.circles import History
from shared.contracts.words import LegalCircle

ASYLBLG, SGB2, SGB12, NONE = LegalCircle.ASYLBLG, LegalCircle.SGB2, LegalCircle.SGB12, LegalCircle.NONE
DAYS = st.dates(date(2026, 1, 1), date(2026, 1, 20))


@dataclass
class _Person:
    joined_on: date | None = None
    left_on: date | None = None


def _in_charge(news: set[News], day: date) -> Authority | None:
    """Who is in charge according to what the authorities have heard, if somebody joined with the first day."""
    latest: dict[Authority, News] = {}
    for each in sorted(news, key=lambda each: each.on):
        if each.on <= day and each.told is not Told.CHANGES:
            latest[each.authority] = each
    taken = [authority for authority, each in latest.items() if each.told is Told.TAKES_OVER]
    assert len(taken) <= 1, "two authorities in charge"
    return taken[0] if taken else None


@given(st.sampled_from(LegalCircle), st.dictionaries(DAYS, st.sampled_from(LegalCircle)), DAYS, st.none() | DAYS, DAYS)
def test_whoever_has_heard_everything_knows_who_is_in_charge(
    first: LegalCircle, changes: dict[date, LegalCircle], joined: date, left: date | None, day: date
) -> None:
    """On every day exactly the authority of the legal circle is in charge, and none before and after the person."""
    changes = {on: circle for on, circle in changes.items() if on >= joined}
    person = _Person(joined, left if left is None or left >= joined else None)
    history = History(first, changes)
    is_member = joined <= day and (person.left_on is None or day < person.left_on)
    assert _in_charge(news_of(person, history), day) == (IN_CHARGE[history.on(day)] if is_member else None)


def test_the_same_authority_hears_of_another_law() -> None:
    """From AsylbLG to SGB XII the Sozialamt stays in charge; who was there from the beginning is known."""
    day = date(2026, 1, 5)
    assert news_of(_Person(), History(ASYLBLG)) == set()
    assert news_of(_Person(), History(ASYLBLG, {day: SGB12})) == {News(Authority.SOZIALAMT, day, Told.CHANGES)}


def test_since_when_a_legal_circle_holds_without_a_break() -> None:
    """The day of the last change to it; a second entry of the same circle does not begin anew."""
    history = History(NONE, {date(2026, 1, 3): SGB2, date(2026, 1, 7): NONE, date(2026, 1, 9): NONE})
    assert history.since(date(2026, 1, 2)) is None
    assert history.since(date(2026, 1, 4)) == date(2026, 1, 3)
    assert history.since(date(2026, 1, 12)) == date(2026, 1, 7)
