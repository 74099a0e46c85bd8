"""Partner: the register of the network's associations, parishes, initiatives, authorities and institutions."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.referrals.commands import closures, partners
from services.referrals.commands.acting import Acting
from services.referrals.desk import ByAny
from services.referrals.directory_inputs import (
    AgreeCooperation,
    AnnounceClosure,
    ChangePartner,
    Contact,
    RegisterPartner,
)
from services.referrals.domain.offers import is_stale
from services.referrals.queries.partners import PartnerEntry, PartnerFilter, list_partners, partner_entry
from services.referrals.tables import Partner, PartnerClosure
from shared.contracts.words import District, NeedArea, PartnerKind, Topic
from shared.web.inputs import Slug
from shared.web.pagination import Page, PageQuery
from shared.web.problems import conflict
from shared.web.routing import Session, api_router
from shared.web.tokens import Role

router: APIRouter = api_router("/referrals/api/v1/partners", tags=["Partner"])

PartnerName = Annotated[Slug, Path(description="Kurzname des Partners.")]


class ContactAnswer(BaseModel):
    """Whom one reaches there."""

    contact_id: UUID = Field(validation_alias="id")
    name: str
    role: str | None
    phone: str | None
    email: str | None
    substitute_for: UUID | None


class ClosureAnswer(BaseModel):
    """From which day to which, both included, the partner is closed."""

    closure_id: UUID = Field(validation_alias="id")
    from_on: date
    to_on: date


class CooperationAnswer(BaseModel):
    """What a site has agreed with the partner."""

    cooperation_id: UUID = Field(validation_alias="id")
    site: str
    agreed_on: date
    until: date | None
    subject: str
    area: NeedArea | None
    topic: Topic | None


class PartnerListed(BaseModel):
    """A partner as it stands in the list."""

    partner_id: UUID = Field(validation_alias="id")
    slug: str
    name: str
    kind: PartnerKind
    description: dict[str, str]
    website: str | None
    email: str | None
    phone: str | None
    street: str | None
    postal_code: str | None
    city: str | None
    sites: list[str]
    all_sites: bool
    districts: list[District] = Field(description="Bediente Stadtbezirke; leer: die ganze Stadt.")
    neighbourhoods: list[str]
    languages: list[str]
    confirmed_on: date
    stale: bool = Field(description="Seit mehr als 90 Tagen hat niemand die Angaben bestätigt.")
    active: bool
    changed_at: datetime

    @classmethod
    def of(cls, partner: Partner, today: date) -> Self:
        """What is said of the partner today."""
        return cls.model_validate(partner.model_dump() | {"stale": is_stale(partner.confirmed_on, today)})


class PartnerAnswer(PartnerListed):
    """A partner with what belongs to it. People and agreements are told to teams, the city and the partner itself."""

    wants_mail: bool
    reminder_days: int | None
    escalation_days: int | None
    expiry_days: int | None
    closures: list[ClosureAnswer]
    contacts: list[ContactAnswer]
    cooperations: list[CooperationAnswer]

    @classmethod
    def of_entry(cls, by: Acting, entry: PartnerEntry) -> Self:
        """The entry as this person may see it."""
        inside = by.role in (Role.TEAM, Role.COORDINATOR) or by.partner == entry.partner.slug
        parts = {
            "stale": is_stale(entry.partner.confirmed_on, by.today),
            "closures": [closure.model_dump() for closure in entry.closures],
            "contacts": [contact.model_dump() for contact in entry.contacts] if inside else [],
            "cooperations": [agreed.model_dump() for agreed in entry.cooperations] if inside else [],
        }
        return cls.model_validate(entry.partner.model_dump() | parts)


@router.get("")
async def list_all_partners(
    page: PageQuery,
    by: ByAny,
    session: Session,
    search: Annotated[str | None, Query(max_length=100, description="Ein Teil des Namens.")] = None,
    kind: Annotated[PartnerKind | None, Query(description="Nur diese Art.")] = None,
    district: Annotated[District | None, Query(description="Wer diesen Stadtbezirk bedient.")] = None,
    site: Annotated[Slug | None, Query(description="Wer mit diesem Standort arbeitet.")] = None,
    stale: Annotated[bool | None, Query(description="Nur veraltete, oder nur bestätigte Angaben.")] = None,
    active: Annotated[bool, Query(description="Wer noch zum Netzwerk gehört.")] = True,
) -> Page[PartnerListed]:
    """Die Partner des Netzwerks nach Namen."""
    wanted = PartnerFilter(search, kind, district, site, stale, active)
    rows = await list_partners(session, wanted, by.today, page.after(str, UUID), page.limit + 1)
    return page.page(rows, lambda row: (row.name.lower(), row.id), lambda row: PartnerListed.of(row, by.today))


@router.post("", status_code=201, responses=conflict)
async def register(body: RegisterPartner, by: ByAny, session: Session) -> PartnerAnswer:
    """Nimmt einen Partner mit seinen Ansprechpersonen auf."""
    partner = await partners.register_partner(session, by, body)
    return await _answer(session, by, partner.slug)


@router.get("/{slug}")
async def read_partner(slug: PartnerName, by: ByAny, session: Session) -> PartnerAnswer:
    """Ein Partner mit Ansprechpersonen, Schließzeiten und Vereinbarungen."""
    return await _answer(session, by, slug)


@router.patch("/{slug}", responses=conflict)
async def change(slug: PartnerName, body: ChangePartner, by: ByAny, session: Session) -> PartnerAnswer:
    """Ändert Angaben; was nicht genannt ist, bleibt und gilt als bestätigt."""
    await partners.change_partner(session, by, slug, body)
    return await _answer(session, by, slug)


@router.post("/{slug}/confirm")
async def confirm(slug: PartnerName, by: ByAny, session: Session) -> PartnerAnswer:
    """Bestätigt, dass alle Angaben stimmen."""
    await partners.confirm_partner(session, by, slug)
    return await _answer(session, by, slug)


@router.post("/{slug}/contacts", status_code=201, responses=conflict)
async def add_contact(slug: PartnerName, body: Contact, by: ByAny, session: Session) -> ContactAnswer:
    """Trägt eine Ansprechperson oder eine Vertretung ein."""
    contact = await partners.add_contact(session, by, slug, body)
    return ContactAnswer.model_validate(contact.model_dump())


@router.delete("/{slug}/contacts/{contact_id}", status_code=204)
async def remove_contact(slug: PartnerName, contact_id: UUID, by: ByAny, session: Session) -> Response:
    """Nimmt eine Ansprechperson mit ihren Vertretungen heraus."""
    await partners.remove_contact(session, by, slug, contact_id)
    return Response(status_code=204)


@router.post("/{slug}/closures", status_code=201, responses=conflict)
async def announce_closure(slug: PartnerName, body: AnnounceClosure, by: ByAny, session: Session) -> ClosureAnswer:
    """Kündigt an, von wann bis wann der Partner geschlossen ist; so lange läuft keine Frist."""
    closure: PartnerClosure = await closures.announce_closure(session, by, slug, body)
    return ClosureAnswer.model_validate(closure.model_dump())


@router.delete("/{slug}/closures/{closure_id}", status_code=204)
async def recall_closure(slug: PartnerName, closure_id: UUID, by: ByAny, session: Session) -> Response:
    """Nimmt eine Schließzeit zurück."""
    await closures.recall_closure(session, by, slug, closure_id)
    return Response(status_code=204)


@router.post("/{slug}/cooperations", status_code=201, responses=conflict)
async def agree(slug: PartnerName, body: AgreeCooperation, by: ByAny, session: Session) -> CooperationAnswer:
    """Trägt ein, was ein Standort mit dem Partner vereinbart hat."""
    agreed = await partners.agree_cooperation(session, by, slug, body)
    return CooperationAnswer.model_validate(agreed.model_dump())


async def _answer(session: Session, by: Acting, slug: str) -> PartnerAnswer:
    await session.flush()
    return PartnerAnswer.of_entry(by, await partner_entry(session, slug, by.today))
