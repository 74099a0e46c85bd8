"""„Ehrenamt": what somebody is needed for, who was asked and who comes."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field, ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from services.volunteers.commands import assignments
from services.volunteers.commands import requests as commands
from services.volunteers.commands.acting import Acting
from services.volunteers.desk import ByTeamOnPage
from services.volunteers.inputs import HowItWas, NewRequest, Rating, SiteRating, Title
from services.volunteers.pages.names import batches
from services.volunteers.queries.requests import Show, counts, lines, request_for, request_page
from services.volunteers.tables import KnownHousehold
from shared.contracts.kinds import Language
from shared.contracts.words import AssignmentCancelReason, District, InterpreterOccasion, VolunteerKind
from shared.days import BERLIN
from shared.refusals import Invalid, Missing
from shared.web import forms, german, words
from shared.web.forms import Filled
from shared.web.inputs import Day, Input, LongText
from shared.web.pagination import PageQuery
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/volunteers/requests")

PROPOSED = 5
"""So many proposals are shown at once."""
_CANCELS = (AssignmentCancelReason.VOLUNTEER, AssignmentCancelReason.DID_NOT_TAKE_PLACE)


class RequestForm(Input):
    """A new request as one fills it in: a day, a clock time and how long."""

    kind: VolunteerKind
    household_id: UUID | None = None
    title: Title | None = None
    district: District | None = None
    language: Language | None = None
    day: Day | None = None
    clock: time | None = None
    minutes: Annotated[int, Field(ge=15, le=720)] | None = None
    woman_wanted: bool = False
    minors: bool = False
    car_wanted: bool = False
    by_hand: bool = False


class StepForm(Input):
    """What can be entered at a request."""

    volunteer_id: UUID | None = None
    assignment_id: UUID | None = None
    not_such_times: bool = False
    cancel: AssignmentCancelReason | None = None
    minutes: Annotated[int, Field(ge=0, le=1440)] | None = None
    rating: Rating | None = None
    strain: Rating | None = None
    feedback: LongText | None = None


@router.get("")
async def show_requests(
    by: ByTeamOnPage,
    session: Session,
    pages: Pages,
    page: PageQuery,
    show: Annotated[Show, Query()] = Show.WAITING,
) -> Response:
    """What the own site needs somebody for."""
    now = datetime.now(UTC)
    after = page.after(datetime, UUID)
    found = await lines(session, by.site, show, now, after=after and (after[0], after[1]), limit=page.limit + 1)
    shown = found[: page.limit]
    return pages.render(
        "requests.html",
        counts=await counts(session, by.site, now),
        lines=shown,
        show=show,
        next_cursor=page.page(
            found, lambda line: (line.request.starts_at or line.request.created_at, line.request.id), lambda line: line
        ).next_cursor,
        names=batches(line.request.household_id for line in shown),
    )


@router.get("/new")
async def ask_what(
    by: ByTeamOnPage,
    session: Session,
    pages: Pages,
    kind: Annotated[VolunteerKind | Literal[""], Query()] = "",
    household: Annotated[UUID | None, Query()] = None,
) -> Response:
    """What somebody is needed for."""
    texts = {"kind": [str(kind)], "household_id": [str(household) if household else ""], "minutes": ["90"]}
    return await _ask(session, by, pages, Filled[RequestForm](texts))


@router.post("/new")
async def enter(request: Request, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """Enter it."""
    form = await forms.read(request, RequestForm)
    if form.value is not None:
        entered = await forms.attempt(session, form, _enter(session, by, form.value))
        if entered is not None:
            return pages.redirect(f"/volunteers/requests/{entered.id}")
    return await _ask(session, by, pages, form)


@router.get("/{request_id}")
async def show_request(request_id: UUID, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """One request: who was asked, who comes, who could be asked."""
    return await _show(session, by, pages, request_id, Filled[Any]({}))


@router.post("/{request_id}/{step}")
async def take_step(
    request_id: UUID, step: str, request: Request, by: ByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """One step: ask, accept, decline, cancel, complete, rate, take-up, withdraw, by-itself or by-hand."""
    form = await forms.read(request, StepForm)
    if form.value is not None:
        hours = request.app.state.settings.answer_hours
        work = _step(session, by, request_id, step, form.value, hours)
        if await forms.attempt(session, form, work) is not None:
            return pages.redirect(f"/volunteers/requests/{request_id}")
    return await _show(session, by, pages, request_id, form)


async def _step(
    session: AsyncSession, by: Acting, request_id: UUID, step: str, given: StepForm, hours: float
) -> object:
    match step:
        case "ask":
            return await assignments.ask(session, by, request_id, _given("volunteer_id", given.volunteer_id), hours)
        case "take-up":
            return await commands.take_up(session, by, request_id)
        case "withdraw":
            return await commands.withdraw_request(session, by, request_id)
        case "by-itself" | "by-hand":
            return await commands.let_ask(session, by, request_id, step == "by-itself")
    number = await _of_this(session, by, request_id, _given("assignment_id", given.assignment_id))
    match step:
        case "accept":
            return await assignments.accept(session, by, number)
        case "decline":
            return await assignments.decline(session, by, number, not_such_times=given.not_such_times)
        case "cancel":
            return await assignments.cancel(session, by, number, _given("cancel", given.cancel))
        case "complete":
            how = HowItWas(minutes=_given("minutes", given.minutes), strain=given.strain)
            return await assignments.complete(session, by, number, how)
        case "rate":
            return await assignments.rate_by_site(
                session, by, number, SiteRating(rating=given.rating, feedback=given.feedback)
            )
    raise Missing("Diese Seite")


async def _of_this(session: AsyncSession, by: Acting, request_id: UUID, assignment_id: UUID) -> UUID:
    page = await request_page(session, await request_for(session, request_id, by.site), by.now, 0)
    if assignment_id not in {assignment.id for assignment, _ in page.asked}:
        raise Missing("Der Einsatz")
    return assignment_id


def _given(field: str, value: Any) -> Any:
    if value is None:
        raise Invalid(field, "Bitte angeben.")
    return value


async def _enter(session: AsyncSession, by: Acting, form: RequestForm) -> Any:
    starts_at = ends_at = None
    if form.kind is not VolunteerKind.MENTOR:
        starts_at = _moment(form.day, form.clock)
        ends_at = starts_at + timedelta(minutes=_given("minutes", form.minutes))
    names = ("kind", "household_id", "title", "district", "language", "woman_wanted", "minors", "car_wanted")
    try:
        wanted = NewRequest(
            **{name: getattr(form, name) for name in names},
            occasion=InterpreterOccasion.APPOINTMENT if form.kind is VolunteerKind.INTERPRETER else None,
            starts_at=starts_at,
            ends_at=ends_at,
            asks_by_itself=not form.by_hand,
        )
    except ValidationError as wrong:
        first = wrong.errors()[0]
        raise Invalid(_FIELD_OF.get(first["type"], "kind"), first["msg"]) from None
    return await commands.enter_request(session, by, wanted)


_FIELD_OF = {"household": "household_id", "language": "language", "title": "title", "time": "day"}


def _moment(day: date | None, clock: time | None) -> datetime:
    return datetime.combine(_given("day", day), _given("clock", clock), BERLIN)


async def _ask(session: AsyncSession, by: Acting, pages: PageMaker, form: Filled[RequestForm]) -> Response:
    household = None
    try:
        number = UUID(form.text("household_id"))
    except ValueError:
        number = None
    if number is not None:
        household = await session.get(KnownHousehold, number)
        if household is None or household.site != by.site:
            raise Missing("Der Haushalt")
    return pages.render(
        "request_form.html",
        status=422 if form.errors else 200,
        form=form,
        household=household,
        kinds=[pair for pair in words.choices("VolunteerKind") if household or pair[0] != VolunteerKind.MENTOR],
        languages=german.language_choices(),
        names=batches([household.household_id]) if household else [],
    )


async def _show(session: AsyncSession, by: Acting, pages: PageMaker, request_id: UUID, form: Filled[Any]) -> Response:
    request = await request_for(session, request_id, by.site)
    page = await request_page(session, request, by.now, PROPOSED)
    return pages.render(
        "request.html",
        status=422 if form.errors else 200,
        page=page,
        request_=request,
        form=form,
        cancels=[pair for pair in words.choices("AssignmentCancelReason") if pair[0] in _CANCELS],
        names=batches([request.household_id]),
        began=commands.has_begun(request, by.now),
    )
