"""„Vereinbarungen": voluntary integration agreements, also on paper in the family's language."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AfterValidator, Field
from starlette.requests import Request
from starlette.responses import Response

from services.intake import commands
from services.intake.commands.looks import Looking, log_look
from services.intake.desk import ByTeamOnPage, SeenByTeamOnPage
from services.intake.inputs import ConcludeAgreement, ReviewAgreement
from services.intake.pages.agreement_words import PHRASES, PrintLanguage, language_for
from services.intake.queries.agreements import agreement_of
from services.intake.queries.files import household_file
from services.intake.tables.records import Look
from shared.contracts.words import NeedArea
from shared.web import forms
from shared.web.forms import Filled, attempt
from shared.web.inputs import Day, Input, LongText
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/intake/households/{household_id}/agreements")

_MOST_GOALS = 10
_LONGEST_GOAL = 200


def _one_a_line(text: str) -> str:
    goals = _lines(text)
    if len(goals) > _MOST_GOALS:
        raise ValueError(f"Bitte höchstens {_MOST_GOALS} Ziele, je Zeile eines.")
    if any(len(goal) > _LONGEST_GOAL for goal in goals):
        raise ValueError(f"Ein Ziel ist länger als {_LONGEST_GOAL} Zeichen. Bitte kürzer fassen oder aufteilen.")
    return text


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


class AgreementForm(Input):
    """The goals of each side, one a line."""

    household_goals: Annotated[LongText, AfterValidator(_one_a_line)]
    site_goals: Annotated[LongText, AfterValidator(_one_a_line)]
    areas: list[NeedArea] = Field(default_factory=list)
    review_on: Day | None = None
    on: Day | None = None

    def agreement(self) -> ConcludeAgreement:
        """The agreement as the command takes it."""
        return ConcludeAgreement(
            household_goals=_lines(self.household_goals),
            site_goals=_lines(self.site_goals),
            areas=self.areas,
            review_on=self.review_on,
            on=self.on,
        )


@router.get("")
async def new_agreement(
    household_id: UUID, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """What both sides undertake."""
    return await _ask(household_id, seen, session, pages, Filled[AgreementForm]({}))


@router.post("")
async def conclude_agreement(
    household_id: UUID, request: Request, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Record it."""
    form = await forms.read(request, AgreementForm)
    if form.value is not None:
        work = commands.conclude_agreement(session, by, household_id, form.value.agreement())
        if await attempt(session, form, work) is not None:
            return _back(pages, household_id, "agreed")
    return await _ask(household_id, seen, session, pages, form)


@router.get("/{agreement_id}/review")
async def new_review(
    household_id: UUID, agreement_id: UUID, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """What became of the goals."""
    found = await agreement_of(session, household_id, agreement_id)
    reached = [str(goal.id) for goal in found.goals if goal.reached_on is not None]
    form = Filled[ReviewAgreement]({"reached": reached})
    return await _ask_review(household_id, agreement_id, seen, session, pages, form)


@router.post("/{agreement_id}/review")
async def review_agreement(
    household_id: UUID,
    agreement_id: UUID,
    request: Request,
    by: ByTeamOnPage,
    seen: SeenByTeamOnPage,
    session: Session,
    pages: Pages,
) -> Response:
    """Enter the talk."""
    form = await forms.read(request, ReviewAgreement)
    if form.value is not None:
        work = commands.review_agreement(session, by, household_id, agreement_id, form.value)
        if await attempt(session, form, work) is not None:
            return _back(pages, household_id, "reviewed")
    return await _ask_review(household_id, agreement_id, seen, session, pages, form)


@router.post("/{agreement_id}/withdraw")
async def withdraw_agreement(
    household_id: UUID, agreement_id: UUID, by: ByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """One step, without a question."""
    await commands.withdraw_agreement(session, by, household_id, agreement_id)
    return _back(pages, household_id, "agreement_over")


@router.get("/{agreement_id}/print")
async def print_agreement(
    household_id: UUID,
    agreement_id: UUID,
    by: ByTeamOnPage,
    seen: SeenByTeamOnPage,
    session: Session,
    pages: Pages,
    language: Annotated[PrintLanguage | None, Query()] = None,
) -> Response:
    """The agreement to sign, in the family's language with the German words below."""
    file = await household_file(session, household_id)
    found = await agreement_of(session, household_id, agreement_id)
    log_look(session, seen, Look.PRINT, "Vereinbarung", [household_id])
    chosen = language or language_for(file.household.languages)
    return pages.render(
        "agreement_print.html",
        file=file,
        found=found,
        language=chosen,
        words=PHRASES[chosen],
        german=PHRASES[PrintLanguage.DE],
        languages=list(PHRASES.items()),
    )


def _back(pages: PageMaker, household_id: UUID, done: str) -> Response:
    return pages.redirect(f"/intake/households/{household_id}?done={done}")


async def _ask(
    household_id: UUID, seen: Looking, session: Session, pages: PageMaker, form: Filled[AgreementForm]
) -> Response:
    file = await household_file(session, household_id)
    log_look(session, seen, Look.FILE, "Vereinbarung eintragen", [household_id])
    return _show(pages, "agreement.html", form, file=file)


async def _ask_review(
    household_id: UUID,
    agreement_id: UUID,
    seen: Looking,
    session: Session,
    pages: PageMaker,
    form: Filled[ReviewAgreement],
) -> Response:
    file = await household_file(session, household_id)
    log_look(session, seen, Look.FILE, "Vereinbarung besprechen", [household_id])
    found = await agreement_of(session, household_id, agreement_id)
    return _show(pages, "agreement_review.html", form, file=file, found=found)


def _show(pages: PageMaker, template: str, form: Filled[Any], **context: Any) -> Response:
    return pages.render(template, status=422 if form.errors else 200, form=form, **context)
