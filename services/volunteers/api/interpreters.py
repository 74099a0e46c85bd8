"""Who can interpret at a moment, for the desk (network contract: `GET /volunteers/api/v1/interpreters`)."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from services.volunteers.desk import ByTeam
from services.volunteers.queries.interpreters import interpreters
from shared.contracts.kinds import Language
from shared.days import BERLIN
from shared.refusals import Forbidden
from shared.web.inputs import Slug
from shared.web.routing import Session, api_router

router = api_router("/volunteers/api/v1", tags=["Dolmetschen"])


class InterpreterOut(BaseModel):
    """Somebody who interprets."""

    volunteer_id: UUID
    given_name: str
    family_name: str
    phone: str | None
    languages: list[str] = Field(description="Wohin aus dem Deutschen gedolmetscht wird und zurück.")
    is_there: bool = Field(description="Hat zugesagt, zu dieser Zeit an diesem Standort zu sein.")


@router.get("/interpreters")
async def list_interpreters(
    by: ByTeam,
    session: Session,
    language: Annotated[Language | None, Query()] = None,
    at: Annotated[datetime | None, Query(description="Ohne Zeitzone gilt die Ortszeit; sonst jetzt.")] = None,
    site: Annotated[Slug | None, Query(description="Der eigene Standort.")] = None,
) -> list[InterpreterOut]:
    """Those who are there first, then those who can come for an hour, the best first."""
    if site not in (None, by.site):
        raise Forbidden("Das geht nur für den eigenen Standort.")
    moment = by.now if at is None else at if at.tzinfo else at.replace(tzinfo=BERLIN)
    assert by.site is not None  # noqa: S101  (a team has one)
    return [
        InterpreterOut(
            volunteer_id=found.volunteer.id,
            given_name=found.volunteer.given_name,
            family_name=found.volunteer.family_name,
            phone=found.volunteer.phone,
            languages=found.languages,
            is_there=found.is_there,
        )
        for found in await interpreters(session, by.site, moment, language)
    ]
