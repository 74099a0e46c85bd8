"""When an offer takes place: what is understood, and what is said of it."""

from datetime import date, time

import pytest

from services.referrals.domain.matching import Window
from services.referrals.domain.schedules import Schedule, schedule_of, weekly_rule
from shared.contracts.words import Weekday
from shared.refusals import Invalid

NINE, ELEVEN = time(9), time(11, 30)


def schedule(rule: str, first_on: date | None = None) -> Schedule:
    found = schedule_of(rule, NINE, ELEVEN, first_on)
    assert found is not None
    return found


def test_a_weekly_course_has_a_window_for_each_of_its_days() -> None:
    """Windows are in the order of the week, in minutes after midnight, whatever order was entered."""
    course = schedule("FREQ=WEEKLY;BYDAY=WE,MO")
    assert course.windows == (Window(0, 540, 690), Window(2, 540, 690))
    assert course.weekly_times()[1] == {"weekday": "wed", "from": "09:00", "to": "11:30"}
    assert course.words == "montags und mittwochs 9:00–11:30 Uhr"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=MONTHLY;BYDAY=1TU", "am ersten Dienstag im Monat 9:00–11:30 Uhr"),
        ("FREQ=MONTHLY;BYDAY=-1FR,2FR", "am letzten Freitag und zweiten Freitag im Monat 9:00–11:30 Uhr"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SA", "samstags alle 2 Wochen 9:00–11:30 Uhr"),
    ],
)
def test_the_rhythm_is_said_in_german(rule: str, words: str) -> None:
    """What stands in the directory is no rule but a sentence."""
    assert schedule(rule, date(2017, 4, 1)).words == words


@pytest.mark.parametrize(
    "rule", ["FREQ=WEEKLY;BYDAY=MO,WE", "FREQ=MONTHLY;BYDAY=1TU", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA"]
)
def test_a_rule_is_written_as_it_was_read(rule: str) -> None:
    """Nothing is lost between the rule and what is kept."""
    assert schedule(rule, date(2017, 4, 1)).rule == rule


@pytest.mark.parametrize(
    ("rule", "first_on", "day", "expected"),
    [
        ("FREQ=WEEKLY;BYDAY=MO", None, date(2017, 4, 4), date(2017, 4, 10)),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", date(2017, 4, 3), date(2017, 4, 4), date(2017, 4, 17)),
        ("FREQ=MONTHLY;BYDAY=-1FR", None, date(2017, 4, 1), date(2017, 4, 28)),
        ("FREQ=WEEKLY;BYDAY=MO", date(2017, 5, 1), date(2017, 4, 4), date(2017, 5, 1)),
    ],
)
def test_the_next_day_is_told(rule: str, first_on: date | None, day: date, expected: date) -> None:
    """Only the weeks that count, and never before the first day."""
    assert schedule(rule, first_on).next_on(day) == expected


def test_after_the_last_day_there_is_no_next_one() -> None:
    """A course that is over takes place no more."""
    assert schedule("FREQ=WEEKLY;BYDAY=MO").next_on(date(2017, 4, 4), date(2017, 4, 9)) is None


def test_hsds_gets_the_offset_of_the_day_on_which_it_takes_place() -> None:
    """09:00 in Dortmund is another moment in summer than in winter."""
    course = schedule("FREQ=WEEKLY;BYDAY=MO")
    assert course.hsds(date(2017, 1, 2), None, None)["opens_at"] == "09:00+01:00"
    summer = course.hsds(date(2017, 7, 3), date(2017, 1, 1), None)
    assert (summer["closes_at"], summer["valid_from"], summer["byday"]) == ("11:30+02:00", "2017-01-01", "MO")


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "FREQ=DAILY;BYDAY=MO",
        "FREQ=WEEKLY",
        "FREQ=WEEKLY;BYDAY=",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=MONTHLY;BYDAY=MO",
        "FREQ=MONTHLY;BYDAY=5MO",
        "FREQ=WEEKLY;BYDAY=MO;INTERVAL=0",
        "FREQ=WEEKLY;BYDAY=MO;INTERVAL=x",
        "FREQ=WEEKLY;BYDAY=MO;BYDAY=TU",
        "FREQ=WEEKLY;BYDAY=MO;UNTIL=20170501",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO",
    ],
)
def test_a_rule_that_nobody_could_keep_is_refused(rule: str) -> None:
    """Each names its field."""
    with pytest.raises(Invalid) as refused:
        schedule_of(rule, NINE, ELEVEN, None)
    assert refused.value.errors[0][0] in ("rrule", "first_on")


def test_a_schedule_is_whole_or_not_there() -> None:
    """Times without days, days without times, and an end before the beginning are refused."""
    assert schedule_of(None, None, None, None) is None
    for rule, begins, ends, field in (
        (None, NINE, None, "starts_at"),
        ("FREQ=WEEKLY;BYDAY=MO", None, ELEVEN, "starts_at"),
        ("FREQ=WEEKLY;BYDAY=MO", NINE, None, "ends_at"),
        ("FREQ=WEEKLY;BYDAY=MO", ELEVEN, NINE, "ends_at"),
    ):
        with pytest.raises(Invalid) as refused:
            schedule_of(rule, begins, ends, None)
        assert refused.value.errors[0][0] == field


def test_ticked_days_make_a_rule() -> None:
    """In the order of the week."""
    assert weekly_rule([Weekday.FRI, Weekday.MON]) == "FREQ=WEEKLY;BYDAY=MO,FR"
