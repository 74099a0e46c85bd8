"""The roll-out: planned and open sites (report, §6)."""

from datetime import date
from typing import Annotated

from fastapi import Response
from pydantic import BaseModel, Field

from services.reporting.commands import roll_out
from services.reporting.domain.roll_out import SiteState
from services.reporting.inputs import ApproveSite, ExtendSite, PlanSite
from services.reporting.queries.roll_out import KnownSite, all_sites, one_site
from shared.contracts.words import District, Funding, PartnerState
from shared.web.german import today
from shared.web.identity import Principal, Role, signed_in
from shared.web.inputs import Slug
from shared.web.problems import conflict
from shared.web.routing import Session, api_router

router = api_router("/reporting/api/v1/sites", tags=["Standorte"])
Planners = Annotated[Principal, signed_in(Role.COORDINATOR, Role.ADMINISTRATION)]


class SiteAnswer(BaseModel):
    """A site of the roll-out."""

    slug: str
    state: SiteState = Field(description="`released`: freigegeben; die Betriebsgruppe öffnet mit `lokal site open`.")
    districts: list[District]
    interim_districts: list[District]
    partner: str | None
    partner_name: str | None
    partner_state: PartnerState
    funding: Funding | None = Field(description="null: ohne Planung eröffnet.")
    approved_on: date | None
    planned_for: date | None
    opened_on: date | None
    extension_funding: Funding | None
    extension_approved_on: date | None
    extended_until: date | None


class SiteList(BaseModel):
    """All sites."""

    items: list[SiteAnswer]


def answer_of(site: KnownSite) -> SiteAnswer:
    """A site as the calls tell it."""
    return SiteAnswer.model_validate(site, from_attributes=True)


@router.get("")
async def list_sites(_who: Planners, session: Session) -> SiteList:
    """Planned and open sites, those that are to open first in front."""
    return SiteList(items=[answer_of(site) for site in await all_sites(session)])


@router.post("", status_code=201, responses={200: {"description": "Schon so geplant", "model": SiteAnswer}, **conflict})
async def plan_site(body: PlanSite, _who: Planners, session: Session, response: Response) -> SiteAnswer:
    """Plan a site, or change its plan."""
    if not await roll_out.add_site(session, roll_out.AddSite(**body.model_dump())):
        response.status_code = 200
    return answer_of(await one_site(session, body.slug))


@router.post("/{slug}/approve", responses=conflict)
async def approve_site(slug: Slug, body: ApproveSite, _who: Planners, session: Session) -> SiteAnswer:
    """The grant for what comes next, opening or continuation, was approved."""
    await roll_out.approve_site(session, slug, body.on, today())
    return answer_of(await one_site(session, slug))


@router.post("/{slug}/open", responses=conflict)
async def release_site(slug: Slug, _who: Planners, session: Session) -> SiteAnswer:
    """Release a site for its opening, with AMIF not before the grant; `lokal site open` does the technical part."""
    await roll_out.release_site(session, slug, today())
    return answer_of(await one_site(session, slug))


@router.post("/{slug}/extend", responses=conflict)
async def extend_site(slug: Slug, body: ExtendSite, _who: Planners, session: Session) -> SiteAnswer:
    """Let a running site go on, with AMIF not before the grant."""
    await roll_out.extend_site(session, slug, body.until, today(), body.funding)
    return answer_of(await one_site(session, slug))
