"""Which counts of people may leave the team: none from 1 to 4, nor any from which such a one can be computed.

A table is a set of leaves (say, a site, a district and a legal circle) with all its totals. Small cells are withheld
first. Then, for each withheld cell, the table is given a *twin*: another table of whole numbers, none below zero, that
has another value there and agrees with this one in every cell that is shown. Whoever has only the shown cells and
totals cannot tell the two apart, and so cannot know the cell. Where no twin exists, the cheapest further cells are
withheld until there is one (complementary suppression).

The twins are found among the simplest ones: in each dimension a count is taken from one place and put in another, or
the total changes with it. Every combination of these keeps all sums right.

What this does not protect against stands in docs/architecture/reporting.md.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

SMALL = range(1, 5)
"""Counts of people that could point at one of them (docs/decisions/0026)."""

TOTAL = "*"
"""The node above all leaves of a flat dimension."""

Cell = tuple[str, ...]
_Vector = Mapping[str, int]


class Dimension:
    """The categories of one dimension: leaves, and above them nodes that count several leaves together."""

    def __init__(self, paths: Iterable[Sequence[str]]) -> None:
        """Each path is a leaf, followed by the nodes above it."""
        self.paths = {path[0]: tuple(path) for path in paths}
        self._leaves_below: dict[str, list[str]] = {}
        for leaf, path in self.paths.items():
            for node in path:
                self._leaves_below.setdefault(node, []).append(leaf)

    @classmethod
    def flat(cls, leaves: Iterable[str]) -> "Dimension":
        """Leaves with one total."""
        return cls((leaf, TOTAL) for leaf in leaves)

    def width(self, node: str) -> int:
        """How many leaves a node counts together."""
        return len(self._leaves_below[node])

    def shifts(self, node: str) -> Iterator[_Vector]:
        """The ways in which one more can be counted at `node`: taken from elsewhere, or with the totals growing."""
        below = self._leaves_below[node]
        for to in below:
            yield dict.fromkeys(self.paths[to], 1)
            for come_from in self.paths:
                if come_from not in below:
                    common = set(self.paths[to]) & set(self.paths[come_from])
                    yield {
                        **{each: 1 for each in self.paths[to] if each not in common},
                        **{each: -1 for each in self.paths[come_from] if each not in common},
                    }


class Parts(Dimension):
    """A dimension whose total is told elsewhere as well: a twin moves one from leaf to leaf and leaves the total."""

    def shifts(self, node: str) -> Iterator[_Vector]:
        """The ways in which one more can be counted at `node` by taking it from elsewhere."""
        return (vector for vector in super().shifts(node) if TOTAL not in vector)


@dataclass(frozen=True, slots=True)
class Protected:
    """All cells and totals of a table with their true values, and those of them that must not be shown."""

    counts: Mapping[Cell, int]
    withheld: frozenset[Cell]

    def shown(self, *cell: str) -> int | None:
        """The count, or None where it is withheld."""
        return None if cell in self.withheld else self.counts.get(cell, 0)


def with_totals(counts: Mapping[Cell, int], dimensions: Sequence[Dimension]) -> dict[Cell, int]:
    """Every cell of the table: leaves (0 where nobody is), subtotals and totals."""
    leaves = list(product(*(dimension.paths for dimension in dimensions)))
    if missing := counts.keys() - set(leaves):
        raise ValueError(f"{len(missing)} cells are in none of the dimensions")
    table: dict[Cell, int] = {}
    for leaf in leaves:
        for cell in product(*(d.paths[category] for d, category in zip(dimensions, leaf, strict=True))):
            table[cell] = table.get(cell, 0) + counts.get(leaf, 0)
    return table


def protect(
    counts: Mapping[Cell, int], dimensions: Sequence[Dimension], also_withheld: Iterable[Cell] = ()
) -> Protected:
    """Withhold the small counts, `also_withheld`, and as many more as it takes that none of them can be computed."""
    table = with_totals(counts, dimensions)
    withheld = {cell for cell, count in table.items() if count in SMALL} | set(also_withheld)
    ambiguous: set[Cell] = set()
    for cell in sorted(withheld):
        if cell not in ambiguous:
            twin = _cheapest_twin(cell, table, dimensions, withheld)
            withheld |= twin
            ambiguous |= twin
    return Protected(table, frozenset(withheld))


def protect_parts(counts: Mapping[Cell, int], sites: Sequence[str], parts: Dimension) -> Protected:
    """One of several tables that divide the same people of each site by different things, and so share their totals.

    Which totals are shown follows from the totals alone, and is the same for all of these tables. Where a site's total
    is withheld, the whole site is withheld in all of them: one more or less of it can then be anywhere in each. All
    other totals are taken as known: a table's twins leave them as they are, and so agree with every other table.
    """
    by_site = Dimension.flat(sites)
    table = with_totals(counts, [by_site, parts])
    totals = protect({(site,): table.get((site, TOTAL), 0) for site in sites}, [by_site])
    small = {cell for cell, count in table.items() if count in SMALL}
    withheld = small | {cell for cell in table if cell[:1] in totals.withheld}
    ambiguous: set[Cell] = set()
    dimensions = [by_site, Parts(parts.paths.values())]
    for cell in sorted(small):
        # The only part there is counts the same as the total, and is withheld with it.
        if cell not in ambiguous and cell[1] != TOTAL and len(parts.paths) > 1:
            twin = _cheapest_twin(cell, table, dimensions, withheld)
            withheld |= twin
            ambiguous |= twin
    return Protected(table, frozenset(withheld))


def _cheapest_twin(
    cell: Cell, table: Mapping[Cell, int], dimensions: Sequence[Dimension], withheld: set[Cell]
) -> set[Cell]:
    """The cells that differ in the twin which asks for the fewest and least wanted further cells to be withheld."""
    best: tuple[float, tuple[Cell, ...]] | None = None
    for vectors in product(*(d.shifts(node) for d, node in zip(dimensions, cell, strict=True))):
        changed = {
            tuple(node for node, _ in steps): prod(step for _, step in steps)
            for steps in product(*(vector.items() for vector in vectors))
        }
        cost = sum(_cost(each, table, dimensions) for each in changed if each not in withheld)
        for sign in (1, -1):
            if all(table[each] + sign * step >= 0 for each, step in changed.items()):
                candidate = (cost, tuple(sorted(changed)))
                best = candidate if best is None else min(best, candidate)
                break
    if best is None:  # one more of everybody always is a twin
        raise AssertionError(cell)
    return set(best[1])


def _cost(cell: Cell, table: Mapping[Cell, int], dimensions: Sequence[Dimension]) -> float:
    """How much is lost by withholding a cell: the more it counts together the more; an obvious zero hides badly."""
    width = prod(dimension.width(node) for dimension, node in zip(dimensions, cell, strict=True))
    count = table[cell]
    return width + (0.5 if count == 0 else count / (count + 1000))


def too_close(shown: int | None, beside: Iterable[int | None]) -> bool:
    """Whether a count stands so near to another one on the same page that the difference is a small count."""
    return shown is not None and any(other is not None and abs(shown - other) in SMALL for other in beside)
