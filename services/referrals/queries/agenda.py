"""Counts what the agenda of a round table proposes to talk about, for its site or all sites (report, 3.1a, 4.3)."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from sqlalchemy import exists, func, or_, text
from sqlalchemy import select as plain_select
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands.acting import Acting
from services.referrals.domain.agenda import Proposal, Shown, Subject, propose
from services.referrals.domain.matching import Wish
from services.referrals.domain.offers import stale_before
from services.referrals.domain.states import OPEN
from services.referrals.queries.matching import anything_fits
from services.referrals.tables import (
    AgendaItem,
    KnownBarrier,
    KnownHousehold,
    KnownNeed,
    Offer,
    Partner,
    Referral,
    RoundTable,
)
from shared.contracts.words import CITY, BarrierKind, DeclineReason, District, NeedArea, ReferralState, Topic
from shared.days import BERLIN
from shared.web.tokens import Role
from shared.web.words import word

LOOKS_BACK = relativedelta(months=3)
"""The last quarter, counted back from today."""


async def proposals(session: AsyncSession, by: Acting, table: RoundTable) -> list[Proposal]:
    """What the data shows for this table today; exact numbers of people for the site's own team alone."""
    site = None if table.site == CITY else table.site
    found = [
        *await _needs_without_offers(session, site, by.today),
        *await _reasons_for_declining(session, site, by.today),
        *await _stale_offers(session, site, by.today),
        *await _barriers(session, site, by.today),
    ]
    return propose(found, inside=by.role is Role.TEAM and by.site == table.site)


async def taken(session: AsyncSession, meeting_id: Any) -> set[str]:
    """Keys of the proposals that are on the meeting's agenda already."""
    query = select(AgendaItem.key).where(AgendaItem.meeting_id == meeting_id, col(AgendaItem.key).is_not(None))
    return {key for key in await session.exec(query) if key is not None}


async def _needs_without_offers(session: AsyncSession, site: str | None, today: date) -> list[Shown]:
    """Open needs for which nobody is asked and no offer fits. Equal needs are matched once."""
    asked = exists().where(col(Referral.need_id) == col(KnownNeed.need_id), col(Referral.state).in_(list(OPEN)))
    minors = col(KnownHousehold.minors) > 0
    query: Any = (
        plain_select(col(KnownHousehold.site), col(KnownNeed.area), col(KnownHousehold.district), minors, func.count())
        .join(KnownHousehold, col(KnownHousehold.household_id) == col(KnownNeed.household_id))
        .where(
            col(KnownNeed.met_on).is_(None),
            col(KnownNeed.identified_on).is_not(None),
            col(KnownHousehold.closed).is_(None),
            col(KnownHousehold.merged_into).is_(None),
            ~asked,
        )
        .group_by(col(KnownHousehold.site), col(KnownNeed.area), col(KnownHousehold.district), minors)
    )
    if site is not None:
        query = query.where(KnownHousehold.site == site)
    fits: dict[tuple[NeedArea, District, bool], bool] = {}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for of_site, area, district, with_minors, count in (await session.execute(query)).all():
        wanted = (area, district, with_minors)
        if wanted not in fits:
            wish = Wish(today, area=area, district=district, minors=int(with_minors))
            fits[wanted] = await anything_fits(session, wish, today)
        if not fits[wanted]:
            counts[area.value][of_site] += count
    return [Shown(Subject.NEED, area, word(NeedArea(area)), by_site) for area, by_site in counts.items()]


async def _reasons_for_declining(session: AsyncSession, site: str | None, today: date) -> list[Shown]:
    since = today - LOOKS_BACK
    query: Any = (
        select(Referral.reason, Referral.site, func.count())
        .where(Referral.state == ReferralState.DECLINED, _day_of(Referral.ended_at) >= since)
        .group_by(col(Referral.reason), Referral.site)
    )
    if site is not None:
        query = query.where(Referral.site == site)
    counts = _by_name((await session.execute(query)).all())
    return [Shown(Subject.DECLINED, name, word(DeclineReason(name)), by_site) for name, by_site in counts.items()]


async def _stale_offers(session: AsyncSession, site: str | None, today: date) -> list[Shown]:
    """Offers are no people: their number is told as it is."""
    query = (
        select(func.count())
        .select_from(Offer)
        .join(Partner, col(Partner.id) == Offer.partner_id)
        .where(
            col(Offer.withdrawn_on).is_(None),
            col(Partner.active),
            col(Offer.confirmed_on) < stale_before(today),
            or_(col(Offer.valid_until).is_(None), col(Offer.valid_until) >= today),
        )
    )
    if site is not None:
        query = query.where(or_(col(Partner.all_sites), col(Partner.sites).contains([site])))
    count = (await session.exec(query)).one()
    return [Shown(Subject.STALE, "offers", "", {site or CITY: count}, of_people=False)]


async def _barriers(session: AsyncSession, site: str | None, today: date) -> list[Shown]:
    query: Any = (
        select(KnownBarrier.topic, KnownBarrier.site, func.count())
        .where(KnownBarrier.kind == BarrierKind.STRUCTURAL, KnownBarrier.on_day >= today - LOOKS_BACK)
        .group_by(col(KnownBarrier.topic), KnownBarrier.site)
    )
    if site is not None:
        query = query.where(KnownBarrier.site == site)
    counts = _by_name((await session.execute(query)).all())
    return [Shown(Subject.BARRIER, name, word(Topic(name)), by_site) for name, by_site in counts.items()]


def _by_name(rows: Any) -> Mapping[str, Mapping[str, int]]:
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for name, site, count in rows:
        counts[name or "other"][site] = counts[name or "other"].get(site, 0) + count
    return counts


def _day_of(moment: Any) -> Any:
    return func.date(func.timezone(text(f"'{BERLIN.key}'"), moment))
