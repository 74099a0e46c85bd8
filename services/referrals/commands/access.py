"""Which partners' own systems are connected: entered by operations, carried out on the broker by `lokal partner`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from sqlalchemy import delete
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands.acting import Acting
from services.referrals.commands.partners import check_sites, register_partner
from services.referrals.directory_inputs import RegisterPartner
from services.referrals.tables import Partner, PartnerAccess, Webhook, WebhookDelivery
from shared.contracts.words import PartnerKind
from shared.refusals import Conflict, Invalid, Missing


@dataclass(frozen=True, slots=True)
class Access:
    """A partner's system, as it is entered."""

    slug: str
    name: str
    sites: tuple[str, ...]
    all_sites: bool
    revoked: bool

    @classmethod
    def of(cls, partner: Partner, access: PartnerAccess) -> Self:
        """What the two rows say."""
        return cls(partner.slug, partner.name, tuple(access.sites), access.all_sites, access.revoked_at is not None)


async def grant(
    session: AsyncSession,
    by: Acting,
    slug: str,
    *,
    name: str | None,
    kind: PartnerKind,
    sites: Sequence[str],
    all_sites: bool,
) -> Access:
    """Connect a partner's system; a partner that is not in the directory yet is entered there.

    The same again changes nothing; other sites replace those before. Raises `Invalid`, `Conflict`.
    """
    check_sites(sites, all_sites)
    if not (sites or all_sites):
        raise Invalid("site", "Bitte mindestens einen Standort nennen, oder alle.")
    partner = await _partner(session, slug)
    if partner is None:
        if name is None:
            raise Invalid("name", "Dieser Partner ist noch nicht im Verzeichnis. Bitte seinen Namen nennen.")
        wanted = RegisterPartner(slug=slug, name=name, kind=kind, sites=list(sites), all_sites=all_sites)
        partner = await register_partner(session, by, wanted)
    elif not partner.active:
        raise Conflict("Dieser Partner gehört nicht mehr zum Netzwerk.")
    access = await session.get(PartnerAccess, partner.id)
    if access is None:
        access = PartnerAccess(partner_id=partner.id, granted_at=by.now)
    elif access.revoked_at is not None:
        access.revoked_at, access.granted_at = None, by.now
    access.sites, access.all_sites = sorted(set(sites)), all_sites
    session.add(access)
    await session.flush()
    return Access.of(partner, access)


async def revoke(session: AsyncSession, by: Acting, slug: str) -> Access:
    """Disconnect a partner's system; the partner stays in the directory. Raises `Missing`."""
    partner, access = await _access(session, slug)
    access.revoked_at = access.revoked_at or by.now
    session.add(access)
    # Nothing goes to its web server any more either.
    await session.execute(delete(WebhookDelivery).where(col(WebhookDelivery.partner_id) == partner.id))
    await session.execute(delete(Webhook).where(col(Webhook.partner_id) == partner.id))
    return Access.of(partner, access)


async def rotated(session: AsyncSession, by: Acting, slug: str) -> Access:
    """The system has a new password. Raises `Missing`, `Conflict` where it is not connected."""
    partner, access = await _access(session, slug)
    if access.revoked_at is not None:
        raise Conflict("Der Zugang ist entzogen.")
    access.rotated_at = by.now
    session.add(access)
    return Access.of(partner, access)


async def accesses(session: AsyncSession, *, revoked: bool = False) -> list[Access]:
    """Every system that is connected, by its partner's slug; `revoked`: also those that were."""
    query = select(Partner, PartnerAccess).join(PartnerAccess).order_by(Partner.slug)
    if not revoked:
        query = query.where(col(PartnerAccess.revoked_at).is_(None))
    return [Access.of(partner, access) for partner, access in (await session.exec(query)).all()]


async def _access(session: AsyncSession, slug: str) -> tuple[Partner, PartnerAccess]:
    query = select(Partner, PartnerAccess).join(PartnerAccess).where(Partner.slug == slug)
    found = (await session.exec(query.with_for_update(of=PartnerAccess))).one_or_none()
    if found is None:
        raise Missing(f"Der Zugang von {slug}")
    return found


async def _partner(session: AsyncSession, slug: str) -> Partner | None:
    return (await session.exec(select(Partner).where(Partner.slug == slug))).one_or_none()
