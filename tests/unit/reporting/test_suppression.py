"""What a coordinator is shown never tells a small count of people, also not to somebody who calculates."""

from collections import Counter
from collections.abc import Mapping
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.domain.suppression import SMALL, TOTAL, Dimension, Protected, protect, protect_parts, too_close
from services.reporting.queries.figures import Counts, Figure
from services.reporting.shown import protected_figures

Table = dict[tuple[str, ...], int]


def other_values(protected: Protected, dimensions: list[Dimension], cell: tuple[str, ...]) -> set[int]:
    """The attacker: other values that `cell` may have, by solving the sums that are shown in whole numbers >= 0.

    Searches the unknown leaves near the truth, cell by cell, and gives up a branch when a shown sum is missed.
    """
    leaves = list(product(*(dimension.paths for dimension in dimensions)))
    parts: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for leaf in leaves:
        for total in product(*(d.paths[category] for d, category in zip(dimensions, leaf, strict=True))):
            parts.setdefault(total, set()).add(leaf)
    equations = [parts[total] for total in protected.counts if total not in protected.withheld]
    unknown = [leaf for leaf in leaves if leaf in protected.withheld]
    relevant = [[leaf for leaf in unknown if leaf in equation] for equation in equations]
    found: set[int] = set()

    def solve(position: int, difference: dict[tuple[str, ...], int]) -> bool:
        for terms in relevant:
            known = [difference[leaf] for leaf in terms if leaf in difference]
            if abs(sum(known)) > len(terms) - len(known):
                return False
        if position == len(unknown):
            there = sum(difference.get(leaf, 0) for leaf in parts[cell])
            if there != 0:
                found.add(protected.counts[cell] + there)
            return there != 0
        leaf = unknown[position]
        for step in (1, -1, 0):
            if protected.counts[leaf] + step >= 0 and solve(position + 1, {**difference, leaf: step}):
                return True
        return False

    unknown.sort(key=lambda leaf: leaf not in parts[cell])
    solve(0, {})
    return found


def flat(*sizes: int) -> list[Dimension]:
    return [Dimension.flat(f"{axis}{n}" for n in range(size)) for axis, size in zip("abc", sizes, strict=False)]


@st.composite
def tables(draw: st.DrawFn) -> tuple[Table, list[Dimension]]:
    sizes = draw(st.sampled_from([(1, 4), (2, 3), (3, 3), (1, 1), (2, 2, 2), (1, 3, 2), (4, 3)]))
    dimensions = flat(*sizes)
    counts = st.sampled_from([0, 0, 1, 2, 3, 4, 5, 6, 9, 30])
    return {leaf: draw(counts) for leaf in product(*(d.paths for d in dimensions))}, dimensions


@settings(max_examples=300, deadline=None)
@given(tables())
def test_nobody_can_calculate_it(given_table: tuple[Table, list[Dimension]]) -> None:
    """Every small count is withheld, and each withheld count could as well be another one, all sums being right."""
    counts, dimensions = given_table
    protected = protect(counts, dimensions)
    assert {cell for cell, count in protected.counts.items() if count in SMALL} <= protected.withheld
    for cell in protected.withheld:
        assert other_values(protected, dimensions, cell), f"{cell} can be calculated"


@settings(max_examples=150, deadline=None)
@given(tables().filter(lambda given_table: len(given_table[1]) == 2))
def test_nobody_can_calculate_it_from_tables_with_the_same_totals(given_table: tuple[Table, list[Dimension]]) -> None:
    """Tables that share their totals withhold the same ones, and who knows all totals still knows no small part."""
    counts, dimensions = given_table
    sites, parts = (list(dimension.paths) for dimension in dimensions)
    protected = protect_parts(counts, sites, dimensions[1])
    assert {cell for cell, count in protected.counts.items() if count in SMALL} <= protected.withheld
    totals = {cell for cell in protected.counts if cell[1] == TOTAL}
    known = Protected(protected.counts, protected.withheld - totals)
    for cell in protected.withheld:
        if cell in totals:
            assert other_values(protected, dimensions, cell), f"{cell} can be calculated"
        elif protected.counts[cell] in SMALL and len(parts) > 1:
            assert other_values(known, dimensions, cell), f"{cell} can be calculated with the totals"
    whole = {("whole", site): sum(counts[site, part] for part in parts) for site in sites}
    other = protect_parts({(site, part): n for (part, site), n in whole.items()}, sites, Dimension.flat(["whole"]))
    assert {cell for cell in other.withheld if cell[1] == TOTAL} == protected.withheld & totals


def test_the_attacker_is_able() -> None:
    """Without complementary suppression the same attacker has only one value left for a single small count."""
    dimensions = flat(2, 3)
    protected = protect(dict(zip(product(*(d.paths for d in dimensions)), [2, 9, 9, 9, 9, 9], strict=True)), dimensions)
    careless = Protected(protected.counts, frozenset({("a0", "b0")}))
    assert other_values(careless, dimensions, ("a0", "b0")) == set()
    assert other_values(protected, dimensions, ("a0", "b0"))


def test_four_cells_hide_one() -> None:
    """One small count in a table costs three more cells, and no total."""
    dimensions = flat(3, 3)
    counts = dict(zip(product(*(d.paths for d in dimensions)), [2, 9, 8, 7, 6, 9, 8, 9, 9], strict=True))
    protected = protect(counts, dimensions)
    assert len(protected.withheld) == 4
    assert all(TOTAL not in cell for cell in protected.withheld)


def test_nothing_small_nothing_withheld() -> None:
    """A table without small counts is shown as it is."""
    dimensions = flat(2, 2)
    counts = dict(zip(product(*(d.paths for d in dimensions)), [0, 5, 7, 12], strict=True))
    assert protect(counts, dimensions).withheld == frozenset()


def test_one_site_alone() -> None:
    """With a single site its counts are the totals: what is withheld of the one is withheld of the other."""
    dimensions = flat(1, 2)
    protected = protect({("a0", "b0"): 3, ("a0", "b1"): 40}, dimensions)
    assert protected.shown("a0", "b0") is None
    assert protected.shown(TOTAL, "b0") is None
    assert [protected.shown(a, "b1") for a in ("a0", TOTAL)].count(None) in (0, 2)


def test_subtotals() -> None:
    """Where a total has a subtotal, a small rest between them is not shown either."""
    reach = Dimension([("visited", "reached", "registered"), ("met", "reached", "registered"), ("rest", "registered")])
    protected = protect({("visited",): 43, ("met",): 94, ("rest",): 3}, [reach])
    assert protected.shown("rest") is None
    assert None in (protected.shown("reached"), protected.shown("registered"))
    for cell in protected.withheld:
        assert other_values(protected, [reach], cell)


def test_also_withheld() -> None:
    """A count that must not be shown for another reason cannot be calculated either."""
    dimensions = flat(3)
    protected = protect({("a0",): 50, ("a1",): 60, ("a2",): 70}, dimensions, [("a1",)])
    assert protected.shown("a1") is None
    assert other_values(protected, dimensions, ("a1",))


def test_close_neighbours() -> None:
    """Two counts on one page whose difference is a small count stand too close; equal ones do not."""
    assert too_close(137, [135])
    assert not too_close(137, [137, 150, None])


def test_same_table_same_choice() -> None:
    """The choice depends on the counts alone, so that asking again tells nothing more."""
    dimensions = flat(3, 3)
    cells = list(product(*(d.paths for d in dimensions)))
    counts: Mapping[tuple[str, ...], int] = dict(zip(cells, [2, 9, 0, 7, 1, 9, 8, 9, 3], strict=True))
    again = dict(reversed(counts.items()))
    assert protect(counts, dimensions).withheld == protect(again, dimensions).withheld


SITES = ("a", "b")
HOUSEHOLDS = [
    Figure.HOUSEHOLDS_REACHED,
    Figure.FIRST_VISITS_DONE,
    Figure.HOUSEHOLDS_MET_ELSEWHERE,
    Figure.FIRST_VISITS_OPEN,
    Figure.FIRST_VISITS_OVERDUE,
]


@st.composite
def periods(draw: st.DrawFn) -> tuple[Counts, Protected]:
    """The figures of a period, as two sites may have them."""
    number = st.sampled_from([0, 1, 2, 5, 9, 40])
    counts: Counts = {figure: Counter({site: draw(number) for site in SITES}) for figure in Figure}
    counts[Figure.HOUSEHOLDS_REACHED] = counts[Figure.FIRST_VISITS_DONE] + counts[Figure.HOUSEHOLDS_MET_ELSEWHERE]
    counts[Figure.FIRST_VISITS_OPEN] = counts[Figure.FIRST_VISITS_OVERDUE] + Counter({s: draw(number) for s in SITES})
    near = st.integers(0, 6)
    counts[Figure.HOUSEHOLDS_REGISTERED] = Counter(
        {s: counts[Figure.HOUSEHOLDS_REACHED][s] + draw(near) for s in SITES}
    )
    persons = {(site, "brackel", "sgb2"): draw(number) for site in SITES}
    counts[Figure.PERSONS_REGISTERED] = Counter({s: persons[s, "brackel", "sgb2"] + draw(near) for s in SITES})
    circles = protect(persons, [Dimension.flat(SITES), Dimension.flat(["brackel"]), Dimension.flat(["sgb2"])])
    return counts, circles


@settings(max_examples=200, deadline=None)
@given(periods())
def test_figures_of_a_page(period: tuple[Counts, Protected]) -> None:
    """No figure of a page is a small count of people, can be computed, or differs from its neighbour by one."""
    counts, circles = period
    people = protected_figures(counts, SITES, circles)
    for figure, table in people.items():
        for site in (*SITES, TOTAL):
            shown = table.shown(site, figure)
            assert shown not in SMALL
            if shown is None:
                parts = [f for f, other in people.items() if other is table]
                paths = [(f,) for f in parts] if len(parts) == 1 else _paths(parts)
                assert other_values(table, [Dimension.flat(SITES), Dimension(paths)], (site, figure))
    for site in (*SITES, TOTAL):
        registered = people[Figure.HOUSEHOLDS_REGISTERED].shown(site, Figure.HOUSEHOLDS_REGISTERED)
        assert not too_close(registered, [people[figure].shown(site, figure) for figure in HOUSEHOLDS])
        persons = people[Figure.PERSONS_REGISTERED].shown(site, Figure.PERSONS_REGISTERED)
        assert not too_close(persons, [circles.shown(site, TOTAL, TOTAL)])


def _paths(parts: list[Figure]) -> list[tuple[str, ...]]:
    if Figure.HOUSEHOLDS_REACHED in parts:
        whole = Figure.HOUSEHOLDS_REACHED
        return [(Figure.FIRST_VISITS_DONE, whole), (Figure.HOUSEHOLDS_MET_ELSEWHERE, whole)]
    return [(Figure.FIRST_VISITS_OVERDUE, Figure.FIRST_VISITS_OPEN), ("not_overdue", Figure.FIRST_VISITS_OPEN)]
