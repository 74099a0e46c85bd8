"""Households as they really were, and the events that their site would have published about them.

The truth is kept here in the plainest form (who lived where on which day, in which legal circle) and shares nothing
with the code under test. Events are made from it the way an intake makes them: each tells what was known when it was
entered, and entries for past and future days are common.
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from shared.contracts import Event
from shared.contracts.intake import (
    HouseholdChanged,
    HouseholdClosed,
    HouseholdMoved,
    HouseholdRegistered,
    LegalCircleChanged,
)
from shared.contracts.words import ClosingReason, District, HouseholdChange, LegalCircle, Tenancy
from shared.ids import uuid7
from shared.messaging import Received, envelope

START = date(2016, 10, 1)
DAYS = [START + timedelta(days=n) for n in range(-30, 120)]
DISTRICTS = [District.BRACKEL, District.APLERBECK, District.HOERDE]
CIRCLES = list(LegalCircle)
SITE = "brackel-aplerbeck"


def received(
    event: Event, sequence: int, *, site: str = SITE, source: str | None = None, time: datetime | None = None
) -> Received[Any]:
    """The event as a consumer gets it: written as it travels, and read again."""
    body = envelope.write(
        event,
        id=uuid7(),
        source=source or f"/sites/{site}/{event.publisher}",
        dataschema="http://127.0.0.1/schema",
        site=event.concerned_site or site,
        time=time or datetime(2016, 10, 1, tzinfo=UTC) + timedelta(minutes=sequence),
    )
    return envelope.read(envelope.with_sequence(body, sequence))


@dataclass
class Person:
    """Somebody of a household."""

    joined: date
    left: date | None = None
    circles: list[tuple[date, int, LegalCircle]] = field(default_factory=list)
    id: UUID = field(default_factory=uuid7)

    def there(self, day: date) -> bool:
        return self.joined <= day and (self.left is None or day < self.left)

    def circle(self, day: date) -> LegalCircle:
        return max((entry for entry in self.circles if entry[0] <= day), key=lambda entry: entry[:2])[2]


class Story:
    """One household's truth, told entry by entry; `events` is what its site published."""

    def __init__(self, district: District, circles: list[LegalCircle], registered_on: date = START) -> None:
        self.id = uuid7()
        self.registered_on = registered_on
        self.first_district = district
        self.moves: list[tuple[date, int, District]] = []
        self.closed: list[tuple[date, date | None]] = []
        self.no_earlier_than = registered_on - timedelta(days=20)
        self.persons = [Person(date.min, circles=[(date.min, 0, circle)]) for circle in circles]
        self.events: list[Received[Any]] = []
        self._tell(HouseholdRegistered(**self._state(registered_on)))

    def __repr__(self) -> str:
        return "\n".join(f"{event.sequence} {event.data!r}" for event in self.events)

    def persons_by_circle(self, day: date) -> Counter[LegalCircle]:
        return Counter(person.circle(day) for person in self.persons if person.there(day))

    def district(self, day: date) -> District:
        known = [move for move in self.moves if move[0] <= day]
        return max(known, key=lambda move: move[:2])[2] if known else self.first_district

    def counted(self, day: date) -> bool:
        begin = min([self.registered_on, *(on for on, _, _ in self.moves)])
        return day >= begin and not any(off <= day and (on is None or day < on) for off, on in self.closed)

    def move(self, on: date, district: District) -> None:
        before = self.district(on)
        self.moves.append((on, len(self.events), district))
        state = self._state(on)
        self._tell(
            HouseholdMoved(
                from_district=before,
                to_district=district,
                left_city=False,
                from_tenancy=Tenancy.SHELTER,
                to_tenancy=Tenancy.PRIVATE,
                moved_on=on,
                **{k: state[k] for k in ("household_id", "persons", "minors", "languages", "legal_circles")},
            )
        )

    def change_circle(self, number: int, on: date, to: LegalCircle) -> None:
        # Of who has left, no change is entered any more: events do not say whose place in the counts became empty.
        there = [person for person in self.persons if person.there(on) and person.left is None]
        if not there:
            return
        person = there[number % len(there)]
        later = [entry for entry in person.circles if entry[0] > on]
        earlier = [entry for entry in person.circles if entry[0] < on]
        person.circles.append((on, len(self.events), to))  # one for the same day takes the place of the other
        self._tell_circle(person, max(earlier)[2], to, on)
        if later:  # it starts from something else now, and is told again
            after = min(later, key=lambda entry: (entry[0], -entry[1]))
            self._tell_circle(person, to, person.circle(after[0]), after[0])

    def _tell_circle(self, person: Person, before: LegalCircle, to: LegalCircle, on: date) -> None:
        self._tell(
            LegalCircleChanged(
                household_id=self.id, person_id=person.id, from_=before, to=to, on=on, district=self.district(on)
            )
        )

    def join(self, on: date, circle: LegalCircle) -> None:
        self.persons.append(Person(on, circles=[(date.min, len(self.events), circle)]))
        self._tell(HouseholdChanged(**self._state(on), change=HouseholdChange.BIRTH))

    def leave(self, number: int, on: date) -> None:
        # Who leaves has no change of legal circle ahead: the site would have withdrawn it.
        there = [p for p in self.persons if p.there(on) and p.left is None and max(p.circles)[0] <= on]
        if not there:
            return
        there[number % len(there)].left = on
        self._tell(HouseholdChanged(**self._state(on), change=HouseholdChange.LEFT))

    def close(self, on: date) -> None:
        self.closed.append((on, None))
        self._tell(
            HouseholdClosed(
                household_id=self.id, reason=ClosingReason.MOVED_AWAY, on=on, district=self.district(on), charge=1
            )
        )

    def reopen(self, on: date) -> None:
        self.closed[-1] = (self.closed[-1][0], on)
        self.no_earlier_than = on
        self._tell(HouseholdChanged(**self._state(on), change=HouseholdChange.REOPENED))

    def _state(self, on: date) -> dict[str, Any]:
        circles = self.persons_by_circle(on)
        return {
            "household_id": self.id,
            "on": on,
            "persons": circles.total(),
            "minors": 0,
            "languages": ("ar",),
            "legal_circles": dict(circles),
            "tenancy": Tenancy.PRIVATE,
            "district": self.district(on),
            "charge": 1,
        }

    def _tell(self, event: Event) -> None:
        self.events.append(received(event, len(self.events) + 1))


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """A household with a few entries, many of them for days before or after the one on which they were made."""
    story = Story(draw(st.sampled_from(DISTRICTS)), draw(st.lists(st.sampled_from(CIRCLES), min_size=1, max_size=5)))
    days = st.integers(0, 90).map(lambda n: START + timedelta(days=n))
    for _ in range(draw(st.integers(0, 8))):
        on = max(draw(days), story.no_earlier_than)
        if story.closed and story.closed[-1][1] is None:
            story.reopen(max(on, story.closed[-1][0] + timedelta(days=1)))
            continue
        match draw(st.sampled_from(["move", "early move", "circle", "circle", "circle", "join", "leave", "close"])):
            case "move":
                story.move(on, draw(st.sampled_from(DISTRICTS)))
            case "early move":
                story.move(max(on - timedelta(days=20), story.no_earlier_than), draw(st.sampled_from(DISTRICTS)))
            case "circle":
                story.change_circle(draw(st.integers(0, 9)), on, draw(st.sampled_from(CIRCLES)))
            case "join":
                story.join(on, draw(st.sampled_from(CIRCLES)))
            case "leave":
                story.leave(draw(st.integers(0, 9)), on)
            case "close":
                story.close(on)
    return story


def persons_per_circle_and_district(told: list[Story], day: date) -> Counter[tuple[str, str]]:
    """The truth about a day."""
    count: Counter[tuple[str, str]] = Counter()
    for story in told:
        if story.counted(day):
            for circle, persons in story.persons_by_circle(day).items():
                count[story.district(day).value, circle.value] += persons
    return count


def shuffled_with_duplicates(told: list[Story], seed: int) -> list[Received[Any]]:
    """All their events in any order, some of them more than once."""
    chance = random.Random(seed)
    events = [event for story in told for event in story.events]
    events += chance.sample(events, chance.randint(0, len(events)))
    chance.shuffle(events)
    return events
