"""Personen: who joins and leaves a household."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel

from services.intake import commands
from services.intake.api.answers import PersonAnswer
from services.intake.commands.looks import log_look
from services.intake.desk import ByTeam, SeenByTeam
from services.intake.domain.members import LeftBecause
from services.intake.inputs import AddPerson, GiveReason, RemovePerson
from services.intake.queries.files import household_file
from services.intake.tables.records import Look
from shared.contracts.words import ClosingReason
from shared.web.problems import conflict
from shared.web.routing import Session, api_router

router: APIRouter = api_router("/intake/api/v1/households/{household_id}/persons", tags=["Personen"])

HouseholdId = Annotated[UUID, Path(description="Kennung des Haushalts.")]
PersonId = Annotated[UUID, Path(description="Kennung der Person.")]


class PersonAdded(BaseModel):
    """The new member of the household."""

    household_id: UUID
    person_id: UUID
    joined_on: date


class PersonRemoved(BaseModel):
    """Who no longer belongs to the household; with the last one the file was closed."""

    household_id: UUID
    person_id: UUID
    left_on: date
    left_because: LeftBecause
    closed_on: date | None
    closing_reason: ClosingReason | None


class PersonReturned(BaseModel):
    """Who belongs to the household after all."""

    household_id: UUID
    person_id: UUID


class WithoutBenefitsAnswer(BaseModel):
    """Since when and why no authority is in charge of a person."""

    household_id: UUID
    person_id: UUID
    since: date
    reason: str


@router.get("")
async def list_persons(household_id: HouseholdId, by: ByTeam, seen: SeenByTeam, session: Session) -> list[PersonAnswer]:
    """Wer zum Haushalt gehört oder gehört hat, in der Reihenfolge der Akte."""
    file = await household_file(session, household_id)
    log_look(session, seen, Look.FILE, "Personen", [household_id])
    return [PersonAnswer.of(person, file.histories[person.id], by.today) for person in file.persons]


@router.post("", status_code=201, responses=conflict)
async def add_person(household_id: HouseholdId, body: AddPerson, by: ByTeam, session: Session) -> PersonAdded:
    """Trägt eine Geburt ein, oder dass jemand in den Haushalt gezogen ist."""
    person = await commands.add_person(session, by, household_id, body)
    return PersonAdded(household_id=household_id, person_id=person.id, joined_on=body.on)


@router.post("/{person_id}/left", status_code=201, responses=conflict)
async def remove_person(
    household_id: HouseholdId, person_id: PersonId, body: RemovePerson, by: ByTeam, session: Session
) -> PersonRemoved:
    """Trägt ein, dass jemand gestorben oder ausgezogen ist; mit der letzten Person wird die Akte geschlossen.

    Wer irrtümlich eingetragen wurde, zieht am Tag des Einzugs wieder aus und zählt damit nie.
    """
    file = await commands.remove_person(session, by, household_id, person_id, body)
    return PersonRemoved(
        household_id=household_id,
        person_id=person_id,
        left_on=body.on,
        left_because=body.because,
        closed_on=file.household.closed_on,
        closing_reason=file.household.closing_reason,
    )


@router.post("/{person_id}/returned", responses=conflict)
async def return_person(household_id: HouseholdId, person_id: PersonId, by: ByTeam, session: Session) -> PersonReturned:
    """Nimmt Tod oder Auszug zurück: es war ein Irrtum, die Person gehört durchgehend zum Haushalt."""
    await commands.return_person(session, by, household_id, person_id)
    return PersonReturned(household_id=household_id, person_id=person_id)


@router.post("/{person_id}/without-benefits", status_code=201, responses=conflict)
async def explain_without_benefits(
    household_id: HouseholdId, person_id: PersonId, body: GiveReason, by: ByTeam, session: Session
) -> WithoutBenefitsAnswer:
    """Hält fest, warum für eine Person keine Behörde zuständig ist."""
    entry = await commands.explain_without_benefits(session, by, household_id, person_id, body.reason)
    return WithoutBenefitsAnswer.model_validate(entry.model_dump())
