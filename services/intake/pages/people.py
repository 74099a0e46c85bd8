"""„Personen": who joins and leaves a household."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.intake import commands
from services.intake.commands.looks import Looking, log_look
from services.intake.desk import ByTeamOnPage, SeenByTeamOnPage
from services.intake.inputs import AddPerson, GiveReason, RemovePerson
from services.intake.queries.files import household_file
from services.intake.tables import Person
from services.intake.tables.records import Look
from shared.refusals import Missing
from shared.web import forms
from shared.web.forms import Filled, attempt
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/intake/households/{household_id}/persons")


@router.get("")
async def new_person(
    household_id: UUID, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Who was born or has moved in; the family's name is filled in."""
    file = await household_file(session, household_id)
    form = Filled[AddPerson]({"family_name": [file.household.family_name]})
    return await _ask_who(household_id, seen, session, pages, form)


@router.post("")
async def add_person(
    household_id: UUID, request: Request, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Enter it."""
    form = await forms.read(request, AddPerson)
    if form.value is not None:
        work = commands.add_person(session, by, household_id, form.value)
        if await attempt(session, form, work) is not None:
            return _back(pages, household_id, "joined")
    return await _ask_who(household_id, seen, session, pages, form)


@router.get("/{person_id}/left")
async def new_departure(
    household_id: UUID, person_id: UUID, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Whether the person has died or left, and when."""
    form = Filled[RemovePerson]({"on": [by.today.isoformat()]})
    return await _ask_of(household_id, person_id, "person_left.html", seen, session, pages, form)


@router.post("/{person_id}/left")
async def remove_person(
    household_id: UUID,
    person_id: UUID,
    request: Request,
    by: ByTeamOnPage,
    seen: SeenByTeamOnPage,
    session: Session,
    pages: Pages,
) -> Response:
    """Enter it; with the last person the file is closed."""
    form = await forms.read(request, RemovePerson)
    if form.value is not None:
        work = commands.remove_person(session, by, household_id, person_id, form.value)
        if (file := await attempt(session, form, work)) is not None:
            return _back(pages, household_id, "gone" if file.is_open else "household_over")
    return await _ask_of(household_id, person_id, "person_left.html", seen, session, pages, form)


@router.post("/{person_id}/returned")
async def return_person(
    household_id: UUID, person_id: UUID, by: ByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """It was a mistake: the person belongs to the household."""
    await commands.return_person(session, by, household_id, person_id)
    return _back(pages, household_id, "returned")


@router.get("/{person_id}/without-benefits")
async def ask_why_without_benefits(
    household_id: UUID, person_id: UUID, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Why no authority is in charge of the person."""
    form = Filled[GiveReason]({})
    return await _ask_of(household_id, person_id, "without_benefits.html", seen, session, pages, form)


@router.post("/{person_id}/without-benefits")
async def explain_without_benefits(
    household_id: UUID,
    person_id: UUID,
    request: Request,
    by: ByTeamOnPage,
    seen: SeenByTeamOnPage,
    session: Session,
    pages: Pages,
) -> Response:
    """Write the reason down."""
    form = await forms.read(request, GiveReason)
    if form.value is not None:
        work = commands.explain_without_benefits(session, by, household_id, person_id, form.value.reason)
        if await attempt(session, form, work) is not None:
            return _back(pages, household_id, "explained")
    return await _ask_of(household_id, person_id, "without_benefits.html", seen, session, pages, form)


def _back(pages: PageMaker, household_id: UUID, done: str) -> Response:
    return pages.redirect(f"/intake/households/{household_id}?done={done}")


async def _ask_who(
    household_id: UUID, seen: Looking, session: Session, pages: PageMaker, form: Filled[AddPerson]
) -> Response:
    file = await household_file(session, household_id)
    log_look(session, seen, Look.FILE, "Person eintragen", [household_id])
    return pages.render("person_new.html", status=422 if form.errors else 200, file=file, form=form)


async def _ask_of(
    household_id: UUID,
    person_id: UUID,
    template: str,
    seen: Looking,
    session: Session,
    pages: PageMaker,
    form: Filled[Any],
) -> Response:
    file = await household_file(session, household_id)
    log_look(session, seen, Look.FILE, "Angaben zu einer Person", [household_id])
    person = _member(file.persons, person_id)
    last = len([other for other in file.persons if other.left_on is None]) == 1
    return pages.render(template, status=422 if form.errors else 200, file=file, person=person, is_last=last, form=form)


def _member(persons: list[Person], person_id: UUID) -> Person:
    for person in persons:
        if person.id == person_id:
            return person
    raise Missing("Die Person")
