"""Rules of meetings and decisions."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from services.referrals.domain.round_tables import check_over, check_planned, is_overdue, moments
from shared.refusals import Conflict, Invalid

DAY = date(2017, 3, 26)


def test_hours_are_those_of_dortmund_also_when_the_clocks_change() -> None:
    begins, ends = moments(DAY, time(1, 30), time(3, 30))
    assert ends.astimezone(UTC) - begins.astimezone(UTC) == timedelta(hours=1)
    with pytest.raises(Invalid):
        moments(DAY, time(3), time(3))


@pytest.mark.parametrize(
    ("due_on", "done_on", "overdue"),
    [(None, None, False), (DAY, None, False), (DAY - timedelta(1), None, True), (DAY - timedelta(1), DAY, False)],
)
def test_a_decision_is_overdue_from_the_day_after(due_on: date | None, done_on: date | None, overdue: bool) -> None:
    assert is_overdue(due_on, done_on, DAY) is overdue


def test_only_what_is_planned_changes() -> None:
    check_planned("planned")
    for state in ("held", "cancelled"):
        with pytest.raises(Conflict):
            check_planned(state)
    now = datetime(2017, 3, 26, 12, tzinfo=UTC)
    check_over(now, now)
    with pytest.raises(Conflict):
        check_over(now + timedelta(minutes=1), now)
