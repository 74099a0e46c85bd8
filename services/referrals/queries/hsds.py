"""The directory as Open Referral's HSDS 3.1 has it: what stands in the tables, page by page, without names of people.

Nested objects that have no row of their own get an id that is made from the offer's, so that it stays the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from sqlalchemy import func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.domain.offers import is_stale
from services.referrals.domain.schedules import schedule_of
from services.referrals.tables import Offer, Partner, PartnerClosure
from shared.contracts.words import NeedArea, OfferKind
from shared.places import DISTRICT_NAMES, neighbourhood_name
from shared.refusals import Missing
from shared.web import german, words

Entry = dict[str, Any]

TAXONOMY_ID = UUID("5a6c1f0e-3c53-5b7e-9d0a-6f6f6b616c31")
"""The list of kinds of offers and areas of needs; the same for ever."""
_UNIT_ID = uuid5(TAXONOMY_ID, "unit:place")
_TAXONOMY_NAME = "lokal-willkommen-angebote"
_CITY, _STATE, _COUNTRY = "Dortmund", "NW", "DE"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which page of a list; `modified_after` (that moment included) also finds what was withdrawn, for a copy."""

    page: int = 1
    per_page: int = 25
    search: str | None = None
    modified_after: datetime | None = None
    organization_id: UUID | None = None
    taxonomy_term_id: UUID | None = None
    taxonomy_id: UUID | None = None
    postcode: str | None = None
    minimal: bool = False
    full: bool = False


class Listed(NamedTuple):
    """An offer, whose it is, and whether that partner is closed today."""

    offer: Offer
    partner: Partner
    closed: bool


def page_of(contents: Sequence[Entry], total: int, wanted: Wanted) -> Entry:
    """A page as HSDS has it."""
    pages = max(1, -(-total // wanted.per_page))
    return {
        "total_items": total,
        "total_pages": pages,
        "page_number": wanted.page,
        "size": len(contents),
        "first_page": wanted.page == 1,
        "last_page": wanted.page >= pages,
        "empty": not contents,
        "contents": list(contents),
    }


async def services(session: AsyncSession, wanted: Wanted, today: date) -> Entry:
    """The offers of active partners."""
    rows, total = await _offers(session, wanted, today)
    if wanted.minimal:
        contents = [{"id": str(row.offer.id), "last_modified": _moment(row.offer.changed_at)} for row in rows]
    elif wanted.full:
        contents = [_full_service(row, today) for row in rows]
    else:
        contents = [_service(row, today) for row in rows]
    return page_of(contents, total, wanted)


async def service(session: AsyncSession, service_id: UUID, today: date) -> Entry:
    """One offer with all that belongs to it. Raises `Missing`."""
    return _full_service(await _one_offer(session, service_id, today), today)


async def organizations(session: AsyncSession, wanted: Wanted, today: date, *, full_service: bool) -> Entry:
    """The active partners; with `full` their offers as well, with `full_service` these in full."""
    query = select(Partner).where(Partner.active)
    if wanted.search:
        query = query.where(func.lower(Partner.name).contains(wanted.search.lower(), autoescape=True))
    if wanted.modified_after is not None:
        query = query.where(col(Partner.changed_at) >= wanted.modified_after)
    total = (await session.exec(select(func.count()).select_from(query.subquery()))).one()
    query = query.order_by(col(Partner.id)).offset((wanted.page - 1) * wanted.per_page).limit(wanted.per_page)
    partners = (await session.exec(query)).all()
    if wanted.minimal:
        return page_of([{"id": str(p.id), "last_modified": _moment(p.changed_at)} for p in partners], total, wanted)
    if not (wanted.full or full_service):
        return page_of([_organization(partner) for partner in partners], total, wanted)
    contents = [await _full_organization(session, partner, today, full_service=full_service) for partner in partners]
    return page_of(contents, total, wanted)


async def organization(session: AsyncSession, organization_id: UUID, today: date) -> Entry:
    """One partner with its offers. Raises `Missing`."""
    partner = await session.get(Partner, organization_id)
    if partner is None or not partner.active:
        raise Missing("Die Organisation")
    return await _full_organization(session, partner, today, full_service=False)


async def service_at_locations(session: AsyncSession, wanted: Wanted, today: date) -> Entry:
    """Where offers take place; those without an address are left out."""
    rows, total = await _offers(session, wanted, today, with_place=True)
    contents = [_full_at_location(row, today) if wanted.full else _at_location(row.offer) for row in rows]
    return page_of(contents, total, wanted)


async def service_at_location(session: AsyncSession, link_id: UUID, today: date) -> Entry:
    """One place with its offer. Raises `Missing`."""
    # The id is made from the offer's and cannot be turned back: all are looked through, a city has few.
    ids = (await session.exec(select(Offer.id).where(col(Offer.street).is_not(None)))).all()
    offer_id = next((found for found in ids if _made(found, "at-location") == str(link_id)), None)
    if offer_id is None:
        raise Missing("Der Ort")
    return _full_at_location(await _one_offer(session, offer_id, today), today)


def taxonomies() -> list[Entry]:
    """The one list of terms that is used here."""
    return [
        {
            "id": str(TAXONOMY_ID),
            "name": _TAXONOMY_NAME,
            "description": "Arten von Angeboten und die sechs Bereiche des Integrationsbedarfs.",
            "version": "1",
        }
    ]


def taxonomy_terms() -> list[Entry]:
    """The kinds of offers and the areas of needs."""
    terms: list[tuple[str, OfferKind | NeedArea]] = [("kind", kind) for kind in OfferKind]
    terms += [("area", area) for area in NeedArea]
    return [_term(group, word) for group, word in terms]


def _term(group: str, word: OfferKind | NeedArea) -> Entry:
    what = "Art des Angebots" if group == "kind" else "Bereich des Integrationsbedarfs"
    return {
        "id": str(uuid5(TAXONOMY_ID, f"{group}:{word.value}")),
        "code": f"{group}:{word.value}",
        "name": words.word(word),
        "description": f"{what}: {words.word(word)}",
        "taxonomy": _TAXONOMY_NAME,
        "taxonomy_id": str(TAXONOMY_ID),
        "language": "de",
    }


async def _offers(
    session: AsyncSession, wanted: Wanted, today: date, *, with_place: bool = False
) -> tuple[list[Listed], int]:
    query = select(Offer, Partner).join(Partner, col(Partner.id) == col(Offer.partner_id)).where(Partner.active)
    if wanted.modified_after is None:
        query = query.where(col(Offer.withdrawn_on).is_(None))
    else:
        query = query.where(col(Offer.changed_at) >= wanted.modified_after)
    if with_place:
        query = query.where(col(Offer.street).is_not(None))
    if wanted.postcode is not None:
        query = query.where(Offer.postal_code == wanted.postcode)
    if wanted.organization_id is not None:
        query = query.where(Offer.partner_id == wanted.organization_id)
    if wanted.search:
        title, told = col(Offer.title)["de"].astext, col(Offer.description)["de"].astext  # type: ignore[index]
        text = wanted.search.lower()
        found = (func.lower(part).contains(text, autoescape=True) for part in (title, told))
        query = query.where(or_(*found))
    if wanted.taxonomy_id not in (None, TAXONOMY_ID):
        query = query.where(False)  # type: ignore[arg-type]
    if wanted.taxonomy_term_id is not None:
        kinds = [kind for kind in OfferKind if _term("kind", kind)["id"] == str(wanted.taxonomy_term_id)]
        query = query.where(col(Offer.kind).in_(kinds))
    total = (
        await session.exec(select(func.count()).select_from(query.with_only_columns(col(Offer.id)).subquery()))
    ).one()
    query = query.order_by(col(Offer.id)).offset((wanted.page - 1) * wanted.per_page).limit(wanted.per_page)
    rows = (await session.exec(query)).all()
    closed = await _closed(session, today)
    return [Listed(offer, partner, partner.id in closed) for offer, partner in rows], total


async def _one_offer(session: AsyncSession, offer_id: UUID, today: date) -> Listed:
    offer = await session.get(Offer, offer_id)
    partner = await session.get_one(Partner, offer.partner_id) if offer is not None else None
    if offer is None or partner is None or not partner.active:
        raise Missing("Das Angebot")
    return Listed(offer, partner, partner.id in await _closed(session, today))


async def _closed(session: AsyncSession, today: date) -> set[UUID]:
    query = select(PartnerClosure.partner_id).where(
        col(PartnerClosure.from_on) <= today, col(PartnerClosure.to_on) >= today
    )
    return set((await session.exec(query)).all())


def _service(row: Listed, today: date) -> Entry:
    offer = row.offer
    over = offer.valid_until is not None and offer.valid_until < today
    status = "inactive" if offer.withdrawn_on or over else "temporarily closed" if row.closed else "active"
    return _there(
        {
            "id": str(offer.id),
            "organization_id": str(offer.partner_id),
            "name": offer.title["de"],
            "description": offer.description.get("de"),
            "email": row.partner.email,
            "url": row.partner.website,
            "status": status,
            "interpretation_services": german.languages(offer.languages) if offer.languages else None,
            "fees_description": _cost(offer.cost_cents),
            "eligibility_description": ", ".join(words.word(word, "Audience") for word in offer.audiences) or None,
            "minimum_age": offer.min_age,
            "maximum_age": offer.max_age,
            "alert": "Diese Angaben sind älter als 90 Tage." if is_stale(offer.confirmed_on, today) else None,
            "assured_date": offer.confirmed_on.isoformat(),
            "last_modified": _moment(offer.changed_at),
        }
    )


def _full_service(row: Listed, today: date) -> Entry:
    offer = row.offer
    parts = {
        "organization": _organization(row.partner),
        "schedules": _schedules(offer, today),
        "languages": _languages(offer),
        "service_areas": _areas(offer),
        "capacities": _capacities(offer),
        "cost_options": _cost_options(offer),
        "service_at_locations": [_at_location(offer)] if offer.street else [],
        "attributes": [_attribute(offer)],
        "phones": _phones(row.partner),
    }
    return _service(row, today) | {name: part for name, part in parts.items() if part}


def _organization(partner: Partner) -> Entry:
    return _there(
        {
            "id": str(partner.id),
            "name": partner.name,
            "description": partner.description.get("de") or f"{words.word(partner.kind)} in Dortmund",
            "email": partner.email,
            "website": partner.website,
            "last_modified": _moment(partner.changed_at),
        }
    )


async def _full_organization(session: AsyncSession, partner: Partner, today: date, *, full_service: bool) -> Entry:
    rows, _ = await _offers(session, Wanted(per_page=500, organization_id=partner.id), today)
    offers = [_full_service(row, today) if full_service else _service(row, today) for row in rows]
    parts = {"services": offers, "phones": _phones(partner)}
    return _organization(partner) | {name: part for name, part in parts.items() if part}


def _schedules(offer: Offer, today: date) -> list[Entry]:
    schedule = schedule_of(offer.rrule, offer.starts_at, offer.ends_at, offer.first_on)
    if schedule is None:
        return []
    fields = schedule.hsds(today, offer.valid_from, offer.valid_until)
    return [{"id": _made(offer.id, "schedule"), "service_id": str(offer.id), **fields}]


def _languages(offer: Offer) -> list[Entry]:
    return [
        {
            "id": _made(offer.id, f"language:{code}"),
            "service_id": str(offer.id),
            "code": code.split("-")[0],
            "name": german.language(code),
        }
        for code in offer.languages
    ]


def _areas(offer: Offer) -> list[Entry]:
    names = {district.value: name for district, name in DISTRICT_NAMES.items()}
    served = [(slug, f"{_CITY}-{names[slug]}") for slug in offer.districts] or [("city", _CITY)]
    return [{"id": _made(offer.id, f"area:{slug}"), "service_id": str(offer.id), "name": name} for slug, name in served]


def _capacities(offer: Offer) -> list[Entry]:
    if offer.free is None:
        return []
    capacity = {
        "id": _made(offer.id, "capacity"),
        "service_id": str(offer.id),
        "unit": {"id": str(_UNIT_ID), "name": "Platz"},
        "available": offer.free,
        "maximum": offer.places,
        "description": f"{offer.waiting} auf der Warteliste" if offer.waiting else None,
        "updated": _moment(offer.changed_at),
    }
    return [_there(capacity)]


def _cost_options(offer: Offer) -> list[Entry]:
    if offer.cost_cents is None:
        return []
    option = {"id": _made(offer.id, "cost"), "service_id": str(offer.id), "currency": "EUR"}
    return [option | {"option": _cost(offer.cost_cents), "amount": offer.cost_cents / 100}]


def _at_location(offer: Offer) -> Entry:
    where = neighbourhood_name(offer.neighbourhood) if offer.neighbourhood else offer.street
    location = {
        "id": _made(offer.id, "location"),
        "location_type": "physical",
        "name": where,
        "addresses": [_address(offer)],
        "accessibility": _accessibility(offer),
    }
    return {
        "id": _made(offer.id, "at-location"),
        "service_id": str(offer.id),
        "location_id": location["id"],
        "location": {name: value for name, value in location.items() if value},
    }


def _full_at_location(row: Listed, today: date) -> Entry:
    return _at_location(row.offer) | {"service": _full_service(row, today)}


def _address(offer: Offer) -> Entry:
    return {
        "id": _made(offer.id, "address"),
        "address_1": offer.street,
        "city": _CITY,
        "state_province": _STATE,
        "postal_code": offer.postal_code or "",
        "country": _COUNTRY,
        "address_type": "physical",
    }


def _accessibility(offer: Offer) -> list[Entry]:
    if offer.accessible is None:
        return []
    text = "barrierefrei" if offer.accessible else "nicht barrierefrei"
    return [{"id": _made(offer.id, "accessibility"), "description": text}]


def _attribute(offer: Offer) -> Entry:
    term = _term("kind", offer.kind)
    link = {"link_id": str(offer.id), "link_entity": "service", "link_type": "kind"}
    return {"id": _made(offer.id, "attribute"), "taxonomy_term_id": term["id"], "taxonomy_term": term} | link


def _phones(partner: Partner) -> list[Entry]:
    return [{"id": _made(partner.id, "phone"), "number": partner.phone}] if partner.phone else []


def _cost(cents: int | None) -> str | None:
    if cents is None:
        return None
    return f"{cents // 100},{cents % 100:02} Euro" if cents else "kostenlos"


def _made(of: UUID, what: str) -> str:
    return str(uuid5(of, what))


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _there(fields: Mapping[str, Any]) -> Entry:
    return {name: value for name, value in fields.items() if value is not None}
