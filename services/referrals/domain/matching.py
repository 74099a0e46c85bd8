"""Which offers help with a need, best first, each with its reasons in plain words (report, 3.1a, 3.1b; requirement 2).

Hard rules decide whether an offer can be taken at all, soft ones add points. Every criterion gives an offer that
becomes better (nearer, freer, one more language or date to choose from) at least as many points as before, so that it
never falls behind; what is not known of an offer counts between good and bad. Nothing is decided here: all that fit are
listed, and where none does, the ranking says why.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from functools import cache
from typing import NamedTuple, overload
from uuid import UUID

from shared.contracts.words import Audience, District, NeedArea, OfferKind, Topic
from shared.places import DISTRICT_NAMES, adjacent

STALE_AFTER_DAYS = 90
"""So long after it was last confirmed an offer counts as out of date (ours)."""

KINDS_FOR_AREA: Mapping[NeedArea, tuple[OfferKind, ...]] = {
    NeedArea.LANGUAGE: (
        OfferKind.GERMAN_COURSE,
        OfferKind.LANGUAGE_CAFE,
        OfferKind.INTERPRETING,
        OfferKind.MENTORING,
    ),
    NeedArea.SCHOOL: (OfferKind.MENTORING, OfferKind.COUNSELLING, OfferKind.TRAINING, OfferKind.OTHER),
    NeedArea.KINDERGARTEN: (OfferKind.CHILDCARE, OfferKind.COUNSELLING),
    NeedArea.SOCIAL_CONTACTS: (
        OfferKind.MENTORING,
        OfferKind.LANGUAGE_CAFE,
        OfferKind.SPORT,
        OfferKind.INFORMATION_EVENT,
    ),
    NeedArea.HOUSING_SURROUNDINGS: (
        OfferKind.MOVING_HELP,
        OfferKind.COUNSELLING,
        OfferKind.MENTORING,
        OfferKind.INFORMATION_EVENT,
    ),
    NeedArea.LEISURE: (OfferKind.SPORT, OfferKind.LANGUAGE_CAFE, OfferKind.MENTORING, OfferKind.OTHER),
}
"""Which kinds of offers help in an area of needs, the most usual first (ours)."""

_ANYTHING_ELSE = (OfferKind.COUNSELLING, OfferKind.INFORMATION_EVENT, OfferKind.OTHER)
KINDS_FOR_TOPIC: Mapping[Topic, tuple[OfferKind, ...]] = {
    Topic.APPLICATION_HELP: (OfferKind.COUNSELLING,),
    Topic.HOUSING: (OfferKind.MOVING_HELP, OfferKind.COUNSELLING),
    Topic.LEGAL: (OfferKind.COUNSELLING,),
    Topic.HEALTH: (OfferKind.COUNSELLING,),
    **{Topic(area.value): kinds for area, kinds in KINDS_FOR_AREA.items()},
    Topic.VOLUNTEERING: _ANYTHING_ELSE,
    Topic.NEIGHBOURHOOD_CONFLICT: _ANYTHING_ELSE,
    Topic.OTHER: _ANYTHING_ELSE,
}
"""The same for what a contact was about."""

_ONE_AND_MANY: Mapping[OfferKind, tuple[str, str]] = {
    OfferKind.GERMAN_COURSE: ("Deutschkurs", "Deutschkurse"),
    OfferKind.MENTORING: ("Patenschaft", "Patenschaften"),
    OfferKind.SPORT: ("Sportangebot", "Sportangebote"),
    OfferKind.LANGUAGE_CAFE: ("Sprachcafé", "Sprachcafés"),
    OfferKind.MOVING_HELP: ("Umzugshilfe", "Umzugshilfen"),
    OfferKind.INTERPRETING: ("Sprachmittlung", "Sprachmittlungen"),
    OfferKind.COUNSELLING: ("Beratung", "Beratungen"),
    OfferKind.TRAINING: ("Schulung", "Schulungen"),
    OfferKind.INFORMATION_EVENT: ("Informationsveranstaltung", "Informationsveranstaltungen"),
    OfferKind.CHILDCARE: ("Kinderbetreuung", "Kinderbetreuungen"),
    OfferKind.OTHER: ("anderes Angebot", "andere Angebote"),
}
ALL_DATES = frozenset({OfferKind.GERMAN_COURSE, OfferKind.TRAINING})
"""Who takes part comes to every date; of other offers one comes when one can (ours)."""
_OF_THE_WEEK = ("montags", "dienstags", "mittwochs", "donnerstags", "freitags", "samstags", "sonntags")
_TIMES_SHOWN = 3
_WITH_CHILDREN = frozenset({Audience.FAMILIES, Audience.CHILDREN, Audience.YOUTH})
_ONLY_FOR = {
    Audience.WOMEN: "Frauen",
    Audience.MEN: "Männer",
    Audience.SENIORS: "ältere Menschen",
    Audience.CHILDREN: "Kinder",
    Audience.YOUTH: "Jugendliche",
}


class Window(NamedTuple):
    """A time of the week: `weekday` from 0 (Monday), `begins` and `ends` in minutes after midnight."""

    weekday: int
    begins: int
    ends: int

    def lies_in(self, other: "Window") -> bool:
        """Whether all of it is within the other."""
        return self.weekday == other.weekday and other.begins <= self.begins and self.ends <= other.ends

    def meets(self, other: "Window") -> bool:
        """Whether nobody can be at both."""
        return self.weekday == other.weekday and self.begins < other.ends and other.begins < self.ends


class Busy(NamedTuple):
    """When the household is at something that it was referred to already."""

    window: Window
    what: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What is looked for.

    Without `district` the place does not count; `minors` is None where nobody knows. `languages` maps the primary
    subtag of each language that the household speaks to its German name. `tried` are offers that have said no or not
    answered already.
    """

    on: date
    area: NeedArea | None = None
    topic: Topic | None = None
    district: District | None = None
    neighbourhood: str | None = None
    languages: Mapping[str, str] | None = None
    times: tuple[Window, ...] = ()
    minors: int | None = None
    busy: tuple[Busy, ...] = ()
    tried: frozenset[UUID] = frozenset()

    @property
    def kinds(self) -> tuple[OfferKind, ...]:
        """The kinds of offers that can help, the most usual first."""
        if self.topic is Topic.LEGAL or self.area is None:
            return KINDS_FOR_TOPIC[self.topic] if self.topic is not None else tuple(OfferKind)
        return KINDS_FOR_AREA[self.area]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An offer that stands in the directory: not withdrawn, of an active partner.

    `districts` are those that it serves (none: the whole city), `district` and `neighbourhood` where it takes place;
    `languages` are primary subtags; `closed` the partner's announced closures with their first and last day.
    """

    offer_id: UUID
    partner: str
    kind: OfferKind
    title: str
    confirmed_on: date
    districts: frozenset[District] = frozenset()
    district: District | None = None
    neighbourhood: str | None = None
    languages: frozenset[str] = frozenset()
    windows: tuple[Window, ...] = ()
    free: int | None = None
    waiting: int = 0
    audiences: frozenset[Audience] = frozenset()
    childcare: bool = False
    legal_advice: bool = False
    valid_from: date | None = None
    valid_until: date | None = None
    closed: tuple[tuple[date, date], ...] = ()


class Miss(Enum):
    """The hard rule that an offer of a fitting kind does not meet: as one says it of one, and of several."""

    LEGAL = ("ist keine Rechtsberatungsstelle", "sind keine Rechtsberatungsstellen")
    DISTRICT = ("gilt nicht in {place} oder daneben", "gelten nicht in {place} oder daneben")
    NOT_YET = ("hat noch nicht begonnen", "haben noch nicht begonnen")
    OVER = ("ist abgelaufen", "sind abgelaufen")
    AUDIENCE = ("ist nur für Familien mit Kindern", "sind nur für Familien mit Kindern")
    TRIED = ("wurde schon angefragt", "wurden schon angefragt")


class Verdict(NamedTuple):
    """What one criterion says of an offer: points, and words for or against it (empty: nothing worth saying)."""

    points: int = 0
    reason: str = ""
    against: str = ""


class Ranked(NamedTuple):
    """An offer that fits, with its points and what each criterion says of it."""

    offer: Candidate
    score: int
    verdicts: tuple[Verdict, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """What speaks for it, in the order in which one asks."""
        return tuple(verdict.reason for verdict in self.verdicts if verdict.reason)

    @property
    def against(self) -> tuple[str, ...]:
        """What speaks against it, or is to be asked."""
        return tuple(verdict.against for verdict in self.verdicts if verdict.against)

    @property
    def sentence(self) -> str:
        """„gleicher Stadtteil, Arabisch, 3 freie Plätze – überschneidet sich mit „Integrationskurs“"."""
        return " – ".join(", ".join(part) for part in (self.reasons, self.against) if part)


@dataclass(frozen=True, slots=True)
class Ranking:
    """All offers that fit, the best first; and how many of a fitting kind were left out by which rule."""

    fits: Sequence[Ranked]
    misses: Mapping[Miss, int]
    sentence: str
    """How many fit, or why nothing does."""


class _Fits(Sequence[Ranked]):
    """The offers in their order; words are put together for those that are looked at, few of thousands."""

    def __init__(self, judge: "_Judge", order: Sequence[Candidate]) -> None:
        self._judge = judge
        self._order = order

    def __len__(self) -> int:
        return len(self._order)

    @overload
    def __getitem__(self, place: int) -> Ranked: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Ranked]: ...

    def __getitem__(self, place: int | slice) -> Ranked | Sequence[Ranked]:
        if isinstance(place, slice):
            return [self._judge.ranked(offer) for offer in self._order[place]]
        return self._judge.ranked(self._order[place])


_NOTHING = Verdict()


def serves(districts: frozenset[District], place: District | None, district: District) -> bool:
    """Whether an offer is there for a district: named, or the whole city, or held next door for next door (ours)."""
    if not districts or district in districts:
        return True
    near = adjacent(district)
    return (place == district or place in near) and not districts.isdisjoint(near)


def rank(wish: Wish, candidates: Sequence[Candidate], today: date, stale_after_days: int = STALE_AFTER_DAYS) -> Ranking:
    """All candidates that keep every hard rule, by points and, where these are equal, by id: always the same order."""
    judge = _Judge(wish, today, stale_after_days)
    fits: list[Candidate] = []
    keys: list[int] = []
    misses: Counter[Miss] = Counter()
    kinds: Counter[OfferKind] = Counter()
    for candidate in candidates:
        if candidate.kind not in judge.ranks:
            continue
        kinds[candidate.kind] += 1
        if (miss := judge.miss(candidate)) is not None:
            misses[miss] += 1
        else:
            fits.append(candidate)
            keys.append(candidate.offer_id.int - (judge.score(candidate) << 128))
    # Numbers as keys, and no object for each offer: thousands of those would wake the garbage collector.
    order = [fits[place] for place in sorted(range(len(fits)), key=keys.__getitem__)]
    return Ranking(_Fits(judge, order), misses, _sentence(wish, len(order), kinds, misses))


def anything_fits(wish: Wish, candidates: Iterable[Candidate], today: date) -> bool:
    """Whether one candidate at least keeps every hard rule."""
    judge = _Judge(wish, today, STALE_AFTER_DAYS)
    return any(candidate.kind in judge.ranks and judge.miss(candidate) is None for candidate in candidates)


class _Judge:
    """The criteria for one wish. Each looks at one part of an offer, so that equal parts are judged once."""

    def __init__(self, wish: Wish, today: date, stale_after_days: int) -> None:
        self._wish = wish
        self._stale_before = today - timedelta(days=stale_after_days)
        self._stale_words = f"Angaben älter als {stale_after_days} Tage"
        self.ranks = {kind: max(6 - 3 * place, 0) for place, kind in enumerate(wish.kinds)}
        self._serves = cache(self._serves)  # type: ignore[method-assign]
        self._place = cache(self._place)  # type: ignore[method-assign]
        self._languages = cache(self._languages)  # type: ignore[method-assign]
        self._capacity = cache(self._capacity)  # type: ignore[method-assign]
        self._when = cache(self._when)  # type: ignore[method-assign]
        self._audience = cache(self._audience)  # type: ignore[method-assign]
        self._confirmed = cache(self._confirmed)  # type: ignore[method-assign]

    def miss(self, offer: Candidate) -> Miss | None:
        """The first hard rule that the offer breaks."""
        wish = self._wish
        if wish.topic is Topic.LEGAL and not offer.legal_advice:
            return Miss.LEGAL
        if not self._serves(offer.districts, offer.district):
            return Miss.DISTRICT
        if offer.valid_until is not None and offer.valid_until < wish.on:
            return Miss.OVER
        if offer.valid_from is not None and offer.valid_from > wish.on:
            return Miss.NOT_YET
        if wish.minors == 0 and offer.audiences and offer.audiences <= _WITH_CHILDREN:
            return Miss.AUDIENCE
        if offer.offer_id in wish.tried:
            return Miss.TRIED
        return None

    def score(self, offer: Candidate) -> int:
        """All points."""
        points = self.ranks[offer.kind]
        for verdict in self._verdicts(offer):
            points += verdict[0]
        return points

    def ranked(self, offer: Candidate) -> Ranked:
        """Points and verdicts, in the order in which one asks: where, in which language, is there room, when."""
        return Ranked(offer, self.score(offer), self._verdicts(offer))

    def _verdicts(self, offer: Candidate) -> tuple[Verdict, ...]:
        times, busy = self._when(offer.windows, offer.kind in ALL_DATES)
        return (
            self._place(offer.district, offer.neighbourhood),
            self._languages(offer.languages),
            self._capacity(offer.free, offer.waiting),
            times,
            self._childcare(offer.childcare),
            self._audience(offer.audiences),
            busy,
            self._closed(offer.closed),
            self._confirmed(offer.confirmed_on),
        )

    def _serves(self, districts: frozenset[District], place: District | None) -> bool:
        return self._wish.district is None or serves(districts, place, self._wish.district)

    def _place(self, district: District | None, neighbourhood: str | None) -> Verdict:
        wish = self._wish
        if wish.district is None or district is None:
            return _NOTHING
        if district == wish.district:
            if neighbourhood is not None and neighbourhood == wish.neighbourhood:
                return Verdict(40, "gleicher Stadtteil")
            return Verdict(25, "gleicher Stadtbezirk")
        if district in adjacent(wish.district):
            return Verdict(10, f"Nachbarbezirk {DISTRICT_NAMES[district]}")
        return Verdict(0, "", f"in {DISTRICT_NAMES[district]}")

    def _languages(self, spoken: frozenset[str]) -> Verdict:
        wanted = self._wish.languages or {}
        shared = [name for tag, name in wanted.items() if tag in spoken]
        if shared:
            return Verdict(25, ", ".join(shared))
        return _NOTHING if spoken else Verdict(10)

    def _capacity(self, free: int | None, waiting: int) -> Verdict:
        if free is None:
            return Verdict(8)
        if free > 0:
            return Verdict(20, "1 freier Platz" if free == 1 else f"{free} freie Plätze")
        return Verdict(0, "", f"Warteliste mit {waiting}" if waiting else "kein freier Platz")

    def _when(self, windows: tuple[Window, ...], all_dates: bool) -> tuple[Verdict, Verdict]:
        """Whether the dates lie in the times that were named, and whether the household is at something else then.

        Where one comes to some dates only, the best one counts.
        """
        if all_dates or not windows:
            return self._times(windows), self._busy(windows)
        times, busy = max(
            ((self._times((window,)), self._busy((window,))) for window in sorted(windows)),
            key=lambda of_one: of_one[0].points + of_one[1].points,
        )
        return times._replace(reason=_clock_words(windows)), busy

    def _times(self, windows: tuple[Window, ...]) -> Verdict:
        wanted = self._wish.times
        if not wanted or not windows:
            return Verdict(10, _clock_words(windows))
        inside = sum(any(window.lies_in(time) for time in wanted) for window in windows)
        if inside == len(windows):
            return Verdict(20, _clock_words(windows))
        if inside:
            return Verdict(10, _clock_words(windows), "nicht jeder Termin liegt in den genannten Zeiten")
        return Verdict(0, _clock_words(windows), "außerhalb der genannten Zeiten")

    def _busy(self, windows: tuple[Window, ...]) -> Verdict:
        taken = [busy.what for busy in self._wish.busy if any(window.meets(busy.window) for window in windows)]
        if not taken:
            return _NOTHING
        return Verdict(-15, "", f"überschneidet sich mit {' und '.join(dict.fromkeys(taken))}")

    def _childcare(self, childcare: bool) -> Verdict:
        return Verdict(8, "mit Kinderbetreuung") if childcare and self._wish.minors else _NOTHING

    def _audience(self, audiences: frozenset[Audience]) -> Verdict:
        """Whom it is for, where the household's figures do not tell: a question to ask, not a no."""
        minors = self._wish.minors
        if not audiences or Audience.EVERYBODY in audiences:
            return _NOTHING
        if minors != 0 and audiences & _WITH_CHILDREN:
            return _NOTHING
        groups = [words for audience, words in _ONLY_FOR.items() if audience in audiences]
        return Verdict(-5, "", f"nur für {' und '.join(groups)}")

    def _closed(self, closed: tuple[tuple[date, date], ...]) -> Verdict:
        for first, last in closed:
            if first <= self._wish.on <= last:
                return Verdict(-10, "", f"bis {last:%d.%m.} geschlossen")
        return _NOTHING

    def _confirmed(self, on: date) -> Verdict:
        return Verdict(5) if on >= self._stale_before else Verdict(0, "", self._stale_words)


def _clock_words(windows: tuple[Window, ...]) -> str:
    """„montags 9 Uhr und donnerstags 14:30 Uhr"."""
    words = [f"{_OF_THE_WEEK[window.weekday]} {_clock(window.begins)} Uhr" for window in sorted(windows)]
    return " und ".join(words) if len(words) <= _TIMES_SHOWN else f"{len(words)}-mal in der Woche"


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}" if minutes % 60 else f"{minutes // 60}"


def _sentence(wish: Wish, fits: int, kinds: Mapping[OfferKind, int], misses: Mapping[Miss, int]) -> str:
    if fits:
        return "1 Angebot passt." if fits == 1 else f"{fits} Angebote passen."
    if not kinds:
        return f"Nichts passt: Es ist kein Angebot eingetragen, das hier hilft ({_either(wish.kinds)})."
    found = ", ".join(f"{kinds[kind]} {_ONE_AND_MANY[kind][kinds[kind] != 1]}" for kind in wish.kinds if kind in kinds)
    place = DISTRICT_NAMES[wish.district] if wish.district is not None else ""
    why = ", ".join(
        f"{misses[miss]} {miss.value[misses[miss] != 1].format(place=place)}" for miss in Miss if miss in misses
    )
    return f"Nichts passt. Eingetragen: {found}. Davon {why}."


def _either(kinds: Iterable[OfferKind]) -> str:
    *rest, last = [_ONE_AND_MANY[kind][0] for kind in kinds]
    return f"{', '.join(rest)} oder {last}" if rest else last
