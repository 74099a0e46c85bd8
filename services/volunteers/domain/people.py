"""Those who help and what they are needed for, as the rules of matching see them (report, 3.1a, 3.1c, 5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from uuid import UUID

from shared.contracts.words import District, VolunteerKind, Weekday


class BlockReason(StrEnum):
    """Warum jemand zu einer festen Zeit der Woche nicht kann."""

    INTEGRATION_COURSE = "integration_course"
    """The interpreters themselves learn German in the morning (report, 5)."""
    WORK = "work"
    SCHOOL = "school"
    FAMILY = "family"
    OTHER = "other"


class SkillLevel(StrEnum):
    """Wie gut jemand eine Sprache kann (GER); in the order of the levels."""

    A1 = "a1"
    A2 = "a2"
    B1 = "b1"
    B2 = "b2"
    C1 = "c1"
    C2 = "c2"
    NATIVE = "native"


@dataclass(frozen=True, slots=True)
class Span:
    """A time of every week, local time in Europe/Berlin; `ends` does not belong to it, and 0:00 there is midnight."""

    weekday: Weekday
    starts: time
    ends: time


@dataclass(frozen=True, slots=True)
class Block:
    """A time of every week at which somebody cannot come, though it lies within their times; as `Span`."""

    weekday: Weekday
    starts: time
    ends: time
    reason: BlockReason


@dataclass(frozen=True, slots=True)
class Absence:
    """Days on which somebody is away, the first and the last included."""

    from_on: date
    until_on: date


@dataclass(frozen=True, slots=True)
class Interval:
    """From one moment up to another, which does not belong to it; kept in UTC."""

    starts: datetime
    ends: datetime

    def __post_init__(self) -> None:
        """Refuse what is no interval. Python compares the clocks of moments of one zone, and those go back."""
        if self.starts.tzinfo is None or self.ends.tzinfo is None:
            raise ValueError(f"without a zone: {self.starts} to {self.ends}")
        object.__setattr__(self, "starts", self.starts.astimezone(UTC))
        object.__setattr__(self, "ends", self.ends.astimezone(UTC))
        if self.starts >= self.ends:
            raise ValueError(f"not an interval: {self.starts} to {self.ends}")

    @property
    def minutes(self) -> int:
        """How long it is."""
        return int((self.ends - self.starts).total_seconds() // 60)

    def meets(self, other: "Interval") -> bool:
        """Whether nobody can be at both."""
        return self.starts < other.ends and other.starts < self.ends


@dataclass(frozen=True, slots=True)
class Skill:
    """What somebody can do in a language."""

    understands: bool
    speaks: bool
    reads: bool
    writes: bool
    level: SkillLevel


@dataclass(frozen=True, slots=True)
class Helper:
    """A volunteer.

    `languages` by BCP 47; `districts`: where they help (none: the whole city). `certificate_until`: the last day on
    which their certificate of good conduct counts. `conflicts`: households that they are not to meet, whoever said so;
    `good_with`: households with which it went well before. `busy`: what they have accepted. `asked_in`: how often they
    were asked in a (year, month). `paused_until` is the last day of a pause, `resting_until` the first day on which
    they may be asked again after a hard assignment. `refused_times`: „do not ask me at such times".
    `minutes_recent`: how long they helped in the last 90 days.
    """

    id: UUID
    kinds: frozenset[VolunteerKind]
    languages: Mapping[str, Skill]
    districts: frozenset[District]
    home_district: District | None
    available: tuple[Span, ...]
    blocks: tuple[Block, ...]
    absences: tuple[Absence, ...]
    woman: bool | None
    certificate_until: date | None
    confidentiality: bool
    conflicts: frozenset[UUID]
    busy: tuple[Interval, ...]
    max_a_month: int
    asked_in: Mapping[tuple[int, int], int]
    paused_until: date | None
    resting_until: date | None
    refused_times: tuple[Span, ...]
    minutes_recent: int
    good_with: frozenset[UUID]
    car: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody is needed for.

    Without `during` no time is set: a mentor is asked whether, not when. Without `district` the place does not count.
    `asked_before`: who was asked for this very thing already, whatever they said.
    """

    id: UUID
    kind: VolunteerKind
    language: str | None
    during: Interval | None
    district: District | None
    minors: bool
    woman_wanted: bool
    household: UUID | None
    car_wanted: bool = False
    asked_before: frozenset[UUID] = frozenset()
