"""Behörden: what they have not acknowledged yet, and who has none in charge."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from services.intake import commands
from services.intake.commands.looks import log_look
from services.intake.desk import ByTeam, SeenByTeam
from services.intake.domain.authorities import Authority, Told
from services.intake.inputs import AcknowledgedOn
from services.intake.queries.authorities import Gap, NoticeList, NoticeRow, UncoveredRow, open_notices, uncovered
from services.intake.tables.records import Look
from shared.web.pagination import Page, PageQuery
from shared.web.problems import conflict
from shared.web.routing import Session, api_router

router: APIRouter = api_router("/intake/api/v1/authorities", tags=["Behörden"])

NoticeId = Annotated[UUID, Path(description="Kennung der Mitteilung.")]


class NoticeListed(BaseModel):
    """What an authority must hear of a person and has not acknowledged."""

    notice_id: UUID
    household_id: UUID
    person_id: UUID
    given_name: str
    family_name: str
    case_number: str | None
    authority: Authority
    told: Told = Field(
        description="`takes_over`: ist ab dem Tag zuständig; `gives_up`: nicht mehr; `changes`: bleibt zuständig, nach "
        "einem anderen Gesetz; `recalled`: was für den Tag bestätigt war, gilt nicht mehr."
    )
    on: date


class UncoveredListed(BaseModel):
    """A person without an authority in charge."""

    household_id: UUID
    person_id: UUID
    given_name: str
    family_name: str
    gap: Gap = Field(
        description="`not_acknowledged`: die neue Behörde hat noch nicht bestätigt; `unexplained`: ohne Leistungen, "
        "und kein Grund ist festgehalten."
    )
    authority: Authority | None
    notice_id: UUID | None
    since: date | None


class NoticeAcknowledged(BaseModel):
    """The authority has acknowledged it."""

    notice_id: UUID
    authority: Authority
    told: Told
    on: date
    acknowledged_on: date


@router.get("")
async def list_notices(
    page: PageQuery,
    by: ByTeam,
    seen: SeenByTeam,
    session: Session,
    state: Annotated[NoticeList, Query(description="Was schon gilt, oder was angekündigt ist.")] = NoticeList.DUE,
    authority: Annotated[Authority | None, Query(description="Nur diese Behörde.")] = None,
) -> Page[NoticeListed]:
    """Was Sozialamt und Jobcenter noch nicht bestätigt haben, nach Behörde und Tag."""
    after = page.after(str, date, UUID)
    rows = await open_notices(
        session,
        state,
        by.today,
        authority=authority,
        after=after and (after[0], after[1], after[2]),
        limit=page.limit + 1,
    )
    log_look(session, seen, Look.LIST, "Mitteilungen an Behörden", [row.household_id for row in rows[: page.limit]])
    return page.page(rows, lambda row: row.place, _notice)


@router.get("/uncovered")
async def list_uncovered(page: PageQuery, by: ByTeam, seen: SeenByTeam, session: Session) -> Page[UncoveredListed]:
    """Für wen heute keine Behörde zuständig ist. Die Liste soll leer sein."""
    after = page.after(str, UUID)
    rows = await uncovered(session, by.today, after=after and (after[0], after[1]), limit=page.limit + 1)
    log_look(session, seen, Look.LIST, "Ohne zuständige Behörde", [row.household_id for row in rows[: page.limit]])
    return page.page(rows, lambda row: row.place, _uncovered)


@router.post("/notices/{notice_id}/acknowledge", responses=conflict)
async def acknowledge_notice(
    notice_id: NoticeId, by: ByTeam, session: Session, body: AcknowledgedOn | None = None
) -> NoticeAcknowledged:
    """Trägt ein, dass die Behörde es bestätigt hat."""
    notice = await commands.acknowledge_notice(session, by, notice_id, body.on if body else None)
    return NoticeAcknowledged.model_validate({**notice.model_dump(), "notice_id": notice.id})


def _notice(row: NoticeRow) -> NoticeListed:
    return NoticeListed(
        notice_id=row.id,
        household_id=row.household_id,
        person_id=row.person_id,
        given_name=row.given_name,
        family_name=row.family_name,
        case_number=row.case_number,
        authority=row.authority,
        told=row.told,
        on=row.on,
    )


def _uncovered(row: UncoveredRow) -> UncoveredListed:
    return UncoveredListed(
        household_id=row.household_id,
        person_id=row.person_id,
        given_name=row.given_name,
        family_name=row.family_name,
        gap=row.gap,
        authority=row.authority,
        notice_id=row.notice_id,
        since=row.since,
    )
