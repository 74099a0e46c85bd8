"""The public directory in four languages, a poster for each offer, and the list of German courses (report, 3.1a)."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from services.referrals.domain.offers import is_stale
from services.referrals.domain.schedules import schedule_of
from services.referrals.pages.vocabulary import directory as vocabulary
from services.referrals.queries.offers import OfferFilter, list_offers, offer_with_partner
from services.referrals.queries.partners import closures_of
from services.referrals.tables import Offer, Partner
from shared.contracts.words import District, OfferKind
from shared.places import DISTRICT_NAMES, neighbourhood_name
from shared.refusals import Missing
from shared.web import german
from shared.web.pagination import PageQuery
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/referrals")

LanguageOf = Literal["de", "en", "ar", "fa"]
"""The languages of the public pages: those of the leaflets."""
_ALL = 500
DISTRICTS = [(district.value, name) for district, name in DISTRICT_NAMES.items()]


@router.get("/directory/{lang}")
async def show_directory(
    lang: LanguageOf,
    page: PageQuery,
    session: Session,
    pages: Pages,
    kind: Annotated[OfferKind | Literal[""], Query()] = "",
    district: Annotated[District | Literal[""], Query()] = "",
) -> Response:
    """What is offered now, of active partners."""
    today = german.today()
    wanted = OfferFilter(kind=OfferKind(kind) if kind else None, district=district or None, on=today, active=True)
    after = page.after(UUID)
    rows = await list_offers(session, wanted, today, after[0] if after else None, page.limit + 1)
    shown = page.page(rows, lambda row: (row[0].id,), lambda row: seen(*row, lang))
    return render(
        pages,
        "directory.html",
        lang,
        f"/referrals/directory/{{}}?kind={kind}&district={district}",
        rows=shown.items,
        next_cursor=shown.next_cursor,
        kinds=[(known.value, vocabulary.kind(known, lang)) for known in OfferKind],
        districts=DISTRICTS,
        chosen={"kind": kind, "district": district},
    )


@router.get("/directory/{lang}/offers/{offer_id}")
async def show_public_offer(lang: LanguageOf, offer_id: UUID, session: Session, pages: Pages) -> Response:
    """One offer with all that is public."""
    return await _one(session, pages, "directory_offer.html", lang, offer_id, "")


@router.get("/directory/{lang}/offers/{offer_id}/poster")
async def show_poster(lang: LanguageOf, offer_id: UUID, session: Session, pages: Pages) -> Response:
    """The same to hang up."""
    return await _one(session, pages, "poster.html", lang, offer_id, "/poster")


@router.get("/courses")
async def show_courses(
    session: Session, pages: Pages, district: Annotated[District | Literal[""], Query()] = ""
) -> Response:
    """German courses by neighbourhood, to print."""
    today = german.today()
    wanted = OfferFilter(kind=OfferKind.GERMAN_COURSE, district=district or None, on=today, active=True)
    places: dict[str, list[dict[str, Any]]] = {}
    for offer, partner in await list_offers(session, wanted, today, None, _ALL):
        row = seen(offer, partner, "de")
        places.setdefault(row["place"] or "Ganz Dortmund", []).append(row)
    return render(
        pages,
        "courses.html",
        "de",
        "",
        places=sorted(places.items()),
        districts=DISTRICTS,
        chosen={"district": district},
    )


async def _one(
    session: Session, pages: PageMaker, template: str, lang: LanguageOf, offer_id: UUID, rest: str
) -> Response:
    offer, partner = await offer_with_partner(session, offer_id)
    if offer.withdrawn_on is not None or not partner.active:
        raise Missing("Das Angebot")
    today = german.today()
    closed = [closure for closure in await closures_of(session, partner.id, today) if closure.from_on <= today]
    switch = f"/referrals/directory/{{}}/offers/{offer_id}{rest}"
    row = seen(offer, partner, lang) | {"closed": closed[0].to_on if closed else None}
    return render(pages, template, lang, switch, row=row)


def render(pages: PageMaker, template: str, lang: str, switch: str, **context: Any) -> Response:
    """A public page in a language; `switch` is the same page's address with `{}` for the language."""
    return pages.render(
        template,
        lang=lang,
        dir="rtl" if lang in vocabulary.RIGHT_TO_LEFT else "ltr",
        t=vocabulary.TEXTS[lang],
        languages=[(known, name, switch.format(known)) for known, name in vocabulary.NAMES.items()] if switch else [],
        **context,
    )


def seen(offer: Offer, partner: Partner, lang: str) -> dict[str, Any]:
    """What is public of an offer, in this language as far as there is a text, else in German."""
    schedule = schedule_of(offer.rrule, offer.starts_at, offer.ends_at, offer.first_on)
    place = neighbourhood_name(offer.neighbourhood) if offer.neighbourhood else ""
    if not place and offer.district:
        place = DISTRICT_NAMES[District(offer.district)]
    return {
        "offer": offer,
        "partner": partner,
        "title": offer.title.get(lang) or offer.title["de"],
        "description": offer.description.get(lang) or offer.description.get("de"),
        "in_german": lang not in offer.title,
        "kind": vocabulary.kind(offer.kind, lang),
        "when": vocabulary.when(schedule, lang) if schedule else "",
        "place": place,
        "audiences": vocabulary.listed((vocabulary.audience(word, lang) for word in offer.audiences), lang),
        "languages": vocabulary.listed((vocabulary.language_name(tag, lang) for tag in offer.languages), lang),
        "stale": is_stale(offer.confirmed_on, german.today()),
    }
