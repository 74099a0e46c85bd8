"""Zusammenführungen: two files that turn out to be one family."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from services.intake.commands.merges import merge_households, undo_merge
from services.intake.desk import ByTeam
from shared.web.inputs import Input
from shared.web.problems import conflict
from shared.web.routing import Session, api_router

router: APIRouter = api_router("/intake/api/v1", tags=["Zusammenführungen"])

KeptId = Annotated[UUID, Path(description="Kennung des Haushalts, dessen Akte weitergeführt wird.")]


class SamePerson(Input):
    """Wer in der einen Akte wer in der anderen ist."""

    person_id: UUID = Field(description="In der Akte, die bleibt.")
    absorbed_person_id: UUID = Field(description="In der Akte, die aufgeht.")


class MergeHouseholds(Input):
    """Which file goes into this one, and who of both is one person; all others of it are further members."""

    absorbed_id: UUID = Field(description="Der Haushalt, dessen Akte aufgeht.")
    same: list[SamePerson] = Field(default_factory=list, max_length=50)


class HouseholdsMerged(BaseModel):
    """Two files are one."""

    merge_id: UUID
    household_id: UUID
    merged_household_id: UUID


class MergeUndone(BaseModel):
    """They are two again."""

    household_id: UUID
    restored_household_id: UUID


@router.post("/households/{household_id}/merges", status_code=201, responses=conflict)
async def merge(household_id: KeptId, body: MergeHouseholds, by: ByTeam, session: Session) -> HouseholdsMerged:
    """Führt zwei Akten zusammen, die dieselbe Familie betreffen; die andere wird geschlossen.

    Personen, die in `same` nicht genannt sind, kommen als weitere Mitglieder dazu.
    """
    same = {pair.absorbed_person_id: pair.person_id for pair in body.same}
    merged = await merge_households(session, by, household_id, body.absorbed_id, same)
    return HouseholdsMerged(merge_id=merged.id, household_id=household_id, merged_household_id=body.absorbed_id)


@router.post("/households/{household_id}/merges/{merge_id}/undo", responses=conflict)
async def undo(household_id: KeptId, merge_id: UUID, by: ByTeam, session: Session) -> MergeUndone:
    """Trennt die Akten wieder; was seither zu den Personen der anderen Akte eingetragen wurde, geht mit ihnen."""
    restored = await undo_merge(session, by, household_id, merge_id)
    return MergeUndone(household_id=household_id, restored_household_id=restored)
