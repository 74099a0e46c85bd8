"""Who may be asked, who first, and who almost could (report, 3.1a, 3.1c; domain rules 9 and 10)."""

import random
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.volunteers.domain.matching import Miss, Obstacle, Reason, closest_misses, obstacles, rank
from services.volunteers.domain.people import Absence, Helper, Interval, Wanted
from shared.contracts.words import District, VolunteerKind, Weekday
from tests.unit.volunteers.people import (
    EVERY_MORNING,
    HOUSEHOLD,
    MONDAY,
    TODAY,
    SkillLevel,
    helper,
    helpers,
    interval,
    moment,
    requests,
    skill,
    span,
    wanted,
)
from tests.unit.volunteers.rules import broken

SPRING = date(2017, 3, 26)
AUTUMN = date(2017, 10, 29)


def test_somebody_whom_nothing_keeps_may_be_asked() -> None:
    """No obstacle at all: the one against whom each further case holds a single one."""
    assert obstacles(helper(), wanted(), TODAY) == ()


@pytest.mark.parametrize(
    ("more", "obstacle"),
    [
        ({"kinds": frozenset({VolunteerKind.TEACHER})}, Obstacle.KIND),
        ({"languages": {"fa": skill()}}, Obstacle.LANGUAGE),
        ({"languages": {"ar": skill(speaks=False)}}, Obstacle.LANGUAGE),
        ({"languages": {"ar": skill(understands=False)}}, Obstacle.LANGUAGE),
        ({"certificate_until": None}, Obstacle.CERTIFICATE),
        ({"certificate_until": MONDAY - timedelta(days=1)}, Obstacle.CERTIFICATE),
        ({"confidentiality": False}, Obstacle.CONFIDENTIALITY),
        ({"conflicts": frozenset({HOUSEHOLD})}, Obstacle.CONFLICT),
        ({"districts": frozenset({District.APLERBECK})}, Obstacle.DISTRICT),
        ({"available": ()}, Obstacle.NOT_AVAILABLE),
        ({"available": (span(Weekday.MON, "09:00", "10:59"),)}, Obstacle.NOT_AVAILABLE),
        ({"available": (span(Weekday.TUE, "08:00", "18:00"),)}, Obstacle.NOT_AVAILABLE),
        ({"blocks": EVERY_MORNING}, Obstacle.BLOCKED),
        ({"absences": (Absence(MONDAY - timedelta(days=3), MONDAY),)}, Obstacle.ABSENT),
        ({"refused_times": (span(Weekday.MON, "08:00", "09:01"),)}, Obstacle.REFUSED_TIME),
        ({"busy": (interval(MONDAY, "10:59", "12:00"),)}, Obstacle.BOOKED),
        ({"paused_until": TODAY}, Obstacle.PAUSED),
        ({"resting_until": TODAY + timedelta(days=1)}, Obstacle.RESTING),
        ({"asked_in": {(2017, 3): 4}}, Obstacle.ASKED_ENOUGH),
        ({"max_a_month": 0}, Obstacle.ASKED_ENOUGH),
    ],
)
def test_each_hard_rule_keeps_somebody_from_being_asked(more: dict[str, object], obstacle: Obstacle) -> None:
    """One thing is wrong, and that one is named."""
    assert obstacles(helper(**more), wanted(), TODAY) == (obstacle,)


@pytest.mark.parametrize(
    "more",
    [
        {"certificate_until": MONDAY},
        {"districts": frozenset({District.BRACKEL, District.EVING})},
        {"available": (span(Weekday.MON, "09:00", "10:00"), span(Weekday.MON, "10:00", "11:00"))},
        {"available": (span(Weekday.MON, "10:30", "11:00"), span(Weekday.MON, "08:00", "10:45"))},
        {"refused_times": (span(Weekday.MON, "11:00", "12:00"), span(Weekday.MON, "08:00", "09:00"))},
        {"busy": (interval(MONDAY, "08:00", "09:00"), interval(MONDAY, "11:00", "12:00"))},
        {"absences": (Absence(MONDAY + timedelta(days=1), MONDAY + timedelta(days=9)),)},
        {"paused_until": TODAY - timedelta(days=1)},
        {"resting_until": TODAY},
        {"asked_in": {(2017, 3): 3, (2017, 2): 4, (2017, 4): 4}},
        {"languages": {"ar-SY": skill(SkillLevel.A1)}},
        {"languages": {"apc": skill()}},
    ],
)
def test_what_just_about_fits_is_no_obstacle(more: dict[str, object]) -> None:
    """The last day counts, what ends as it begins does not, and times that join are one."""
    assert obstacles(helper(**more), wanted(), TODAY) == ()


@pytest.mark.parametrize(
    ("spoken", "needed", "understood"),
    [
        ("prs", "fa", True),
        ("fa", "prs", True),
        ("ar", "ar-SY", True),
        ("ku-Latn", "kmr", True),
        ("ckb", "ku", False),
        ("tr", "ku", False),
        ("fa", "ar", False),
    ],
)
def test_languages_that_are_understood_count_as_one(spoken: str, needed: str, understood: bool) -> None:
    """Dari and Persian, Arabic wherever it is spoken; but not the two Kurdish languages."""
    found = obstacles(helper(languages={spoken: skill()}), wanted(language=needed), TODAY)
    assert (Obstacle.LANGUAGE not in found) is understood


@pytest.mark.parametrize("kind", list(VolunteerKind))
def test_nobody_meets_children_without_a_certificate(kind: VolunteerKind) -> None:
    """Whatever they do, and also where no time is set (§ 72a SGB VIII, domain rule 9)."""
    during = None if kind is VolunteerKind.MENTOR else wanted().during
    someone = helper(kinds=frozenset(VolunteerKind), certificate_until=TODAY - timedelta(days=1))
    assert obstacles(someone, wanted(kind=kind, during=during), TODAY) == (Obstacle.CERTIFICATE,)
    assert obstacles(someone, wanted(kind=kind, during=during, minors=False), TODAY) == ()


def test_a_mentor_is_asked_whether_not_when() -> None:
    """Without a time, nothing that is about times stands against somebody; everything else does."""
    mentor = helper(
        kinds=frozenset({VolunteerKind.MENTOR}),
        available=(),
        blocks=EVERY_MORNING,
        busy=(interval(MONDAY, "00:00", "23:00"),),
    )
    question = wanted(kind=VolunteerKind.MENTOR, during=None, language=None)
    assert obstacles(mentor, question, TODAY) == ()
    assert obstacles(replace(mentor, paused_until=TODAY), question, TODAY) == (Obstacle.PAUSED,)


def test_a_woman_is_wanted() -> None:
    """Not known is not enough."""
    question = wanted(woman_wanted=True)
    found = {woman: obstacles(helper(woman=woman), question, TODAY) for woman in (True, False, None)}
    assert found == {True: (), False: (Obstacle.WOMAN,), None: (Obstacle.WOMAN,)}


def test_nobody_is_asked_twice_for_the_same_thing() -> None:
    """Whatever they said the first time."""
    question = wanted(asked_before=frozenset({UUID(int=1)}))
    assert obstacles(helper(1), question, TODAY) == (Obstacle.ASKED_BEFORE,)
    assert obstacles(helper(2), question, TODAY) == ()


def test_a_car_is_wanted() -> None:
    """Whoever has none cannot move anything with it."""
    question = wanted(kind=VolunteerKind.MOVING_HELPER, car_wanted=True, language=None)
    mover = helper(kinds=frozenset({VolunteerKind.MOVING_HELPER}))
    assert obstacles(mover, question, TODAY) == (Obstacle.CAR,)
    assert obstacles(replace(mover, car=True), question, TODAY) == ()


@pytest.mark.parametrize(
    ("day", "starts", "ends", "weekday", "from_", "until", "fits"),
    [
        # 2 to 3 o'clock does not exist: from 1 to 4 o'clock are two hours.
        (SPRING, "01:00", "04:00", Weekday.SUN, "01:00", "04:00", True),
        (SPRING, "01:30", "03:30", Weekday.SUN, "01:30", "02:00", False),
        (SPRING, "01:30", "03:30", Weekday.SUN, "01:30", "03:15", False),
        # 2 to 3 o'clock comes twice.
        (AUTUMN, "01:30", "03:30", Weekday.SUN, "01:30", "03:30", True),
        (AUTUMN, "02:15", "03:00", Weekday.SUN, "02:15", "03:00", False),
        (AUTUMN, "02:15", "03:00", Weekday.SUN, "02:00", "03:00", True),
        # The day after, everything is as ever.
        (SPRING + timedelta(days=1), "09:00", "11:00", Weekday.MON, "09:00", "11:00", True),
        (AUTUMN + timedelta(days=1), "09:00", "11:00", Weekday.MON, "09:00", "11:00", True),
    ],
)
def test_the_clock_on_the_wall_counts_when_the_clocks_change(
    day: date, starts: str, ends: str, weekday: Weekday, from_: str, until: str, fits: bool
) -> None:
    """A time of the week is meant as one reads it off, in summer as in winter."""
    someone = helper(available=(span(weekday, from_, until),))
    assert (obstacles(someone, wanted(during=interval(day, starts, ends)), TODAY) == ()) is fits


def test_a_night_is_covered_by_two_days() -> None:
    """What lasts over midnight needs the evening and the morning."""
    night = Interval(moment(MONDAY, "22:00"), moment(MONDAY + timedelta(days=1), "01:00"))
    evening, morning = span(Weekday.MON, "20:00", "00:00"), span(Weekday.TUE, "00:00", "02:00")
    assert obstacles(helper(available=(morning, evening)), wanted(during=night), TODAY) == ()
    assert obstacles(helper(available=(evening,)), wanted(during=night), TODAY) == (Obstacle.NOT_AVAILABLE,)
    gone = helper(absences=(Absence(MONDAY + timedelta(days=1), MONDAY + timedelta(days=1)),))
    assert obstacles(gone, wanted(during=night), TODAY) == (Obstacle.ABSENT,)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(helpers(1), requests(1))
def test_the_rules_are_the_rules(someone: Helper, question: Wanted) -> None:
    """Whoever and whatever it is: exactly the rules that a plain reading finds broken stand against it."""
    assert {found.value for found in obstacles(someone, question, TODAY)} == broken(someone, question, TODAY)


# So many people in one example: hypothesis discards many of them as too large.
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.tuples(*(helpers(number) for number in range(4))), requests(1))
def test_nobody_is_proposed_against_a_rule(people: tuple[Helper, ...], question: Wanted) -> None:
    """All that may be asked are proposed, nobody else, in an order that does not depend on theirs."""
    found = rank(people, question, TODAY)
    assert {one.helper_id for one in found} == {one.id for one in people if not broken(one, question, TODAY)}
    assert found == rank(random.sample(people, len(people)), question, TODAY)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"good_with": frozenset({HOUSEHOLD})}, {}),
        ({"home_district": District.BRACKEL}, {"home_district": District.APLERBECK}),
        ({"home_district": District.APLERBECK}, {"home_district": None}),
        ({"home_district": None}, {"home_district": District.MENGEDE}),
        ({"languages": {"ar": skill(SkillLevel.C1)}}, {"languages": {"ar": skill(SkillLevel.B2)}}),
        ({"languages": {"ar": skill()}}, {"languages": {"apc": skill()}}),
        ({"minutes_recent": 30}, {"minutes_recent": 300}),
        ({"asked_in": {(2017, 2): 3}}, {"asked_in": {(2017, 3): 1}}),
        ({"woman": None}, {"woman": True}),
        ({"car": False}, {"car": True}),
    ],
)
def test_who_is_asked_first(better: dict[str, object], worse: dict[str, object]) -> None:
    """Known to the family, near, fluent, little asked; and not who alone could do something else."""
    found = rank([helper(1, **worse), helper(2, **better)], wanted(), TODAY)
    assert [one.helper_id.int for one in found] == [2, 1]
    assert found[0].score > found[1].score


def test_equal_ones_keep_their_order() -> None:
    """What has the same points is proposed by id."""
    people = [helper(number) for number in range(9)]
    found = rank(random.Random(1).sample(people, 9), wanted(), TODAY)
    assert [one.helper_id.int for one in found] == list(range(9))


def test_a_proposal_says_what_speaks_for_somebody() -> None:
    """The reasons in the order in which one asks."""
    someone = helper(home_district=District.APLERBECK, good_with=frozenset({HOUSEHOLD}), minutes_recent=600)
    (found,) = rank([someone], wanted(), TODAY)
    assert found.reasons == (Reason.EARLIER_MATCH, Reason.NEXT_DISTRICT, Reason.NATIVE, Reason.NOT_ASKED_THIS_MONTH)


def test_who_almost_could() -> None:
    """Those whom one thing alone keeps, the best first; nobody whom two things keep, and no household's conflict."""
    people = [
        helper(1),
        helper(2, blocks=EVERY_MORNING, minutes_recent=900),
        helper(3, certificate_until=None),
        helper(4, blocks=EVERY_MORNING, certificate_until=None),
        helper(5, conflicts=frozenset({HOUSEHOLD})),
    ]
    third, second = Miss(UUID(int=3), Obstacle.CERTIFICATE), Miss(UUID(int=2), Obstacle.BLOCKED)
    assert closest_misses(people, wanted(), TODAY, 5) == [third, second]
    assert closest_misses(people, wanted(), TODAY, 1) == [third]


def test_an_interval_has_a_zone_and_a_length() -> None:
    """A moment without a zone would be another one elsewhere."""
    nine, eleven = moment(MONDAY, "09:00"), moment(MONDAY, "11:00")
    for starts, ends in ((eleven, nine), (nine, nine), (nine.replace(tzinfo=None), eleven)):
        with pytest.raises(ValueError, match=r"^(not an interval|without a zone)"):
            Interval(starts, ends)


def test_the_hour_that_comes_twice_is_an_hour() -> None:
    """From the first 2 o'clock of the night to the second one."""
    twice = moment(AUTUMN, "02:00")
    assert Interval(twice, twice.replace(fold=1)).minutes == 60
