"""„Übergaben": files on their way between sites, who looks after the family meanwhile, and what was not accepted."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from services.intake import commands
from services.intake.commands.looks import log_look
from services.intake.desk import ByTeamOnPage, SeenByTeamOnPage
from services.intake.pages.vocabulary.handovers import DONE, OUTCOMES, REFUSED
from services.intake.queries import handovers
from services.intake.tables.records import Look
from shared.web.inputs import Slug
from shared.web.routing import Session, page_router
from shared.web.templating import Pages

router: APIRouter = page_router("/intake/handovers")


@router.get("")
async def list_handovers(
    request: Request,
    by: ByTeamOnPage,
    seen: SeenByTeamOnPage,
    session: Session,
    pages: Pages,
    done: Annotated[str | None, Query(max_length=20)] = None,
) -> Response:
    """What is on its way, what hangs on top; what has come and gone; what belongs elsewhere."""
    minutes = request.app.state.settings.handover_alarm_minutes
    overview = await handovers.overview(session, by.site, by.now, timedelta(minutes=minutes))
    log_look(session, seen, Look.LIST, "Übergaben", overview.households)
    return pages.render(
        "handovers.html",
        overview=overview,
        done=DONE.get(done or ""),
        refused_words=REFUSED,
        outcome_words=OUTCOMES,
    )


@router.post("/{letter_id}/repeat")
async def repeat(letter_id: UUID, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """The same letter once more."""
    await commands.repeat_letter(session, letter_id)
    return pages.redirect("/intake/handovers?done=repeated")


@router.post("/{letter_id}/give-up")
async def give_up(
    letter_id: UUID, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """The copy goes: another site has the file, or it was erased."""
    letter = await commands.give_up_copy(session, by, letter_id)
    log_look(session, seen, Look.FILE, "Kopie gelöscht", [letter.household_id] if letter.household_id else [])
    return pages.redirect("/intake/handovers?done=given_up")


@router.post("/{letter_id}/take-back")
async def take_back(letter_id: UUID, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """Nobody else has the file: this site is in charge again."""
    await commands.take_back(session, by, letter_id)
    return pages.redirect("/intake/handovers?done=taken_back")


@router.post("/{site}/start")
async def start(site: Slug, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """The files that belong to another site by now go there."""
    await commands.start_for_site(session, by, site)
    return pages.redirect("/intake/handovers?done=started")
