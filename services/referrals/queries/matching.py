"""Offers for a need, out of memory: the directory is read anew only when it, or the day, has changed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from functools import lru_cache
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import select as plain_select
from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.domain import matching
from services.referrals.domain.matching import (
    STALE_AFTER_DAYS,
    Busy,
    Candidate,
    Ranking,
    Window,
    Wish,
    rank,
)
from services.referrals.domain.schedules import schedule_of
from services.referrals.tables import KnownHousehold, KnownNeed, Offer, Partner, PartnerClosure, Referral, metadata
from shared.contracts.words import Audience, District, NeedArea, OfferKind, ReferralState, Topic, Weekday
from shared.languages import primary
from shared.refusals import Missing
from shared.web import german

_ASKED = (
    ReferralState.REQUESTED,
    ReferralState.ACCEPTED,
    ReferralState.IN_PROGRESS,
    ReferralState.ON_HOLD,
    ReferralState.DECLINED,
    ReferralState.EXPIRED,
    ReferralState.FAILED,
)
"""An offer of such a referral is not proposed again for the same need."""
_OFFER = metadata.tables["offer"]
_WEEKDAYS = {weekday.value: number for number, weekday in enumerate(Weekday)}
_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class _Directory:
    """The offers as they stood at a version of the directory."""

    version: tuple[int, str]
    day: date
    by_kind: Mapping[OfferKind, Sequence[Candidate]]


_directories: WeakKeyDictionary[Any, _Directory] = WeakKeyDictionary()
"""By the engine of the database: one for each service that runs in this process."""


async def matches(session: AsyncSession, wish: Wish, today: date, stale_after_days: int = STALE_AFTER_DAYS) -> Ranking:
    """All offers that fit, the best first, with their reasons; or why nothing fits."""
    directory = await _current(session, today)
    candidates = [offer for kind in wish.kinds for offer in directory.by_kind.get(kind, ())]
    return rank(wish, candidates, today, stale_after_days)


async def anything_fits(session: AsyncSession, wish: Wish, today: date) -> bool:
    """Whether there is an offer at all that keeps the hard rules; quicker than to rank all that do."""
    directory = await _current(session, today)
    return matching.anything_fits(wish, (one for kind in wish.kinds for one in directory.by_kind.get(kind, ())), today)


async def wish_of_need(session: AsyncSession, site: str, need_id: UUID, today: date) -> Wish:
    """What is looked for, for a need of a household of this site. Raises `Missing` for any other."""
    query = (
        select(KnownNeed, KnownHousehold)
        .join(KnownHousehold, col(KnownHousehold.household_id) == KnownNeed.household_id)
        .where(KnownNeed.need_id == need_id, KnownHousehold.site == site)
    )
    found = (await session.exec(query)).one_or_none()
    if found is None:
        raise Missing("Der Bedarf")
    need, household = found
    return Wish(
        on=today,
        area=need.area,
        district=household.district,
        neighbourhood=household.neighbourhood,
        languages=named_languages(need.languages or household.languages),
        times=windows_of(need.times),
        minors=household.minors,
        busy=await _busy(session, household.household_id),
        tried=await _asked(session, Referral.need_id == need_id),
    )


def plain_wish(
    on: date,
    area: NeedArea | None,
    topic: Topic | None,
    district: District | None,
    neighbourhood: str | None,
    language: str | None,
) -> Wish:
    """What is looked for by somebody of whom no file says anything."""
    languages = named_languages([language] if language else [])
    return Wish(
        on, area=area, topic=topic, district=district, neighbourhood=neighbourhood, languages=languages, minors=None
    )


async def wish_of_referral(session: AsyncSession, referral: Referral, today: date) -> Wish:
    """What is looked for after a no, or no answer: as before, without the offers that were asked already."""
    tried = await _asked(session, col(Referral.id).in_(await _tries(session, referral)))
    if referral.need_id is not None:
        try:
            wish = await wish_of_need(session, referral.site, referral.need_id, today)
        except Missing:
            pass  # the household is with another site, or the need is not known here: what the referral says remains
        else:
            return replace(wish, tried=wish.tried | tried, topic=referral.topic)
    return Wish(
        on=today,
        area=referral.area,
        topic=referral.topic,
        district=referral.district,
        languages=named_languages(referral.languages),
        times=windows_of(referral.times),
        busy=await _busy(session, referral.household_id) if referral.household_id else (),
        tried=tried,
    )


def named_languages(tags: Iterable[str]) -> dict[str, str]:
    """Primary subtags with the languages' German names."""
    return {primary(tag): german.language(primary(tag)) for tag in tags}


def windows_of(times: Iterable[Mapping[str, str]]) -> tuple[Window, ...]:
    """Times of the week as events have them: `weekday`, `from`, `to`."""
    return tuple(
        Window(_WEEKDAYS[one["weekday"]], _minutes(time.fromisoformat(one["from"])), _until(one["to"])) for one in times
    )


async def _current(session: AsyncSession, today: date) -> _Directory:
    # xmin besides: a version that was rolled back is given again to another change
    found = await session.execute(text("select version, xmin::text from directory_version"))
    row = found.one()
    version = (int(row[0]), str(row[1]))
    engine = session.get_bind()
    known = _directories.get(engine)
    if known is None or known.version != version or known.day != today:
        known = _directories[engine] = _Directory(version, today, await _read(session, today))
    return known


async def _read(session: AsyncSession, today: date) -> Mapping[OfferKind, Sequence[Candidate]]:
    closures: dict[UUID, list[tuple[date, date]]] = defaultdict(list)
    for closure in await session.exec(
        select(PartnerClosure).where(col(PartnerClosure.to_on) >= today).order_by(col(PartnerClosure.from_on))
    ):
        closures[closure.partner_id].append((closure.from_on, closure.to_on))
    query = (
        plain_select(col(Partner.slug), *_OFFER.c)  # rows: five thousand objects would cost a second
        .join(_OFFER, _OFFER.c.partner_id == col(Partner.id))
        .where(_OFFER.c.withdrawn_on.is_(None), col(Partner.active))
    )
    by_kind: dict[OfferKind, list[Candidate]] = defaultdict(list)
    for row in await session.execute(query):
        candidate = _candidate(row, tuple(closures.get(row.partner_id, ())))
        by_kind[candidate.kind].append(candidate)
    return by_kind


def _candidate(offer: Any, closed: tuple[tuple[date, date], ...]) -> Candidate:
    return Candidate(
        offer_id=UUID(int=offer.id.int),
        partner=offer.slug,
        kind=offer.kind,
        title=offer.title["de"],
        confirmed_on=offer.confirmed_on,
        districts=frozenset(map(District, offer.districts)),
        district=District(offer.district) if offer.district else None,
        neighbourhood=offer.neighbourhood,
        languages=frozenset(map(primary, offer.languages)),
        windows=_windows(offer.rrule, offer.starts_at, offer.ends_at, offer.first_on),
        free=offer.free,
        waiting=offer.waiting,
        audiences=frozenset(map(Audience, offer.audiences)),
        childcare=offer.childcare,
        legal_advice=offer.legal_advice,
        valid_from=offer.valid_from,
        valid_until=offer.valid_until,
        closed=closed,
    )


@lru_cache(maxsize=10_000)
def _windows(rule: str | None, begins: time | None, ends: time | None, first_on: date | None) -> tuple[Window, ...]:
    schedule = schedule_of(rule, begins, ends, first_on if rule is not None else None)
    return schedule.windows if schedule is not None else ()


async def _busy(session: AsyncSession, household_id: UUID) -> tuple[Busy, ...]:
    """When the household is at what it was referred to: it cannot be in two places."""
    going_on = (ReferralState.ACCEPTED, ReferralState.IN_PROGRESS)
    query = (
        select(Offer)
        .join(Referral, col(Referral.offer_id) == Offer.id)
        .where(Referral.household_id == household_id, col(Referral.state).in_(going_on))
        .order_by(col(Offer.id))
    )
    return tuple(
        Busy(window, f"„{offer.title['de']}“")
        for offer in await session.exec(query)
        for window in _windows(offer.rrule, offer.starts_at, offer.ends_at, offer.first_on)
    )


async def _asked(session: AsyncSession, which: Any) -> frozenset[UUID]:
    query = select(Referral.offer_id).where(which, col(Referral.offer_id).is_not(None), col(Referral.state).in_(_ASKED))
    return frozenset(UUID(int=offer_id.int) for offer_id in await session.exec(query) if offer_id is not None)


async def _tries(session: AsyncSession, referral: Referral) -> list[UUID]:
    """The referral and those that it replaces, one after the other."""
    first = select(Referral.id, Referral.replaces).where(Referral.id == referral.id).cte("tries", recursive=True)
    before = select(Referral.id, Referral.replaces).join(first, col(Referral.id) == first.c.replaces)
    return list(await session.exec(select(first.union_all(before).c.id)))


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _until(clock: str) -> int:
    return _DAY if clock == "24:00" else _minutes(time.fromisoformat(clock))
