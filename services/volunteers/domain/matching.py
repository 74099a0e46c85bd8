"""Who may be asked for what, and who first (report, 3.1a, 3.1c; domain rules 9 and 10).

Hard rules decide whether somebody may be asked at all. They stand here and nowhere else, so that a single request, the
week's rota and „what would fill it" mean the same. Soft ones give points, so that the load is shared, nobody crosses
the city for what a neighbour could do, and those who know each other meet again.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from services.volunteers.domain.people import Helper, Interval, Skill, SkillLevel, Wanted
from services.volunteers.domain.times import WallTime, away, covered, touched, wall_times
from shared.contracts.words import VolunteerKind
from shared.languages import nearest, primary
from shared.places import adjacent

CONFIDENTIAL = frozenset({VolunteerKind.INTERPRETER, VolunteerKind.MENTOR})
"""Who hears what a family tells, and has to undertake to keep it (report, 3.1c; which kinds is ours)."""


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
    ASKED_BEFORE = "asked_before"
    """Nobody is asked twice for the same thing."""


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
    """No more than two hours in the last 90 days."""
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


class Verdict(NamedTuple):
    """What one soft rule says: points, and the reason where it is worth saying."""

    points: int
    reason: Reason | None = None


def obstacles(helper: Helper, wanted: Wanted, today: date) -> tuple[Obstacle, ...]:
    """Every hard rule that stands against asking this helper today; none: they may be asked."""
    return Question(wanted, today).obstacles(helper)


def rank(helpers: Iterable[Helper], wanted: Wanted, today: date) -> list[Proposal]:
    """All that may be asked, the best first and, where points are equal, by id: always the same order."""
    question = Question(wanted, today)
    fits = [question.proposal(helper) for helper in helpers if question.allows(helper)]
    return sorted(fits, key=lambda proposal: (-proposal.score, proposal.helper_id))


def closest_misses(helpers: Iterable[Helper], wanted: Wanted, today: date, n: int) -> list[Miss]:
    """Up to `n` against whom exactly one hard rule stands, those first who would be asked first without it."""
    question = Question(wanted, today)
    misses = [
        (-question.proposal(helper).score, helper.id, found[0])
        for helper in helpers
        if len(found := question.obstacles(helper)) == 1 and found[0] not in _NOT_TO_BE_MENDED
    ]
    return [Miss(helper_id, obstacle) for _, helper_id, obstacle in sorted(misses)[:n]]


_NOT_TO_BE_MENDED = frozenset({Obstacle.CONFLICT, Obstacle.ASKED_BEFORE})
"""Nobody is to be talked out of it, or into it."""


class Question:
    """One request held against many helpers: what depends on the request alone is found once."""

    def __init__(self, wanted: Wanted, today: date) -> None:
        self.wanted = wanted
        self.today = today

    @cached_property
    def parts(self) -> tuple[WallTime, ...]:
        """When it is by the clock on the wall; nothing where no time is set."""
        return wall_times(self.wanted.during) if self.wanted.during is not None else ()

    @cached_property
    def last_day(self) -> date:
        """Until when what is required must count; today where no time is set."""
        return self.parts[-1].day if self.parts else self.today

    def obstacles(self, helper: Helper) -> tuple[Obstacle, ...]:
        """Every hard rule that stands against this helper, in their order."""
        return tuple(self._against(helper))

    def allows(self, helper: Helper) -> bool:
        """Whether no hard rule stands against this helper; the first one that does is enough to know."""
        return next(self._against(helper), None) is None

    def proposal(self, helper: Helper) -> Proposal:
        """The points of a helper and what speaks for them."""
        verdicts = (*self.fit(helper), _load(helper.minutes_recent), _asked(self._asked_this_month(helper)))
        return Proposal(
            helper.id,
            sum(verdict.points for verdict in verdicts),
            tuple(verdict.reason for verdict in verdicts if verdict.reason is not None),
        )

    def fit(self, helper: Helper) -> tuple[Verdict, ...]:
        """The soft rules that look at this request, not at what the helper did already."""
        return self._known(helper), self._way(helper), self._language(helper), self._spared(helper)

    def _against(self, helper: Helper) -> Iterator[Obstacle]:
        yield from self._of_what(helper)
        yield from self._of_where(helper)
        yield from self._of_when(helper)
        yield from self._of_how_often(helper)

    def _of_what(self, helper: Helper) -> Iterator[Obstacle]:
        wanted = self.wanted
        if wanted.kind not in helper.kinds:
            yield Obstacle.KIND
        if wanted.kind is VolunteerKind.INTERPRETER and not self._is_understood_by(helper):
            yield Obstacle.LANGUAGE
        if wanted.minors and not _counts(helper.certificate_until, self.last_day):
            yield Obstacle.CERTIFICATE
        if wanted.kind in CONFIDENTIAL and not helper.confidentiality:
            yield Obstacle.CONFIDENTIALITY
        if wanted.household is not None and wanted.household in helper.conflicts:
            yield Obstacle.CONFLICT
        if wanted.woman_wanted and helper.woman is not True:
            yield Obstacle.WOMAN

    def _of_where(self, helper: Helper) -> Iterator[Obstacle]:
        wanted = self.wanted
        if wanted.district is not None and helper.districts and wanted.district not in helper.districts:
            yield Obstacle.DISTRICT
        if wanted.car_wanted and not helper.car:
            yield Obstacle.CAR

    def _of_when(self, helper: Helper) -> Iterator[Obstacle]:
        parts = self.parts
        if not all(covered(part, helper.available) for part in parts):
            yield Obstacle.NOT_AVAILABLE
        if any(touched(part, helper.blocks) for part in parts):
            yield Obstacle.BLOCKED
        if any(away(part, helper.absences) for part in parts):
            yield Obstacle.ABSENT
        if any(touched(part, helper.refused_times) for part in parts):
            yield Obstacle.REFUSED_TIME
        if self.wanted.during is not None and _taken(helper, self.wanted.during):
            yield Obstacle.BOOKED

    def _of_how_often(self, helper: Helper) -> Iterator[Obstacle]:
        """What spares people from being asked: the day of the question counts, not that of the assignment."""
        if helper.paused_until is not None and self.today <= helper.paused_until:
            yield Obstacle.PAUSED
        if helper.resting_until is not None and self.today < helper.resting_until:
            yield Obstacle.RESTING
        if free_asks(helper, self.today) <= 0:
            yield Obstacle.ASKED_ENOUGH
        if helper.id in self.wanted.asked_before:
            yield Obstacle.ASKED_BEFORE

    def _is_understood_by(self, helper: Helper) -> bool:
        return self.wanted.language is None or spoken(helper.languages, self.wanted.language) is not None

    def _known(self, helper: Helper) -> Verdict:
        if self.wanted.household is not None and self.wanted.household in helper.good_with:
            return Verdict(40, Reason.EARLIER_MATCH)
        return _NOTHING

    def _way(self, helper: Helper) -> Verdict:
        there, home = self.wanted.district, helper.home_district
        if there is None or home is None:
            return Verdict(8)
        if home == there:
            return Verdict(25, Reason.SAME_DISTRICT)
        return Verdict(15, Reason.NEXT_DISTRICT) if home in adjacent(there) else _NOTHING

    def _language(self, helper: Helper) -> Verdict:
        if self.wanted.language is None or (tag := spoken(helper.languages, self.wanted.language)) is None:
            return _NOTHING
        level = helper.languages[tag].level
        points = _LEVELS[level] + 5 * (primary(tag) == primary(self.wanted.language))
        if level is SkillLevel.NATIVE:
            return Verdict(points, Reason.NATIVE)
        return Verdict(points, Reason.FLUENT if level in _FLUENT else Reason.SPEAKS_LANGUAGE)

    def _spared(self, helper: Helper) -> Verdict:
        """Women and drivers are kept for where only they may go, if somebody else can come as well."""
        unneeded = (helper.woman is True and not self.wanted.woman_wanted) + (helper.car and not self.wanted.car_wanted)
        return Verdict(-3 * unneeded)

    def _asked_this_month(self, helper: Helper) -> int:
        return asked_this_month(helper, self.today)


_NOTHING = Verdict(0)
_LEVELS = {level: 4 * place for place, level in enumerate(SkillLevel)}
_FLUENT = frozenset({SkillLevel.C1, SkillLevel.C2})
_LITTLE = 120


def spoken(languages: Mapping[str, Skill], wanted: str) -> str | None:
    """The tag under which somebody speaks and understands what is wanted, or what its speakers understand."""
    return nearest(wanted, (tag for tag, skill in languages.items() if skill.speaks and skill.understands))


def asked_this_month(helper: Helper, today: date) -> int:
    """How often somebody was asked in this month."""
    return helper.asked_in.get((today.year, today.month), 0)


def free_asks(helper: Helper, today: date) -> int:
    """How often somebody may still be asked in this month; the month of the question counts."""
    return max(helper.max_a_month - asked_this_month(helper, today), 0)


def _counts(until: date | None, day: date) -> bool:
    return until is not None and until >= day


def _taken(helper: Helper, during: Interval) -> bool:
    return any(during.meets(busy) for busy in helper.busy)


def _load(minutes: int) -> Verdict:
    """A point less for each half hour, up to 15 hours."""
    return Verdict(max(30 - minutes // 30, 0), Reason.LITTLE_LOAD if minutes <= _LITTLE else None)


def _asked(times: int) -> Verdict:
    return Verdict(max(12 - 3 * times, 0), None if times else Reason.NOT_ASKED_THIS_MONTH)
