"""Referrals over HTTP (network contract: the calls that acceptance and partner systems rely on)."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands import deletions
from services.referrals.commands import referrals as commands
from services.referrals.commands.acting import Acting
from services.referrals.desk import ByPartner, ByTeam, ByTeamOrPartner
from services.referrals.inputs import Accept, AcceptMany, Cancel, Decline, DraftReferral, Hold, Outcome, Step, Waive
from services.referrals.queries.referral_pages import answer_of
from services.referrals.queries.referrals import list_referrals
from services.referrals.tables import DeletionRequest, Partner, Referral
from shared.contracts.words import (
    CancelCause,
    DeletionReason,
    District,
    LegalBasis,
    NeedArea,
    OfferKind,
    ReferralOutcome,
    ReferralState,
    Topic,
)
from shared.web.inputs import Slug
from shared.web.pagination import Page, PageQuery
from shared.web.problems import conflict, missing
from shared.web.routing import Session, api_router
from shared.web.tokens import Role

router = api_router("/referrals/api/v1", tags=["Vermittlungen"])


class ContactPersonOut(BaseModel):
    """Whom the family turns to at the partner."""

    name: str
    phone: str | None
    email: str | None
    room: str | None


class AppointmentOut(BaseModel):
    """When the partner expects the family, and where."""

    at: datetime
    place: str | None


class ReferralOut(BaseModel):
    """A referral. A partner sees `person_ref`, its own word for the person, and none of our ids."""

    referral_id: UUID
    site: str
    partner: str
    offer_id: UUID | None
    kind: OfferKind
    area: NeedArea | None
    topic: Topic | None
    state: ReferralState
    held_from: ReferralState | None
    position: int | None
    reason: str | None
    outcome: ReferralOutcome | None
    household_id: UUID | None
    person_id: UUID | None
    contact_id: UUID | None
    need_id: UUID | None
    person_ref: UUID | None
    slip_code: str | None = Field(description="Steht auf dem Zettel für Menschen ohne Akte.")
    basis: LegalBasis | None
    replaces: UUID | None
    district: District | None
    languages: list[str]
    times: list[dict[str, str]]
    created_at: datetime
    requested_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    remind_at: datetime | None
    escalate_at: datetime | None
    expire_at: datetime | None
    grant_id: UUID | None = Field(description="Unter `/intake/shared/<grant_id>` stehen die Kontaktdaten.")
    moved: bool
    told_by: str | None = Field(description="Wer im Team die Antwort des Partners eingetragen hat.")
    contact: ContactPersonOut | None = Field(default=None, description="Nicht in Listen.")
    appointments: list[AppointmentOut] = Field(default_factory=list, description="Nicht in Listen.")


class DeletionOut(BaseModel):
    """What a partner is to delete."""

    deletion_id: UUID
    referral_id: UUID
    partner: str
    person_ref: UUID | None
    reason: DeletionReason
    asked_at: datetime
    confirmed_at: datetime | None


class Deletions(BaseModel):
    """All that is not confirmed, the longest asked first."""

    items: list[DeletionOut]


class Accepted(BaseModel):
    """What was accepted."""

    items: list[ReferralOut]


_INTERNAL = ("household_id", "person_id", "contact_id", "need_id", "told_by", "replaces")


def shown(referral: Referral, partner: str, by: Acting) -> ReferralOut:
    """The referral as the one who asks may see it."""
    fields: dict[str, Any] = referral.model_dump()
    hidden = _INTERNAL if by.role is not Role.TEAM else ("person_ref",)
    known = {**fields, **dict.fromkeys(hidden), "referral_id": referral.id, "partner": partner}
    return ReferralOut.model_validate({name: known[name] for name in ReferralOut.model_fields if name in known})


def _day(given: Step | None) -> date | None:
    return given.on if given else None


async def _shown(session: AsyncSession, referral: Referral, by: Acting) -> ReferralOut:
    out = shown(referral, (await session.get_one(Partner, referral.partner_id)).slug, by)
    contact, appointments = await answer_of(session, referral.id)
    out.contact = ContactPersonOut.model_validate(contact, from_attributes=True) if contact else None
    out.appointments = [AppointmentOut.model_validate(each, from_attributes=True) for each in appointments]
    return out


@router.post("/referrals", status_code=201, responses=conflict | missing)
async def draft(by: ByTeam, session: Session, wanted: DraftReferral) -> ReferralOut:
    """Note a referral; nobody learns of it before it is sent. What the site has just told is waited for up to 3 s."""
    return await _shown(session, await commands.draft_referral(session, by, wanted), by)


@router.post("/referrals/accept-many", responses=conflict | missing)
async def accept_many(by: ByPartner, session: Session, wanted: AcceptMany) -> Accepted:
    """Accept several at once: all of them, or none."""
    done = [await commands.accept(session, by, referral_id) for referral_id in sorted(set(wanted.ids))]
    return Accepted(items=[await _shown(session, referral, by) for referral in done])


@router.get("/referrals")
async def list_all(
    by: ByTeamOrPartner,
    session: Session,
    page: PageQuery,
    state: ReferralState | None = None,
    partner: Annotated[Slug | None, Query(description="Nur dieser Partner.")] = None,
) -> Page[ReferralOut]:
    """A site's referrals, or a partner's own, the newest first."""
    rows = await list_referrals(session, by, page, state, partner)
    return page.page(rows, lambda row: (row[0].id,), lambda row: shown(row[0], row[1], by))


@router.get("/referrals/{referral_id}")
async def show(by: ByTeamOrPartner, session: Session, referral_id: UUID) -> ReferralOut:
    """One referral."""
    return await _shown(session, await commands.referral_for(session, by, referral_id, lock=False), by)


@router.delete("/referrals/{referral_id}", status_code=204, responses=conflict)
async def delete(by: ByTeam, session: Session, referral_id: UUID) -> None:
    """Away with a draft."""
    await commands.delete_draft(session, by, referral_id)


@router.post("/referrals/{referral_id}/send", responses=conflict)
async def send(by: ByTeam, session: Session, referral_id: UUID, given: Step | None = None) -> ReferralOut:
    """Ask the partner. Without consent or another basis for this very one it is refused (409)."""
    return await _shown(session, await commands.send_referral(session, by, referral_id, _day(given)), by)


@router.post("/referrals/{referral_id}/accept", responses=conflict)
async def accept(by: ByTeamOrPartner, session: Session, referral_id: UUID, given: Accept | None = None) -> ReferralOut:
    """The partner helps."""
    return await _shown(session, await commands.accept(session, by, referral_id, given), by)


@router.post("/referrals/{referral_id}/decline", responses=conflict)
async def decline(by: ByTeamOrPartner, session: Session, referral_id: UUID, given: Decline) -> ReferralOut:
    """The partner cannot help."""
    return await _shown(session, await commands.decline(session, by, referral_id, given.reason, given.on), by)


@router.post("/referrals/{referral_id}/start", responses=conflict)
async def start(by: ByTeamOrPartner, session: Session, referral_id: UUID, given: Step | None = None) -> ReferralOut:
    """The partner has begun."""
    return await _shown(session, await commands.start(session, by, referral_id, _day(given)), by)


@router.post("/referrals/{referral_id}/hold", responses=conflict)
async def hold(by: ByTeamOrPartner, session: Session, referral_id: UUID, given: Hold | None = None) -> ReferralOut:
    """It rests, or waits on a list."""
    given = given or Hold()
    held = await commands.hold(session, by, referral_id, given.on, position=given.position)
    return await _shown(session, held, by)


@router.post("/referrals/{referral_id}/resume", responses=conflict)
async def resume(by: ByTeamOrPartner, session: Session, referral_id: UUID, given: Step | None = None) -> ReferralOut:
    """It goes on where it rested."""
    return await _shown(session, await commands.resume(session, by, referral_id, _day(given)), by)


@router.post("/referrals/{referral_id}/complete", responses=conflict)
async def complete(by: ByTeamOrPartner, session: Session, referral_id: UUID, given: Outcome) -> ReferralOut:
    """It is done."""
    return await _shown(session, await commands.complete(session, by, referral_id, given.outcome, given.on), by)


@router.post("/referrals/{referral_id}/fail", responses=conflict)
async def fail(by: ByTeamOrPartner, session: Session, referral_id: UUID, given: Outcome) -> ReferralOut:
    """It came to nothing after all."""
    return await _shown(session, await commands.fail(session, by, referral_id, given.outcome, given.on), by)


@router.post("/referrals/{referral_id}/cancel", responses=conflict)
async def cancel(by: ByTeam, session: Session, referral_id: UUID, given: Cancel) -> ReferralOut:
    """Take it back."""
    return await _shown(
        session, await commands.cancel(session, by, referral_id, CancelCause(given.reason), given.on), by
    )


@router.post("/referrals/{referral_id}/waive", responses=conflict)
async def waive_retry(by: ByTeam, session: Session, referral_id: UUID, given: Waive) -> ReferralOut:
    """Nobody else is asked after a no or no answer."""
    return await _shown(session, await commands.waive_retry(session, by, referral_id, CancelCause(given.reason)), by)


@router.get("/deletions")
async def list_deletions(by: ByTeamOrPartner, session: Session) -> Deletions:
    """What partners have not confirmed to be deleted: a partner's own, or a site's."""
    rows = await deletions.open_requests(session, by)
    return Deletions(items=[_deletion(request, partner, by) for request, partner in rows])


@router.post("/deletions/{deletion_id}/confirm", responses=conflict)
async def confirm_deletion(by: ByTeamOrPartner, session: Session, deletion_id: UUID) -> DeletionOut:
    """The partner has deleted it; a team enters it in the partner's place."""
    request = await deletions.confirm(session, by, deletion_id)
    return _deletion(request, (await session.get_one(Partner, request.partner_id)).slug, by)


def _deletion(request: DeletionRequest, partner: str, by: Acting) -> DeletionOut:
    ref = request.person_ref if by.role is not Role.TEAM else None
    return DeletionOut.model_validate(
        {**request.model_dump(), "deletion_id": request.id, "partner": partner, "person_ref": ref}
    )
