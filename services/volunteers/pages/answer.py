"""The page behind a link from a mail: what a volunteer is asked, and the answer in one click, in their language.

Showing it uses nothing up: programs that check mails open their links, too.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from services.volunteers.commands import answers
from services.volunteers.commands.answers import LinkKind, Question
from services.volunteers.domain.asking import STRAINED, RequestState
from services.volunteers.domain.matching import Reason
from services.volunteers.inputs import HowItWas, Minutes, Rating
from services.volunteers.pages.public import render
from services.volunteers.pages.vocabulary.asked import what, when, where
from services.volunteers.pages.vocabulary.volunteer import REASONS, TEXTS
from shared.refusals import Conflict
from shared.web import forms, tickets
from shared.web.forms import Filled
from shared.web.inputs import Input, LongText, ShortText
from shared.web.middleware import leading_to
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/volunteers/answer")

Does = Literal["yes", "no", "never", "where", "how"]
Said = Literal["", "said_yes", "said_yes_desk", "said_no", "said_how", "said_strain"]
Lang = Literal["de", "en", "ar", "fa"]
_FITS = {
    LinkKind.ANSWER: ("yes", "no", "never"),
    LinkKind.WHERE: ("where",),
    LinkKind.HOW_WAS_IT: ("how",),
}


class AnswerForm(Input):
    """What was clicked, with the code of the link."""

    code: ShortText
    does: Does
    minutes: Minutes | None = None
    rating: Rating | None = None
    strain: Rating | None = None
    feedback: LongText | None = None


@router.get("")
async def show_question(
    session: Session,
    pages: Pages,
    request: Request,
    code: Annotated[str, Query(max_length=100)] = "",
    said: Annotated[Said, Query()] = "",
    lang: Annotated[Lang, Query()] = "de",
) -> Response:
    """What the link asks; without one what has just been said."""
    if said and not code:
        return render(pages, "answer_said.html", lang, said=said)
    question = await _question(session, code)
    if question is None:
        return _over(request, pages, lang)
    return _show(request, pages, question, Filled[Any]({"code": [code]}), "")


@router.post("")
async def answer(request: Request, session: Session, pages: Pages) -> Response:
    """The answer, which uses the link up; one that cannot be given leaves it as it was."""
    form = await forms.read(request, AnswerForm)
    question = await _question(session, form.text("code"))
    if question is None:
        return _over(request, pages, "de")
    wrong = "wrong"
    if form.value is not None and form.value.does in _FITS.get(question.kind, ()):
        try:
            async with session.begin_nested():
                return pages.redirect(await _do(request, session, question, form.value))
        except Conflict:
            # In the volunteer's own language, by how things stand, not in the words of the rule.
            now = await _question(session, form.text("code"))
            if now is None:
                return _over(request, pages, question.volunteer.mail_language)
            question, wrong = now, _why_not(now)
    return _show(request, pages, question, form, wrong)


async def _question(session: AsyncSession, code: str) -> Question | None:
    question = await answers.question_of(session, code, datetime.now(UTC))
    return question if question is not None and question.kind in _FITS else None


async def _do(request: Request, session: AsyncSession, question: Question, form: AnswerForm) -> str:
    """Do what was clicked; where to go on."""
    now = datetime.now(UTC)
    said = "said_no"
    match form.does:
        case "yes":
            await answers.accept_by_link(session, form.code, question, now)
            is_visit = question.request is not None and question.request.household_id is not None
            said = "said_yes" if is_visit else "said_yes_desk"
        case "no" | "never":
            never = form.does == "never"
            await answers.decline_by_link(session, form.code, question, now, not_such_times=never)
        case "how":
            if form.minutes is None:
                raise Conflict("Bitte angeben, wie lange es gedauert hat.")
            how = HowItWas(minutes=form.minutes, rating=form.rating, strain=form.strain, feedback=form.feedback)
            await answers.tell_how_it_was(session, form.code, question, how, now)
            said = "said_strain" if (form.strain or 0) >= STRAINED else "said_how"
        case "where":
            grant_id, site = await answers.open_where(session, form.code, question, now)
            ticket = tickets.issue(request.app.state.keys, grant_id, site)
            return f"{request.app.state.settings.site_url(site)}/intake/shared/{grant_id}?ticket={ticket}"
    return f"/volunteers/answer?said={said}&lang={question.volunteer.mail_language}"


def _why_not(question: Question) -> str:
    if question.kind is LinkKind.WHERE:
        return "where_not_yet"
    if question.kind is LinkKind.ANSWER and question.request is not None:
        return "booked" if question.request.state is RequestState.OPEN else "settled"
    return "wrong"


def _over(request: Request, pages: PageMaker, lang: str) -> Response:
    return render(pages, "answer_over.html", lang, status=410, team_contact=request.app.state.settings.team_contact)


def _show(request: Request, pages: PageMaker, question: Question, form: Filled[Any], wrong: str) -> Response:
    lang = question.volunteer.mail_language
    assignment, asked = question.assignment, question.request
    planned = None
    if assignment is not None and assignment.starts_at is not None and assignment.ends_at is not None:
        planned = assignment.minutes or int((assignment.ends_at - assignment.starts_at).total_seconds() // 60)
    thing = assignment or question.mentorship
    page = render(
        pages,
        "answer.html",
        lang,
        status=422 if wrong else 200,
        question=question,
        kind=question.kind.value,
        form=form,
        wrong=TEXTS[lang][wrong] if wrong else "",
        what=what(asked, lang) if asked else "",
        when=when(assignment, lang) if assignment else "",
        where=where(asked, lang) if asked else "",
        reasons=[
            REASONS[lang][Reason(reason)]
            for reason in (assignment.reasons if assignment else ())
            if reason in {known.value for known in REASONS[lang]}
        ],
        planned=planned,
        has_grant=thing is not None and thing.grant_id is not None,
    )
    if (
        question.kind is LinkKind.WHERE
        and (thing := assignment or question.mentorship) is not None
        and thing.grant_site
    ):
        leading_to(page, request.app.state.settings.site_url(thing.grant_site))
    return page
