"""Calls about releases: the team gives and ends them, a recipient looks."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field
from starlette.requests import Request

from services.intake import commands
from services.intake.api.answers import RecipientAnswer
from services.intake.commands.looks import log_look
from services.intake.commands.release_looks import look_at, make_code
from services.intake.desk import ByTeam, Recipient, SeenByTeam, looking
from services.intake.domain.releases import ReleaseField, link_to
from services.intake.inputs import IssueRelease
from services.intake.queries.files import require_household
from services.intake.queries.releases import ledger, release_for, releases_of
from services.intake.tables.records import Look, Via
from services.intake.tables.releases import Release, ReleaseLook
from shared.contracts.words import GrantEnd, LegalBasis, Purpose
from shared.refusals import Missing
from shared.web.pagination import Page, PageQuery
from shared.web.problems import conflict
from shared.web.routing import Session, api_router

router: APIRouter = api_router("/intake/api/v1", tags=["Freigaben"])

HouseholdId = Annotated[UUID, Path(description="Kennung des Haushalts.")]


class LookAnswer(BaseModel):
    """A line of the ledger: who looked when at which fields, on which basis."""

    at: datetime
    who: str
    fields: list[ReleaseField]
    basis: LegalBasis

    @classmethod
    def of(cls, look: ReleaseLook) -> Self:
        """The row as an answer."""
        return cls.model_validate(look.model_dump())


class ReleaseAnswer(BaseModel):
    """A release; `address` is where the recipient opens it."""

    release_id: UUID
    household_id: UUID
    person_id: UUID | None
    recipient: RecipientAnswer
    purpose: Purpose
    needed: str | None
    basis: LegalBasis
    consent_id: UUID | None
    reference: str | None
    referral_id: UUID | None
    assignment_id: UUID | None
    fields: list[ReleaseField]
    ends_on: date | None
    issued_at: datetime
    issued_by: str
    ended_at: datetime | None
    end_reason: GrantEnd | None
    address: str
    looks: list[LookAnswer] = Field(description="Der Nachweis, das Neueste zuerst.")

    @classmethod
    def of(cls, release: Release, looks: list[ReleaseLook]) -> Self:
        """The row as an answer."""
        return cls.model_validate(
            {
                **release.model_dump(),
                "release_id": release.id,
                "recipient": {
                    "kind": release.recipient_kind,
                    "slug": release.recipient_slug,
                    "id": release.recipient_id,
                },
                "address": f"/intake/shared/{release.id}",
                "looks": [LookAnswer.of(look) for look in looks],
            }
        )


class CodeAnswer(BaseModel):
    """A one-time code, told this once; `link` opens the release with it."""

    code: str
    link: str
    expires_at: datetime


class SharedAnswer(BaseModel):
    """What a recipient sees of a household or a person: name, contact, what is needed, nothing more."""

    release_id: UUID
    purpose: Purpose
    basis: LegalBasis
    ends_on: date | None
    fields: list[ReleaseField]
    name: str
    whole_household: bool
    languages: list[str]
    phone: str | None
    address: str | None
    needed: str | None
    birth_date: date | None
    case_number: str | None


@router.post("/households/{household_id}/releases", status_code=201, responses=conflict)
async def issue_release(household_id: HouseholdId, body: IssueRelease, by: ByTeam, session: Session) -> ReleaseAnswer:
    """Gibt Angaben für einen Empfänger frei, mit dessen Einwilligung oder auf einer anderen, benannten Grundlage."""
    return ReleaseAnswer.of(await commands.issue_release(session, by, household_id, body), [])


@router.get("/households/{household_id}/releases")
async def list_releases(
    household_id: HouseholdId, page: PageQuery, by: ByTeam, seen: SeenByTeam, session: Session
) -> Page[ReleaseAnswer]:
    """Alle Freigaben eines Haushalts mit dem Nachweis der Einsichten, die neueste zuerst."""
    await require_household(session, household_id)
    after = page.after(UUID)
    rows = await releases_of(session, household_id, by.today, after=after[0] if after else None, limit=page.limit + 1)
    looks = await ledger(session, [row.release.id for row in rows])
    log_look(session, seen, Look.FILE, "Freigaben", [household_id])
    return page.page(
        rows, lambda row: (row.release.id,), lambda row: ReleaseAnswer.of(row.release, looks[row.release.id])
    )


@router.post("/households/{household_id}/releases/{release_id}/end", responses=conflict)
async def end_release(
    household_id: HouseholdId, release_id: UUID, by: ByTeam, seen: SeenByTeam, session: Session
) -> ReleaseAnswer:
    """Beendet eine Freigabe; der Empfänger sieht ab sofort nichts mehr."""
    release = await commands.end_release(session, by, household_id, release_id)
    log_look(session, seen, Look.FILE, "Freigabe beendet", [household_id])  # the answer repeats what was asked for
    return ReleaseAnswer.of(release, (await ledger(session, [release.id]))[release.id])


@router.post("/households/{household_id}/releases/{release_id}/codes", status_code=201, responses=conflict)
async def make_release_code(
    household_id: HouseholdId, release_id: UUID, request: Request, by: ByTeam, session: Session
) -> CodeAnswer:
    """Erstellt einen Zugangscode, der einmal gilt; ein älterer, noch unbenutzter gilt nicht mehr."""
    made = await make_code(session, by, household_id, release_id)
    return CodeAnswer(
        code=made.code,
        link=link_to(request.app.state.settings.public_url, release_id, made.code),
        expires_at=made.expires_at,
    )


@router.get("/shared/{release_id}")
async def show_shared(release_id: UUID, who: Recipient, session: Session) -> SharedAnswer:
    """Was der angemeldete Empfänger sehen darf; jede Einsicht wird festgehalten."""
    release = await release_for(session, release_id, who.role.value, who.account)
    seen = release and await look_at(session, release, looking(who, Via.API))
    if seen is None:
        raise Missing("Die Freigabe")
    return SharedAnswer.model_validate(seen, from_attributes=True)
