"""The public page on which somebody registers to help, in four languages, and the link that confirms the address."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from babel import Locale
from fastapi import APIRouter, Query
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from services.volunteers.commands.answers import LinkKind, Question, question_of
from services.volunteers.commands.join import confirm, join
from services.volunteers.domain.people import SkillLevel
from services.volunteers.join_inputs import Join, PartOfDay
from services.volunteers.pages.public import render
from services.volunteers.pages.vocabulary.join import TEXTS
from services.volunteers.pages.vocabulary.volunteer import KINDS
from shared.contracts.words import Weekday
from shared.places import DISTRICT_NAMES
from shared.refusals import Conflict
from shared.web import forms, german, tongues
from shared.web.forms import Filled
from shared.web.inputs import Input, ShortText
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/volunteers")

Lang = Literal["de", "en", "ar", "fa"]
_ROWS = 3
"""So many languages can be named; the team adds others."""


class ConfirmForm(Input):
    """The code of the link."""

    code: ShortText


@router.get("/join/{lang}")
async def ask_who(lang: Lang, pages: Pages, done: Annotated[Literal["", "sent"], Query()] = "") -> Response:
    """Who would like to help, and how."""
    if done:
        return render(pages, "join_done.html", lang, j=TEXTS[lang], what="sent")
    return _form(pages, lang, Filled[Join]({}))


@router.post("/join/{lang}")
async def register(lang: Lang, request: Request, session: Session, pages: Pages) -> Response:
    """Keep it and have the address confirmed; the answer is the same for all."""
    form = await forms.read(request, Join)
    if form.value is None:
        return _form(pages, lang, form)
    await join(session, form.value, lang, datetime.now(UTC))
    return pages.redirect(f"/volunteers/join/{lang}?done=sent")


@router.get("/confirm")
async def ask_to_confirm(
    session: Session,
    pages: Pages,
    code: Annotated[str, Query(max_length=100)] = "",
    done: Annotated[Literal["", "confirmed"], Query()] = "",
    lang: Annotated[Lang, Query()] = "de",
) -> Response:
    """A button, since programs that check mails open their links, too."""
    if done:
        return render(pages, "join_done.html", lang, j=TEXTS[lang], what="confirmed")
    question = await _question(session, code)
    if question is None:
        return _over(pages, lang)
    spoken = question.volunteer.mail_language
    return render(pages, "join_confirm.html", spoken, j=TEXTS[spoken], code=code, email=question.volunteer.email)


@router.post("/confirm")
async def confirm_address(request: Request, session: Session, pages: Pages) -> Response:
    """The address is theirs."""
    form = await forms.read(request, ConfirmForm)
    question = await _question(session, form.value.code) if form.value else None
    if form.value is None or question is None:
        return _over(pages, "de")
    lang = question.volunteer.mail_language
    try:
        await confirm(session, form.value.code, question, datetime.now(UTC))
    except Conflict:
        return _over(pages, lang)
    return pages.redirect(f"/volunteers/confirm?done=confirmed&lang={lang}")


async def _question(session: AsyncSession, code: str) -> Question | None:
    question = await question_of(session, code, datetime.now(UTC)) if code else None
    return question if question is not None and question.kind is LinkKind.CONFIRM else None


def _over(pages: PageMaker, lang: str) -> Response:
    return render(pages, "answer_over.html", lang, status=410, team_contact="")


def _form(pages: PageMaker, lang: str, form: Filled[Any]) -> Response:
    words = TEXTS[lang]
    days = Locale.parse(lang).days["stand-alone"]["wide"]
    return render(
        pages,
        "join.html",
        lang,
        status=422 if form.errors else 200,
        switch="/volunteers/join/{}",
        j=words,
        form=form,
        rows=_ROWS,
        kinds=[(kind.value, said) for kind, said in KINDS[lang].items()],
        spoken=[(tag, tongues.language_name(tag, lang)) for tag, _ in german.language_choices()],
        levels=[
            (level.value, words["native"] if level is SkillLevel.NATIVE else level.value.upper())
            for level in SkillLevel
        ],
        districts=[(district.value, name) for district, name in DISTRICT_NAMES.items()],
        week=[(day.value, days[number]) for number, day in enumerate(Weekday)],
        parts=[part.value for part in PartOfDay],
    )
