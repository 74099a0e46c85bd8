"""The rules by which a household's events become figures."""

from collections import Counter
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.consumers import _fact
from services.reporting.domain.households import CIRCLES, Household, household
from shared.contracts.intake import (
    FirstVisitCompleted,
    FirstVisitMissed,
    FirstVisitOwed,
    HouseholdClosed,
    HouseholdMoved,
    HouseholdRegistered,
)
from shared.contracts.words import ClosingReason, District, LegalCircle, Tenancy, VisitOutcome
from shared.ids import uuid7
from tests.unit.reporting.stories import (
    DAYS,
    START,
    Story,
    persons_per_circle_and_district,
    received,
    shuffled_with_duplicates,
    stories,
)


def derive(events: list[Any]) -> Household:
    return household(fact for event in events if (fact := _fact(event)) is not None)


def counted(view: Household, day: date) -> Counter[tuple[str, str]]:
    count: Counter[tuple[str, str]] = Counter()
    for period in view.periods:
        if period.begin <= day and (period.end is None or day < period.end):
            for circle, persons in zip(CIRCLES, period.circles, strict=True):
                count[period.district, circle.value] += persons
    return +count


@settings(max_examples=400, deadline=None)
@given(stories(), st.integers())
def test_any_order(story: Story, seed: int) -> None:
    """In any order and with any duplicates, the events tell who lived where in which legal circle on every day."""
    view = derive(shuffled_with_duplicates([story], seed))
    for day in DAYS:
        assert counted(view, day) == persons_per_circle_and_district([story], day), f"{day}\n{story!r}"


def test_birth_entered_late() -> None:
    """A birth that is entered after a move, for a day before it, still counts after the move."""
    story = Story(District.BRACKEL, [LegalCircle.ASYLBLG])
    story.move(START + timedelta(days=20), District.HOERDE)
    story.join(START + timedelta(days=10), LegalCircle.ASYLBLG)
    view = derive(story.events)
    assert counted(view, START + timedelta(days=5)) == {("brackel", "asylblg"): 1}
    assert counted(view, START + timedelta(days=15)) == {("brackel", "asylblg"): 2}
    assert counted(view, START + timedelta(days=25)) == {("hoerde", "asylblg"): 2}


def test_change_ahead() -> None:
    """A change of legal circle entered for a day ahead counts from that day, also across a move entered later."""
    story = Story(District.BRACKEL, [LegalCircle.ASYLBLG, LegalCircle.ASYLBLG])
    story.change_circle(0, START + timedelta(days=30), LegalCircle.SGB2)
    story.move(START + timedelta(days=10), District.APLERBECK)
    view = derive(story.events)
    assert counted(view, START + timedelta(days=29)) == {("aplerbeck", "asylblg"): 2}
    assert counted(view, START + timedelta(days=30)) == {("aplerbeck", "asylblg"): 1, ("aplerbeck", "sgb2"): 1}


def test_left_the_city() -> None:
    """A household that has left the city no longer counts from the day of the move."""
    household_id = uuid7()
    events = [received(registered(household_id), 1), received(left(household_id, START + timedelta(days=9)), 2)]
    view = derive(events[::-1])
    assert counted(view, START + timedelta(days=8)) == {("brackel", "sgb2"): 2}
    assert counted(view, START + timedelta(days=9)) == {}


def test_entered_by_mistake() -> None:
    """A file that was entered by mistake is no registered household."""
    household_id = uuid7()
    closed = HouseholdClosed(
        household_id=household_id,
        reason=ClosingReason.ENTERED_BY_MISTAKE,
        on=START,
        district=District.BRACKEL,
        charge=1,
    )
    view = derive([received(closed, 2), received(registered(household_id), 1)])
    assert (view.counted, view.periods) == (False, ())


def test_visit_missed_then_done() -> None:
    """A visit at which nobody was at home stays open until it is made; the order of arrival does not matter."""
    household_id, visit_id = uuid7(), uuid7()
    owed = received(visit(FirstVisitOwed, household_id, visit_id, START), 2)
    missed = received(
        visit(FirstVisitMissed, household_id, visit_id, START + timedelta(days=3), VisitOutcome.NOT_AT_HOME), 3
    )
    done = received(visit(FirstVisitCompleted, household_id, visit_id, START + timedelta(days=6), VisitOutcome.DONE), 4)
    (open_visit,) = derive([missed, owed]).visits
    assert (open_visit.owed_on, open_visit.settled_on, open_visit.outcome) == (START, None, None)
    (settled,) = derive([done, missed, owed]).visits
    assert (settled.settled_on, settled.outcome) == (START + timedelta(days=6), "completed")


def test_a_newer_visit_takes_its_place() -> None:
    """A move while a visit is open owes a new one; the old one is dropped and not overdue for ever."""
    household_id, first, second = uuid7(), uuid7(), uuid7()
    later = START + timedelta(days=30)
    events = [
        received(visit(FirstVisitOwed, household_id, second, later), 4),
        received(visit(FirstVisitOwed, household_id, first, START), 2),
    ]
    outcomes = {v.visit_id: (v.settled_on, v.outcome) for v in derive(events).visits}
    assert outcomes == {first: (later, "dropped"), second: (None, None)}


def test_closing_drops_the_visit() -> None:
    """A closed household owes nobody a visit."""
    household_id, visit_id = uuid7(), uuid7()
    gone = START + timedelta(days=5)
    events = [
        received(left(household_id, gone), 3),
        received(visit(FirstVisitOwed, household_id, visit_id, START), 2),
    ]
    (dropped,) = derive(events).visits
    assert (dropped.settled_on, dropped.outcome) == (gone, "dropped")


def registered(household_id: UUID) -> HouseholdRegistered:
    return HouseholdRegistered(
        household_id=household_id,
        on=START,
        persons=2,
        minors=0,
        languages=("ar",),
        legal_circles={LegalCircle.SGB2: 2},
        tenancy=Tenancy.PRIVATE,
        district=District.BRACKEL,
        charge=1,
    )


def left(household_id: UUID, on: date) -> HouseholdMoved:
    return HouseholdMoved(
        household_id=household_id,
        from_district=District.BRACKEL,
        left_city=True,
        from_tenancy=Tenancy.PRIVATE,
        to_tenancy=Tenancy.PRIVATE,
        moved_on=on,
        persons=2,
        minors=0,
        languages=("ar",),
        legal_circles={LegalCircle.SGB2: 2},
    )


def visit(kind: type[Any], household_id: UUID, visit_id: UUID, on: date, outcome: VisitOutcome | None = None) -> Any:
    return kind(
        household_id=household_id,
        visit_id=visit_id,
        on=on,
        due_on=on + timedelta(days=14),
        outcome=outcome,
        district=District.BRACKEL,
    )
