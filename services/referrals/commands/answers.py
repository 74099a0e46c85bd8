"""What a partner answers with the link from a mail, without signing in (network contract: associations without IT).

The link is used up in the transaction of its effect: an answer that is refused leaves it as it was.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands import deletions, offers, partners
from services.referrals.commands.acting import Acting
from services.referrals.commands.referrals import accept, decline, referral_for
from services.referrals.commands.stale import stale_offers
from services.referrals.commands.terms import ANSWER_LINK
from services.referrals.domain.states import OPEN
from services.referrals.tables import DeletionRequest, Offer, Partner, Referral, Via
from shared.contracts.words import DeclineReason, PartnerKind, ReferralState
from shared.mail import links
from shared.refusals import Conflict
from shared.web.tokens import Role

CONTACT_LASTS = timedelta(days=3)
"""A link that leads to contact data; as long as the intake's own codes (ours)."""


class LinkKind(StrEnum):
    """What a link is good for."""

    ANSWER = ANSWER_LINK
    CONTACT = "contact"
    DELETION = "deletion"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link asks its partner."""

    kind: LinkKind
    partner: Partner
    referral: Referral | None = None
    offer: Offer | None = None
    deletion: DeletionRequest | None = None
    stale: tuple[Offer, ...] = ()


async def make_link(session: AsyncSession, kind: LinkKind, lasts: timedelta, now: datetime, **about: UUID | str) -> str:
    """The code of a new link; `about` names the partner and what is asked of it."""
    return await links.make(session, kind.value, lasts, now, **about)


async def asked(session: AsyncSession, code: str, now: datetime, stale_after_days: int) -> Asked | None:
    """What the link asks now, without using it up; None if it is worth nothing (any more)."""
    link = await links.find(session, code, now)
    if link is None:
        return None
    kind = LinkKind(link.kind)
    partner = await session.get_one(Partner, UUID(link.about["partner_id"]))
    if kind is LinkKind.CONFIRM:
        if not partner.active:
            return None
        return Asked(kind, partner, stale=tuple(await stale_offers(session, partner, now, stale_after_days)))
    referral = await session.get_one(Referral, UUID(link.about["referral_id"]))
    offer = await session.get(Offer, referral.offer_id) if referral.offer_id else None
    deletion = None
    if kind is LinkKind.DELETION:
        deletion = await session.get_one(DeletionRequest, UUID(link.about["deletion_id"]))
    over = {
        LinkKind.ANSWER: referral.state is not ReferralState.REQUESTED,
        LinkKind.CONTACT: referral.state not in OPEN,
        LinkKind.DELETION: deletion is None or deletion.confirmed_at is not None,
    }
    return None if over[kind] else Asked(kind, partner, referral, offer, deletion)


async def accept_by_link(session: AsyncSession, code: str, question: Asked, now: datetime) -> str | None:
    """The partner helps; the code of a link that leads to the contact data, None where somebody comes with a slip."""
    await _use(session, code, question, now)
    referral = await accept(session, _by(question.partner, now), _of(question).id)
    if referral.household_id is None:
        return None
    about = {"partner_id": question.partner.id, "referral_id": referral.id}
    return await make_link(session, LinkKind.CONTACT, CONTACT_LASTS, now, **about)


async def decline_by_link(
    session: AsyncSession, code: str, question: Asked, reason: DeclineReason, now: datetime
) -> None:
    """The partner cannot help."""
    await _use(session, code, question, now)
    await decline(session, _by(question.partner, now), _of(question).id, reason)


async def open_contact(session: AsyncSession, code: str, question: Asked, now: datetime) -> tuple[UUID, str]:
    """The release with the contact data and its site. Raises `Conflict` while the site has not issued it."""
    referral = _of(question)
    if referral.grant_id is None or referral.grant_site is None:
        raise Conflict("Die Kontaktdaten sind noch nicht freigegeben.")
    await _use(session, code, question, now)
    return referral.grant_id, referral.grant_site


async def confirm_deletion_by_link(session: AsyncSession, code: str, question: Asked, now: datetime) -> None:
    """The partner has deleted it."""
    assert question.deletion is not None  # noqa: S101  (links of this kind have one)
    await _use(session, code, question, now)
    await deletions.confirm(session, _by(question.partner, now), question.deletion.id)


async def confirm_by_link(
    session: AsyncSession, code: str, question: Asked, shown: Collection[UUID], now: datetime
) -> None:
    """The partner's entry and those of its offers that were shown are right as they stand in the directory."""
    await _use(session, code, question, now)
    by = _by(question.partner, now)
    await partners.confirm_partner(session, by, question.partner.slug)
    for offer in (offer for offer in question.stale if offer.id in shown):
        await offers.confirm_offer(session, by, offer.id)


async def _use(session: AsyncSession, code: str, question: Asked, now: datetime) -> None:
    if question.referral is not None:  # first, as everywhere: who ends a referral makes its links worthless
        await referral_for(session, _by(question.partner, now), question.referral.id)
    if await links.use(session, code, now) is None:
        raise Conflict("Dieser Link wurde gerade schon benutzt.")


def _of(question: Asked) -> Referral:
    assert question.referral is not None  # noqa: S101  (only links of kind `confirm` are about none)
    return question.referral


def _by(partner: Partner, now: datetime) -> Acting:
    role = Role.AUTHORITY if partner.kind is PartnerKind.AUTHORITY else Role.PARTNER
    return Acting(partner.slug, role, None, partner.slug, now, Via.MAIL)
