"""Who may be asked for what, and who first (report, 3.1a, 3.1c; domain rules 9 and 10)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.volunteers.domain.people import Helper, Wanted


class Obstacle(StrEnum):
    """Was dagegen spricht, jemanden zu fragen: a hard rule, in the order in which one says them."""

    KIND = "kind"
    LANGUAGE = "language"
    CERTIFICATE = "certificate"
    """Children are there, and no certificate of good conduct counts on that day (§ 72a SGB VIII, domain rule 9)."""
    CONFIDENTIALITY = "confidentiality"
    CONFLICT = "conflict"
    WOMAN = "woman"
    DISTRICT = "district"
    CAR = "car"
    NOT_AVAILABLE = "not_available"
    BLOCKED = "blocked"
    ABSENT = "absent"
    REFUSED_TIME = "refused_time"
    BOOKED = "booked"
    PAUSED = "paused"
    RESTING = "resting"
    ASKED_ENOUGH = "asked_enough"


class Reason(StrEnum):
    """Was dafür spricht, jemanden zuerst zu fragen."""

    EARLIER_MATCH = "earlier_match"
    """It went well with this household before."""
    SAME_DISTRICT = "same_district"
    NEXT_DISTRICT = "next_district"
    NATIVE = "native"
    FLUENT = "fluent"
    """C1 or C2."""
    SPEAKS_LANGUAGE = "speaks_language"
    LITTLE_LOAD = "little_load"
    """Hardly any hours in the last 90 days."""
    NOT_ASKED_THIS_MONTH = "not_asked_this_month"


@dataclass(frozen=True, slots=True)
class Proposal:
    """Somebody who may be asked; more points are better."""

    helper_id: UUID
    score: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Miss:
    """Somebody against whom one hard rule alone stands."""

    helper_id: UUID
    obstacle: Obstacle


def obstacles(helper: Helper, wanted: Wanted, today: date) -> tuple[Obstacle, ...]:
    """Every hard rule that stands against asking this helper today; none: they may be asked."""
    raise NotImplementedError


def rank(helpers: Iterable[Helper], wanted: Wanted, today: date) -> list[Proposal]:
    """All that may be asked, the best first and, where points are equal, by id: always the same order."""
    raise NotImplementedError


def closest_misses(helpers: Iterable[Helper], wanted: Wanted, today: date, n: int) -> list[Miss]:
    """Up to `n` against whom exactly one hard rule stands: who would fill it."""
    raise NotImplementedError
