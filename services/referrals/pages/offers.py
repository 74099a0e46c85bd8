"""„Angebote": what the network has, kept by partners themselves or with the help of a team."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from services.referrals.commands import offers
from services.referrals.commands.acting import Acting
from services.referrals.commands.partners import require_theirs
from services.referrals.desk import ByAnyOnPage
from services.referrals.directory_inputs import HoldSession, SetCapacity
from services.referrals.domain.offers import LANGUAGES, is_stale
from services.referrals.domain.schedules import schedule_of
from services.referrals.pages.directory_forms import NEIGHBOURHOODS, RHYTHMS, OfferForm, offer_texts
from services.referrals.queries.offers import OfferFilter, list_offers, offer_with_partner, sessions_of
from services.referrals.queries.partners import PartnerFilter, list_partners
from services.referrals.tables import Offer, Partner
from shared.contracts.words import District, OfferKind
from shared.refusals import Forbidden
from shared.web import forms, german
from shared.web.forms import Filled, attempt
from shared.web.pagination import PageQuery
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/referrals/offers")

_MORE_THAN_ALL = 200


@router.get("")
async def show_offers(
    page: PageQuery,
    by: ByAnyOnPage,
    session: Session,
    pages: Pages,
    q: Annotated[str, Query(max_length=100)] = "",
    kind: Annotated[OfferKind | Literal[""], Query()] = "",
    district: Annotated[District | Literal[""], Query()] = "",
    partner: Annotated[str, Query(max_length=60)] = "",
    stale: Annotated[bool | None, Query()] = None,
) -> Response:
    """All offers, or those that are looked for."""
    wanted = OfferFilter(q.strip() or None, kind or None, district or None, None, partner or None, stale)
    after = page.after(UUID)
    rows = await list_offers(session, wanted, by.today, after[0] if after else None, page.limit + 1)
    shown = page.page(rows, lambda row: (row[0].id,), lambda row: _seen(by, *row))
    chosen = {"q": q, "kind": kind, "district": district, "partner": partner, "stale": stale}
    return pages.render("offers.html", by=by, rows=shown.items, next_cursor=shown.next_cursor, chosen=chosen)


@router.get("/new")
async def new_offer(
    by: ByAnyOnPage, session: Session, pages: Pages, partner: Annotated[str, Query(max_length=60)] = ""
) -> Response:
    """What is offered, where, when and for whom."""
    texts = {"partner": [partner or by.partner or ""], "rhythm": ["weekly"]}
    return await _ask(by, session, pages, Filled[OfferForm](texts), None)


@router.post("/new")
async def publish(request: Request, by: ByAnyOnPage, session: Session, pages: Pages) -> Response:
    """Enter it."""
    form = await forms.read(request, OfferForm)
    if form.value is not None:
        work = offers.publish_offer(session, by, form.value.published())
        if (offer := await _attempt(session, form, work)) is not None:
            return pages.redirect(f"/referrals/offers/{offer.id}?done=published")
    return await _ask(by, session, pages, form, None)


@router.get("/{offer_id}")
async def show_offer(
    offer_id: UUID,
    by: ByAnyOnPage,
    session: Session,
    pages: Pages,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """One offer; who keeps it also sees what to do with it."""
    return await _show(offer_id, by, session, pages, done=done)


@router.get("/{offer_id}/edit")
async def edit_offer(offer_id: UUID, by: ByAnyOnPage, session: Session, pages: Pages) -> Response:
    """What is different now."""
    offer, partner = await offer_with_partner(session, offer_id)
    require_theirs(by, partner)
    return await _ask(by, session, pages, offer_texts(offer), offer)


@router.post("/{offer_id}/edit")
async def change(offer_id: UUID, request: Request, by: ByAnyOnPage, session: Session, pages: Pages) -> Response:
    """Enter it."""
    form = await forms.read(request, OfferForm)
    if form.value is not None:
        work = offers.change_offer(session, by, offer_id, form.value.changed())
        if await _attempt(session, form, work) is not None:
            return pages.redirect(f"/referrals/offers/{offer_id}?done=changed")
    offer, _ = await offer_with_partner(session, offer_id)
    return await _ask(by, session, pages, form, offer)


@router.post("/{offer_id}/confirm")
async def confirm(offer_id: UUID, by: ByAnyOnPage, session: Session, pages: Pages) -> Response:
    """All of it is right."""
    await offers.confirm_offer(session, by, offer_id)
    return pages.redirect(f"/referrals/offers/{offer_id}?done=confirmed")


@router.post("/{offer_id}/withdraw")
async def withdraw(offer_id: UUID, by: ByAnyOnPage, session: Session, pages: Pages) -> Response:
    """It is not offered any more."""
    await offers.withdraw_offer(session, by, offer_id)
    return pages.redirect(f"/referrals/offers/{offer_id}?done=withdrawn")


@router.post("/{offer_id}/capacity")
async def set_capacity(offer_id: UUID, request: Request, by: ByAnyOnPage, session: Session, pages: Pages) -> Response:
    """How many places there are now."""
    form = await forms.read(request, SetCapacity)
    if form.value is not None:
        work = offers.set_capacity(session, by, offer_id, form.value)
        if await attempt(session, form, work) is not None:
            return pages.redirect(f"/referrals/offers/{offer_id}?done=capacity")
    return await _show(offer_id, by, session, pages, capacity=form)


@router.post("/{offer_id}/sessions")
async def hold(offer_id: UUID, request: Request, by: ByAnyOnPage, session: Session, pages: Pages) -> Response:
    """It took place."""
    form = await forms.read(request, HoldSession)
    if form.value is not None:
        work = offers.hold_session(session, by, offer_id, form.value)
        if await attempt(session, form, work) is not None:
            return pages.redirect(f"/referrals/offers/{offer_id}?done=held")
    return await _show(offer_id, by, session, pages, held=form)


async def _attempt(session: Session, form: Filled[OfferForm], work: Any) -> Offer | None:
    """As `attempt`; what the command says of the rule or the price stands beside the days and the euros."""
    offer: Offer | None = await attempt(session, form, work)
    for hidden, seen in (("rrule", "days"), ("cost_cents", "euros")):
        if hidden in form.errors:
            form.errors[seen] = form.errors.pop(hidden)
    return offer


async def _show(
    offer_id: UUID,
    by: Acting,
    session: Session,
    pages: PageMaker,
    *,
    done: str = "",
    capacity: Filled[SetCapacity] | None = None,
    held: Filled[HoldSession] | None = None,
) -> Response:
    offer, partner = await offer_with_partner(session, offer_id)
    places = {name: [str(getattr(offer, name))] for name in ("places", "free", "waiting") if getattr(offer, name)}
    return pages.render(
        "offer.html",
        422 if capacity or held else 200,
        row=_seen(by, offer, partner),
        sessions=await sessions_of(session, offer_id),
        capacity=capacity or Filled[SetCapacity](places),
        held=held or Filled[HoldSession]({"on": [by.today.isoformat()]}),
        done=done,
    )


async def _ask(
    by: Acting, session: Session, pages: PageMaker, form: Filled[OfferForm], offer: Offer | None
) -> Response:
    site = by.site
    known = await list_partners(session, PartnerFilter(site=site), by.today, None, _MORE_THAN_ALL)
    partners = [(partner.slug, partner.name) for partner in known]
    return pages.render(
        "offer_form.html",
        422 if form.errors else 200,
        form=form,
        offer=offer,
        partners=[] if by.partner else partners,
        rhythms=RHYTHMS,
        languages=LANGUAGES,
        language_choices=german.language_choices(),
        neighbourhoods=NEIGHBOURHOODS,
    )


def _seen(by: Acting, offer: Offer, partner: Partner) -> dict[str, Any]:
    """An offer as a page shows it."""
    schedule = schedule_of(offer.rrule, offer.starts_at, offer.ends_at, offer.first_on)
    try:
        require_theirs(by, partner)
        ours = offer.withdrawn_on is None
    except Forbidden:
        ours = False
    return {
        "offer": offer,
        "partner": partner,
        "when": schedule.words if schedule else None,
        "stale": is_stale(offer.confirmed_on, by.today),
        "ours": ours,
    }
