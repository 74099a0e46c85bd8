"""The access log, for the data protection officer."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.intake.api.answers import AccessLogged
from services.intake.desk import Privacy
from services.intake.queries.access_log import looks
from shared.web.inputs import Day
from shared.web.pagination import Page, PageQuery
from shared.web.routing import Session, api_router

router: APIRouter = api_router("/intake/api/v1/access-log", tags=["Datenschutz"])


@router.get("")
async def list_looks(
    page: PageQuery,
    _who: Privacy,
    session: Session,
    household_id: Annotated[UUID | None, Query(description="Nur Einsichten in diesen Haushalt.")] = None,
    who: Annotated[str | None, Query(max_length=120, description="Nur Einsichten dieser Person (Einzelfall).")] = None,
    day: Annotated[Day | None, Query(description="Nur dieser Tag.")] = None,
) -> Page[AccessLogged]:
    """Wer hat wann welche Daten angesehen und warum; das Neueste zuerst. Namen von Familien stehen nicht darin."""
    after = page.after(datetime, int)
    rows = await looks(
        session,
        household_id=household_id,
        who=who,
        day=day,
        after=after and (after[0], after[1]),
        limit=page.limit + 1,
    )
    return page.page(rows, lambda row: (row.at, row.id), lambda row: AccessLogged.model_validate(row.model_dump()))
