"""Calls about households: file, moves, legal circles, needs, consents."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import StringConstraints

from services.intake import commands
from services.intake.api.answers import (
    ConsentAnswer,
    HouseholdAnswer,
    HouseholdListed,
    HouseholdMoved,
    HouseholdRegistered,
    LegalCircleChanged,
    NeedAnswer,
)
from services.intake.api.unready import not_known_yet
from services.intake.commands.looks import log_look
from services.intake.desk import ByTeam, SeenByTeam
from services.intake.inputs import (
    ChangeLegalCircle,
    CorrectHousehold,
    GiveConsent,
    IdentifyNeed,
    MoveHousehold,
    NeedMetOn,
    RegisterHousehold,
)
from services.intake.queries.files import household_file
from services.intake.queries.households import HouseholdRow, search_households
from services.intake.tables.records import Look
from shared.web.pagination import Page, PageQuery
from shared.web.problems import conflict
from shared.web.routing import Session, api_router

router: APIRouter = api_router("/intake/api/v1", tags=["Haushalte"])

HouseholdId = Annotated[UUID, Path(description="Kennung des Haushalts.")]
Reason = Annotated[str, StringConstraints(min_length=3, max_length=200, strip_whitespace=True)]


@router.post("/households", status_code=201, responses={**conflict, **not_known_yet})
async def register_household(body: RegisterHousehold, by: ByTeam, session: Session) -> HouseholdRegistered:
    """Legt die Akte eines Haushalts an; mit `moved_on` auch den Umzug hierher, der einen Erstbesuch auslöst."""
    file, visit = await commands.register_household(session, by, body)
    return HouseholdRegistered(
        household_id=file.household.id,
        person_ids=[person.id for person in file.persons],
        first_visit_id=visit and visit.id,
        first_visit_due_on=visit and visit.due_on,
    )


@router.get("/households")
async def find_households(
    page: PageQuery,
    seen: SeenByTeam,
    session: Session,
    q: Annotated[str, Query(max_length=100, description="Teile von Namen, Straße oder Aktenzeichen.")] = "",
    closed: Annotated[bool, Query(description="Auch geschlossene Akten.")] = False,
) -> Page[HouseholdListed]:
    """Sucht Haushalte; ohne Suchwort alle, nach Namen geordnet."""
    after = page.after(int, str, UUID)
    rows = await search_households(
        session, q, include_closed=closed, after=after and (after[0], after[1], after[2]), limit=page.limit + 1
    )
    log_look(session, seen, Look.SEARCH, "Suche nach Haushalten", [row.id for row in rows[: page.limit]])
    return page.page(rows, lambda row: row.place, _listed)


@router.get("/households/{household_id}")
async def show_household(
    household_id: HouseholdId,
    by: ByTeam,
    seen: SeenByTeam,
    session: Session,
    reason: Annotated[
        Reason | None, Query(description="Warum die Adresse eines geschützten Haushalts nötig ist.")
    ] = None,
) -> HouseholdAnswer:
    """Zeigt die Akte. Die Adresse eines geschützten Haushalts gehört nur mit `reason` dazu."""
    file = await household_file(session, household_id)
    show_address = not file.household.protected or reason is not None
    look = Look.ADDRESS if file.household.protected and reason else Look.FILE
    log_look(session, seen, look, reason if look is Look.ADDRESS and reason else "Akte", [household_id])
    return HouseholdAnswer.of(file, by.site, by.today, show_address=show_address)


@router.patch("/households/{household_id}", responses={**conflict, **not_known_yet})
async def correct_household(
    household_id: HouseholdId, body: CorrectHousehold, by: ByTeam, seen: SeenByTeam, session: Session
) -> HouseholdAnswer:
    """Berichtigt Angaben der Akte; was nicht genannt ist, bleibt."""
    corrected = await commands.correct_household(session, by, household_id, body)
    await session.flush()
    log_look(session, seen, Look.FILE, "Berichtigung", [household_id])
    file = await household_file(session, household_id)
    return HouseholdAnswer.of(file, by.site, by.today, show_address=not corrected.household.protected)


@router.post("/households/{household_id}/moves", status_code=201, responses={**conflict, **not_known_yet})
async def move_household(
    household_id: HouseholdId, body: MoveHousehold, by: ByTeam, session: Session
) -> HouseholdMoved:
    """Trägt einen Umzug ein, oder mit `left_city` den Wegzug aus der Stadt.

    Ist für die neue Adresse ein anderer Standort zuständig, so geht die Akte dorthin (`handed_over_to`); den
    Erstbesuch schuldet dann er.
    """
    moved = await commands.move_household(session, by, household_id, body)
    visit = moved.visit
    return HouseholdMoved(
        household_id=household_id,
        moved_on=body.moved_on or by.today,
        left_city=body.left_city,
        first_visit_id=visit and visit.id,
        first_visit_due_on=visit and visit.due_on,
        handed_over_to=moved.handed_to,
    )


@router.post("/households/{household_id}/persons/{person_id}/legal-circle", status_code=201, responses=conflict)
async def change_legal_circle(
    household_id: HouseholdId, person_id: UUID, body: ChangeLegalCircle, by: ByTeam, session: Session
) -> LegalCircleChanged:
    """Trägt ein, ab welchem Tag eine Person in einem Rechtskreis ist; der Tag kann zurück oder voraus liegen."""
    change = await commands.change_legal_circle(session, by, household_id, person_id, body)
    return LegalCircleChanged(
        household_id=household_id,
        person_id=person_id,
        before=change.before,
        legal_circle=change.after,
        on=change.on,
    )


@router.post("/households/{household_id}/needs", status_code=201, responses=conflict)
async def identify_need(household_id: HouseholdId, body: IdentifyNeed, by: ByTeam, session: Session) -> NeedAnswer:
    """Trägt einen Bedarf ein; die Notiz bleibt am Standort."""
    return NeedAnswer.of(await commands.identify_need(session, by, household_id, body))


@router.post("/needs/{need_id}/met", responses=conflict)
async def meet_need(
    need_id: UUID, by: ByTeam, seen: SeenByTeam, session: Session, body: NeedMetOn | None = None
) -> NeedAnswer:
    """Der Bedarf ist gedeckt."""
    met = await commands.meet_need(session, by, need_id, body.on if body else None)
    log_look(session, seen, Look.FILE, "Bedarf gedeckt", [met.household_id])  # the answer repeats the note
    return NeedAnswer.of(met)


@router.post("/households/{household_id}/consents", status_code=201, responses=conflict)
async def give_consent(household_id: HouseholdId, body: GiveConsent, by: ByTeam, session: Session) -> ConsentAnswer:
    """Hält eine Einwilligung fest, für genau diesen Empfänger und Zweck."""
    return ConsentAnswer.of(await commands.give_consent(session, by, household_id, body))


@router.post("/households/{household_id}/consents/{consent_id}/withdraw", responses=conflict)
async def withdraw_consent(household_id: HouseholdId, consent_id: UUID, by: ByTeam, session: Session) -> ConsentAnswer:
    """Widerruft eine Einwilligung, in einem Schritt und ohne Grund."""
    return ConsentAnswer.of(await commands.withdraw_consent(session, by, household_id, consent_id))


def _listed(row: HouseholdRow) -> HouseholdListed:
    return HouseholdListed(
        household_id=row.id,
        family_name=row.family_name,
        persons=row.persons,
        languages=row.languages,
        district=row.district,  # type: ignore[arg-type]
        neighbourhood=row.neighbourhood,
        street=row.street,
        moved_in=row.moved_in,
        protected=row.protected,
        closed_on=row.closed_on,
        nearness=row.nearness.name.lower(),  # type: ignore[arg-type]
    )
