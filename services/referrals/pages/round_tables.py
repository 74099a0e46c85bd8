"""„Runde Tische": who sits at them, when they meet, what is talked about and decided; guests see their invitations."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from services.referrals.commands import invitations, round_tables
from services.referrals.commands.acting import Acting
from services.referrals.desk import ByCoordinatorOnPage, ByMemberOnPage
from services.referrals.domain.round_tables import calendar
from services.referrals.queries.agenda import proposals, taken
from services.referrals.queries.round_tables import (
    calendar_entry,
    keeps,
    list_tables,
    meeting_entry,
    meeting_of,
    partners_to_add,
    table_entry,
    table_for,
)
from services.referrals.table_inputs import (
    AddDecision,
    AddItem,
    AddMember,
    AnswerInvitation,
    ChangeTable,
    FoundTable,
    HoldMeeting,
    PlanMeeting,
    WriteMinutes,
)
from services.referrals.tables import Meeting, MeetingState, RoundTable
from shared.contracts.words import CITY, SITES
from shared.mail.settings import address_in
from shared.web import forms, german
from shared.web.forms import Filled, attempt
from shared.web.pagination import PageQuery
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages
from shared.web.tokens import Role
from shared.web.words import site_name

router: APIRouter = page_router("/referrals/round-tables")
Done = Annotated[str, Query(max_length=20)]


@router.get("")
async def show_tables(page: PageQuery, by: ByMemberOnPage, session: Session, pages: Pages) -> Response:
    """The tables that somebody sits at, keeps or is invited to."""
    found = await list_tables(session, by, page.after(str, UUID), page.limit + 1)
    shown = page.page(found, lambda row: row.key, lambda row: row)
    founds = by.role in (Role.TEAM, Role.COORDINATOR)
    return pages.render("round_tables.html", rows=shown.items, next_cursor=shown.next_cursor, founds=founds, by=by)


@router.get("/new")
async def new_table(by: ByCoordinatorOnPage, pages: Pages) -> Response:
    """What it is about."""
    return _ask(by, pages, Filled[FoundTable]({"site": [by.site or CITY], "kind": ["thematic"]}), None)


@router.post("/new")
async def found(request: Request, by: ByCoordinatorOnPage, session: Session, pages: Pages) -> Response:
    """Enter it."""
    form = await forms.read(request, FoundTable)
    if form.value is not None:
        table = await attempt(session, form, round_tables.found_table(session, by, form.value))
        if table is not None:
            return _to_table(pages, table.id, "founded")
    return _ask(by, pages, form, None)


@router.get("/{table_id}")
async def show_table(table_id: UUID, by: ByMemberOnPage, session: Session, pages: Pages, done: Done = "") -> Response:
    """One table with its members, meetings and what is still to be done."""
    return await _show(by, session, pages, table_id, done=done)


@router.get("/{table_id}/edit")
async def edit_table(table_id: UUID, by: ByCoordinatorOnPage, session: Session, pages: Pages) -> Response:
    """What is different now."""
    table = await round_tables.table_to_keep(session, by, table_id)
    texts = {name: [getattr(table, name) or ""] for name in ("theme", "theme_slug", "description")}
    return _ask(by, pages, Filled[ChangeTable]({**texts, "active": [str(table.active).lower()]}), table)


@router.post("/{table_id}/edit")
async def change(table_id: UUID, request: Request, by: ByCoordinatorOnPage, session: Session, pages: Pages) -> Response:
    """Enter it."""
    form = await forms.read(request, ChangeTable)
    if form.value is not None:
        wanted = form.value.model_copy(update={"active": form.text("active") == "true"})
        if await attempt(session, form, round_tables.change_table(session, by, table_id, wanted)) is not None:
            return _to_table(pages, table_id, "changed")
    return _ask(by, pages, form, await table_for(session, by, table_id))


@router.post("/{table_id}/members")
async def add_member(
    table_id: UUID, request: Request, by: ByCoordinatorOnPage, session: Session, pages: Pages
) -> Response:
    """Somebody sits at the table."""
    form = await forms.read(request, AddMember)
    if form.value is not None and (
        await attempt(session, form, round_tables.add_member(session, by, table_id, form.value)) is not None
    ):
        return _to_table(pages, table_id, "member")
    return await _show(by, session, pages, table_id, member=form)


@router.post("/{table_id}/members/{member_id}/remove")
async def remove_member(
    table_id: UUID, member_id: UUID, by: ByCoordinatorOnPage, session: Session, pages: Pages
) -> Response:
    """Somebody leaves it."""
    await round_tables.remove_member(session, by, table_id, member_id)
    return _to_table(pages, table_id, "member_gone")


@router.get("/{table_id}/meetings/new")
async def new_meeting(table_id: UUID, by: ByCoordinatorOnPage, session: Session, pages: Pages) -> Response:
    """When and where the table meets next."""
    table = await round_tables.table_to_keep(session, by, table_id)
    return _ask_when(pages, Filled[PlanMeeting]({}), table, None)


@router.post("/{table_id}/meetings/new")
async def plan(table_id: UUID, request: Request, by: ByCoordinatorOnPage, session: Session, pages: Pages) -> Response:
    """Enter it."""
    form = await forms.read(request, PlanMeeting)
    if form.value is not None:
        meeting = await attempt(session, form, round_tables.plan_meeting(session, by, table_id, form.value))
        if meeting is not None:
            return _to_meeting(pages, table_id, meeting.id, "planned")
    return _ask_when(pages, form, await table_for(session, by, table_id), None)


@router.get("/{table_id}/meetings/{meeting_id}.ics")
async def download(
    table_id: UUID, meeting_id: UUID, request: Request, by: ByMemberOnPage, session: Session
) -> Response:
    """The meeting for one's own calendar."""
    table = await table_for(session, by, table_id)
    meeting = await meeting_of(session, by, table, meeting_id)
    settings = request.app.state.settings
    entry = await calendar_entry(session, table, meeting, settings.public_url, address_in(settings.mail_from))
    return Response(
        calendar(entry),
        media_type=f"text/calendar; method={entry.method}; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="termin.ics"'},
    )


@router.get("/{table_id}/meetings/{meeting_id}")
async def show_meeting(
    table_id: UUID, meeting_id: UUID, by: ByMemberOnPage, session: Session, pages: Pages, done: Done = ""
) -> Response:
    """One meeting: agenda, and once it was held minutes and decisions."""
    return await _show_meeting(by, session, pages, table_id, meeting_id, done=done)


@router.get("/{table_id}/meetings/{meeting_id}/edit")
async def edit_meeting(
    table_id: UUID, meeting_id: UUID, by: ByCoordinatorOnPage, session: Session, pages: Pages
) -> Response:
    """Another time or place."""
    meeting = await round_tables.planned(session, by, table_id, meeting_id)
    texts = {
        "on": [meeting.starts_at.astimezone(german.BERLIN).date().isoformat()],
        "begins": [german.clock(meeting.starts_at)],
        "ends": [german.clock(meeting.ends_at)],
        "place": [meeting.place],
    }
    return _ask_when(pages, Filled[PlanMeeting](texts), await table_for(session, by, table_id), meeting)


@router.post("/{table_id}/meetings/{meeting_id}/edit")
async def move(
    table_id: UUID, meeting_id: UUID, request: Request, by: ByCoordinatorOnPage, session: Session, pages: Pages
) -> Response:
    """Enter it."""
    form = await forms.read(request, PlanMeeting)
    if form.value is not None:
        work = round_tables.move_meeting(session, by, table_id, meeting_id, form.value)
        if await attempt(session, form, work) is not None:
            return _to_meeting(pages, table_id, meeting_id, "moved")
    table = await table_for(session, by, table_id)
    return _ask_when(pages, form, table, await meeting_of(session, by, table, meeting_id))


@router.post("/{table_id}/meetings/{meeting_id}/agenda")
async def add_item(
    table_id: UUID, meeting_id: UUID, request: Request, by: ByCoordinatorOnPage, session: Session, pages: Pages
) -> Response:
    """Something to talk about: one's own, or a proposal."""
    form = await forms.read(request, AddItem)
    if form.value is not None:
        work = round_tables.add_item(session, by, table_id, meeting_id, form.value)
        if await attempt(session, form, work) is not None:
            return _to_meeting(pages, table_id, meeting_id, "item")
    return await _show_meeting(by, session, pages, table_id, meeting_id, item=form)


@router.post("/{table_id}/meetings/{meeting_id}/agenda/{item_id}/remove")
async def remove_item(
    table_id: UUID, meeting_id: UUID, item_id: UUID, by: ByCoordinatorOnPage, session: Session, pages: Pages
) -> Response:
    """It is not talked about."""
    await round_tables.remove_item(session, by, table_id, meeting_id, item_id)
    return _to_meeting(pages, table_id, meeting_id, "item_gone")


@router.post("/{table_id}/meetings/{meeting_id}/minutes")
async def write_minutes(
    table_id: UUID, meeting_id: UUID, request: Request, by: ByCoordinatorOnPage, session: Session, pages: Pages
) -> Response:
    """What was said."""
    form = await forms.read(request, WriteMinutes)
    if form.value is not None:
        work = round_tables.write_minutes(session, by, table_id, meeting_id, form.value)
        if await attempt(session, form, work) is not None:
            return _to_meeting(pages, table_id, meeting_id, "minutes")
    return await _show_meeting(by, session, pages, table_id, meeting_id, minutes=form)


@router.post("/{table_id}/meetings/{meeting_id}/decisions")
async def decide(
    table_id: UUID, meeting_id: UUID, request: Request, by: ByCoordinatorOnPage, session: Session, pages: Pages
) -> Response:
    """What was decided."""
    form = await forms.read(request, AddDecision)
    if form.value is not None:
        work = round_tables.add_decision(session, by, table_id, meeting_id, form.value)
        if await attempt(session, form, work) is not None:
            return _to_meeting(pages, table_id, meeting_id, "decided")
    return await _show_meeting(by, session, pages, table_id, meeting_id, decision=form)


@router.post("/{table_id}/meetings/{meeting_id}/decisions/{decision_id}/done")
async def finish(
    table_id: UUID, meeting_id: UUID, decision_id: UUID, by: ByCoordinatorOnPage, session: Session, pages: Pages
) -> Response:
    """It has been carried out."""
    await round_tables.finish_decision(session, by, table_id, meeting_id, decision_id)
    return _to_meeting(pages, table_id, meeting_id, "finished")


@router.post("/{table_id}/meetings/{meeting_id}/invitations")
async def invite(table_id: UUID, meeting_id: UUID, by: ByCoordinatorOnPage, session: Session, pages: Pages) -> Response:
    """Invite all members who are not invited yet."""
    await invitations.invite(session, by, table_id, meeting_id)
    return _to_meeting(pages, table_id, meeting_id, "invited")


@router.post("/{table_id}/meetings/{meeting_id}/answer")
async def answer(
    table_id: UUID, meeting_id: UUID, request: Request, by: ByMemberOnPage, session: Session, pages: Pages
) -> Response:
    """Yes or no."""
    form = await forms.read(request, AnswerInvitation)
    if form.value is not None:
        work = invitations.answer(session, by, table_id, meeting_id, form.value)
        if await attempt(session, form, work) is not None:
            return _to_meeting(pages, table_id, meeting_id, "answered")
    return await _show_meeting(by, session, pages, table_id, meeting_id, item=form)


@router.post("/{table_id}/meetings/{meeting_id}/hold")
async def hold(
    table_id: UUID, meeting_id: UUID, request: Request, by: ByCoordinatorOnPage, session: Session, pages: Pages
) -> Response:
    """It took place."""
    form = await forms.read(request, HoldMeeting)
    if form.value is not None:
        work = round_tables.hold_meeting(session, by, table_id, meeting_id, form.value)
        if await attempt(session, form, work) is not None:
            return _to_meeting(pages, table_id, meeting_id, "held")
    return await _show_meeting(by, session, pages, table_id, meeting_id, held=form)


@router.post("/{table_id}/meetings/{meeting_id}/cancel")
async def cancel(table_id: UUID, meeting_id: UUID, by: ByCoordinatorOnPage, session: Session, pages: Pages) -> Response:
    """It does not take place."""
    await round_tables.cancel_meeting(session, by, table_id, meeting_id)
    return _to_meeting(pages, table_id, meeting_id, "cancelled")


def _to_table(pages: PageMaker, table_id: UUID, done: str) -> Response:
    return pages.redirect(f"/referrals/round-tables/{table_id}?done={done}")


def _to_meeting(pages: PageMaker, table_id: UUID, meeting_id: UUID, done: str) -> Response:
    return pages.redirect(f"/referrals/round-tables/{table_id}/meetings/{meeting_id}?done={done}")


def _ask(
    by: Acting, pages: PageMaker, form: Filled[FoundTable] | Filled[ChangeTable], table: RoundTable | None
) -> Response:
    sites = [(site, site_name(site)) for site in (CITY, *SITES)] if by.site is None else []
    return pages.render("round_table_form.html", 422 if form.errors else 200, form=form, table=table, sites=sites)


def _ask_when(pages: PageMaker, form: Filled[PlanMeeting], table: RoundTable, meeting: Meeting | None) -> Response:
    return pages.render("meeting_form.html", 422 if form.errors else 200, form=form, table=table, meeting=meeting)


async def _show(
    by: Acting,
    session: Session,
    pages: PageMaker,
    table_id: UUID,
    *,
    done: str = "",
    member: Filled[AddMember] | None = None,
) -> Response:
    entry = await table_entry(session, by, table_id)
    ours = keeps(by, entry.table)
    return pages.render(
        "round_table.html",
        422 if member else 200,
        entry=entry,
        ours=ours,
        partners=await partners_to_add(session, entry.table) if ours else [],
        member=member or Filled[AddMember]({}),
        done=done,
    )


async def _show_meeting(
    by: Acting,
    session: Session,
    pages: PageMaker,
    table_id: UUID,
    meeting_id: UUID,
    *,
    done: str = "",
    **wrong: Filled[Any],
) -> Response:
    """The page; `wrong` are forms that were refused, by their place on it."""
    entry = await meeting_entry(session, by, table_id, meeting_id)
    ours = keeps(by, entry.table)
    planned = entry.meeting.state is MeetingState.PLANNED
    there = await taken(session, meeting_id)
    found = await proposals(session, by, entry.table) if ours and planned else []
    blank = {"item": {}, "decision": {}, "held": {}, "minutes": {"minutes": [entry.minutes or ""]}}
    return pages.render(
        "meeting.html",
        422 if wrong else 200,
        entry=entry,
        ours=ours,
        planned=planned,
        begun=entry.meeting.starts_at <= by.now,
        proposals=[proposal for proposal in found if proposal.key not in there],
        uninvited=len(entry.seats) - len(entry.invitations),
        forms={name: wrong.get(name, Filled[Any](texts)) for name, texts in blank.items()},
        done=done,
    )
