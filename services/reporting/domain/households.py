"""What the events of one household say about any day, in whatever order they arrived.

The report (§6) calls persons per legal circle and district „auf Stadtbezirksebene nicht ermittelbar". Here they follow
from the set of a household's events alone: everything is derived from the whole set, sorted by `sequence` (what was
known when) and by the day from which a thing counts (when it was true). Entries for past or future days are therefore
as welcome as late messages, and a duplicate changes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby, zip_longest
from uuid import UUID

from shared.contracts.words import LegalCircle

Circles = tuple[int, ...]
"""Persons per legal circle, in the order of `LegalCircle`."""

CIRCLES = tuple(LegalCircle)
NOBODY: Circles = (0,) * len(CIRCLES)


class Kind(StrEnum):
    """What a fact says."""

    REGISTERED = "registered"
    CHANGED = "changed"
    REOPENED = "reopened"
    MOVED = "moved"
    LEFT_CITY = "left_city"
    CLOSED = "closed"
    HANDED_OVER = "handed_over"
    CIRCLE_CHANGED = "circle_changed"
    VISIT_OWED = "visit_owed"
    VISIT_ANNOUNCED = "visit_announced"
    VISIT_MISSED = "visit_missed"
    VISIT_COMPLETED = "visit_completed"
    VISIT_WAIVED = "visit_waived"
    VISIT_REFUSED = "visit_refused"


_STATES = {Kind.REGISTERED, Kind.CHANGED, Kind.REOPENED, Kind.MOVED}
_OPENING = {Kind.REGISTERED, Kind.REOPENED, Kind.MOVED}
_CLOSING = {Kind.CLOSED, Kind.LEFT_CITY}
_VISIT = {
    Kind.VISIT_OWED,
    Kind.VISIT_ANNOUNCED,
    Kind.VISIT_MISSED,
    Kind.VISIT_COMPLETED,
    Kind.VISIT_WAIVED,
    Kind.VISIT_REFUSED,
}
_SETTLING = {Kind.VISIT_COMPLETED, Kind.VISIT_WAIVED, Kind.VISIT_REFUSED}

UNCOUNTED_REASONS = frozenset({"entered_by_mistake", "merged"})
"""Files closed for these reasons were never a household of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One event of a household's file, reduced to what the figures need."""

    event_id: UUID
    sequence: int
    kind: Kind
    on: date
    """The day from which it counts (Europe/Berlin)."""
    site: str
    """The site in charge according to this event."""
    district: str | None = None
    circles: Circles | None = None
    """Persons per legal circle on the day `on`, where the event says so."""
    person_id: UUID | None = None
    circle_from: str | None = None
    circle_to: str | None = None
    visit_id: UUID | None = None
    due_on: date | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """From `begin` on, up to but without `end`, a household lived in a district and was served by a site."""

    begin: date
    end: date | None
    site: str
    district: str
    circles: Circles


@dataclass(frozen=True, slots=True)
class Visit:
    """A first visit: owed from a day, due by another, and how and when it was settled."""

    visit_id: UUID
    site: str
    district: str
    owed_on: date
    due_on: date
    settled_on: date | None
    outcome: str | None
    """`completed`, `waived`, `refused`; `dropped` when the household was closed or a newer visit took its place."""


@dataclass(frozen=True, slots=True)
class Household:
    """What is known of a household at any day."""

    registered_on: date | None
    registered_site: str | None
    registered_circles: Circles
    counted: bool
    """False for a file that was entered by mistake or absorbed by another one."""
    periods: tuple[Period, ...]
    visits: tuple[Visit, ...]


def household(facts: Iterable[Fact]) -> Household:
    """Derive everything from the set of a household's facts; order and duplicates do not matter."""
    known = sorted({fact.event_id: fact for fact in facts}.values(), key=lambda fact: (fact.sequence, fact.event_id))
    registration = next((fact for fact in known if fact.kind is Kind.REGISTERED), None)
    closings = [fact for fact in known if fact.kind in (Kind.CLOSED, Kind.REOPENED)]
    return Household(
        registered_on=registration.on if registration else None,
        registered_site=registration.site if registration else None,
        registered_circles=(registration.circles if registration else None) or NOBODY,
        counted=registration is not None and not (closings and closings[-1].reason in UNCOUNTED_REASONS),
        periods=tuple(_periods(known)),
        visits=tuple(_visits(known)),
    )


@dataclass(slots=True)
class _Residence:
    """Where a household lived and who served it, day by day."""

    open: bool = False
    closed_by: int = 0
    site: str = ""
    site_by: int = 0
    district: str | None = None
    district_by: int = 0

    def take(self, fact: Fact) -> None:
        if fact.kind in _CLOSING:
            self.open, self.closed_by = False, max(self.closed_by, fact.sequence)
            return
        # An entry for a later day that did not know of the closing yet must not open the file again.
        if fact.kind in _OPENING and fact.sequence > self.closed_by:
            self.open = True
        if fact.sequence > self.site_by:
            self.site, self.site_by = fact.site, fact.sequence
        # A move for a later day is later, whenever it was entered. Any other statement names the district known when
        # it was made, and yields to a move for an earlier day that was entered afterwards.
        if fact.district is not None and (fact.kind is Kind.MOVED or fact.sequence > self.district_by):
            self.district, self.district_by = fact.district, fact.sequence


def _periods(known: Sequence[Fact]) -> list[Period]:
    steps = _composition(known)
    about_residence = [f for f in known if f.kind in _STATES | _CLOSING | {Kind.HANDED_OVER}]
    by_day = {
        day: list(facts)
        for day, facts in groupby(sorted(about_residence, key=lambda f: (f.on, f.sequence)), key=lambda f: f.on)
    }
    days = sorted({*by_day, *(day for day, _ in steps if day is not None)})
    residence = _Residence()
    periods: list[Period] = []
    for day, end in zip_longest(days, days[1:]):
        for fact in by_day.get(day, ()):
            residence.take(fact)
        if not residence.open or residence.district is None:
            continue
        period = Period(day, end, residence.site, residence.district, _sum_until(steps, day))
        last = periods[-1] if periods else None
        if (
            last
            and last.end == day
            and (last.site, last.district, last.circles)
            == (
                period.site,
                period.district,
                period.circles,
            )
        ):
            periods[-1] = Period(last.begin, end, last.site, last.district, last.circles)
        else:
            periods.append(period)
    return periods


_Step = tuple[date | None, Circles]
"""From this day on (None: always) so many more or fewer persons per legal circle."""


def _composition(known: Sequence[Fact]) -> list[_Step]:
    """How many persons of each legal circle, as steps in time, by telling the facts in the order of their entry.

    A fact that gives the numbers on its day contributes only what it changes against all that was known before it;
    so a birth entered late for an earlier day is not forgotten on the days of entries made before.
    """
    steps: list[_Step] = []
    based = False
    changes: dict[UUID, list[Fact]] = {}
    for fact in known:
        if fact.kind in _STATES and fact.circles is not None:
            if not based:
                # The first numbers hold for all days before as well: a move may be entered for a day before them.
                ahead = [step for step in steps if step[0] is not None and step[0] > fact.on]
                steps, based = [(None, fact.circles), *ahead], True
            else:
                before = _raw_sum(steps, fact.on)
                steps.append((fact.on, _minus(fact.circles, before)))
        elif fact.kind is Kind.CIRCLE_CHANGED and fact.person_id is not None:
            steps += _circle_steps(changes.setdefault(fact.person_id, []), fact)
    return steps


def _circle_steps(earlier_entries: list[Fact], change: Fact) -> list[_Step]:
    """A person's change of legal circle between the changes of the same person that are known already."""
    before = [f for f in earlier_entries if f.on <= change.on]
    after = [f for f in earlier_entries if f.on > change.on]
    previous = max(before, key=lambda f: (f.on, f.sequence)).circle_to if before else change.circle_from
    earlier_entries.append(change)
    difference = _minus(_one(change.circle_to), _one(previous))
    steps: list[_Step] = [(change.on, difference)]
    if after:  # from then on, what was entered for the later day holds
        steps.append((min(f.on for f in after), _minus(NOBODY, difference)))
    return steps


def _one(circle: str | None) -> Circles:
    return tuple(int(each == circle) for each in CIRCLES)


def _minus(left: Circles, right: Circles) -> Circles:
    return tuple(a - b for a, b in zip(left, right, strict=True))


def _raw_sum(steps: Iterable[_Step], day: date) -> Circles:
    reached = [circles for begin, circles in steps if begin is None or begin <= day]
    return tuple(map(sum, zip(NOBODY, *reached, strict=True)))


def _sum_until(steps: Iterable[_Step], day: date) -> Circles:
    # Below zero only while an event is still on its way: a change of a person that nobody has registered yet.
    return tuple(max(0, count) for count in _raw_sum(steps, day))


def _visits(known: Sequence[Fact]) -> list[Visit]:
    """The first visits in the order in which they were owed; at most the last one is open."""
    facts_of: dict[UUID, list[Fact]] = {}
    for fact in known:
        if fact.kind in _VISIT and fact.visit_id is not None:
            facts_of.setdefault(fact.visit_id, []).append(fact)
    enders = [f for f in known if f.kind in (Kind.VISIT_OWED, *_CLOSING)]
    visits: list[Visit] = []
    for visit_id, facts in facts_of.items():
        first, last = facts[0], facts[-1]
        settled_on, outcome = None, None
        ended_by = next((f for f in enders if f.sequence > first.sequence and f.visit_id != visit_id), None)
        settling = [f for f in facts if f.kind in _SETTLING]
        if settling:
            settled_on, outcome = settling[-1].on, settling[-1].kind.removeprefix("visit_")
        elif ended_by is not None:
            settled_on, outcome = ended_by.on, "dropped"
        visits.append(
            Visit(
                visit_id=visit_id,
                site=last.site,
                district=last.district or "",
                owed_on=min(f.on for f in facts),
                due_on=last.due_on or last.on,
                settled_on=settled_on,
                outcome=outcome,
            )
        )
    return visits
