"""A made-up week of a city: volunteers with their times, and what they are needed for at all its sites."""

import random
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from services.volunteers.domain.people import (
    Absence,
    Block,
    BlockReason,
    Helper,
    Interval,
    Skill,
    SkillLevel,
    Span,
    Wanted,
)
from shared.contracts.words import District, VolunteerKind, Weekday
from shared.days import BERLIN

TODAY = date(2026, 11, 19)
MONDAY = date(2026, 11, 23)
_WORKDAYS = tuple(Weekday)[:5]
_TAGS = ("ar", "fa", "prs", "ku", "ckb", "tr", "ti", "fr", "ru", "uk", "sq", "ro")
_SPOKEN = (30, 9, 5, 10, 3, 10, 5, 6, 8, 8, 4, 5)
_NEEDED = (34, 14, 6, 10, 4, 8, 7, 3, 5, 6, 2, 4)
"""How often a language is spoken and needed, in the order of the tags."""
ALL_DAY = tuple(Span(day, time(8), time(20)) for day in _WORKDAYS)
_COURSE = tuple(Block(day, time(8, 30), time(12, 30), BlockReason.INTEGRATION_COURSE) for day in _WORKDAYS)
_SITES = (
    District.BRACKEL,
    District.HOERDE,
    District.MENGEDE,
    District.EVING,
    District.INNENSTADT_NORD,
    District.LUETGENDORTMUND,
    District.SCHARNHORST,
)


def city(seed: int, volunteers: int = 200, slots: int = 150) -> tuple[list[Helper], list[Wanted]]:
    """The volunteers and the week from `MONDAY` on; the same seed gives the same city."""
    chance = random.Random(seed)
    helpers = [_helper(chance, number) for number in range(volunteers)]
    return helpers, [_wanted(chance, number) for number in range(slots)]


def _helper(chance: random.Random, number: int) -> Helper:
    home = chance.choice(list(District))
    return Helper(
        id=UUID(int=number + 1),
        kinds=_kinds(chance),
        languages=_languages(chance),
        districts=frozenset() if chance.random() < 0.5 else frozenset({home, *chance.sample(_SITES, 3)}),
        home_district=home,
        available=tuple(_times(chance)),
        blocks=_COURSE if chance.random() < 0.35 else (),
        absences=(Absence(MONDAY, MONDAY + timedelta(days=6)),) if chance.random() < 0.06 else (),
        woman=chance.choice([True, True, False, False, None]),
        certificate_until=MONDAY + timedelta(days=400) if chance.random() < 0.7 else None,
        confidentiality=chance.random() < 0.9,
        conflicts=frozenset(),
        busy=(),
        max_a_month=chance.choice([1, 2, 2, 3, 4, 4, 6, 8]),
        asked_in={(TODAY.year, TODAY.month): chance.choice([0, 0, 0, 1, 2])},
        paused_until=TODAY if chance.random() < 0.05 else None,
        resting_until=MONDAY if chance.random() < 0.05 else None,
        refused_times=(),
        minutes_recent=int(chance.expovariate(1 / 300)),
        good_with=frozenset(UUID(int=0xF000 + chance.randrange(60)) for _ in range(chance.choice([0, 0, 1, 2]))),
        car=chance.random() < 0.3,
    )


def _kinds(chance: random.Random) -> frozenset[VolunteerKind]:
    kinds = (
        {VolunteerKind.INTERPRETER} if chance.random() < 0.75 else {VolunteerKind.MOVING_HELPER, VolunteerKind.TEACHER}
    )
    return frozenset(kinds | ({VolunteerKind.COMPANION} if chance.random() < 0.4 else set()))


def _languages(chance: random.Random) -> dict[str, Skill]:
    tags = chance.choices(_TAGS, _SPOKEN, k=chance.choice([1, 1, 1, 2]))
    return {tag: Skill(True, True, True, False, chance.choice(list(SkillLevel)[3:])) for tag in tags}


def _times(chance: random.Random) -> Sequence[Span]:
    days = chance.sample(_WORKDAYS, chance.choice([1, 2, 2, 3, 4, 5]))
    halves = {"morning": (time(8), time(13)), "afternoon": (time(13), time(19)), "day": (time(8), time(19))}
    return [Span(day, *halves[chance.choice(list(halves))]) for day in days]


def _wanted(chance: random.Random, number: int) -> Wanted:
    kind = chance.choices(
        [VolunteerKind.INTERPRETER, VolunteerKind.COMPANION, VolunteerKind.MOVING_HELPER, VolunteerKind.TEACHER],
        [80, 8, 7, 5],
    )[0]
    office = chance.random() < 0.5
    starts, minutes = (
        (chance.choice([time(9), time(14)]), 180)
        if office
        else (time(chance.randrange(9, 18), chance.choice([0, 30])), chance.choice([60, 90, 120]))
    )
    begins = datetime.combine(MONDAY + timedelta(days=chance.randrange(5)), starts, BERLIN)
    interpreter = kind is VolunteerKind.INTERPRETER
    return Wanted(
        id=UUID(int=0x10000 + number),
        kind=kind,
        language=chance.choices(_TAGS, _NEEDED)[0] if interpreter else None,
        during=Interval(begins, begins + timedelta(minutes=minutes)),
        district=chance.choice(_SITES),
        minors=chance.random() < (0.1 if office else 0.5),
        woman_wanted=not office and chance.random() < 0.15,
        household=None if office else UUID(int=0xF000 + chance.randrange(60)),
        car_wanted=kind is VolunteerKind.MOVING_HELPER and chance.random() < 0.5,
    )
