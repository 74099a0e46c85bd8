"""„Zugriffsprotokoll": for the data protection officer; who looked at what and why, and no content."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import TypeAdapter
from starlette.responses import Response

from services.intake.desk import PrivacyPage
from services.intake.queries.access_log import looks
from shared.web.inputs import Day
from shared.web.pagination import PageQuery
from shared.web.routing import Session, page_router
from shared.web.templating import Pages

router: APIRouter = page_router("/intake")
_DAY: TypeAdapter[Day] = TypeAdapter(Day)


@router.get("/access-log")
async def show_looks(
    page: PageQuery,
    _who: PrivacyPage,
    session: Session,
    pages: Pages,
    household_id: Annotated[str, Query(max_length=40)] = "",
    day: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """The newest looks, of one household or one day if asked for."""
    errors: dict[str, str] = {}
    household, wanted_day = None, None
    try:
        household = UUID(household_id) if household_id else None
    except ValueError:
        errors["household_id"] = "Das ist keine Kennung eines Haushalts."
    try:
        wanted_day = _DAY.validate_python(day) if day else None
    except ValueError:
        errors["day"] = "Bitte ein gültiges Datum angeben."
    after = page.after(datetime, int)
    rows = (
        []
        if errors
        else await looks(
            session,
            household_id=household,
            day=wanted_day,
            after=after and (after[0], after[1]),
            limit=page.limit + 1,
        )
    )
    shown = page.page(rows, lambda row: (row.at, row.id), lambda row: row.id)
    return pages.render(
        "access_log.html",
        status=422 if errors else 200,
        rows=rows[: page.limit],
        next_cursor=shown.next_cursor,
        household_id=household_id,
        day=day,
        errors=errors,
    )
