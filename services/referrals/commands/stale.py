"""Asks partners to confirm what nobody has confirmed for long: their entry and their offers (report, 3.1a)."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands.mails import MailKind, mail_partners
from services.referrals.domain.offers import stale_before
from services.referrals.tables import Offer, Partner
from shared.days import day_of

ASKED_EVERY = timedelta(days=30)

_DUE = text(
    """
    select p.id from partner p
    where p.active and (
        (p.confirmed_on < :before and coalesce(p.asked_on <= :asked_before, true))
        or exists (
            select from offer o
            where o.partner_id = p.id and o.withdrawn_on is null and coalesce(o.valid_until >= :today, true)
                and o.confirmed_on < :before and coalesce(o.asked_on <= :asked_before, true)
        )
    )
    order by p.id limit :limit for update of p skip locked
    """
)
_ASKED = (
    text("update partner set asked_on = :today where id = any(:ids)"),
    text(
        "update offer set asked_on = :today where partner_id = any(:ids) and withdrawn_on is null "
        "and confirmed_on < :before"
    ),
)


async def ask_to_confirm(session: AsyncSession, now: datetime, stale_after_days: int, limit: int = 100) -> int:
    """Ask those who were not asked in the last thirty days, a mail each; how many it were, 0: none is left."""
    today = day_of(now)
    before = stale_before(today, stale_after_days)
    values = {"today": today, "before": before, "asked_before": today - ASKED_EVERY, "limit": limit}
    due = list((await session.execute(_DUE, values)).scalars())
    if due:
        for statement in _ASKED:
            await session.execute(statement, {"today": today, "before": before, "ids": due})
        await mail_partners(session, MailKind.CONFIRM, [(partner, {}) for partner in due], now)
    return len(due)


async def stale_offers(session: AsyncSession, partner: Partner, now: datetime, stale_after_days: int) -> list[Offer]:
    """The partner's offers that are to be confirmed, by title."""
    today = day_of(now)
    found = await session.exec(
        select(Offer).where(
            Offer.partner_id == partner.id,
            col(Offer.withdrawn_on).is_(None),
            col(Offer.confirmed_on) < stale_before(today, stale_after_days),
        )
    )
    offers = [offer for offer in found.all() if offer.valid_until is None or offer.valid_until >= today]
    return sorted(offers, key=lambda offer: (offer.title["de"], offer.id))
