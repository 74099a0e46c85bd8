"""Angebote: what partners offer, with places, times and the days on which it took place."""

from datetime import date, datetime, time
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from services.referrals.commands import offers
from services.referrals.commands.acting import Acting
from services.referrals.desk import ByAny
from services.referrals.directory_inputs import ChangeOffer, HoldSession, PublishOffer, SetCapacity
from services.referrals.domain.offers import is_stale
from services.referrals.domain.schedules import schedule_of
from services.referrals.queries.offers import OfferFilter, list_offers, offer_with_partner, sessions_of
from services.referrals.tables import Offer, Partner
from shared.contracts.kinds import Language, WeeklyTime
from shared.contracts.words import Audience, District, LegalCircle, Level, OfferKind
from shared.web.inputs import Slug
from shared.web.pagination import Page, PageQuery
from shared.web.problems import conflict, missing
from shared.web.routing import Session, api_router

router: APIRouter = api_router("/referrals/api/v1/offers", tags=["Angebote"])

OfferId = Annotated[UUID, Path(description="Kennung des Angebots.")]


class OfferAnswer(BaseModel):
    """An offer and whose it is."""

    offer_id: UUID = Field(validation_alias="id")
    partner: str
    partner_name: str
    kind: OfferKind
    title: dict[str, str]
    description: dict[str, str]
    street: str | None
    postal_code: str | None
    district: District | None = Field(description="Wo es stattfindet.")
    neighbourhood: str | None
    districts: list[District] = Field(description="Für wen; leer: die ganze Stadt.")
    languages: list[str]
    level: Level | None
    audiences: list[Audience]
    min_age: int | None
    max_age: int | None
    accessible: bool | None
    cost_cents: int | None
    places: int | None
    free: int | None
    waiting: int
    childcare: bool
    legal_advice: bool
    for_circles: list[LegalCircle]
    rrule: str | None = Field(description="Wiederholung nach RFC 5545.", examples=["FREQ=WEEKLY;BYDAY=MO,WE"])
    starts_at: time | None
    ends_at: time | None
    first_on: date | None
    times: list[WeeklyTime] = Field(description="Dasselbe als Zeiten der Woche.")
    when: str | None = Field(description="Dasselbe in Worten.", examples=["montags 9:00–11:00 Uhr"])
    valid_from: date | None
    valid_until: date | None
    confirmed_on: date
    stale: bool = Field(description="Seit mehr als 90 Tagen hat niemand die Angaben bestätigt.")
    withdrawn_on: date | None
    changed_at: datetime

    @classmethod
    def of(cls, offer: Offer, partner: Partner, today: date) -> Self:
        """What is said of the offer today."""
        schedule = schedule_of(offer.rrule, offer.starts_at, offer.ends_at, offer.first_on)
        more = {
            "partner": partner.slug,
            "partner_name": partner.name,
            "times": schedule.weekly_times() if schedule else [],
            "when": schedule.words if schedule else None,
            "stale": is_stale(offer.confirmed_on, today),
        }
        return cls.model_validate(offer.model_dump() | more)


class SessionAnswer(BaseModel):
    """A day on which it took place."""

    session_id: UUID = Field(validation_alias="id")
    on: date = Field(validation_alias="on_day")
    attended: int | None
    visitors: int | None


@router.get("")
async def list_all_offers(
    page: PageQuery,
    by: ByAny,
    session: Session,
    search: Annotated[str | None, Query(max_length=100, description="Ein Teil des Titels oder des Partners.")] = None,
    kind: Annotated[OfferKind | None, Query(description="Nur diese Art.")] = None,
    district: Annotated[District | None, Query(description="Für Menschen in diesem Stadtbezirk.")] = None,
    language: Annotated[Language | None, Query(description="In dieser Sprache.")] = None,
    partner: Annotated[Slug | None, Query(description="Nur von diesem Partner.")] = None,
    stale: Annotated[bool | None, Query(description="Nur veraltete, oder nur bestätigte Angaben.")] = None,
    withdrawn: Annotated[bool, Query(description="Was zurückgezogen wurde.")] = False,
) -> Page[OfferAnswer]:
    """Angebote in der Reihenfolge ihrer Veröffentlichung."""
    wanted = OfferFilter(search, kind, district, language, partner, stale, withdrawn)
    after = page.after(UUID)
    rows = await list_offers(session, wanted, by.today, after[0] if after else None, page.limit + 1)
    return page.page(rows, lambda row: (row[0].id,), lambda row: OfferAnswer.of(*row, by.today))


@router.post("", status_code=201, responses=conflict | missing)
async def publish(body: PublishOffer, by: ByAny, session: Session) -> OfferAnswer:
    """Veröffentlicht ein Angebot; es steht sofort im Verzeichnis."""
    return await _answer(session, by, (await offers.publish_offer(session, by, body)).id)


@router.get("/{offer_id}")
async def read_offer(offer_id: OfferId, by: ByAny, session: Session) -> OfferAnswer:
    """Ein Angebot, auch ein zurückgezogenes."""
    return await _answer(session, by, offer_id)


@router.patch("/{offer_id}", responses=conflict)
async def change(offer_id: OfferId, body: ChangeOffer, by: ByAny, session: Session) -> OfferAnswer:
    """Ändert Angaben; was nicht genannt ist, bleibt und gilt als bestätigt."""
    await offers.change_offer(session, by, offer_id, body)
    return await _answer(session, by, offer_id)


@router.put("/{offer_id}/capacity", responses=conflict)
async def set_capacity(offer_id: OfferId, body: SetCapacity, by: ByAny, session: Session) -> OfferAnswer:
    """Sagt, wie viele Plätze es gibt, wie viele frei sind und wie viele Menschen warten."""
    await offers.set_capacity(session, by, offer_id, body)
    return await _answer(session, by, offer_id)


@router.post("/{offer_id}/confirm", responses=conflict)
async def confirm(offer_id: OfferId, by: ByAny, session: Session) -> OfferAnswer:
    """Bestätigt, dass alle Angaben stimmen."""
    await offers.confirm_offer(session, by, offer_id)
    return await _answer(session, by, offer_id)


@router.post("/{offer_id}/withdraw", responses=conflict)
async def withdraw(offer_id: OfferId, by: ByAny, session: Session) -> OfferAnswer:
    """Zieht ein Angebot zurück."""
    await offers.withdraw_offer(session, by, offer_id)
    return await _answer(session, by, offer_id)


@router.get("/{offer_id}/sessions")
async def list_sessions(offer_id: OfferId, by: ByAny, session: Session) -> list[SessionAnswer]:
    """Die letzten 200 Tage, an denen es stattfand."""
    await offer_with_partner(session, offer_id)
    return [SessionAnswer.model_validate(held.model_dump()) for held in await sessions_of(session, offer_id)]


@router.post("/{offer_id}/sessions", status_code=201, responses=conflict)
async def hold(offer_id: OfferId, body: HoldSession, by: ByAny, session: Session) -> SessionAnswer:
    """Trägt ein, dass es an einem Tag stattfand und wie viele Menschen da waren."""
    held = await offers.hold_session(session, by, offer_id, body)
    return SessionAnswer.model_validate(held.model_dump())


async def _answer(session: Session, by: Acting, offer_id: UUID) -> OfferAnswer:
    await session.flush()
    return OfferAnswer.of(*await offer_with_partner(session, offer_id), by.today)
