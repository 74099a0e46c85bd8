"""Mails to partners, without personal data: that something waits for them, and a link that answers.

Written in the transaction of what they tell of, sent afterwards (`background/mails.py`), from texts that are made then
(`mail_texts.py`).
"""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.tables import Partner
from shared.mail import box, links
from shared.mail.box import Mail


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


_ADDRESS = text(
    """
    select c.email from partner_contact c
    where c.partner_id = :partner_id and c.email is not null
    order by (c.substitute_for is not null) <> exists (
        select from partner_closure p where p.partner_id = :partner_id and :today between p.from_on and p.to_on
    ), c.position, c.id
    limit 1
    """
)
"""Who answers for the partner, and while it is closed who stands in."""


async def write_mail(session: AsyncSession, kind: MailKind, to_address: str, **ids: UUID | str) -> Mail:
    """Have a mail sent; what it says is made from these ids when it is sent."""
    return await box.write(session, kind.value, to_address, **ids)


async def mail_partner(
    session: AsyncSession, kind: MailKind, partner: Partner, today: date, **ids: UUID | str
) -> Mail | None:
    """Tell a partner by mail, if it wants mails and an address is known."""
    address = await address_of(session, partner, today)
    if address is None:
        return None
    return await write_mail(session, kind, address, partner_id=partner.id, **ids)


async def address_of(session: AsyncSession, partner: Partner, today: date) -> str | None:
    """Where a partner's mails go: to a person there, else to the partner; None if it gets none."""
    if not partner.wants_mail or not partner.active:
        return None
    person = (await session.execute(_ADDRESS, {"partner_id": partner.id, "today": today})).scalar_one_or_none()
    return person or partner.email


async def forget(session: AsyncSession, referral_id: UUID) -> None:
    """The referral goes on without the partner: what was to be sent is not sent, and no link answers any more."""
    await box.drop(session, referral_id=referral_id)
    await links.drop(session, referral_id=referral_id)
