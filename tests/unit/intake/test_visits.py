"""The rules of the first visit."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.intake.domain.visits import OPEN, REACHED, FirstVisit, VisitState, due_after
from shared.contracts.words import VisitOutcome
from shared.refusals import Conflict, Invalid, Refused

MOVED = date(2016, 11, 2)
NOW = datetime(2016, 11, 24, 9, 0, tzinfo=UTC)


def owed(**changes: object) -> FirstVisit:
    visit = FirstVisit(VisitState.OWED, MOVED, due_after(MOVED, 14))
    for name, value in changes.items():
        setattr(visit, name, value)
    return visit


def scheduled(at: datetime = NOW - timedelta(hours=2)) -> FirstVisit:
    visit = owed()
    visit.schedule(at, "ar", True, NOW)
    return visit


def test_due_a_fortnight_after_the_move() -> None:
    """A first visit is due 14 days after the move, unless the site is configured otherwise."""
    assert due_after(MOVED, 14) == date(2016, 11, 16)
    assert due_after(MOVED, 7) == date(2016, 11, 9)


def test_overdue_from_the_day_after() -> None:
    """A visit is not overdue on its day, and overdue by one day on the next."""
    visit = owed()
    assert visit.days_overdue(date(2016, 11, 16)) == 0
    assert visit.days_overdue(date(2016, 11, 17)) == 1
    assert visit.days_overdue(date(2016, 11, 24)) == 8


def test_an_announced_visit_stays_overdue() -> None:
    """An appointment does not end what is owed: only the visit does."""
    visit = scheduled()
    assert visit.days_overdue(date(2016, 11, 24)) == 8
    visit.complete(None, NOW)
    assert visit.days_overdue(date(2016, 11, 24)) == 0


def test_completed_at_the_appointed_time() -> None:
    """Without a time the visit took place at the appointed one, and without one just now."""
    visit = scheduled(NOW - timedelta(days=3))
    visit.complete(None, NOW)
    assert (visit.at, visit.ended_on) == (NOW - timedelta(days=3), date(2016, 11, 21))
    unannounced = owed()
    unannounced.complete(None, NOW)
    assert unannounced.at == NOW


def test_an_early_visit_is_dated_now() -> None:
    """Who is visited before the appointed time was not visited in the future."""
    visit = scheduled(NOW + timedelta(days=2))
    visit.complete(None, NOW)
    assert visit.at == NOW


def test_nobody_at_home_is_still_owed() -> None:
    """After a missed appointment the visit is owed, overdue, and can get another date."""
    visit = scheduled()
    visit.miss(NOW)
    assert visit.is_open
    assert visit.outcome is VisitOutcome.NOT_AT_HOME
    assert visit.days_overdue(date(2016, 11, 24)) == 8
    visit.reschedule(NOW + timedelta(days=1), "ar", False, NOW)
    assert visit.state is VisitState.SCHEDULED
    assert visit.outcome is None


def test_nobody_can_be_missed_before_the_appointment() -> None:
    """An appointment that lies ahead, or was never made, cannot have been missed."""
    with pytest.raises(Conflict):
        scheduled(NOW + timedelta(hours=1)).miss(NOW)
    with pytest.raises(Conflict):
        owed().miss(NOW)


def test_scheduling_twice_is_rescheduling() -> None:
    """A visit with a date is rescheduled, one without is scheduled; each says so to the other."""
    with pytest.raises(Conflict, match="verschoben"):
        scheduled().schedule(NOW, None, None, NOW)
    with pytest.raises(Conflict, match="noch keinen Termin"):
        owed().reschedule(NOW, None, None, NOW)


@pytest.mark.parametrize("at", [datetime(2016, 11, 1, 12, tzinfo=UTC), NOW + timedelta(days=367)])
def test_appointments_lie_after_the_move_and_within_a_year(at: datetime) -> None:
    """No visit before the move, and none more than a year ahead."""
    with pytest.raises(Invalid):
        owed().schedule(at, None, None, NOW)


def test_a_visit_is_not_completed_in_the_future() -> None:
    """What is said to have happened has happened."""
    with pytest.raises(Invalid):
        owed().complete(NOW + timedelta(hours=1), NOW)
    with pytest.raises(Invalid):
        owed().waive(date(2016, 11, 25), NOW)
    with pytest.raises(Invalid):
        owed().refuse(date(2016, 11, 1), NOW)


def test_met_elsewhere_counts_as_reached() -> None:
    """A family met at the office hours is reached; one that refused is not."""
    visit = owed()
    visit.waive(None, NOW)
    assert visit.state in REACHED
    refused = owed()
    refused.refuse(None, NOW)
    assert refused.state not in REACHED


MOMENTS = st.datetimes(datetime(2016, 10, 1), datetime(2018, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


class AnyCourse(RuleBasedStateMachine):
    """Whatever is tried in whatever order, a visit ends at most once and is overdue only while it is owed."""

    @initialize()
    def move(self) -> None:
        self.visit = owed()
        self.ended_as: VisitState | None = None

    def _try(self, deed: object, *arguments: object) -> None:
        before = (self.visit.state, self.visit.at, self.visit.ended_on)
        try:
            deed(*arguments)  # type: ignore[operator]
        except Refused:
            assert (self.visit.state, self.visit.at, self.visit.ended_on) == before
        else:
            assert self.ended_as is None
        if not self.visit.is_open:
            self.ended_as = self.ended_as or self.visit.state

    @rule(at=MOMENTS)
    def schedule(self, at: datetime) -> None:
        self._try(self.visit.schedule, at, "ar", True, NOW)

    @rule(at=MOMENTS)
    def reschedule(self, at: datetime) -> None:
        self._try(self.visit.reschedule, at, None, None, NOW)

    @rule(at=st.none() | MOMENTS)
    def complete(self, at: datetime | None) -> None:
        self._try(self.visit.complete, at, NOW)

    @rule()
    def miss(self) -> None:
        self._try(self.visit.miss, NOW)

    @rule(on=st.none() | st.dates(date(2016, 10, 1), date(2017, 1, 1)))
    def refuse(self, on: date | None) -> None:
        self._try(self.visit.refuse, on, NOW)

    @rule(on=st.none() | st.dates(date(2016, 10, 1), date(2017, 1, 1)))
    def waive(self, on: date | None) -> None:
        self._try(self.visit.waive, on, NOW)

    @invariant()
    def an_end_is_an_end(self) -> None:
        if self.ended_as is not None:
            assert self.visit.state is self.ended_as
            assert self.visit.days_overdue(date(2030, 1, 1)) == 0
        assert (self.visit.ended_on is None) == (self.visit.state in OPEN)

    @invariant()
    def an_announced_visit_has_a_time_after_the_move(self) -> None:
        if self.visit.state in (VisitState.SCHEDULED, VisitState.MISSED, VisitState.COMPLETED):
            assert self.visit.at is not None
            assert self.visit.at.date() >= MOVED - timedelta(days=1)


TestAnyCourse = AnyCourse.TestCase


@given(st.dates(date(2010, 1, 1), date(2030, 1, 1)), st.integers(1, 365))
def test_due_is_never_before_the_move(moved_on: date, days: int) -> None:
    """Whatever is configured, nobody owes a visit before the family has moved."""
    assert due_after(moved_on, days) > moved_on
