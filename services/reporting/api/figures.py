"""The figures as JSON or CSV (`Accept: text/csv`)."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from services.reporting import shown
from services.reporting.commands.notices import set_notice
from services.reporting.csv import csv_response, wants_csv
from services.reporting.dates import check_period
from services.reporting.queries import contacts as contact_queries
from services.reporting.queries.contacts import By
from services.reporting.queries.figures import Figure
from services.reporting.queries.referrals import ReferralsBy
from services.reporting.queries.volunteers import AssignmentsBy
from services.reporting.queries.volunteers import assignments as assignments_of
from shared.contracts.words import District, LegalCircle
from shared.web.german import today
from shared.web.identity import Principal, Role, signed_in
from shared.web.inputs import Day, Input, LongText, Slug
from shared.web.routing import Session, api_router

router = api_router("/reporting/api/v1", tags=["Zahlen"])
Readers = Annotated[Principal, signed_in(Role.TEAM, Role.COORDINATOR)]
From = Annotated[Day, Query(alias="from", description="Erster Tag (Europe/Berlin), einschließlich.")]
To = Annotated[Day, Query(description="Letzter Tag (Europe/Berlin), einschließlich.")]
OneSite = Annotated[Slug | None, Query(description="Nur dieser Standort; ein Team sieht immer nur den eigenen.")]

_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


class ContactRow(BaseModel):
    """How many contacts share a key."""

    key: str | None = Field(description="Wie in den Ereignissen; null: ohne Angabe.", examples=["refugee", "thu-14"])
    count: int


class ContactTable(BaseModel):
    """Contacts by one characteristic."""

    rows: list[ContactRow]


class CircleRow(BaseModel):
    """Persons of a legal circle in a district."""

    district: District
    legal_circle: LegalCircle
    count: int | None
    suppressed: bool


class CircleTable(BaseModel):
    """Persons per legal circle and district."""

    rows: list[CircleRow]


class FigureRow(BaseModel):
    """One figure of a period."""

    key: Figure
    count: int | None
    suppressed: bool


class ReferralRow(BaseModel):
    """How many referrals share a key."""

    key: str = Field(description="Wie in den Ereignissen; „open“: noch ohne Antwort.", examples=["accepted", "0-3"])
    count: int | None
    suppressed: bool


class ReferralTable(BaseModel):
    """Referrals by one characteristic."""

    rows: list[ReferralRow]


class AssignmentRow(BaseModel):
    """How many assignments of volunteers share a key, and how long they took."""

    key: str | None = Field(description="Wie in den Ereignissen; null: ohne Sprache.", examples=["ar", "2026-Q4"])
    count: int
    minutes: int


class AssignmentTable(BaseModel):
    """Assignments of volunteers by one characteristic."""

    rows: list[AssignmentRow]


class FigureTable(BaseModel):
    """The figures of a period."""

    rows: list[FigureRow]


def reader_of(who: Principal, site: str | None) -> shown.Reader:
    """Who reads: a team its own site, the coordination all of them or the one that it asks for."""
    return shown.reader(who.site if who.role is Role.TEAM else None, site)


@router.get("/contacts", response_model=ContactTable, responses=_CSV)
async def contacts(
    request: Request,
    who: Readers,
    session: Session,
    begin: From,
    to: To,
    by: By = By.TARGET_GROUP,
    site: OneSite = None,
) -> Any:
    """Contacts by target group, topic, month, site, weekday and hour, language, channel or partner."""
    check_period(begin, to)
    reader = reader_of(who, site)
    rows = await contact_queries.contacts(session, by, begin, to, reader.site)
    return _table(request, ContactTable(rows=[ContactRow(key=row.key, count=row.count) for row in rows]), "kontakte")


@router.get("/legal-circles", response_model=CircleTable, responses=_CSV)
async def legal_circles(
    request: Request,
    who: Readers,
    session: Session,
    on: Annotated[Day, Query(description="Der Tag (Europe/Berlin).")],
    by: Annotated[str, Query(pattern="^district$")] = "district",
    site: OneSite = None,
) -> Any:
    """Persons per legal circle and district on any day."""
    table = await shown.legal_circles(session, reader_of(who, site), on)
    rows = []
    for district in table.districts:
        for circle in LegalCircle:
            persons = table.persons(district, circle)
            rows.append(
                CircleRow(
                    district=District(district),
                    legal_circle=circle,
                    count=persons.count,
                    suppressed=persons.suppressed,
                )
            )
    return _table(request, CircleTable(rows=rows), "rechtskreise")


@router.get("/figures", response_model=FigureTable, responses=_CSV)
async def figures(request: Request, who: Readers, session: Session, begin: From, to: To, site: OneSite = None) -> Any:
    """Households, persons, first visits, office hours, partners and volunteers of a period."""
    check_period(begin, to)
    found = await shown.figures(session, reader_of(who, site), begin, to, today())
    rows = [FigureRow(key=key, count=value.count, suppressed=value.suppressed) for key, value in found.items()]
    return _table(request, FigureTable(rows=rows), "zahlen")


@router.get("/referrals", response_model=ReferralTable, responses=_CSV)
async def referrals(
    request: Request,
    who: Readers,
    session: Session,
    begin: From,
    to: To,
    by: ReferralsBy = ReferralsBy.STATE,
    site: OneSite = None,
) -> Any:
    """Referrals asked for in a period, by kind of offer, partner, present state, reason, site or days to the answer."""
    check_period(begin, to)
    found = await shown.referrals_of(session, reader_of(who, site), begin, to, by)
    rows = [ReferralRow(key=key, count=value.count, suppressed=value.suppressed) for key, value in found.rows()]
    return _table(request, ReferralTable(rows=rows), "vermittlungen")


@router.get("/assignments", response_model=AssignmentTable, responses=_CSV)
async def assignments(
    request: Request,
    who: Readers,
    session: Session,
    begin: From,
    to: To,
    by: AssignmentsBy = AssignmentsBy.KIND,
    site: OneSite = None,
) -> Any:
    """Volunteers' assignments and minutes by kind, language, month, quarter or site; by state, all that were asked."""
    check_period(begin, to)
    found = await assignments_of(session, by, begin, to, reader_of(who, site).site)
    rows = [AssignmentRow(key=row.key, count=row.count, minutes=row.minutes) for row in found]
    return _table(request, AssignmentTable(rows=rows), "einsaetze")


class Say(Input):
    """What readers of the figures of some days must know."""

    begin: Day = Field(alias="from")
    to: Day
    text: LongText


@router.put("/notices/{slug}", status_code=204)
async def say(slug: Slug, body: Say, _who: Annotated[Principal, signed_in(Role.COORDINATOR)], session: Session) -> None:
    """Say something about the figures of some days, e.g. that they are a demonstration; replaces what was said."""
    await set_notice(session, slug, body.begin, body.to, body.text)


def _table(
    request: Request, table: ContactTable | CircleTable | FigureTable | ReferralTable | AssignmentTable, name: str
) -> Response | BaseModel:
    if not wants_csv(request):
        return table
    return csv_response(name, [row.model_dump(mode="json") for row in table.rows])
