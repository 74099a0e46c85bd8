"""The week's rota and the languages that a site always wants, over HTTP."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path
from pydantic import BaseModel, Field
from starlette.requests import Request

from services.volunteers.commands import rota, standing
from services.volunteers.desk import ByTeam
from services.volunteers.queries.rota import standing_wishes, week_shown
from shared.contracts.kinds import Language
from shared.web.inputs import Day, Input
from shared.web.routing import Session, api_router

router = api_router("/volunteers/api/v1", tags=["Wochenplan"])


class WishesOut(BaseModel):
    """The languages that the own site wants at each of its office hours."""

    languages: list[str]


class WeekIn(Input):
    """Which week, by its Monday."""

    week: Day


class SlotOut(BaseModel):
    """One time of the own site at which somebody is needed."""

    request_id: UUID
    starts_at: datetime | None
    ends_at: datetime | None
    language: str | None
    comes: UUID | None = Field(description="Wer zugesagt hat oder gefragt ist.")
    proposed: UUID | None
    gap: str = Field(description="Warum niemand vorgeschlagen wird; leer, wenn jemand da ist.")


class RotaOut(BaseModel):
    """A computed week: for all sites together, shown for the own one."""

    run_id: UUID
    week: date
    optimal: bool = Field(description="Es gibt nachweislich keinen besseren.")
    gap: float = Field(description="Um welchen Anteil ein besserer höchstens besser wäre.")
    slots: list[SlotOut]


@router.get("/standing-wishes")
async def list_wishes(by: ByTeam, session: Session) -> WishesOut:
    """What the own site always wants."""
    return WishesOut(languages=await standing_wishes(session, by.site or ""))


@router.put("/standing-wishes/{language}")
async def want_always(by: ByTeam, session: Session, language: Annotated[Language, Path()]) -> WishesOut:
    """Want this language at each of the own site's office hours."""
    await standing.want_always(session, by, language)
    return WishesOut(languages=await standing_wishes(session, by.site or ""))


@router.delete("/standing-wishes/{language}")
async def want_no_longer(by: ByTeam, session: Session, language: Annotated[Language, Path()]) -> WishesOut:
    """Not any more."""
    await standing.want_no_longer(session, by, language)
    return WishesOut(languages=await standing_wishes(session, by.site or ""))


@router.post("/rota", status_code=201)
async def compute(request: Request, by: ByTeam, session: Session, which: WeekIn) -> RotaOut:
    """Compute a week anew, for all sites; nobody is asked by it."""
    run = await rota.compute(session, by, which.week, request.app.state.settings.rota_seconds)
    shown = await week_shown(session, by.site, *rota.bounds(run.week), run)
    slots = [
        SlotOut(
            request_id=slot.request.id,
            starts_at=slot.request.starts_at,
            ends_at=slot.request.ends_at,
            language=slot.request.language,
            comes=slot.volunteer.id if slot.volunteer else None,
            proposed=slot.proposed.id if slot.proposed else None,
            gap=slot.gap,
        )
        for _, slots in shown.days
        for slot in slots
    ]
    return RotaOut(run_id=run.id, week=run.week, optimal=run.optimal, gap=run.gap, slots=slots)
