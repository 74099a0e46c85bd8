"""The week's rota as an integer program, solved by HiGHS; it knows numbers only.

For each choice (this helper comes to that slot) there is a yes or no. Two questions are put one after the other, so
that neither has to be weighed against the other one: how many slots can be filled at all, and which of all the ways to
fill so many is the best one. Points speak for a choice; what comes upon a helper beyond `BAND` in one week has a price
that rises with every further one, so that many do a little rather than few do much.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from time import monotonic
from typing import NamedTuple

import highspy
import numpy as np

BAND = 120
"""Minutes that cost the same; the first ones in a week cost nothing (ours)."""
PRICE = 8
"""Points an hour by which each further band is dearer than the one before (ours)."""

_FOR_THE_COUNT = 0.6
"""How much of the time may go into finding out how many slots can be filled."""
_LONG_ENOUGH = 0.01


class Choice(NamedTuple):
    """A helper may come to a slot; with the points that speak for it."""

    helper: int
    slot: int
    points: int


@dataclass(frozen=True)
class Task:
    """What is to be decided.

    `forced` are places in `choices` that are decided already. `apart`: of each of these sets of slots a helper can come
    to one at most; `asks`: to how many slots a helper can come; `minutes`: how long a slot is.
    """

    choices: Sequence[Choice]
    forced: frozenset[int]
    apart: Sequence[Sequence[int]]
    asks: Sequence[int]
    minutes: Sequence[int]

    @cached_property
    def of_helper(self) -> Mapping[int, Sequence[int]]:
        """The places of a helper's choices."""
        return _grouped((choice.helper, place) for place, choice in enumerate(self.choices))

    @cached_property
    def of_slot(self) -> Mapping[int, Sequence[int]]:
        """The places of the choices for a slot."""
        return _grouped((choice.slot, place) for place, choice in enumerate(self.choices))

    def worth(self, chosen: Iterable[int]) -> float:
        """The points of all that is chosen, less what the loads cost."""
        loads: dict[int, int] = defaultdict(int)
        points = 0
        for place in chosen:
            choice = self.choices[place]
            points += choice.points
            loads[choice.helper] += self.minutes[choice.slot]
        return points - sum(map(price, loads.values()))


@dataclass(frozen=True, slots=True)
class Found:
    """The places that are chosen; how many slots could be filled and how much it could be worth, at most."""

    chosen: Sequence[int]
    could_fill: int
    could_be_worth: float
    optimal: bool


class _Answer(NamedTuple):
    chosen: Sequence[int]
    bound: float
    proven: bool


def price(minutes: int) -> float:
    """Points that a helper's load of one week costs."""
    return sum(PRICE * band * length / 60 for band, length in enumerate(_bands(minutes)))


def best(task: Task, start: Sequence[int], seconds: float) -> Found:
    """The best way that is found in time, at least as good as `start`, and how much better another one could be."""
    until = monotonic() + seconds
    program = _Program(task)
    count = program.most(start, (until - monotonic()) * _FOR_THE_COUNT)
    finest = program.finest(count.chosen, until - monotonic())
    return Found(finest.chosen, int(count.bound + 1e-6), finest.bound, count.proven and finest.proven)


class _Program:
    """Rows and columns: the choices first, then each helper's bands beyond the first one."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._rows: list[tuple[float, float, Sequence[int], Sequence[float]]] = []
        self._band_costs: list[float] = []
        self._band_lengths: list[float] = []
        for places in task.of_slot.values():
            self._at_most(1, places)
        for helper, places in task.of_helper.items():
            self._of_helper(helper, places)

    def most(self, start: Sequence[int], seconds: float) -> _Answer:
        """As many slots as possible."""
        trivial = len(self._task.of_slot)
        if len(start) == trivial:
            return _Answer(start, trivial, True)
        ones = [1.0] * len(self._task.choices)
        answer = self._solve(ones, [0.0] * len(self._band_costs), self._rows, start, seconds, 0.99)
        if answer is None or len(answer.chosen) < len(start):
            return _Answer(start, trivial, False)
        bound = min(answer.bound, trivial)
        return _Answer(answer.chosen, bound, len(answer.chosen) >= int(bound + 1e-6))

    def finest(self, start: Sequence[int], seconds: float) -> _Answer:
        """The best of all ways to fill as many slots as `start` does."""
        task = self._task
        best_points = sorted(max(task.choices[place].points for place in places) for places in task.of_slot.values())
        trivial = float(sum(best_points[len(best_points) - len(start) :]))
        points = [float(choice.points) for choice in task.choices]
        so_many = (len(start), highspy.kHighsInf, range(len(points)), [1.0] * len(points))
        answer = self._solve(points, self._band_costs, [*self._rows, so_many], start, seconds, 1e-6)
        if answer is None or task.worth(answer.chosen) < task.worth(start):
            return _Answer(start, trivial, task.worth(start) >= trivial)
        return answer._replace(bound=min(answer.bound, trivial))

    def _of_helper(self, helper: int, places: Sequence[int]) -> None:
        task = self._task
        asks = min(task.asks[helper], len(places))
        if asks < len(places):
            self._at_most(asks, places)
        by_slot = {task.choices[place].slot: place for place in places}
        apart = {frozenset(slot for slot in slots if slot in by_slot) for slots in task.apart}
        for slots in apart:
            if len(slots) > 1 and not any(slots < others for others in apart):
                self._at_most(1, sorted(by_slot[slot] for slot in slots))
        minutes = [float(task.minutes[task.choices[place].slot]) for place in places]
        _, *dearer = _bands(int(sum(sorted(minutes)[-asks:]))) if asks else [0]
        first = len(task.choices) + len(self._band_costs)
        bands = range(first, first + len(dearer))
        self._band_costs += [-PRICE * band / 60 for band, _ in enumerate(dearer, 1)]
        self._band_lengths += dearer
        if dearer:
            self._at_most(BAND, [*places, *bands], [*minutes, *([-1.0] * len(bands))])

    def _at_most(self, limit: float, columns: Sequence[int], factors: Sequence[float] | None = None) -> None:
        self._rows.append((-highspy.kHighsInf, limit, columns, factors or [1.0] * len(columns)))

    def _solve(
        self,
        costs: Sequence[float],
        band_costs: Sequence[float],
        rows: Sequence[tuple[float, float, Sequence[int], Sequence[float]]],
        start: Sequence[int],
        seconds: float,
        close_enough: float,
    ) -> _Answer | None:
        """What HiGHS finds, or None where it finds nothing in time. One thread, and nothing left to chance."""
        if seconds < _LONG_ENOUGH or not costs:
            return None
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, value in _OPTIONS.items():
            solver.setOptionValue(option, value)
        solver.setOptionValue("mip_abs_gap", close_enough)
        solver.setOptionValue("time_limit", seconds)
        choices, bands = len(costs), len(band_costs)
        lower = np.zeros(choices + bands)
        lower[sorted(self._task.forced)] = 1.0
        lengths = [len(columns) for _, _, columns, _ in rows]
        solver.passModel(
            choices + bands,
            len(rows),
            sum(lengths),
            int(highspy.MatrixFormat.kRowwise),
            int(highspy.ObjSense.kMaximize),
            0.0,
            np.array([*costs, *band_costs]),
            lower,
            np.array([*([1.0] * choices), *self._band_lengths]),
            np.array([row[0] for row in rows], dtype=float),
            np.array([row[1] for row in rows], dtype=float),
            np.array([0, *np.cumsum(lengths)], dtype=np.int32),
            np.array([column for row in rows for column in row[2]], dtype=np.int32),
            np.array([factor for row in rows for factor in row[3]], dtype=float),
            np.array([1] * choices + [0] * bands, dtype=np.int32),
        )
        solver.setSolution(len(start), np.array(start, dtype=np.int32), np.ones(len(start)))
        solver.run()
        info = solver.getInfo()
        if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return None
        values = solver.getSolution().col_value
        chosen = [place for place in range(choices) if values[place] > 0.5]
        return _Answer(chosen, info.mip_dual_bound, solver.getModelStatus() == highspy.HighsModelStatus.kOptimal)


_OPTIONS: Mapping[str, bool | int | float] = {
    "output_flag": False,
    "threads": 1,
    "random_seed": 1,
    "mip_rel_gap": 0.0,
}


def _bands(minutes: int) -> list[int]:
    """A load cut into bands: 300 minutes are 120, 120 and 60."""
    return [min(BAND, minutes - begun) for begun in range(0, max(minutes, 1), BAND)]


def _grouped(pairs: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    groups: dict[int, list[int]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return dict(groups)
