"""„Partner": the register of the network; a partner keeps its own entry, „Mein Profil"."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from services.referrals.commands import closures, mails, partners
from services.referrals.commands.acting import Acting
from services.referrals.commands.partners import require_theirs
from services.referrals.desk import ByAnyOnPage, ByCoordinatorOnPage, ByPartnerOnPage
from services.referrals.directory_inputs import (
    AgreeCooperation,
    AnnounceClosure,
    ChangePartner,
    Contact,
    RegisterPartner,
)
from services.referrals.domain.offers import LANGUAGES, is_stale
from services.referrals.pages.directory_forms import partner_texts
from services.referrals.queries.mails import last_failed
from services.referrals.queries.offers import OfferFilter, list_offers
from services.referrals.queries.partners import PartnerEntry, PartnerFilter, list_partners, partner_entry
from services.referrals.tables import Partner
from shared.contracts.words import SITES, District, PartnerKind
from shared.refusals import Forbidden
from shared.web import forms, german
from shared.web.forms import Filled, attempt
from shared.web.pagination import PageQuery
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages
from shared.web.tokens import Role
from shared.web.words import site_name

router: APIRouter = page_router("/referrals")

_SHOWN = 50
"""So many offers that are to be confirmed stand on a partner's page; the next ones follow when these are."""


@router.get("/partners")
async def show_partners(
    page: PageQuery,
    by: ByAnyOnPage,
    session: Session,
    pages: Pages,
    q: Annotated[str, Query(max_length=100)] = "",
    kind: Annotated[PartnerKind | Literal[""], Query()] = "",
    district: Annotated[District | Literal[""], Query()] = "",
) -> Response:
    """All partners, or those that are looked for."""
    wanted = PartnerFilter(q.strip() or None, kind or None, district or None)
    found = await list_partners(session, wanted, by.today, page.after(str, UUID), page.limit + 1)
    shown = page.page(
        found, lambda row: (row.name.lower(), row.id), lambda row: (row, is_stale(row.confirmed_on, by.today))
    )
    chosen = {"q": q, "kind": kind, "district": district}
    return pages.render("partners.html", by=by, rows=shown.items, next_cursor=shown.next_cursor, chosen=chosen)


@router.get("/partners/new")
async def new_partner(by: ByCoordinatorOnPage, pages: Pages) -> Response:
    """Who is new in the network."""
    texts = {"sites": [by.site] if by.site else [], "wants_mail": ["true"]}
    return _ask(by, pages, Filled[RegisterPartner](texts), None)


@router.post("/partners/new")
async def register(request: Request, by: ByCoordinatorOnPage, session: Session, pages: Pages) -> Response:
    """Enter it."""
    form = await forms.read(request, RegisterPartner)
    if form.value is not None:
        partner = await attempt(session, form, partners.register_partner(session, by, form.value))
        if partner is not None:
            return _back(pages, partner.slug, "registered")
    return _ask(by, pages, form, None)


@router.get("/own/profile")
async def show_own(
    by: ByPartnerOnPage, session: Session, pages: Pages, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """The partner's own entry."""
    return await _show(by.partner or "", by, session, pages, done=done)


@router.get("/partners/{slug}")
async def show_partner(
    slug: str, by: ByAnyOnPage, session: Session, pages: Pages, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """One partner; who keeps the entry also sees what to do with it."""
    return await _show(slug, by, session, pages, done=done)


@router.get("/partners/{slug}/edit")
async def edit_partner(slug: str, by: ByAnyOnPage, session: Session, pages: Pages) -> Response:
    """What is different now."""
    entry = await partner_entry(session, slug, by.today)
    require_theirs(by, entry.partner)
    return _ask(by, pages, partner_texts(entry.partner), entry.partner)


@router.post("/partners/{slug}/edit")
async def change(slug: str, request: Request, by: ByAnyOnPage, session: Session, pages: Pages) -> Response:
    """Enter it: everything that stands in the form, and nothing that does not."""
    form = await forms.read(request, ChangePartner)
    if form.value is not None:
        hidden = {"all_sites", "active", "neighbourhoods"} | ({"kind", "sites"} if by.partner else set())
        if (await partner_entry(session, slug, by.today)).partner.all_sites:
            hidden.add("sites")
        given = form.value.model_dump(exclude=hidden)
        if "sites" in given:  # no box is ticked
            given["sites"] = given["sites"] or []
        work = partners.change_partner(session, by, slug, ChangePartner.model_validate(given))
        if await attempt(session, form, work) is not None:
            return _back(pages, slug, "changed")
    entry = await partner_entry(session, slug, by.today)
    return _ask(by, pages, form, entry.partner)


@router.post("/partners/{slug}/confirm")
async def confirm(slug: str, by: ByAnyOnPage, session: Session, pages: Pages) -> Response:
    """All of it is right."""
    await partners.confirm_partner(session, by, slug)
    return _back(pages, slug, "confirmed")


@router.post("/partners/{slug}/contacts")
async def add_contact(slug: str, request: Request, by: ByAnyOnPage, session: Session, pages: Pages) -> Response:
    """A person whom one reaches there."""
    form = await forms.read(request, Contact)
    if form.value is not None and (
        await attempt(session, form, partners.add_contact(session, by, slug, form.value)) is not None
    ):
        return _back(pages, slug, "contact")
    return await _show(slug, by, session, pages, contact=form)


@router.post("/partners/{slug}/contacts/{contact_id}/remove")
async def remove_contact(slug: str, contact_id: UUID, by: ByAnyOnPage, session: Session, pages: Pages) -> Response:
    """The person is no longer reached there."""
    await partners.remove_contact(session, by, slug, contact_id)
    return _back(pages, slug, "contact_gone")


@router.post("/partners/{slug}/closures")
async def announce(slug: str, request: Request, by: ByAnyOnPage, session: Session, pages: Pages) -> Response:
    """From when to when it is closed."""
    form = await forms.read(request, AnnounceClosure)
    if form.value is not None and (
        await attempt(session, form, closures.announce_closure(session, by, slug, form.value)) is not None
    ):
        return _back(pages, slug, "closure")
    return await _show(slug, by, session, pages, closure=form)


@router.post("/partners/{slug}/closures/{closure_id}/recall")
async def recall(slug: str, closure_id: UUID, by: ByAnyOnPage, session: Session, pages: Pages) -> Response:
    """It is open after all."""
    await closures.recall_closure(session, by, slug, closure_id)
    return _back(pages, slug, "closure_gone")


@router.post("/partners/{slug}/cooperations")
async def agree(slug: str, request: Request, by: ByCoordinatorOnPage, session: Session, pages: Pages) -> Response:
    """What was agreed."""
    form = await forms.read(request, AgreeCooperation)
    if form.value is not None and (
        await attempt(session, form, partners.agree_cooperation(session, by, slug, form.value)) is not None
    ):
        return _back(pages, slug, "agreed")
    return await _show(slug, by, session, pages, agreed=form)


def _back(pages: PageMaker, slug: str, done: str) -> Response:
    return pages.redirect(f"/referrals/partners/{slug}?done={done}")


async def _show(
    slug: str,
    by: Acting,
    session: Session,
    pages: PageMaker,
    *,
    done: str = "",
    contact: Filled[Contact] | None = None,
    closure: Filled[AnnounceClosure] | None = None,
    agreed: Filled[AgreeCooperation] | None = None,
) -> Response:
    entry = await partner_entry(session, slug, by.today)
    ours = _keeps(by, entry)
    old = OfferFilter(partner=slug, stale=True)
    own_day = {"site": [by.site or ""], "agreed_on": [by.today.isoformat()]}
    return pages.render(
        "partner.html",
        422 if contact or closure or agreed else 200,
        by=by,
        entry=entry,
        stale=is_stale(entry.partner.confirmed_on, by.today),
        ours=ours,
        mails_to=await mails.address_of(session, entry.partner, by.now),
        mail_failed=await last_failed(session, entry.partner.id),
        to_confirm=await list_offers(session, old, by.today, None, _SHOWN) if ours else [],
        inside=by.role in (Role.TEAM, Role.COORDINATOR) or by.partner == slug,
        agrees=by.role in (Role.TEAM, Role.COORDINATOR),
        sites=_sites(by),
        contact=contact or Filled[Contact]({}),
        closure=closure or Filled[AnnounceClosure]({}),
        agreed=agreed or Filled[AgreeCooperation](own_day),
        done=done,
    )


def _keeps(by: Acting, entry: PartnerEntry) -> bool:
    try:
        require_theirs(by, entry.partner)
    except Forbidden:
        return False
    return True


def _sites(by: Acting) -> list[tuple[str, str]]:
    return [(site, site_name(site)) for site in SITES if by.site in (None, site)]


def _ask(
    by: Acting, pages: PageMaker, form: Filled[RegisterPartner] | Filled[ChangePartner], partner: Partner | None
) -> Response:
    return pages.render(
        "partner_form.html",
        422 if form.errors else 200,
        by=by,
        form=form,
        partner=partner,
        sites=[(site, site_name(site)) for site in SITES],
        languages=LANGUAGES,
        language_choices=german.language_choices(),
    )
