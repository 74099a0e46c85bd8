"""The page behind a link from a mail: what a partner is asked, and its answer in one click, without signing in.

Showing it uses nothing up: programs that check mails open their links, too.
"""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from services.referrals.commands import answers
from services.referrals.commands.answers import Asked, LinkKind
from shared.contracts.words import DeclineReason
from shared.refusals import Invalid
from shared.web import forms, tickets, words
from shared.web.forms import Filled
from shared.web.inputs import Input, ShortText
from shared.web.middleware import leading_to
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/referrals/answer")

Does = Literal["accept", "decline", "contact", "deleted", "confirm"]
Done = Literal["", "accepted", "declined", "deleted", "confirmed"]
_FITS = {
    LinkKind.ANSWER: ("accept", "decline"),
    LinkKind.CONTACT: ("contact",),
    LinkKind.DELETION: ("deleted",),
    LinkKind.CONFIRM: ("confirm",),
}


class AnswerForm(Input):
    """What was clicked, with the code of the link."""

    code: ShortText
    does: Does
    reason: DeclineReason | None = None
    offers: list[UUID] = Field(default=[], max_length=200)
    """Those that were shown, of which a click says that they are right."""


@router.get("")
async def show_question(
    request: Request,
    session: Session,
    pages: Pages,
    code: Annotated[str, Query(max_length=100)] = "",
    done: Annotated[Done, Query()] = "",
) -> Response:
    """What the link asks; without one what has just been answered."""
    if done and not code:
        return pages.render("answer_done.html", done=done)
    question = await answers.asked(session, code, datetime.now(UTC), request.app.state.settings.stale_after_days)
    if question is None:
        return _over(request, pages)
    return _show(request, pages, question, Filled[AnswerForm]({"code": [code]}), done)


@router.post("")
async def answer(request: Request, session: Session, pages: Pages) -> Response:
    """The answer, which uses the link up; one that cannot be given leaves it as it was."""
    form = await forms.read(request, AnswerForm)
    now = datetime.now(UTC)
    stale_after_days = request.app.state.settings.stale_after_days
    question = await answers.asked(session, form.text("code"), now, stale_after_days)
    if question is not None and form.value is not None:
        to = await forms.attempt(session, form, _do(request, session, question, form.value, now))
        if to is not None:
            return pages.redirect(to)
        question = await answers.asked(session, form.text("code"), now, stale_after_days)
    if question is None:
        return _over(request, pages)
    return _show(request, pages, question, form, "")


def _over(request: Request, pages: PageMaker) -> Response:
    return pages.render("answer_over.html", status=410, team_contact=request.app.state.settings.team_contact)


async def _do(request: Request, session: AsyncSession, question: Asked, form: AnswerForm, now: datetime) -> str:
    """Do what was clicked; where to go on."""
    if form.does not in _FITS[question.kind]:
        raise Invalid("does", "Dieser Link ist für etwas anderes. Bitte den Link in der E-Mail noch einmal öffnen.")
    match form.does:
        case "accept":
            code = await answers.accept_by_link(session, form.code, question, now)
            return f"/referrals/answer?code={code}&done=accepted" if code else "/referrals/answer?done=accepted"
        case "decline":
            if form.reason is None:
                raise Invalid("reason", "Bitte den Grund angeben.")
            await answers.decline_by_link(session, form.code, question, form.reason, now)
            return "/referrals/answer?done=declined"
        case "deleted":
            await answers.confirm_deletion_by_link(session, form.code, question, now)
            return "/referrals/answer?done=deleted"
        case "confirm":
            await answers.confirm_by_link(session, form.code, question, form.offers, now)
            return "/referrals/answer?done=confirmed"
    grant_id, site = await answers.open_contact(session, form.code, question, now)
    ticket = tickets.issue(request.app.state.keys, grant_id, site)
    return f"{request.app.state.settings.site_url(site)}/intake/shared/{grant_id}?ticket={ticket}"


def _show(request: Request, pages: PageMaker, question: Asked, form: Filled[AnswerForm], done: Done) -> Response:
    page = pages.render(
        "answer.html",
        status=422 if form.errors else 200,
        asked=question,
        form=form,
        done=done,
        reasons=words.choices("DeclineReason"),
    )
    if question.kind is LinkKind.CONTACT and (referral := question.referral) is not None:
        leading_to(page, request.app.state.settings.site_url(referral.grant_site or referral.site))
    return page
