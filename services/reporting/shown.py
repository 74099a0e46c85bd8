"""What a reader is shown of the figures: all of the own site's for its team, no small counts of people for others.

Tables for others are always protected as a whole, with all sites and all totals, and then cut to what was asked for;
so the answers to different questions about the same day fit together and nothing can be computed from the difference.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlmodel.ext.asyncio.session import AsyncSession

from services.reporting.domain.households import CIRCLES
from services.reporting.domain.suppression import (
    TOTAL,
    Cell,
    Dimension,
    Protected,
    protect,
    protect_parts,
    too_close,
    with_totals,
)
from services.reporting.queries.figures import PEOPLE, Counts, Figure, figures_by_site, partners_contacted
from services.reporting.queries.households import PersonsByCircle, persons_by_circle
from services.reporting.queries.needs import MET, OPEN, needs
from services.reporting.queries.referrals import KEYS, ReferralsBy, partners_asked, referrals
from services.reporting.queries.sites import districts_of, known_sites
from services.reporting.queries.volunteers import volunteers
from shared.contracts.words import CancelCause, DeclineReason, District, NeedArea, ReferralState
from shared.refusals import Forbidden


class Reader(NamedTuple):
    """Whose eyes: the team of one site, or the city's coordination, which may look at one site or at all."""

    own_site: str | None
    site: str | None

    @property
    def key(self) -> str:
        """The site in a table with totals."""
        return self.site or TOTAL


def reader(own_site: str | None, asked_site: str | None) -> Reader:
    """The reader of a request; a team that asks for another site is refused."""
    if own_site is not None and asked_site not in (None, own_site):
        raise Forbidden("Ihr Team sieht die Zahlen des eigenen Standorts.")
    return Reader(own_site, own_site or asked_site)


@dataclass(frozen=True, slots=True)
class Shown:
    """A count as it is shown: None where it is withheld."""

    count: int | None

    @property
    def suppressed(self) -> bool:
        """Whether there is a count that must not be shown."""
        return self.count is None


@dataclass(frozen=True, slots=True)
class LegalCircles:
    """Persons per district and legal circle on a day, with sums (`TOTAL` in either place)."""

    districts: list[str]
    protected: Protected
    reader: Reader

    def persons(self, district: str, circle: str) -> Shown:
        """Persons of a legal circle in a district."""
        return Shown(self.protected.shown(self.reader.key, district, circle))


async def legal_circles(session: AsyncSession, reader: Reader, day: date) -> LegalCircles:
    """The figure that the report (§6) calls „auf Stadtbezirksebene nicht ermittelbar"."""
    counts = await persons_by_circle(session, day)
    if reader.own_site is not None:
        counts = {cell: persons for cell, persons in counts.items() if cell[0] == reader.own_site}
        lived_in = {district for _, district, _ in counts}
        shown = {*lived_in, *await districts_of(session, reader.own_site)}
    else:
        shown = set(District)
    order = [*District, *sorted(shown - set(District))]
    sites = sorted({*await known_sites(session), *(site for site, _, _ in counts), *filter(None, [reader.site])})
    return LegalCircles([d for d in order if d in shown], _protected_circles(counts, sites, order, reader), reader)


def _protected_circles(counts: PersonsByCircle, sites: list[str], districts: list[str], reader: Reader) -> Protected:
    dimensions = [Dimension.flat(axis) for axis in (sites, districts, CIRCLES)]
    if reader.own_site is not None:
        return Protected(with_totals(counts, dimensions), frozenset())
    return protect(counts, dimensions)


async def figures(session: AsyncSession, reader: Reader, begin: date, until: date, today: date) -> dict[Figure, Shown]:
    """The figures of a period; persons are those on its last day, or today if that comes first."""
    counts = await figures_by_site(session, begin, until, today)
    circles = await legal_circles(session, reader, min(until, today))
    persons = circles.persons(TOTAL, TOTAL)
    partners = await partners_contacted(session, begin, until, reader.site)
    helped = await volunteers(session, begin, until, min(until, today), reader.site)
    if reader.own_site is not None:
        shown = {figure: Shown(counts[figure][reader.own_site]) for figure in Figure}
    else:
        people = protected_figures(counts, await known_sites(session), circles.protected)
        shown = {
            figure: Shown(people[figure].shown(reader.key, _leaf(figure)) if figure in people else None)
            for figure in Figure
        }
        for figure in frozenset(Figure) - PEOPLE:
            shown[figure] = Shown(counts[figure][reader.site] if reader.site else counts[figure].total())
    return {
        **shown,
        Figure.PERSONS: persons,
        Figure.PARTNERS_CONTACTED: Shown(partners),
        Figure.ASSIGNMENT_HOURS: Shown(helped.hours),
        Figure.VOLUNTEERS_HELPING: Shown(helped.helping),
        Figure.VOLUNTEERS_REGISTERED: Shown(helped.registered),
        Figure.TRAININGS_ATTENDED: Shown(helped.trained),
    }


def _leaf(figure: Figure) -> str:
    return figure.value


async def needs_by_area(session: AsyncSession, reader: Reader, begin: date, until: date) -> Protected:
    """Needs per site, area and state (`needs.MET`, `needs.OPEN`), with sums; they are counts about people in files."""
    counts = await needs(session, begin, until)
    if reader.own_site is not None:
        counts = {cell: number for cell, number in counts.items() if cell[0] == reader.own_site}
    sites = {*await known_sites(session), *(site for site, _, _ in counts), *filter(None, [reader.site])}
    dimensions = [Dimension.flat(sorted(sites)), Dimension.flat(NeedArea), Dimension.flat([MET, OPEN])]
    if reader.own_site is not None:
        return Protected(with_totals(counts, dimensions), frozenset())
    return protect(counts, dimensions)


@dataclass(frozen=True, slots=True)
class Referrals:
    """The referrals of a period, divided by one thing."""

    keys: tuple[str, ...]
    table: Protected
    reader: Reader

    def count(self, key: str = TOTAL) -> Shown:
        """Referrals with a key, or all of them."""
        return Shown(self.table.shown(self.reader.key, key))

    def rows(self) -> list[tuple[str, Shown]]:
        """Every key with its count."""
        return [(key, self.count(key)) for key in self.keys]


@dataclass(frozen=True, slots=True)
class ReferralsBySite(Referrals):
    """The totals of the sites."""

    def rows(self) -> list[tuple[str, Shown]]:
        """Every site that the reader may look at, with its count."""
        return [(site, Shown(self.table.shown(site, TOTAL))) for site in self.keys if self.reader.site in (None, site)]


async def referrals_of(session: AsyncSession, reader: Reader, begin: date, until: date, by: ReferralsBy) -> Referrals:
    """Referrals asked for in a period, by one thing; they are counts about people.

    The tables by different things have the same totals, which `protect_parts` takes into account.
    """
    column = _COUNTED_BY.get(by, by)
    keys = KEYS.get(by, ())
    if by is ReferralsBy.PARTNER:
        keys = await partners_asked(session, reader.own_site)
    counts = await referrals(session, begin, until, column, reader.own_site)
    sites = sorted({*await known_sites(session), *(site for site, _ in counts), *filter(None, [reader.site])})
    parts = _parts(column, KEYS.get(column, keys))
    if reader.own_site is not None:
        table = Protected(with_totals(counts, [Dimension.flat(sites), parts]), frozenset())
    else:
        table = protect_parts(counts, sites, parts)
    if by is ReferralsBy.SITE:
        return ReferralsBySite(tuple(sites), table, reader)
    return Referrals(keys, table, reader)


_COUNTED_BY = {ReferralsBy.REASON: ReferralsBy.STATE, ReferralsBy.SITE: ReferralsBy.KIND}
"""Reasons are parts of the states, and protected with them; the totals are the same in every table."""


def _parts(by: ReferralsBy, keys: tuple[str, ...]) -> Dimension:
    if by is not ReferralsBy.STATE:
        return Dimension.flat(keys)
    plain = [(state, TOTAL) for state in KEYS[by] if state not in (ReferralState.DECLINED, ReferralState.CANCELLED)]
    declined = [(reason, ReferralState.DECLINED, TOTAL) for reason in DeclineReason]
    cancelled = [(reason, ReferralState.CANCELLED, TOTAL) for reason in CancelCause]
    return Dimension([*plain, *declined, *cancelled])


_REST = "not_overdue"
# Figures of which one is a part of another are protected together, because the rest between them could be small.
_REACHED = Dimension(
    [
        (Figure.FIRST_VISITS_DONE, Figure.HOUSEHOLDS_REACHED),
        (Figure.HOUSEHOLDS_MET_ELSEWHERE, Figure.HOUSEHOLDS_REACHED),
    ]
)
_OPEN = Dimension([(Figure.FIRST_VISITS_OVERDUE, Figure.FIRST_VISITS_OPEN), (_REST, Figure.FIRST_VISITS_OPEN)])


def protected_figures(counts: Counts, sites: Iterable[str], persons: Protected) -> dict[Figure, Protected]:
    """The figures about people, per site and for all, with what must not be shown."""
    site_names = sorted({*sites, *(site for figure in counts.values() for site in figure)})
    by_site = Dimension.flat(site_names)
    not_overdue = counts[Figure.FIRST_VISITS_OPEN] - counts[Figure.FIRST_VISITS_OVERDUE]
    leaves: dict[Cell, int] = {
        **{(site, figure.value): counts[figure][site] for site in site_names for figure in PEOPLE},
        **{(site, _REST): not_overdue[site] for site in site_names},
    }

    def protect_part(what: Dimension, also_withheld: Iterable[Cell] = ()) -> dict[Figure, Protected]:
        part = {cell: count for cell, count in leaves.items() if cell[1] in what.paths}
        result = protect(part, [by_site, what], also_withheld)
        return {Figure(node): result for path in what.paths.values() for node in path if node != _REST}

    people = {**protect_part(_REACHED), **protect_part(_OPEN)}
    for alone in (
        Figure.OFFICE_HOUR_PEOPLE,
        Figure.HOST_SOCIETY_PEOPLE,
        Figure.FIRST_VISITS_REFUSED,
        Figure.MENTORSHIPS_RUNNING,
    ):
        people |= protect_part(Dimension([(alone,)]))
    people |= protect_part(
        Dimension([(Figure.HOUSEHOLDS_REGISTERED,)]),
        [
            (site, Figure.HOUSEHOLDS_REGISTERED)
            for site in [*site_names, TOTAL]
            if too_close(
                _total(counts[Figure.HOUSEHOLDS_REGISTERED], site),
                [people[figure].shown(site, figure) for figure in people if figure in _BESIDE_HOUSEHOLDS],
            )
        ],
    )
    people |= protect_part(
        Dimension([(Figure.PERSONS_REGISTERED,)]),
        [
            (site, Figure.PERSONS_REGISTERED)
            for site in [*site_names, TOTAL]
            if too_close(_total(counts[Figure.PERSONS_REGISTERED], site), [persons.shown(site, TOTAL, TOTAL)])
        ],
    )
    return people


_BESIDE_HOUSEHOLDS = frozenset(
    {
        Figure.HOUSEHOLDS_REACHED,
        Figure.FIRST_VISITS_DONE,
        Figure.HOUSEHOLDS_MET_ELSEWHERE,
        Figure.FIRST_VISITS_OPEN,
        Figure.FIRST_VISITS_OVERDUE,
        Figure.FIRST_VISITS_REFUSED,
    }
)


def _total(counts: dict[str, int], site: str) -> int:
    return sum(counts.values()) if site == TOTAL else counts.get(site, 0)
