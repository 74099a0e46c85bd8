"""„Treffen": trainings and exchange meetings, who is invited, comes and was there."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from services.volunteers.care_inputs import Attended, Invite, MoveGathering, PlanGathering, Reply
from services.volunteers.commands import gatherings
from services.volunteers.commands.acting import Acting
from services.volunteers.desk import ByTeamOnPage
from services.volunteers.queries.gatherings import could_be_invited, gathering_for, invited_to
from services.volunteers.queries.gatherings import gatherings as listed
from services.volunteers.tables import Gathering
from shared.days import BERLIN
from shared.web import forms, german, words
from shared.web.forms import Filled, attempt
from shared.web.pagination import PageQuery
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/volunteers/gatherings")
Done = Annotated[str, Query(max_length=20)]


@router.get("")
async def show_gatherings(
    by: ByTeamOnPage,
    session: Session,
    pages: Pages,
    page: PageQuery,
    show: Annotated[Literal["coming", "over"], Query()] = "coming",
) -> Response:
    """The own site's trainings and meetings."""
    after = page.after(datetime, UUID)
    found = await listed(
        session,
        by.site or "",
        by.now,
        over=show == "over",
        after=after and (after[0], after[1]),
        limit=page.limit + 1,
    )
    shown = page.page(found, lambda row: (row.gathering.starts_at, row.gathering.id), lambda row: row)
    return pages.render("gatherings.html", rows=shown.items, next_cursor=shown.next_cursor, show=show)


@router.get("/new")
async def new_gathering(by: ByTeamOnPage, pages: Pages) -> Response:
    """What, when and where."""
    return _ask(pages, Filled[Any]({"kind": ["training"], "on": [by.today.isoformat()]}), None)


@router.post("/new")
async def plan(request: Request, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """Enter it."""
    form = await forms.read(request, PlanGathering)
    if form.value is not None:
        gathering = await attempt(session, form, gatherings.plan(session, by, form.value))
        if gathering is not None:
            return _to(pages, gathering.id, "planned")
    return _ask(pages, form, None)


@router.get("/{gathering_id}")
async def show_gathering(
    gathering_id: UUID, by: ByTeamOnPage, session: Session, pages: Pages, done: Done = ""
) -> Response:
    """One of them, with invitations and attendance."""
    return await _show(session, by, pages, gathering_id, Filled[Any]({}), done)


@router.get("/{gathering_id}/move")
async def ask_where_to(gathering_id: UUID, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """Another time or place."""
    gathering = await gathering_for(session, by, gathering_id)
    texts = {
        "on": [gathering.starts_at.astimezone(BERLIN).date().isoformat()],
        "begins": [german.clock(gathering.starts_at)],
        "ends": [german.clock(gathering.ends_at)],
        "place": [gathering.place],
    }
    return _ask(pages, Filled[Any](texts), gathering)


@router.post("/{gathering_id}/move")
async def move(gathering_id: UUID, request: Request, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """Enter it."""
    form = await forms.read(request, MoveGathering)
    if form.value is not None:
        work = gatherings.move(session, by, gathering_id, form.value)
        if await attempt(session, form, work) is not None:
            return _to(pages, gathering_id, "moved")
    return _ask(pages, form, await gathering_for(session, by, gathering_id))


@router.post("/{gathering_id}/cancel")
async def cancel(gathering_id: UUID, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """It does not take place."""
    await gatherings.cancel(session, by, gathering_id)
    return _to(pages, gathering_id, "cancelled")


@router.post("/{gathering_id}/invitations")
async def invite(gathering_id: UUID, request: Request, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """Invite those who are chosen, or all."""
    form = await forms.read(request, Invite)
    if form.value is not None:
        work = gatherings.invite(session, by, gathering_id, form.value)
        if await attempt(session, form, work) is not None:
            return _to(pages, gathering_id, "invited")
    return await _show(session, by, pages, gathering_id, form)


@router.post("/{gathering_id}/replies")
async def enter_reply(
    gathering_id: UUID, request: Request, by: ByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Somebody has told the team whether they come."""
    form = await forms.read(request, Reply)
    if form.value is not None:
        work = gatherings.reply(session, by, gathering_id, form.value)
        if await attempt(session, form, work) is not None:
            return _to(pages, gathering_id, "answered")
    return await _show(session, by, pages, gathering_id, form)


@router.post("/{gathering_id}/attendance")
async def note_attendance(
    gathering_id: UUID, request: Request, by: ByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Who was there."""
    form = await forms.read(request, Attended)
    if form.value is not None:
        work = gatherings.note_attendance(session, by, gathering_id, form.value)
        if await attempt(session, form, work) is not None:
            return _to(pages, gathering_id, "attended")
    return await _show(session, by, pages, gathering_id, form)


def _to(pages: PageMaker, gathering_id: UUID, done: str) -> Response:
    return pages.redirect(f"/volunteers/gatherings/{gathering_id}?done={done}")


def _ask(pages: PageMaker, form: Filled[Any], gathering: Gathering | None) -> Response:
    return pages.render(
        "gathering_form.html",
        422 if form.errors else 200,
        form=form,
        gathering=gathering,
        kinds=words.choices("GatheringKind"),
    )


async def _show(
    session: Session, by: Acting, pages: PageMaker, gathering_id: UUID, form: Filled[Any], done: str = ""
) -> Response:
    gathering = await gathering_for(session, by, gathering_id)
    return pages.render(
        "gathering.html",
        422 if form.errors else 200,
        gathering=gathering,
        invited=await invited_to(session, gathering_id),
        others=await could_be_invited(session, gathering),
        begun=gathering.starts_at <= by.now,
        kinds=words.choices("VolunteerKind"),
        form=form,
        done=done,
    )
