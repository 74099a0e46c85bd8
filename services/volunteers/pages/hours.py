"""The certificate of hours (Stundennachweis): for the team, and for the volunteer."""

import asyncio
from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from services.volunteers.commands.acting import Acting
from services.volunteers.desk import ByTeamOnPage, ByVolunteerOnPage
from services.volunteers.papers import hours_certificate
from services.volunteers.queries.hours import hours_of
from services.volunteers.queries.visible import volunteer_for
from shared.contracts.words import CITY
from shared.refusals import Invalid
from shared.web import german
from shared.web.inputs import Day
from shared.web.routing import Session, page_router

router: APIRouter = page_router("/volunteers")

_YEAR = timedelta(days=365)


class Days:
    """What the address asks for: days, both inclusive; without them the year up to today."""

    def __init__(
        self,
        begin: Annotated[Day | None, Query(alias="from")] = None,
        to: Annotated[Day | None, Query()] = None,
    ) -> None:
        """Raises `Invalid` where it ends before it begins."""
        self.until: date = to or max(german.today(), begin or date.min)
        self.begin: date = begin or self.until - _YEAR
        if self.until < self.begin:
            raise Invalid("to", "Das Ende des Zeitraums liegt vor dem Anfang.")


AskedDays = Annotated[Days, Depends()]


@router.get("/register/{volunteer_id}/hours.pdf")
async def hours_for_team(volunteer_id: UUID, by: ByTeamOnPage, session: Session, days: AskedDays) -> Response:
    """The certificate of a volunteer whom the own site sees."""
    return await _certificate(session, by, volunteer_id, days, by.site or CITY)


@router.get("/mine/hours.pdf")
async def own_hours(by: ByVolunteerOnPage, session: Session, days: AskedDays) -> Response:
    """One's own certificate."""
    return await own_certificate(session, by, days)


async def own_certificate(session: AsyncSession, by: Acting, days: Days) -> Response:
    """A volunteer's own certificate. Raises `Missing` for an account that is no volunteer's."""
    return await _certificate(session, by, by.volunteer_id or UUID(int=0), days, CITY)


def as_pdf(content: bytes, name: str) -> Response:
    """A file to be opened or kept."""
    headers = {"content-disposition": f'inline; filename="{name}.pdf"', "cache-control": "no-store"}
    return Response(content, media_type="application/pdf", headers=headers)


async def _certificate(session: AsyncSession, by: Acting, volunteer_id: UUID, days: Days, site: str) -> Response:
    volunteer = await volunteer_for(session, by, volunteer_id)
    hours = await hours_of(session, volunteer.id, days.begin, days.until)
    return as_pdf(await asyncio.to_thread(hours_certificate, volunteer, hours, site, by.today), "stundennachweis")
