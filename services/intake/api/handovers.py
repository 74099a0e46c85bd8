"""Übergaben: files on their way between sites."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request

from services.intake import commands
from services.intake.api.unready import not_known_yet
from services.intake.commands.looks import log_look
from services.intake.desk import ByTeam, SeenByTeam
from services.intake.queries import handovers
from services.intake.queries.handovers import Sent
from services.intake.tables.handovers import LetterOut
from services.intake.tables.records import Look
from shared.letters import LetterState
from shared.web.inputs import Slug
from shared.web.pagination import Page, PageQuery
from shared.web.problems import conflict
from shared.web.routing import Session, api_router

router: APIRouter = api_router("/intake/api/v1/handovers", tags=["Übergaben"])


class HandoverList(StrEnum):
    """Welche Übergaben."""

    OPEN = "open"
    ARRIVED = "arrived"


_STATES = {
    HandoverList.OPEN: handovers.OPEN,
    HandoverList.ARRIVED: (LetterState.CONFIRMED, LetterState.SUPERSEDED),
}


class HandoverAnswer(BaseModel):
    """A file that was handed over, or is on its way; this site looks after the family until it has arrived."""

    letter_id: UUID
    household_id: UUID | None
    to_site: str
    charge: int | None = Field(description="Die Nummer, mit der der andere Standort die Akte führt.")
    state: LetterState
    since: datetime
    sent_at: datetime | None
    tries: int = Field(description="Wie oft der Brief gesendet wurde.")
    arrived_at: datetime | None
    why: str | None = Field(description="Warum der andere Standort sie nicht annimmt.")

    @classmethod
    def of(cls, letter: LetterOut) -> "HandoverAnswer":
        """The letter as an answer; nothing of its content."""
        return cls(
            letter_id=letter.id,
            household_id=letter.household_id,
            to_site=letter.to_site,
            charge=letter.charge,
            state=letter.state,
            since=letter.made_at,
            sent_at=letter.sent_at,
            tries=letter.tries,
            arrived_at=letter.confirmed_at,
            why=letter.why,
        )


class HandoverListed(HandoverAnswer):
    """An entry of the list."""

    hangs: bool = Field(description="Seit mehr als einer Stunde nicht angekommen, oder nicht angenommen.")


class Started(BaseModel):
    """How many files were handed over; a hundred at most with one call."""

    to_site: str
    handed_over: int


@router.get("")
async def list_handovers(
    request: Request,
    page: PageQuery,
    by: ByTeam,
    seen: SeenByTeam,
    session: Session,
    state: Annotated[HandoverList, Query(description="unterwegs oder angekommen")] = HandoverList.OPEN,
) -> Page[HandoverListed]:
    """Akten auf dem Weg zu einem anderen Standort, die am längsten unterwegs sind zuerst."""
    after = page.after(datetime, UUID)
    rows = await handovers.letters_out(
        session,
        by.now,
        timedelta(minutes=request.app.state.settings.handover_alarm_minutes),
        states=_STATES[state],
        after=after and (after[0], after[1]),
        limit=page.limit + 1,
    )
    shown = rows[: page.limit]
    log_look(session, seen, Look.LIST, "Liste der Übergaben", [row.household_id for row in shown if row.household_id])
    return page.page(rows, lambda row: (row.letter.made_at, row.letter.id), _listed)


@router.post("/{letter_id}/repeat", responses=conflict)
async def repeat(letter_id: UUID, by: ByTeam, session: Session) -> HandoverAnswer:
    """Sendet denselben Brief noch einmal; er wirkt auch dann nur einmal, wenn der erste doch noch ankommt."""
    return HandoverAnswer.of(await commands.repeat_letter(session, letter_id))


@router.post("/{letter_id}/give-up", responses=conflict)
async def give_up(letter_id: UUID, by: ByTeam, seen: SeenByTeam, session: Session) -> HandoverAnswer:
    """Löscht die Kopie einer Akte, die nicht angenommen wurde, weil es eine neuere gibt oder sie gelöscht ist."""
    letter = await commands.give_up_copy(session, by, letter_id)
    log_look(session, seen, Look.FILE, "Kopie gelöscht", [letter.household_id] if letter.household_id else [])
    return HandoverAnswer.of(letter)


@router.post("/{letter_id}/take-back", responses=conflict)
async def take_back(letter_id: UUID, by: ByTeam, session: Session) -> HandoverAnswer:
    """Nimmt eine Akte zurück, die der andere Standort nicht annimmt und die auch sonst niemand führt."""
    return HandoverAnswer.of(await commands.take_back(session, by, letter_id))


@router.post("/{site}/start", responses={**conflict, **not_known_yet})
async def start(site: Slug, by: ByTeam, session: Session) -> Started:
    """Übergibt die offenen Akten, für deren Stadtbezirk dieser Standort zuständig ist; höchstens hundert je Aufruf."""
    return Started(to_site=site, handed_over=await commands.start_for_site(session, by, site))


def _listed(row: Sent) -> HandoverListed:
    return HandoverListed(**HandoverAnswer.of(row.letter).model_dump(), hangs=row.hangs)
