"""„Patenschaften": who stands by which household, since when, how long (report, 3.1a)."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from services.volunteers.commands import mentorships
from services.volunteers.commands.acting import Acting
from services.volunteers.desk import ByTeamOnPage
from services.volunteers.inputs import EndMentorship, NoteHours, SiteRating
from services.volunteers.pages.names import batches
from services.volunteers.queries.mentorships import hours_of, mentorship_lines
from services.volunteers.tables import Volunteer
from shared.contracts.words import MentorshipEnd
from shared.web import forms, words
from shared.web.forms import Filled
from shared.web.pagination import PageQuery
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/volunteers/mentorships")

_ENDS = (
    MentorshipEnd.SETTLED,
    MentorshipEnd.MOVED_AWAY,
    MentorshipEnd.VOLUNTEER,
    MentorshipEnd.HOUSEHOLD,
    MentorshipEnd.DID_NOT_FIT,
)
"""What a team may say; the others follow from something else."""


@router.get("")
async def show_mentorships(
    by: ByTeamOnPage,
    session: Session,
    pages: Pages,
    page: PageQuery,
    show: Annotated[Literal["running", "ended"], Query()] = "running",
) -> Response:
    """The own site's mentorships."""
    after = page.after(date, UUID)
    running = show == "running"
    found = await mentorship_lines(
        session, by.site or "", running=running, after=after and (after[0], after[1]), limit=page.limit + 1
    )
    shown = found[: page.limit]
    return pages.render(
        "mentorships.html",
        lines=shown,
        show=show,
        next_cursor=page.page(
            found,
            lambda line: (
                line.mentorship.started_on if running else line.mentorship.ended_on,
                line.mentorship.id,
            ),
            lambda line: line,
        ).next_cursor,
        names=batches(line.mentorship.household_id for line in shown),
    )


@router.get("/{mentorship_id}")
async def show_mentorship(mentorship_id: UUID, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """One mentorship with its hours."""
    return await _show(session, by, pages, mentorship_id, Filled[Any]({}))


@router.post("/{mentorship_id}/hours")
async def note_hours(
    mentorship_id: UUID, request: Request, by: ByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """So long the mentor was there on that day."""
    form = await forms.read(request, NoteHours)
    if form.value is not None:
        work = mentorships.note_hours(session, by, mentorship_id, form.value)
        if await forms.attempt(session, form, work) is not None:
            return pages.redirect(f"/volunteers/mentorships/{mentorship_id}")
    return await _show(session, by, pages, mentorship_id, form)


@router.post("/{mentorship_id}/end")
async def end(mentorship_id: UUID, request: Request, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """It ends."""
    form = await forms.read(request, EndMentorship)
    if form.value is not None:
        work = mentorships.end_mentorship(session, by, mentorship_id, form.value)
        if await forms.attempt(session, form, work) is not None:
            return pages.redirect(f"/volunteers/mentorships/{mentorship_id}")
    return await _show(session, by, pages, mentorship_id, form)


@router.post("/{mentorship_id}/rate")
async def rate(mentorship_id: UUID, request: Request, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """How the team has found it, after its end."""
    form = await forms.read(request, SiteRating)
    if form.value is not None:
        work = mentorships.rate_mentorship(session, by, mentorship_id, form.value)
        if await forms.attempt(session, form, work) is not None:
            return pages.redirect(f"/volunteers/mentorships/{mentorship_id}")
    return await _show(session, by, pages, mentorship_id, form)


async def _show(session: Session, by: Acting, pages: PageMaker, mentorship_id: UUID, form: Filled[Any]) -> Response:
    mentorship = await mentorships.mentorship_of(session, by, mentorship_id)
    volunteer = await session.get_one(Volunteer, mentorship.volunteer_id)
    hours = await hours_of(session, mentorship_id)
    return pages.render(
        "mentorship.html",
        status=422 if form.errors else 200,
        mentorship=mentorship,
        volunteer=volunteer,
        hours=hours,
        minutes=sum(noted.minutes for noted in hours),
        form=form,
        ends=[pair for pair in words.choices("MentorshipEnd") if pair[0] in _ENDS],
        names=batches([mentorship.household_id]),
        today=by.today,
        without_certificate=mentorship.minors
        and mentorship.ended_on is None
        and (volunteer.certificate_due_on is None or volunteer.certificate_due_on < by.today),
    )
