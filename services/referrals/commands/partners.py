"""Partners: entered by a team or the city, they keep themselves up to date or confirm it when asked (report, 3.1a).

Every function raises `Missing` for a partner that is not there and `Forbidden` for one that is not the asker's to
change.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands.acting import Acting
from services.referrals.commands.terms import reset_deadlines, terms_of
from services.referrals.directory_inputs import AgreeCooperation, ChangePartner, Contact, RegisterPartner
from services.referrals.domain.offers import check_order, check_texts
from services.referrals.tables import Cooperation, Partner, PartnerClosure, PartnerContact
from shared.contracts.referrals import CooperationAgreed, PartnerChanged, PartnerRegistered
from shared.contracts.words import CITY, RESERVED_SLUGS, SITES
from shared.messaging import outbox
from shared.refusals import Conflict, Forbidden, Invalid, Missing
from shared.web.tokens import Role

_OWN = (Role.PARTNER, Role.AUTHORITY)
_NOT_THE_PARTNERS = ("kind", "sites", "all_sites", "active")
_REQUIRED = ("name", "kind", "sites", "all_sites", "active", "description", "districts", "neighbourhoods", "languages")
_DEFAULT_TERMS = {"reminder_days": 3, "escalation_days": 7, "expiry_days": 14}


async def partner_for(session: AsyncSession, by: Acting, slug: str) -> Partner:
    """The partner that somebody is about to change, locked."""
    partner = await _locked(session, slug)
    require_theirs(by, partner)
    return partner


async def _locked(session: AsyncSession, slug: str) -> Partner:
    # Its key stays as it is: whoever holds a referral of it and writes down what the partner was told must not wait
    # here for somebody who waits for that referral.
    query = select(Partner).where(Partner.slug == slug).with_for_update(key_share=True)
    partner = (await session.exec(query)).one_or_none()
    if partner is None:
        raise Missing("Der Partner")
    return partner


def require_theirs(by: Acting, partner: Partner) -> None:
    """A partner changes itself, a team those that it works with, the city all."""
    if by.role in _OWN and by.partner != partner.slug:
        raise Forbidden("Das gehört einem anderen Partner. Es wurde nichts geändert.")
    if by.role is Role.TEAM and not (partner.all_sites or by.site in partner.sites):
        raise Forbidden("Dieser Partner arbeitet nicht mit Ihrem Standort zusammen. Es wurde nichts geändert.")


async def register_partner(session: AsyncSession, by: Acting, wanted: RegisterPartner) -> Partner:
    """Enter a partner with the people whom one reaches there."""
    if by.role in _OWN:
        raise Forbidden("Neue Partner trägt das Team oder die Projektleitung ein. Es wurde nichts geändert.")
    _check_slug(wanted.slug)
    check_sites(wanted.sites, wanted.all_sites)
    if by.role is Role.TEAM and not (wanted.all_sites or by.site in wanted.sites):
        raise Invalid("sites", "Bitte auch den eigenen Standort angeben.")
    if (await session.exec(select(Partner.id).where(Partner.slug == wanted.slug))).first() is not None:
        raise Conflict("Einen Partner mit diesem Kurznamen gibt es schon.")
    details = wanted.model_dump(mode="json", exclude={"contacts"})
    partner = Partner(**details | {"kind": wanted.kind}, confirmed_on=by.today, registered_at=by.now, changed_at=by.now)
    _check(partner)
    session.add(partner)
    await session.flush()
    for position, contact in enumerate(wanted.contacts):
        await _add_contact(session, partner, contact, position)
    await outbox.add(session, PartnerRegistered(**entry(partner)), audience="public")
    return partner


async def change_partner(session: AsyncSession, by: Acting, slug: str, wanted: ChangePartner) -> Partner:
    """Enter what is different now; whoever changes something confirms the rest as well."""
    partner = await partner_for(session, by, slug)
    changes = wanted.model_dump(mode="json", exclude_unset=True)
    for field in _NOT_THE_PARTNERS:
        if field in changes and by.role in _OWN:
            raise Invalid(field, "Das ändert das Team oder die Projektleitung.")
    for field in _REQUIRED:
        if field in changes and changes[field] is None:
            raise Invalid(field, "Bitte einen Wert angeben oder das Feld weglassen.")
    if wanted.kind is not None:
        changes["kind"] = wanted.kind
    terms = terms_of(partner)
    for field, value in changes.items():
        setattr(partner, field, value)
    check_sites(partner.sites, partner.all_sites)
    require_theirs(by, partner)
    _check(partner)
    partner.changed_at = by.now
    if terms_of(partner) != terms:
        await session.flush()
        await reset_deadlines(session, partner)
    return await _confirmed(session, by, partner)


async def confirm_partner(session: AsyncSession, by: Acting, slug: str) -> Partner:
    """What stands in the directory is right."""
    return await _confirmed(session, by, await partner_for(session, by, slug))


async def add_contact(session: AsyncSession, by: Acting, slug: str, wanted: Contact) -> PartnerContact:
    """Enter a person whom one reaches there, or one who stands in for another."""
    partner = await partner_for(session, by, slug)
    known = (await session.exec(select(PartnerContact).where(PartnerContact.partner_id == partner.id))).all()
    if len(known) >= 20:
        raise Conflict("Für diesen Partner sind schon 20 Ansprechpersonen eingetragen.")
    contact = await _add_contact(session, partner, wanted, len(known))
    partner.confirmed_on, partner.asked_on = by.today, None
    return contact


async def remove_contact(session: AsyncSession, by: Acting, slug: str, contact_id: UUID) -> None:
    """The person is no longer reached there; who stood in for this person goes too."""
    partner = await partner_for(session, by, slug)
    contact = await session.get(PartnerContact, contact_id)
    if contact is None or contact.partner_id != partner.id:
        raise Missing("Die Ansprechperson")
    await session.delete(contact)


async def agree_cooperation(session: AsyncSession, by: Acting, slug: str, wanted: AgreeCooperation) -> Cooperation:
    """Enter what was agreed with a partner; from then on it works with that site."""
    if by.role in _OWN:
        raise Forbidden("Vereinbarungen trägt das Team oder die Projektleitung ein. Es wurde nichts geändert.")
    check_sites([wanted.site], False)
    if by.role is Role.TEAM and wanted.site != by.site:
        raise Invalid("site", "Bitte den eigenen Standort angeben.")
    partner = await _locked(session, slug)
    check_order(wanted.agreed_on, wanted.until, "until", "Das Ende liegt vor dem Tag der Vereinbarung.")
    if wanted.agreed_on > by.today:
        raise Invalid("agreed_on", "Der Tag der Vereinbarung liegt in der Zukunft.")
    cooperation = Cooperation(partner_id=partner.id, **wanted.model_dump())
    session.add(cooperation)
    told = wanted.model_dump(exclude={"subject"}) | {"partner_id": partner.id, "partner": slug}
    await outbox.add(session, CooperationAgreed(**told, cooperation_id=cooperation.id))
    if not partner.all_sites and wanted.site not in partner.sites:
        partner.sites = [*partner.sites, wanted.site]
        partner.changed_at = by.now
        await tell_changed(session, by, partner)
    return cooperation


async def tell_changed(session: AsyncSession, by: Acting, partner: Partner) -> None:
    """Tell what the partner's entry says now, with the closure that runs or comes next."""
    query = (
        select(PartnerClosure)
        .where(PartnerClosure.partner_id == partner.id, col(PartnerClosure.to_on) >= by.today)
        .order_by(col(PartnerClosure.from_on))
    )
    closure = (await session.exec(query)).first()
    await outbox.add(session, PartnerChanged(**entry(partner, closure)), audience="public")


def check_sites(sites: Iterable[str], all_sites: bool) -> None:
    """Raises `Invalid` for a site that there is not, and for some together with all."""
    named = list(sites)
    for site in named:
        if site not in SITES:
            raise Invalid("sites", "Diesen Standort gibt es nicht.")
    if all_sites and named:
        raise Invalid("sites", "Entweder alle Standorte oder einzelne, nicht beides.")


def entry(partner: Partner, closure: PartnerClosure | None = None) -> dict[str, Any]:
    """A partner's entry as events have it: what is public, without names and addresses."""
    return {
        "partner_id": partner.id,
        "partner": partner.slug,
        "site": CITY,
        "kind": partner.kind,
        "sites": tuple(partner.sites),
        "districts": tuple(partner.districts),
        "languages": tuple(partner.languages),
        "confirmed_on": partner.confirmed_on,
        "closed_from": closure.from_on if closure else None,
        "closed_to": closure.to_on if closure else None,
        "active": partner.active,
    }


async def _confirmed(session: AsyncSession, by: Acting, partner: Partner) -> Partner:
    partner.confirmed_on, partner.asked_on = by.today, None
    session.add(partner)
    await tell_changed(session, by, partner)
    return partner


async def _add_contact(session: AsyncSession, partner: Partner, wanted: Contact, position: int) -> PartnerContact:
    if wanted.phone is None and wanted.email is None:
        raise Invalid("phone", "Bitte eine Telefonnummer oder eine E-Mail-Adresse angeben.")
    if wanted.substitute_for is not None:
        other = await session.get(PartnerContact, wanted.substitute_for)
        if other is None or other.partner_id != partner.id:
            raise Invalid("substitute_for", "Diese Ansprechperson gibt es bei diesem Partner nicht.")
    contact = PartnerContact(partner_id=partner.id, position=position, **wanted.model_dump())
    session.add(contact)
    await session.flush()
    return contact


def _check(partner: Partner) -> None:
    if partner.description:
        check_texts("description", partner.description)
    terms = [getattr(partner, name) or days for name, days in _DEFAULT_TERMS.items()]
    if not terms[0] < terms[1] < terms[2]:
        raise Invalid("expiry_days", "Erst wird erinnert, dann das Team gefragt, dann endet die Anfrage.")


def _check_slug(slug: str) -> None:
    if slug in RESERVED_SLUGS or slug in SITES:
        raise Invalid("slug", "Dieser Kurzname ist vergeben; bitte einen anderen wählen.")
