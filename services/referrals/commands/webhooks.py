"""Webhooks (Standard Webhooks 1.0): a partner names an address, and what is addressed to it is sent there as well."""

import base64
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, delete, text
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands.acting import Acting
from services.referrals.tables import Partner
from services.referrals.tables.webhooks import DeliveryState, Webhook, WebhookDelivery
from shared.refusals import Forbidden, Invalid, Missing
from shared.web.outbound import check_url

FORMER_HOURS = 24
"""How long the secret before still signs."""
KEPT = timedelta(days=30)

# The outbox holds the message as it will be published, and is read in the transaction that has filled it.
_KEEP = text(
    """
    insert into webhook_delivery
        (event_id, partner_id, referral_id, event, body, state, attempts, next_try_at, added_at)
    select o.id, t.partner_id, t.referral_id, t.event,
        convert_to('{"sequence":"' || lpad(o.sequence::text, 10, '0') || '",', 'UTF8') || substring(o.body from 2),
        'waiting', 0, now(), now()
    from outbox o join told_to_partner t on t.event_id = o.id join webhook w on w.partner_id = t.partner_id
    where o.id = any (:ids) and exists (select from webhook) order by o.position
    on conflict (event_id) do nothing
    """
).bindparams(bindparam("ids", type_=ARRAY(Uuid)))


async def keep(session: AsyncSession, event_ids: Sequence[UUID]) -> None:
    """What was just told to partners, also for those that have a webhook; in the same transaction."""
    await session.flush()
    await session.execute(_KEEP, {"ids": list(event_ids)})


async def set_webhook(session: AsyncSession, by: Acting, url: str, private_hosts: Collection[str]) -> str | None:
    """Name the address, or another one; returns the new secret, None if the one there is stays.

    Raises `Invalid` for an address that is not public.
    """
    if (fault := check_url(url, private_hosts)) is not None:
        raise Invalid("url", fault)
    partner = await _own(session, by)
    webhook = await session.get(Webhook, partner.id, with_for_update=True)
    if webhook is not None:
        webhook.url, webhook.set_at = url, by.now
        session.add(webhook)
        return None
    webhook = Webhook(partner_id=partner.id, url=url, secret=_new_secret(), set_at=by.now)
    session.add(webhook)
    return webhook.secret


async def rotate_secret(session: AsyncSession, by: Acting) -> str:
    """Another secret; the one before still signs for a day. Raises `Missing`."""
    webhook = await _webhook(session, by)
    webhook.former_secret, webhook.former_until = webhook.secret, by.now + timedelta(hours=FORMER_HOURS)
    webhook.secret = _new_secret()
    session.add(webhook)
    return webhook.secret


async def remove_webhook(session: AsyncSession, by: Acting) -> None:
    """Nothing is sent there any more; what waits is dropped here, and stands on the partner's page as before."""
    webhook = await _webhook(session, by)
    await session.execute(delete(WebhookDelivery).where(col(WebhookDelivery.partner_id) == webhook.partner_id))
    await session.delete(webhook)


async def replay(session: AsyncSession, by: Acting, since: datetime) -> int:
    """Send again all that was sent or given up since then, in the same order; how many it are. Raises `Missing`."""
    webhook = await _webhook(session, by)
    again = (
        update(WebhookDelivery)
        .where(col(WebhookDelivery.partner_id) == webhook.partner_id, col(WebhookDelivery.added_at) >= since)
        .where(col(WebhookDelivery.state) != DeliveryState.WAITING)
        .values(state=DeliveryState.WAITING, attempts=0, next_try_at=by.now, settled_at=None, answer=None)
    )
    return int((await session.execute(again)).rowcount)  # type: ignore[attr-defined]


async def forget_settled(session: AsyncSession, before: datetime) -> None:
    """Away with what was settled long ago: it holds pseudonyms."""
    await session.execute(delete(WebhookDelivery).where(col(WebhookDelivery.settled_at) < before))


async def _own(session: AsyncSession, by: Acting) -> Partner:
    if by.partner is None:
        raise Forbidden("Das stellt der Partner selbst ein.")
    partner = (await session.exec(select(Partner).where(Partner.slug == by.partner))).one_or_none()
    if partner is None:
        raise Missing("Der Partner")
    return partner


async def _webhook(session: AsyncSession, by: Acting) -> Webhook:
    webhook = await session.get(Webhook, (await _own(session, by)).id, with_for_update=True)
    if webhook is None:
        raise Missing("Die Adresse")
    return webhook


def _new_secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
