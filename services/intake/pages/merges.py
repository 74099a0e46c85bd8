"""„Zusammenführen": two files that turn out to be one family, side by side, and the way back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from services.intake.commands.looks import log_look
from services.intake.commands.merges import merge_households, undo_merge
from services.intake.desk import ByTeamOnPage, SeenByTeamOnPage
from services.intake.domain.merges import proposed
from services.intake.queries.files import household_file
from services.intake.queries.households import search_households
from services.intake.tables.records import Look
from shared.refusals import Missing
from shared.web import forms
from shared.web.forms import Filled, attempt
from shared.web.inputs import Input
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/intake/households/{household_id}")

MOST = 20
"""Files shown to choose from; more are found by more words."""


class PersonForm(Input):
    """One of the file that goes into the other: who he or she is there; nothing chosen is a further member."""

    absorbed_person_id: UUID
    person_id: UUID | None = None


class MergeForm(Input):
    """Who of both files is one person."""

    same: list[PersonForm] = Field(default_factory=list)

    def pairs(self) -> dict[UUID, UUID]:
        """By the person of the file that goes into the other."""
        return {row.absorbed_person_id: row.person_id for row in self.same if row.person_id is not None}


@router.get("/merge")
async def choose(
    household_id: UUID,
    seen: SeenByTeamOnPage,
    session: Session,
    pages: Pages,
    q: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Which other file is the same family; first those of a name that sounds alike."""
    file = await household_file(session, household_id)
    words = q or file.household.family_name
    found = await search_households(session, words, limit=MOST + 1, doubt_all=True)
    others = [row for row in found if row.id != household_id][:MOST]
    log_look(session, seen, Look.SEARCH, "Zusammenführen", [household_id, *(row.id for row in others)])
    return pages.render("merge_choose.html", file=file, rows=others, q=words, form=Filled[MergeForm]({}))


@router.get("/merge/{other_id}")
async def compare(
    household_id: UUID, other_id: UUID, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Both files side by side, with a proposal who is whom."""
    return await _side_by_side(household_id, other_id, seen, session, pages, Filled[MergeForm]({}))


@router.post("/merge/{other_id}")
async def merge(
    household_id: UUID,
    other_id: UUID,
    request: Request,
    by: ByTeamOnPage,
    seen: SeenByTeamOnPage,
    session: Session,
    pages: Pages,
) -> Response:
    """Make one of them."""
    form = await forms.read(request, MergeForm)
    if form.value is not None:
        work = merge_households(session, by, household_id, other_id, form.value.pairs())
        if await attempt(session, form, work) is not None:
            return pages.redirect(f"/intake/households/{household_id}?done=merged")
    return await _side_by_side(household_id, other_id, seen, session, pages, form)


@router.post("/merges/{merge_id}/undo")
async def undo(household_id: UUID, merge_id: UUID, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """Part them again."""
    await undo_merge(session, by, household_id, merge_id)
    return pages.redirect(f"/intake/households/{household_id}?done=unmerged")


async def _side_by_side(
    household_id: UUID,
    other_id: UUID,
    seen: SeenByTeamOnPage,
    session: Session,
    pages: PageMaker,
    form: Filled[MergeForm],
) -> Response:
    if household_id == other_id:
        raise Missing("Die andere Akte")
    file, other = await household_file(session, household_id), await household_file(session, other_id)
    log_look(session, seen, Look.FILE, "Zusammenführen", [household_id, other_id])
    same = proposed(file.persons, other.persons)
    status = 422 if form.errors else 200
    return pages.render("merge.html", status=status, file=file, other=other, same=same, form=form)
