"""What is entered into a file: contact, need, move, legal circle, consent, corrections. One small page each."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.intake import commands
from services.intake.commands.looks import log_look
from services.intake.desk import ByTeamOnPage, SeenByTeamOnPage
from services.intake.inputs import ChangeLegalCircle
from services.intake.pages.forms import ConsentForm, ContactForm, CorrectForm, MoveForm, NeedForm
from services.intake.queries.files import HouseholdFile, household_file
from services.intake.tables.records import Look
from shared.contracts.words import Purpose, RecipientKind
from shared.refusals import Missing
from shared.web import forms
from shared.web.forms import Filled, attempt
from shared.web.inputs import Slug
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/intake/households/{household_id}")


async def _opened(session: Session, seen: SeenByTeamOnPage, household_id: UUID, why: str) -> HouseholdFile:
    log_look(session, seen, Look.FILE, why, [household_id])
    return await household_file(session, household_id)


def _show(pages: PageMaker, template: str, file: HouseholdFile, form: Filled[Any], **context: Any) -> Response:
    return pages.render(template, status=422 if form.errors else 200, file=file, form=form, **context)


def _back(pages: PageMaker, household_id: UUID, done: str) -> Response:
    return pages.redirect(f"/intake/households/{household_id}?done={done}")


@router.get("/contact")
async def new_contact(
    household_id: UUID, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """A contact with this family."""
    file = await _opened(session, seen, household_id, "Kontakt erfassen")
    return _show(pages, "contact.html", file, Filled[ContactForm]({}))


@router.post("/contact")
async def record_contact(
    household_id: UUID, request: Request, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Record it."""
    form = await forms.read(request, ContactForm)
    if form.value is not None:
        work = commands.record_contact(session, by, form.value.contact(household_id))
        if await attempt(session, form, work) is not None:
            return _back(pages, household_id, "contact")
    return _show(pages, "contact.html", await _opened(session, seen, household_id, "Kontakt erfassen"), form)


@router.get("/need")
async def new_need(
    household_id: UUID, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """What the family needs."""
    file = await _opened(session, seen, household_id, "Bedarf eintragen")
    return _show(pages, "need.html", file, Filled[NeedForm]({}))


@router.post("/need")
async def identify_need(
    household_id: UUID, request: Request, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Enter it."""
    form = await forms.read(request, NeedForm)
    if form.value is not None and (need := form.value.need_or_fault(form)) is not None:
        work = commands.identify_need(session, by, household_id, need)
        if await attempt(session, form, work) is not None:
            return _back(pages, household_id, "need")
    return _show(pages, "need.html", await _opened(session, seen, household_id, "Bedarf eintragen"), form)


@router.post("/needs/{need_id}/met")
async def meet_need(household_id: UUID, need_id: UUID, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """The need is met."""
    await commands.meet_need(session, by, need_id, None)
    return _back(pages, household_id, "met")


@router.get("/move")
async def new_move(
    household_id: UUID, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Where the family moves to."""
    file = await _opened(session, seen, household_id, "Umzug eintragen")
    return _show(pages, "move.html", file, Filled[MoveForm]({}))


@router.post("/move")
async def move_household(
    household_id: UUID, request: Request, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Enter the move, or that the family has left the city."""
    form = await forms.read(request, MoveForm)
    if form.value is not None:
        moved = await attempt(session, form, commands.move_household(session, by, household_id, form.value))
        if not form.errors and moved is not None:
            return _back(pages, household_id, _after(moved))
    return _show(pages, "move.html", await _opened(session, seen, household_id, "Umzug eintragen"), form)


def _after(moved: commands.Moved) -> str:
    if moved.handed_to is not None:
        return "handed_over"
    return "left" if moved.visit is None else "moved"


@router.get("/persons/{person_id}/legal-circle")
async def new_legal_circle(
    household_id: UUID, person_id: UUID, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Which legal circle, from when on."""
    file = await _opened(session, seen, household_id, "Rechtskreis eintragen")
    form = Filled[ChangeLegalCircle]({})
    return _show(pages, "legal_circle.html", file, form, person=_member(file, person_id), today=by.today)


@router.post("/persons/{person_id}/legal-circle")
async def change_legal_circle(
    household_id: UUID,
    person_id: UUID,
    request: Request,
    by: ByTeamOnPage,
    seen: SeenByTeamOnPage,
    session: Session,
    pages: Pages,
) -> Response:
    """Enter it."""
    form = await forms.read(request, ChangeLegalCircle)
    if form.value is not None:
        work = commands.change_legal_circle(session, by, household_id, person_id, form.value)
        if await attempt(session, form, work) is not None:
            return _back(pages, household_id, "circle")
    file = await _opened(session, seen, household_id, "Rechtskreis eintragen")
    return _show(pages, "legal_circle.html", file, form, person=_member(file, person_id), today=by.today)


@router.get("/consent")
async def new_consent(
    household_id: UUID,
    by: ByTeamOnPage,
    seen: SeenByTeamOnPage,
    session: Session,
    pages: Pages,
    partner: Slug | None = None,
    need: UUID | None = None,
    volunteer: UUID | None = None,
    purpose: Purpose | None = None,
) -> Response:
    """Who may see what for; from an offer for a need, or from an assignment, both are there already."""
    file = await _opened(session, seen, household_id, "Einwilligung festhalten")
    known: dict[str, list[str]] = {}
    if partner is not None:
        known = {"kind": [RecipientKind.PARTNER], "slug": [partner], "purpose": [Purpose.REFERRAL]}
    if volunteer is not None:
        known = {"kind": [RecipientKind.VOLUNTEER], "volunteer": [str(volunteer)], "purpose": [purpose or ""]}
    if need is not None:
        known["need"] = [str(need)]
    return _show(pages, "consent.html", file, Filled[ConsentForm](known))


@router.post("/consent")
async def give_consent(
    household_id: UUID, request: Request, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Record it."""
    form = await forms.read(request, ConsentForm)
    if form.value is not None and (wanted := form.value.consent_or_fault(form)) is not None:
        work = commands.give_consent(session, by, household_id, wanted)
        if await attempt(session, form, work) is not None:
            if form.value.need is not None:
                return pages.redirect(f"/referrals/match?need={form.value.need}")
            return _back(pages, household_id, "consent")
    return _show(pages, "consent.html", await _opened(session, seen, household_id, "Einwilligung festhalten"), form)


@router.post("/consents/{consent_id}/withdraw")
async def withdraw_consent(
    household_id: UUID, consent_id: UUID, by: ByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """One step, without a question."""
    await commands.withdraw_consent(session, by, household_id, consent_id)
    return _back(pages, household_id, "withdrawn")


@router.get("/correct")
async def new_correction(
    household_id: UUID, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """What is wrong in the file; a protected address is not shown here either."""
    file = await _opened(session, seen, household_id, "Angaben berichtigen")
    return _show(pages, "correct.html", file, Filled[CorrectForm](_as_filled_in(file)))


@router.post("/correct")
async def correct_household(
    household_id: UUID, request: Request, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Put it right."""
    form = await forms.read(request, CorrectForm)
    if form.value is not None:
        work = commands.correct_household(session, by, household_id, form.value)
        if await attempt(session, form, work) is not None:
            return _back(pages, household_id, "corrected")
    return _show(pages, "correct.html", await _opened(session, seen, household_id, "Angaben berichtigen"), form)


def _member(file: HouseholdFile, person_id: UUID) -> Any:
    for person in file.persons:
        if person.id == person_id:
            return person
    raise Missing("Die Person")


def _as_filled_in(file: HouseholdFile) -> dict[str, list[str]]:
    """The form as the file stands."""
    household, residence = file.household, file.residence
    texts = {
        "family_name": [household.family_name],
        "phone": [household.phone or ""],
        "case_number": [household.case_number or ""],
        "languages": household.languages,
        "protected": ["true"] if household.protected else [""],
        "tenancy": [residence.tenancy.value],
    }
    if not household.protected:
        texts |= {
            "address.street": [residence.street],
            "address.postal_code": [residence.postal_code],
            "address.city": [residence.city],
            "address.district": [residence.district.value],
            "address.neighbourhood": [residence.neighbourhood or ""],
        }
    for number, person in enumerate(file.persons):
        texts |= {
            f"persons.{number}.person_id": [str(person.id)],
            f"persons.{number}.given_name": [person.given_name],
            f"persons.{number}.family_name": [person.family_name],
            f"persons.{number}.birth_date": [person.birth_date.isoformat() if person.birth_date else ""],
        }
    return texts
