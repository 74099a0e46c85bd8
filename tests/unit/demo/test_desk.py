"""The files around today keep the desk alive on whatever day they are entered."""

from datetime import date, datetime, timedelta

import pytest

from deploy.demo.desk import desk
from deploy.demo.pilot import END
from services.intake.inputs import MoveHousehold, RecordContact, RegisterHousehold

DAYS = [date(2026, 11, 16) + timedelta(days=n) for n in range(7)] + [date(2027, 1, 1), date(2028, 2, 29)]


@pytest.mark.parametrize("today", DAYS)
def test_one_visit_is_overdue_and_one_is_announced_for_the_next_working_day(today: date) -> None:
    """A family that moved in three weeks ago has no visit yet; another one is expected within a few days."""
    stories = {story.name: story for story in desk(today)}
    (overdue,) = stories["desk-overdue"].calls
    assert date.fromisoformat(overdue.body["moved_on"]) + timedelta(days=14) < today
    visit = stories["desk-coming"].calls[1].body
    assert today < datetime.fromisoformat(visit["at"]).date() <= today + timedelta(days=3)
    assert visit["interpreter_wanted"]
    assert stories["desk-protected"].calls[0].body["protected"]


@pytest.mark.parametrize("today", DAYS)
def test_the_intake_would_take_it(today: date) -> None:
    """Every body is valid, nothing done lies ahead, and nothing falls into the pilot's half year."""
    for story in desk(today):
        for call in story.calls:
            if call.path.endswith("/households"):
                wanted = RegisterHousehold.model_validate(call.body)
                assert wanted.moved_on is not None
                assert END < wanted.moved_on <= today + timedelta(days=60)
            elif call.path.endswith("/contacts"):
                at = RecordContact.model_validate(call.body).at
                assert at is not None
                assert at.date() < today
            elif call.path.endswith("/moves"):
                MoveHousehold.model_validate(call.body)


def test_it_is_the_same_for_the_same_day() -> None:
    """Two runs on one day enter the same."""
    assert desk(DAYS[0]) == desk(DAYS[0])
