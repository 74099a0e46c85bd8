"""A week's rota over all sites: who comes where, so that the fewest slots stay empty (report, 3.1b, 5; domain rule 10).

The hard rules are those of a single request; besides, nobody is at two places at once, needs half an hour from one
district to another, and is asked more often than they allow. As many slots as possible are filled, and of all ways to
do so the best is taken: the points of the single requests, less a price on much for one person. What stays empty is
said with the reason, not hidden.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import combinations
from time import monotonic
from uuid import UUID

from services.volunteers.domain.matching import Obstacle, Question, free_asks
from services.volunteers.domain.optimum import Choice, Found, Task, best, price
from services.volunteers.domain.people import BlockReason, Helper, Wanted
from services.volunteers.domain.times import touched

TRAVEL = timedelta(minutes=30)
"""From one district to another (ours)."""

_EXACT = 1e-6
_DOES_OTHER_THINGS = frozenset({Obstacle.KIND, Obstacle.LANGUAGE})


class CannotBeFixed(Exception):
    """A slot was to be given to somebody against whom a rule stands; without an obstacle one of them is not there."""

    def __init__(self, slot_id: UUID, helper_id: UUID, found: tuple[Obstacle, ...] = ()) -> None:
        super().__init__(f"{helper_id} cannot come to {slot_id}: {', '.join(found) or 'not there'}")
        self.slot_id = slot_id
        self.helper_id = helper_id
        self.obstacles = found


@dataclass(frozen=True, slots=True)
class Gap:
    """Why a slot stays empty.

    `able` do such things and speak the language. `misses`: what keeps them, each counted once, by the first that one
    would say; `nearly`: against how many nothing else stands. `blocks`: for those who are kept by a time of every week,
    what it is.
    """

    slot_id: UUID
    able: int
    misses: Mapping[Obstacle, int]
    nearly: Mapping[Obstacle, int] = field(default_factory=dict)
    blocks: Mapping[BlockReason, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rota:
    """Who comes to which slot, and what stays empty.

    `optimal`: there is provably no better one. Otherwise `gap` says by what share a better one could beat it at most:
    by slots that are filled or, where no more can be, by what it is worth. `could_fill`: no rota fills more.
    `worth`: points less prices.
    """

    assigned: Mapping[UUID, UUID]
    empty: tuple[Gap, ...]
    optimal: bool
    gap: float
    seconds: float
    could_fill: int
    worth: float


def plan(
    helpers: Sequence[Helper],
    slots: Sequence[Wanted],
    *,
    today: date,
    seconds: float = 10.0,
    fixed: Mapping[UUID, UUID] | None = None,
) -> Rota:
    """The best rota that is found in `seconds`; `fixed` maps slots to who comes in any case.

    The same question gives the same answer, in whatever order, unless time runs out.

    Raises:
        CannotBeFixed: A rule stands against what is fixed.
    """
    began = monotonic()
    week = Week(helpers, slots, today, fixed or {})
    start = week.greedy()
    found = best(week.task, start, seconds - (monotonic() - began))
    chosen = week.completed(found.chosen)
    worth = week.task.worth(chosen)
    optimal = found.optimal or (len(chosen) == found.could_fill and worth >= found.could_be_worth - _EXACT)
    return Rota(
        assigned=week.assigned(chosen),
        empty=week.gaps(chosen),
        optimal=optimal,
        gap=0.0 if optimal else _gap(found, len(chosen), worth),
        seconds=monotonic() - began,
        could_fill=found.could_fill,
        worth=worth,
    )


def apart(one: Wanted, other: Wanted) -> bool:
    """Whether nobody can come to both: at the same time, or too short a way between them."""
    if one.during is None or other.during is None:
        return False
    elsewhere = one.district is not None and other.district is not None and one.district != other.district
    way = TRAVEL if elsewhere else timedelta()
    return one.during.starts < other.during.ends + way and other.during.starts < one.during.ends + way


class Week:
    """All helpers held against all slots, in the order of their ids: the same question is the same task."""

    def __init__(
        self, helpers: Iterable[Helper], slots: Iterable[Wanted], today: date, fixed: Mapping[UUID, UUID]
    ) -> None:
        self._helpers = sorted(helpers, key=lambda helper: helper.id)
        self._slots = sorted(slots, key=lambda slot: slot.id)
        self._questions = [Question(slot, today) for slot in self._slots]
        self._apart = _pairs_apart(self._slots)
        self._asks = [free_asks(helper, today) for helper in self._helpers]
        self.task = self._task(self._known(fixed))

    def greedy(self) -> list[int]:
        """As one would do it by hand: the slots with the smallest choice first, each to who fits best."""
        return self.completed(sorted(self.task.forced))

    def completed(self, chosen: Sequence[int]) -> list[int]:
        """What is chosen, and to each slot that is still empty who fits best, as long as somebody is free."""
        task, done = self.task, _Done(self.task, self._apart, self._asks)
        for place in chosen:
            done.add(place)
        for slot in sorted(task.of_slot, key=lambda slot: (len(task.of_slot[slot]), slot)):
            free = [place for place in task.of_slot[slot] if done.allows(place)]
            if free and slot not in done.filled:
                done.add(max(free, key=lambda place: (done.gain(place), -place)))
        return sorted(done.chosen)

    def assigned(self, chosen: Iterable[int]) -> dict[UUID, UUID]:
        """Slot by slot who comes."""
        choices = (self.task.choices[place] for place in chosen)
        return {self._slots[choice.slot].id: self._helpers[choice.helper].id for choice in choices}

    def gaps(self, chosen: Iterable[int]) -> tuple[Gap, ...]:
        """Every slot that stays empty, by its time, with what keeps those who are able to."""
        done = _Done(self.task, self._apart, self._asks)
        for place in chosen:
            done.add(place)
        empty = [place for place in range(len(self._slots)) if place not in done.filled]
        return tuple(self._gap(slot, done) for slot in sorted(empty, key=self._when))

    def _gap(self, slot: int, done: "_Done") -> Gap:
        misses: Counter[Obstacle] = Counter()
        nearly: Counter[Obstacle] = Counter()
        blocks: Counter[BlockReason] = Counter()
        able = 0
        for number, helper in enumerate(self._helpers):
            found = self._questions[slot].obstacles(helper) or done.keeps(number, slot)
            if not _DOES_OTHER_THINGS.isdisjoint(found):
                continue
            able += 1
            misses.update(found[:1])
            nearly.update(found if len(found) == 1 else ())
            if found[:1] == (Obstacle.BLOCKED,):
                blocks.update(self._blocks(slot, helper))
        return Gap(self._slots[slot].id, able, dict(misses), dict(nearly), dict(blocks))

    def _blocks(self, slot: int, helper: Helper) -> list[BlockReason]:
        parts = self._questions[slot].parts
        return [block.reason for block in helper.blocks if any(touched(part, (block,)) for part in parts)][:1]

    def _when(self, slot: int) -> tuple[bool, float, int]:
        during = self._slots[slot].during
        return during is None, during.starts.timestamp() if during is not None else 0.0, slot

    def _known(self, fixed: Mapping[UUID, UUID]) -> dict[int, int]:
        """What is fixed, slot to helper, by their places."""
        helpers = {helper.id: place for place, helper in enumerate(self._helpers)}
        slots = {slot.id: place for place, slot in enumerate(self._slots)}
        for slot_id, helper_id in fixed.items():
            if slot_id not in slots or helper_id not in helpers:
                raise CannotBeFixed(slot_id, helper_id)
        return {slots[slot_id]: helpers[helper_id] for slot_id, helper_id in sorted(fixed.items())}

    def _task(self, fixed: Mapping[int, int]) -> Task:
        choices: list[Choice] = []
        forced: list[int] = []
        for slot, question in enumerate(self._questions):
            if slot in fixed:
                forced.append(len(choices))
                self._stands_against_none(question, self._helpers[fixed[slot]])
            for place in [fixed[slot]] if slot in fixed else range(len(self._helpers)):
                if question.allows(self._helpers[place]):
                    choices.append(Choice(place, slot, question.proposal(self._helpers[place]).score))
        minutes = [slot.during.minutes if slot.during is not None else 0 for slot in self._slots]
        task = Task(choices, frozenset(forced), _cliques(self._apart), self._asks, minutes)
        self._hold_together(task)
        return task

    def _stands_against_none(self, question: Question, helper: Helper) -> None:
        if found := question.obstacles(helper):
            raise CannotBeFixed(question.wanted.id, helper.id, found)

    def _hold_together(self, task: Task) -> None:
        """What is fixed must be possible at the same time."""
        done = _Done(task, self._apart, self._asks)
        for place in sorted(task.forced):
            choice = task.choices[place]
            if found := done.keeps(choice.helper, choice.slot):
                raise CannotBeFixed(self._slots[choice.slot].id, self._helpers[choice.helper].id, found)
            done.add(place)


class _Done:
    """What is decided so far, and what that leaves."""

    def __init__(self, task: Task, together: Sequence[frozenset[int]], asks: Sequence[int]) -> None:
        self._task = task
        self._apart = together
        self._asks = asks
        self._slots_of: dict[int, set[int]] = {}
        self.filled: set[int] = set()
        self.chosen: list[int] = []

    def add(self, place: int) -> None:
        choice = self._task.choices[place]
        self._slots_of.setdefault(choice.helper, set()).add(choice.slot)
        self.filled.add(choice.slot)
        self.chosen.append(place)

    def allows(self, place: int) -> bool:
        choice = self._task.choices[place]
        return not self.keeps(choice.helper, choice.slot)

    def keeps(self, helper: int, slot: int) -> tuple[Obstacle, ...]:
        """What of the rota itself keeps a helper from one more slot."""
        theirs = self._slots_of.get(helper, set())
        found = []
        if not self._apart[slot].isdisjoint(theirs):
            found.append(Obstacle.BOOKED)
        if len(theirs) >= self._asks[helper]:
            found.append(Obstacle.ASKED_ENOUGH)
        return tuple(found)

    def gain(self, place: int) -> float:
        """The points of one more choice, less by how much the helper's load becomes dearer."""
        choice, minutes = self._task.choices[place], self._task.minutes
        load = sum(minutes[slot] for slot in self._slots_of.get(choice.helper, ()))
        return choice.points - price(load + minutes[choice.slot]) + price(load)


def _gap(found: Found, filled: int, worth: float) -> float:
    if filled < found.could_fill:
        return (found.could_fill - filled) / found.could_fill
    return max(found.could_be_worth - worth, 0.0) / max(abs(found.could_be_worth), 1.0)


def _pairs_apart(slots: Sequence[Wanted]) -> list[frozenset[int]]:
    """For each slot those to which nobody can come as well."""
    found: list[set[int]] = [set() for _ in slots]
    for one, other in combinations(range(len(slots)), 2):
        if apart(slots[one], slots[other]):
            found[one].add(other)
            found[other].add(one)
    return [frozenset(others) for others in found]


def _cliques(together: Sequence[frozenset[int]]) -> list[list[int]]:
    """Sets of slots of which all are apart from each other, until every pair is in one: as large as they come.

    „One of these five at most" says more to a solver than ten pairs do.
    """
    covered: set[tuple[int, int]] = set()
    found: list[list[int]] = []
    for one, others in enumerate(together):
        for other in sorted(others):
            if other > one and (one, other) not in covered:
                clique = _grown([one, other], together)
                covered.update(combinations(clique, 2))
                found.append(clique)
    return found


def _grown(clique: list[int], together: Sequence[frozenset[int]]) -> list[int]:
    shared = together[clique[0]] & together[clique[1]]
    grown = list(clique)
    while shared:
        nearest = min(shared)
        grown.append(nearest)
        shared &= together[nearest]
    return sorted(grown)
