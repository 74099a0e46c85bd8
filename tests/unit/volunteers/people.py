"""Volunteers and requests of a made-up city, and random ones."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from hypothesis import strategies as st

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

TODAY = date(2017, 3, 15)
"""A Wednesday, in the week after which the clocks change (26.03.2017)."""
MONDAY = date(2017, 3, 20)
HOUSEHOLD = UUID(int=0xF00)


def skill(level: SkillLevel = SkillLevel.NATIVE, *, understands: bool = True, speaks: bool = True) -> Skill:
    """What somebody can do in a language."""
    return Skill(understands, speaks, reads=False, writes=False, level=level)


def moment(day: date, clock: str) -> datetime:
    """A local time of day."""
    return datetime.combine(day, time.fromisoformat(clock), BERLIN)


def interval(day: date, starts: str, ends: str) -> Interval:
    """From one local time of a day to another one."""
    return Interval(moment(day, starts), moment(day, ends))


def span(weekday: Weekday, starts: str, ends: str) -> Span:
    """A time of every week."""
    return Span(weekday, time.fromisoformat(starts), time.fromisoformat(ends))


def block(weekday: Weekday, starts: str, ends: str, reason: BlockReason = BlockReason.INTEGRATION_COURSE) -> Block:
    """A time of every week at which somebody cannot come."""
    return Block(weekday, time.fromisoformat(starts), time.fromisoformat(ends), reason)


ALWAYS = tuple(Span(weekday, time(), time()) for weekday in Weekday)
EVERY_MORNING = tuple(block(weekday, "08:30", "12:30") for weekday in list(Weekday)[:5])


def helper(number: int = 1, **more: object) -> Helper:
    """Somebody against whom nothing stands: interprets Arabic, may meet children, can come at any time."""
    told = {
        "kinds": frozenset({VolunteerKind.INTERPRETER}),
        "languages": {"ar": skill()},
        "districts": frozenset(),
        "home_district": None,
        "available": ALWAYS,
        "blocks": (),
        "absences": (),
        "woman": None,
        "certificate_until": date(2019, 12, 31),
        "confidentiality": True,
        "conflicts": frozenset(),
        "busy": (),
        "max_a_month": 4,
        "asked_in": {},
        "paused_until": None,
        "resting_until": None,
        "refused_times": (),
        "minutes_recent": 0,
        "good_with": frozenset(),
        "car": False,
        **more,
    }
    return Helper(id=UUID(int=number), **told)  # type: ignore[arg-type]


def wanted(number: int = 1, **more: object) -> Wanted:
    """An interpreter for Arabic, on Monday from 9 to 11 in Brackel, where children are."""
    told = {
        "kind": VolunteerKind.INTERPRETER,
        "language": "ar",
        "during": interval(MONDAY, "09:00", "11:00"),
        "district": District.BRACKEL,
        "minors": True,
        "woman_wanted": False,
        "household": HOUSEHOLD,
        **more,
    }
    return Wanted(id=UUID(int=0x1000 + number), **told)  # type: ignore[arg-type]


_TAGS = st.sampled_from(["ar", "ar-SY", "apc", "fa", "prs", "ku", "ckb", "ti"])
_DISTRICTS = st.sampled_from([District.BRACKEL, District.APLERBECK, District.MENGEDE])
_KINDS = st.sampled_from([VolunteerKind.INTERPRETER, VolunteerKind.INTERPRETER, *VolunteerKind])
_HOUSEHOLDS = st.sampled_from([UUID(int=0xF00 + number) for number in range(3)])
_CLOCKS = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))
_FIRST_DAYS = st.sampled_from([MONDAY, date(2017, 3, 26), date(2017, 10, 29), date(2017, 3, 31)])
_DAYS = st.builds(lambda day, more: day + timedelta(days=more), _FIRST_DAYS, st.integers(-1, 2))
_NEAR = st.integers(-3, 14).map(lambda days: TODAY + timedelta(days=days))
"""Two days on which the clocks change, the end of a month, and what is around them."""


def _spans(of: type[Span] | type[Block], *more: st.SearchStrategy[object]) -> st.SearchStrategy[Span | Block]:
    return (
        st.tuples(st.sampled_from(list(Weekday)), _CLOCKS, _CLOCKS, *more)
        .filter(lambda told: told[1] < told[2] or told[2] == time())
        .map(lambda told: of(*told))  # type: ignore[arg-type]
    )


_HALVES = st.sets(st.tuples(st.sampled_from(list(Weekday)), st.booleans()), min_size=8).map(
    lambda halves: tuple(
        Span(weekday, time(13) if late else time(), time() if late else time(13)) for weekday, late in halves
    )
)
INTERVALS = st.builds(
    lambda day, clock, minutes: Interval(
        datetime.combine(day, clock, BERLIN),
        datetime.fromtimestamp(datetime.combine(day, clock, BERLIN).timestamp() + 60 * minutes, BERLIN),
    ),
    _DAYS,
    _CLOCKS,
    st.sampled_from([15, 60, 90, 120, 180, 300]),
)
SKILLS = st.builds(
    Skill,
    st.integers(0, 9).map(bool),
    st.integers(0, 9).map(bool),
    st.just(False),
    st.just(False),
    st.sampled_from(SkillLevel),
)


@st.composite
def helpers(draw: st.DrawFn, number: int) -> Helper:
    """Somebody at random; mostly somebody who might come."""
    return helper(
        number,
        kinds=draw(st.frozensets(_KINDS, min_size=1, max_size=3)),
        languages=draw(st.dictionaries(_TAGS, SKILLS, max_size=3)),
        districts=draw(st.just(frozenset()) | st.frozensets(_DISTRICTS)),
        home_district=draw(st.none() | _DISTRICTS),
        available=draw(st.one_of(st.just(ALWAYS), _HALVES, st.lists(_spans(Span), max_size=6).map(tuple))),
        blocks=draw(st.lists(_spans(Block, st.sampled_from(BlockReason)), max_size=1).map(tuple)),
        absences=draw(
            st.lists(
                st.builds(lambda day, days: Absence(day, day + timedelta(days=days)), _DAYS, st.integers(0, 3)),
                max_size=1,
            ).map(tuple)
        ),
        woman=draw(st.sampled_from([True, False, None])),
        certificate_until=draw(st.sampled_from([None, date(2019, 12, 31), date(2019, 12, 31)]) | _DAYS),
        confidentiality=draw(st.integers(0, 5).map(bool)),
        conflicts=draw(st.frozensets(_HOUSEHOLDS, max_size=1)),
        busy=draw(st.lists(INTERVALS, max_size=1).map(tuple)),
        max_a_month=draw(st.integers(0, 4)),
        asked_in=draw(st.dictionaries(st.sampled_from([(2017, 3), (2017, 4)]), st.integers(0, 2))),
        paused_until=draw(st.none() | _NEAR),
        resting_until=draw(st.none() | _NEAR),
        refused_times=draw(st.lists(_spans(Span), max_size=1).map(tuple)),
        minutes_recent=draw(st.integers(0, 1500)),
        good_with=draw(st.frozensets(_HOUSEHOLDS, max_size=1)),
        car=draw(st.booleans()),
    )


@st.composite
def requests(draw: st.DrawFn, number: int) -> Wanted:
    """Something at random for which somebody is needed."""
    return wanted(
        number,
        kind=(kind := draw(_KINDS)),
        language=draw(_TAGS if kind is VolunteerKind.INTERPRETER else st.none() | _TAGS),
        during=draw(st.none() | INTERVALS if kind is VolunteerKind.MENTOR else INTERVALS),
        district=draw(st.none() | _DISTRICTS),
        minors=draw(st.booleans()),
        woman_wanted=draw(st.integers(0, 3).map(lambda one: one == 0)),
        household=draw(st.none() | _HOUSEHOLDS),
        car_wanted=draw(st.integers(0, 5).map(lambda one: one == 0)),
        asked_before=draw(st.just(frozenset()) | st.frozensets(st.integers(1, 3).map(lambda one: UUID(int=one)))),
    )
