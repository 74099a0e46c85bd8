"""Partners' names for the pages of other services, which know short names only: the browser asks for them here.

A page holds `<bdi class="partner-…">` where a name belongs and loads the names with htmx; each finds its places by the
class (`hx-swap-oob`). What is asked of an organisation is in the public directory as well, so nothing is secret here.
"""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from services.referrals.desk import ByAnyOnPage
from services.referrals.queries.partners import names_of, names_to_choose
from shared.refusals import Invalid
from shared.web.routing import Session, page_router
from shared.web.templating import Pages

router: APIRouter = page_router("/referrals/fragments")

MOST = 100
"""Names in one answer."""


@router.get("/partner-names")
async def show_names(
    _by: ByAnyOnPage, session: Session, pages: Pages, slugs: Annotated[str, Query(max_length=61 * MOST)]
) -> Response:
    """The names of these partners, short names separated by commas; who is not in the directory is left out."""
    asked = {slug for slug in slugs.split(",") if slug}
    if len(asked) > MOST:
        raise Invalid("slugs", f"Bitte höchstens {MOST} Namen auf einmal erfragen.")
    return pages.render("partner_names.html", names=await names_of(session, asked))


@router.get("/partner-choices")
async def show_choices(by: ByAnyOnPage, session: Session, pages: Pages) -> Response:
    """Short names with names, to choose from while one types (`datalist`): the active partners of the own site."""
    return pages.render("partner_choices.html", names=await names_to_choose(session, by.site))
