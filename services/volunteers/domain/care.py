"""Who needs care: asked too often, never asked, resting; and how the load is spread (report, 3.1c). Limits are ours."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from statistics import median

NEW_FOR = timedelta(days=30)
"""Somebody is new for so long; who was never asked by then may be disappointed."""
CERTIFICATE_SOON = timedelta(days=60)
LOAD_DAYS = 90

_BANDS = (0, 5, 10, 20, 40)


@dataclass(frozen=True, slots=True)
class Band:
    """How many volunteers have helped for more than `above` hours, and up to `until` (None: any more)."""

    above: int
    until: int | None
    people: int

    @property
    def label(self) -> str:
        """„mehr als 5 bis 10 Stunden"."""
        if self.until == 0:
            return "keine Stunde"
        if self.until is None:
            return f"mehr als {self.above} Stunden"
        return f"bis {self.until} Stunden" if self.above == 0 else f"mehr als {self.above} bis {self.until} Stunden"


def asked_too_often(asked_this_month: int, wish: int, asked_lately: int, median_lately: float) -> bool:
    """As often as they allowed this month; or lately more than twice as often as others, and by more than five."""
    often = asked_lately > 2 * median_lately and asked_lately - median_lately > 5
    return (asked_this_month >= wish and asked_this_month > 0) or often


def middle(numbers: Collection[int]) -> float:
    """The median; 0 of nobody."""
    return float(median(numbers)) if numbers else 0.0


def spread(minutes: Collection[int]) -> list[Band]:
    """How many volunteers have helped how long."""
    edges = [(-1, 0), *pairwise(_BANDS), (_BANDS[-1], None)]
    return [
        Band(
            max(above, 0),
            until,
            sum(above * 60 < each and (until is None or each <= until * 60) for each in minutes),
        )
        for above, until in edges
    ]
