"""Working days in North Rhine-Westphalia, and what they mean for a partner that does not answer."""

from datetime import UTC, date, datetime

import pytest

from services.referrals.domain.deadlines import Terms, deadlines
from shared.days import add_working_days, day_of, is_working_day, working_days_between


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (date(2017, 1, 9), 3, date(2017, 1, 12)),
        (date(2017, 1, 6), 1, date(2017, 1, 9)),  # over a weekend
        (date(2017, 4, 13), 1, date(2017, 4, 18)),  # Good Friday and Easter Monday
        (date(2017, 6, 14), 1, date(2017, 6, 16)),  # Corpus Christi, a holiday here
        (date(2017, 10, 30), 1, date(2017, 11, 2)),  # Reformation Day, in 2017 everywhere, and All Saints'
    ],
)
def test_holidays_and_weekends_do_not_count(start: date, days: int, end: date) -> None:
    """The days of North Rhine-Westphalia."""
    assert add_working_days(start, days) == end
    assert working_days_between(start, end) == days
    assert is_working_day(end)


def test_a_closure_does_not_count() -> None:
    """While the partner is closed no deadline runs."""
    assert add_working_days(date(2017, 1, 9), 3, [(date(2017, 1, 11), date(2017, 1, 20))]) == date(2017, 1, 24)


def test_deadlines_end_with_their_day_in_dortmund() -> None:
    """Asked late in the evening: the day counts as Dortmund's, and each deadline is its midnight there."""
    asked = datetime(2017, 3, 22, 23, 30, tzinfo=UTC)  # already Thursday the 23rd here
    when = deadlines(asked, Terms(3, 7, 14), [])
    assert when.remind_at.astimezone(UTC) == datetime(2017, 3, 28, 22, tzinfo=UTC)
    assert [day_of(moment) for moment in (when.remind_at, when.escalate_at, when.expire_at)] == [
        date(2017, 3, 29),
        date(2017, 4, 4),
        date(2017, 4, 13),
    ]
