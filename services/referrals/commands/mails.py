"""Mails to partners, without personal data: that something waits for them, and a link that answers.

Written in the transaction of what they tell of, sent afterwards (`background/mails.py`), from texts that are made then
(`mail_texts.py`).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.tables import DeletionRequest, Partner, Referral
from shared.contracts import referrals as events
from shared.contracts.words import ReferralState
from shared.days import day_of
from shared.mail import Mail, box, links
from shared.mail.box import as_json


class MailKind(StrEnum):
    """What a mail is about."""

    REQUESTED = "requested"
    REMINDED = "reminded"
    CONTACT = "contact"
    """The contact data of somebody whom the partner helps can be looked at."""
    DELETION = "deletion"
    CONFIRM = "confirm"
    """Nobody has confirmed the partner's entry or its offers for long."""
    INVITATION = "invitation"


_ADDRESSES = """
    select p.id, coalesce((
        select c.email from partner_contact c
        where c.partner_id = p.id and c.email is not null
        order by (c.substitute_for is not null) <> exists (
            select from partner_closure x where x.partner_id = p.id and :today between x.from_on and x.to_on
        ), c.position, c.id
        limit 1
    ), p.email) as email
    from partner p
    where p.id = any(:partners) and p.wants_mail and p.active
"""
"""Who answers for each partner, and while it is closed who stands in; else the partner's own address."""
_ADDRESS = text(_ADDRESSES)
_WRITE = text(
    f"""
    with address as ({_ADDRESSES})
    insert into mail (to_address, kind, about, next_try_at)
    select a.email, :kind, cast(w.about as jsonb), :now
    from unnest(cast(:partners as uuid[]), cast(:abouts as text[])) with ordinality as w (partner_id, about, position)
    join address a on a.id = w.partner_id
    where a.email is not null
    order by w.position
    """  # noqa: S608  (two fixed texts)
)


async def write_mail(session: AsyncSession, kind: MailKind, to_address: str, **ids: UUID | str) -> Mail:
    """Have a mail sent; what it says is made from these ids when it is sent."""
    return await box.write(session, kind.value, to_address, **ids)


async def mail_partners(
    session: AsyncSession, kind: MailKind, about: Iterable[tuple[UUID, Mapping[str, UUID]]], now: datetime
) -> None:
    """Tell partners by mail what it is about, each that wants mails and whose address is known."""
    rows = list(about)
    if not rows:
        return
    values = {
        "kind": kind.value,
        "now": now,
        "today": day_of(now),
        "partners": [partner_id for partner_id, _ in rows],
        "abouts": [as_json({"partner_id": partner_id, **ids}) for partner_id, ids in rows],
    }
    await session.execute(_WRITE, values)


async def address_of(session: AsyncSession, partner: Partner, now: datetime) -> str | None:
    """Where a partner's mails go; None if it gets none."""
    found = (await session.execute(_ADDRESS, {"partners": [partner.id], "today": day_of(now)})).one_or_none()
    return found.email if found else None


async def after_step(session: AsyncSession, referral: Referral, event: type[events.Referral], now: datetime) -> None:
    """A partner that is asked learns of it; answered or over, mails and links before count no more."""
    asked = referral.state is ReferralState.REQUESTED
    if asked or event is events.ReferralAccepted or referral.ended_at is not None:
        await forget(session, "referral_id", [referral.id])
    if asked:
        await about_referrals(session, MailKind.REQUESTED, [referral], now)


async def about_referrals(session: AsyncSession, kind: MailKind, referrals: Iterable[Referral], now: datetime) -> None:
    """A mail about each referral to its partner."""
    await mail_partners(session, kind, [(each.partner_id, {"referral_id": each.id}) for each in referrals], now)


async def about_deletions(session: AsyncSession, requests: Sequence[DeletionRequest], now: datetime) -> None:
    """A mail about each deletion that is asked for; an earlier one that still waits is not sent as well."""
    await box.drop_all(session, "deletion_id", [request.id for request in requests])
    about = [(each.partner_id, {"referral_id": each.referral_id, "deletion_id": each.id}) for each in requests]
    await mail_partners(session, MailKind.DELETION, about, now)


async def forget(session: AsyncSession, name: str, ids: Sequence[UUID]) -> None:
    """What was to be sent of these (`name`: of which kind they are) is not sent, and no link about them works."""
    await box.drop_all(session, name, ids)
    await links.drop_all(session, name, ids)
