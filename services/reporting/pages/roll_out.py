"""„Standorte": the roll-out with regions, partners, funding, and what may begin when (report, §6; domain rule 11)."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.reporting.commands import roll_out
from services.reporting.inputs import ApproveSite, ExtendSite, PlanSite
from services.reporting.queries.roll_out import KnownSite, all_sites, one_site
from shared.contracts.words import SITES
from shared.web import forms, words
from shared.web.forms import Filled, attempt
from shared.web.german import today
from shared.web.identity import Principal, Role, page_for
from shared.web.inputs import Slug
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router = page_router("/reporting/roll-out")
Planners = Annotated[Principal, page_for(Role.COORDINATOR, Role.ADMINISTRATION)]

_DONE = {
    "planned": "Der Plan ist gespeichert.",
    "released": "Der Standort ist freigegeben. Die Betriebsgruppe öffnet ihn jetzt.",
    "approved": "Die Bewilligung ist eingetragen.",
    "extended": "Der Standort ist verlängert.",
}
_LABELS = {
    "slug": "Region",
    "districts": "Stadtbezirke",
    "partner_name": "Träger",
    "partner_state": "Stand der Gespräche",
    "funding": "Eröffnung bezahlt",
    "extension_funding": "Weiterführung bezahlt",
    "planned_for": "Geplant für",
    "on": "Bewilligt am",
    "until": "Letzter Tag",
}


class _Nothing(BaseModel):
    """A form with a button only."""


@router.get("")
async def show_sites(_who: Planners, session: Session, pages: Pages) -> Response:
    """All regions."""
    sites = await all_sites(session)
    return pages.render("roll_out.html", sites=[(site, site.refusal(today())) for site in sites])


@router.get("/new")
async def new_site(_who: Planners, pages: Pages) -> Response:
    """A region that is to get a site."""
    return _ask(pages, Filled[PlanSite]({}), None)


@router.post("/new")
async def plan_site(request: Request, _who: Planners, session: Session, pages: Pages) -> Response:
    """Plan it."""
    form = await forms.read(request, PlanSite)
    return await _plan(session, pages, form, None)


@router.get("/{slug}")
async def show_site(
    slug: Slug, _who: Planners, session: Session, pages: Pages, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """One region, and what can be done next."""
    return await _show(session, pages, slug, done=_DONE.get(done))


@router.get("/{slug}/edit")
async def edit_site(slug: Slug, _who: Planners, session: Session, pages: Pages) -> Response:
    """What is different now."""
    site = await one_site(session, slug)
    return _ask(pages, Filled[PlanSite](_texts(site)), site)


@router.post("/{slug}/edit")
async def change_site(slug: Slug, request: Request, _who: Planners, session: Session, pages: Pages) -> Response:
    """Change the plan."""
    site = await one_site(session, slug)
    form = await forms.read(request, PlanSite)
    if form.value is not None:
        form.value = form.value.model_copy(update={"slug": site.slug})
    return await _plan(session, pages, form, site)


@router.post("/{slug}/open")
async def release_site(slug: Slug, _who: Planners, session: Session, pages: Pages) -> Response:
    """May be opened; why not, if not."""
    form = Filled[_Nothing]({})
    if await attempt(session, form, roll_out.release_site(session, slug, today())) is not None:
        return pages.redirect(f"/reporting/roll-out/{slug}?done=released")
    return await _show(session, pages, slug, form)


@router.post("/{slug}/approve")
async def approve_site(slug: Slug, request: Request, _who: Planners, session: Session, pages: Pages) -> Response:
    """The grant has come."""
    form = await forms.read(request, ApproveSite)
    if form.value is not None and (
        await attempt(session, form, roll_out.approve_site(session, slug, form.value.on, today())) is not None
    ):
        return pages.redirect(f"/reporting/roll-out/{slug}?done=approved")
    return await _show(session, pages, slug, form)


@router.post("/{slug}/extend")
async def extend_site(slug: Slug, request: Request, _who: Planners, session: Session, pages: Pages) -> Response:
    """It goes on; why not, if not."""
    form = await forms.read(request, ExtendSite)
    if form.value is not None:
        work = roll_out.extend_site(session, slug, form.value.until, today(), form.value.funding)
        if await attempt(session, form, work) is not None:
            return pages.redirect(f"/reporting/roll-out/{slug}?done=extended")
    return await _show(session, pages, slug, form)


async def _plan(session: Session, pages: PageMaker, form: Filled[PlanSite], site: KnownSite | None) -> Response:
    if form.value is not None:
        wanted = roll_out.AddSite(**form.value.model_dump())
        if await attempt(session, form, roll_out.add_site(session, wanted)) is not None:
            return pages.redirect(f"/reporting/roll-out/{wanted.slug}?done=planned")
    return _ask(pages, form, site)


def _ask(pages: PageMaker, form: Filled[PlanSite], site: KnownSite | None) -> Response:
    return pages.render(
        "roll_out_form.html",
        422 if form.errors else 200,
        form=form,
        site=site,
        regions=[(slug, words.site_name(slug)) for slug in SITES],
        choices=words.choices,
        label=_label,
    )


async def _show(
    session: Session, pages: PageMaker, slug: str, form: Filled[Any] | None = None, done: str | None = None
) -> Response:
    session.expire_all()  # what an attempt has begun was undone
    site = await one_site(session, slug)
    return pages.render(
        "roll_out_site.html",
        422 if form else 200,
        site=site,
        refusal=site.refusal(today()),
        form=form or Filled[_Nothing]({}),
        choices=words.choices,
        label=_label,
        done=done,
        today=today(),
    )


def _label(name: str) -> str:
    return _LABELS.get(name.partition(".")[0], name)


def _texts(site: KnownSite) -> dict[str, list[str]]:
    return {
        "slug": [site.slug],
        "districts": [*site.districts],
        "partner": [site.partner or ""],
        "partner_name": [site.partner_name or ""],
        "partner_state": [site.partner_state.value],
        "funding": [site.funding or "municipal"],
        "extension_funding": [site.extension_funding or ""],
        "planned_for": [site.planned_for.isoformat() if site.planned_for else ""],
    }
