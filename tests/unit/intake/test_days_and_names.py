"""What can be true of a date, a name, a neighbourhood; which site is in charge."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain import charge, days
from services.intake.domain.charge import RegisteredSite, in_charge, neighbourhood_slug, require_own_district
from services.intake.domain.texts import fault_of_name
from shared.contracts.kinds import Slug
from shared.contracts.words import District
from shared.refusals import Conflict, Invalid

TODAY = date(2016, 11, 24)


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2000, 2, 29), date(2018, 2, 28), 17),
        (date(2000, 2, 29), date(2018, 3, 1), 18),
        (date(2000, 11, 24), TODAY, 16),
        (date(2016, 12, 24), TODAY, 0),
    ],
)
def test_age(born: date, day: date, age: int) -> None:
    """Age counts birthdays, also of those born on 29 February; an unborn child is 0."""
    assert days.age_on(born, day) == age


def test_minors() -> None:
    """Under 18 on the day; an unknown birth date makes nobody a child."""
    births = [date(1998, 11, 24), date(1998, 11, 25), None]
    assert days.minors_on(births, TODAY) == 1


@pytest.mark.parametrize(
    ("moved_on", "allowed"),
    [
        (TODAY, True),
        (TODAY + timedelta(days=60), True),
        (TODAY + timedelta(days=61), False),
        (TODAY + timedelta(days=730), False),
        (date(2010, 1, 1), True),
        (date(216, 11, 24), False),
    ],
)
def test_moving_days(moved_on: date, allowed: bool) -> None:
    """A move is known at most sixty days ahead, and none was before the network's time."""
    if allowed:
        days.check_moved_on(moved_on, TODAY)
    else:
        with pytest.raises(Invalid):
            days.check_moved_on(moved_on, TODAY)


def test_days_are_counted_in_dortmund() -> None:
    """Half past eleven in the evening in UTC is the next day here."""
    assert days.day_of(datetime(2016, 11, 24, 23, 30, tzinfo=UTC)) == date(2016, 11, 25)
    assert days.day_of(datetime(2016, 7, 24, 21, 59, tzinfo=UTC)) == date(2016, 7, 24)


def test_a_browser_clock_may_be_a_little_ahead() -> None:
    """Just now is just now, also by a clock that is two minutes fast; an hour ahead is the future."""
    now = datetime(2016, 11, 24, 14, tzinfo=UTC)
    days.check_happened(now + timedelta(minutes=2), now)
    with pytest.raises(Invalid):
        days.check_happened(now + timedelta(hours=1), now)


@pytest.mark.parametrize(
    "name", ["Çiçek", "الحسيني", "محمد\u200cرضا", "O'Neill-Müller", "Dr. von und zu", "李", "Nguyễn"]
)
def test_names_of_all_the_world(name: str) -> None:
    """Names in any script, with apostrophe, hyphen and Persian joiners, are names."""
    assert fault_of_name(name) is None


@pytest.mark.parametrize("name", ["Amal 😀", "a\u202eb", "a\x00b", "a\x1bb", "12", "🏠", "\u200b", "\ue000x"])
def test_what_is_no_name(name: str) -> None:
    """Emoji, invisible signs that turn a line round, control characters and bare numbers are no names."""
    assert fault_of_name(name) is not None


@given(st.text(max_size=50))
def test_any_text_is_judged(text: str) -> None:
    """Every text gets a judgement and never an error."""
    fault_of_name(text)


OWN = RegisteredSite("brackel-aplerbeck", frozenset({"brackel", "aplerbeck"}), frozenset({"hoerde", "mengede"}))
HOERDE = RegisteredSite("hoerde-hombruch", frozenset({"hoerde", "hombruch"}), frozenset())


def test_a_sites_own_district_goes_before_an_interim_one() -> None:
    """Once a district has a site of its own, the one that stood in for it is out of charge, in any order."""
    for register in ([OWN, HOERDE], [HOERDE, OWN]):
        assert in_charge(register, "hoerde") == "hoerde-hombruch"
        assert in_charge(register, "mengede") == "brackel-aplerbeck"
        assert in_charge(register, "eving") is None


def test_another_sites_district_is_refused_by_name() -> None:
    """The refusal names the site in charge; a district that nobody serves is said to be so."""
    require_own_district([OWN, HOERDE], "brackel-aplerbeck", District.MENGEDE, "district")
    with pytest.raises(Invalid) as refused:
        require_own_district([OWN, HOERDE], "brackel-aplerbeck", District.HOERDE, "address.district")
    assert "Hörde/Hombruch" in refused.value.message
    with pytest.raises(Conflict):
        require_own_district([OWN, HOERDE], "brackel-aplerbeck", District.EVING, "district")


@pytest.mark.parametrize("name", ["Sölderholz", "sölderholz ", "soelderholz", "SOELDERHOLZ"])
def test_neighbourhoods_by_name_or_slug(name: str) -> None:
    """However it is written, it is the same neighbourhood."""
    assert neighbourhood_slug(District.APLERBECK, name) == "soelderholz"


def test_a_neighbourhood_lies_in_its_district() -> None:
    """Asseln is not in Aplerbeck, and the refusal says where it is; an unknown one is told the known ones."""
    with pytest.raises(Invalid, match="Asseln liegt im Stadtbezirk Brackel"):
        neighbourhood_slug(District.APLERBECK, "Asseln")
    with pytest.raises(Invalid, match="Berghofen"):
        neighbourhood_slug(District.APLERBECK, "Atlantis")


def test_every_neighbourhood_has_a_slug_that_events_may_carry() -> None:
    """The data file covers all twelve districts, and each name makes a slug."""
    from pydantic import TypeAdapter

    known = charge.neighbourhoods()
    assert set(known) == set(District)
    for slugs in known.values():
        for slug in slugs:
            TypeAdapter(Slug).validate_python(slug)
