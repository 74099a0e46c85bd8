"""The page behind an invitation's link: a volunteer says whether they come, without signing in, in their language.

The link stays good until it begins, so that one may think otherwise; showing the page changes nothing.
"""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from services.volunteers.commands import answers
from services.volunteers.commands.answers import LinkKind
from services.volunteers.commands.gatherings import answer_by_link
from services.volunteers.pages.public import render
from services.volunteers.pages.vocabulary.care import REPLY, when
from services.volunteers.tables import Gathering, Invitation, Volunteer
from shared.refusals import Refused
from shared.web import forms
from shared.web.inputs import Input, ShortText
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/volunteers/gathering-reply")


class ReplyForm(Input):
    """What was clicked, with the code of the link."""

    code: ShortText
    comes: bool


@router.get("")
async def show_question(
    request: Request, session: Session, pages: Pages, code: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """What the link asks, and what was answered so far."""
    return await _show(request, session, pages, code)


@router.post("")
async def reply(request: Request, session: Session, pages: Pages) -> Response:
    """Yes or no."""
    form = await forms.read(request, ReplyForm)
    code, now = form.text("code"), datetime.now(UTC)
    found = await _invited(session, code, now)
    if found is None:
        return await _show(request, session, pages, code)
    if form.value is None:
        return await _show(request, session, pages, code, next(iter(form.errors.values())))
    gathering, volunteer, _ = found
    try:
        async with session.begin_nested():
            await answer_by_link(session, gathering.id, volunteer.id, form.value.comes, now)
    except Refused as refused:
        return await _show(request, session, pages, code, refused.message)
    return pages.redirect(f"/volunteers/gathering-reply?code={code}")


async def _invited(session: AsyncSession, code: str, now: datetime) -> tuple[Gathering, Volunteer, Invitation] | None:
    question = await answers.question_of(session, code, now) if code else None
    if question is None or question.kind is not LinkKind.INVITATION or question.gathering_id is None:
        return None
    gathering = await session.get(Gathering, question.gathering_id)
    invitation = await session.get(Invitation, (question.gathering_id, question.volunteer.id))
    if gathering is None or invitation is None or gathering.cancelled_at is not None or gathering.starts_at <= now:
        return None
    return gathering, question.volunteer, invitation


async def _show(request: Request, session: AsyncSession, pages: PageMaker, code: str, wrong: str = "") -> Response:
    found = await _invited(session, code, datetime.now(UTC))
    gathering, volunteer, invitation = found or (None, None, None)
    lang = volunteer.mail_language if volunteer else _asked_for(request)
    return render(
        pages,
        "gathering_reply.html",
        lang,
        status=410 if found is None else 422 if wrong else 200,
        r=REPLY[lang],
        gathering=gathering,
        when=when(gathering.starts_at, gathering.ends_at, lang) if gathering else "",
        comes=invitation.comes if invitation else None,
        code=code,
        wrong=wrong,
        team_contact=request.app.state.settings.team_contact,
    )


def _asked_for(request: Request) -> str:
    """The first language that the browser asks for and that is spoken here; else German."""
    for part in request.headers.get("accept-language", "").split(","):
        lang = part.split(";")[0].split("-")[0].strip().lower()
        if lang in REPLY:
            return lang
    return "de"
