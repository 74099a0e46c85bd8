"""`make bench-rota`: the week's rota of a whole city beside two ways to do it by hand; prints tables for the page.

By the calendar: each slot in the order of time to the best proposal that is still free, as a team would do it with the
page of a single request. The scarce ones first: the slots with the smallest choice before all others, which is where
the solver starts from.
"""

import argparse
import statistics
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from services.volunteers.domain.matching import free_asks, rank
from services.volunteers.domain.optimum import price
from services.volunteers.domain.people import Helper, Wanted
from services.volunteers.domain.rota import Rota, Week, apart, plan
from tests.bench.rota_city import ALL_DAY, TODAY, city


@dataclass(frozen=True)
class Outcome:
    """How many slots are filled, what that is worth, and the minutes of those who come."""

    filled: int
    worth: float
    loads: Sequence[int]

    def __str__(self) -> str:
        return f"{self.filled}, {self.worth:.0f}, {statistics.pstdev(self.loads):.0f}"


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(prog="python -m tests.bench.rota", description=__doc__)
    options.add_argument("--volunteers", type=int, default=200)
    options.add_argument("--slots", type=int, default=150)
    options.add_argument("--seeds", type=int, default=8)
    options.add_argument("--seconds", type=float, default=10.0)
    chosen = options.parse_args()
    for kind in ("as told", "free at all times and everywhere, asked twice at most"):
        print(f"\n**{kind.capitalize()}**: filled, worth, spread of minutes among those who come\n")
        print("| seed | choices | by the calendar | scarce first | HiGHS | filled at most | gap | first | done |")
        print("|" + " --- |" * 9)
        for seed in range(1, chosen.seeds + 1):
            helpers, slots = city(seed, chosen.volunteers, chosen.slots)
            if kind != "as told":
                helpers = [_free(helper) for helper in helpers]
            print(_row(seed, helpers, slots, chosen.seconds), flush=True)


def _row(seed: int, helpers: Sequence[Helper], slots: Sequence[Wanted], seconds: float) -> str:
    began = time.monotonic()
    week = Week(helpers, slots, TODAY, {})
    first = week.greedy()
    first_after = time.monotonic() - began
    found = plan(helpers, slots, today=TODAY, seconds=seconds)
    outcomes = (
        _outcome(_by_the_calendar(helpers, slots), helpers, slots),
        _outcome(week.assigned(first), helpers, slots),
        _outcome(found.assigned, helpers, slots),
    )
    return (
        f"| {seed} | {len(week.task.choices)} | {' | '.join(map(str, outcomes))} | {found.could_fill} | {_gap(found)} "
        f"| {first_after:.2f} s | {found.seconds:.2f} s |"
    )


def _gap(found: Rota) -> str:
    return "optimal" if found.optimal else f"{found.gap:.2%}"


def _by_the_calendar(helpers: Sequence[Helper], slots: Sequence[Wanted]) -> dict[UUID, UUID]:
    assigned: dict[UUID, UUID] = {}
    theirs: dict[UUID, list[Wanted]] = {helper.id: [] for helper in helpers}
    left = {helper.id: free_asks(helper, TODAY) for helper in helpers}
    for slot in sorted(slots, key=lambda slot: (slot.during is not None and slot.during.starts, slot.id)):
        for proposal in rank(helpers, slot, TODAY):
            own = theirs[proposal.helper_id]
            if len(own) < left[proposal.helper_id] and not any(apart(slot, other) for other in own):
                own.append(slot)
                assigned[slot.id] = proposal.helper_id
                break
    return assigned


def _outcome(assigned: Mapping[UUID, UUID], helpers: Sequence[Helper], slots: Sequence[Wanted]) -> Outcome:
    loads: Counter[UUID] = Counter()
    points = 0
    for slot in slots:
        if (helper_id := assigned.get(slot.id)) is not None:
            (helper,) = (helper for helper in helpers if helper.id == helper_id)
            points += rank([helper], slot, TODAY)[0].score
            loads[helper_id] += slot.during.minutes if slot.during else 0
    return Outcome(len(assigned), points - sum(map(price, loads.values())), list(loads.values()))


def _free(helper: Helper) -> Helper:
    return replace(helper, available=ALL_DAY, blocks=(), absences=(), districts=frozenset(), max_a_month=2, asked_in={})


if __name__ == "__main__":
    main()
