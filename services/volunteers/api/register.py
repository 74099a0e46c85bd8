"""The register over HTTP (network contract: `POST /volunteers/api/v1/volunteers`)."""

from datetime import date, datetime, time
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field, StringConstraints
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from services.volunteers.commands import register as commands
from services.volunteers.commands import times
from services.volunteers.commands.leaving import leave as leave_for_good
from services.volunteers.desk import ByTeam
from services.volunteers.domain.asking import VolunteerState
from services.volunteers.domain.people import BlockReason, SkillLevel
from services.volunteers.queries import register as queries
from services.volunteers.queries.register import VolunteerFilter, VolunteerLine
from services.volunteers.queries.visible import volunteer_for
from services.volunteers.register_inputs import (
    EnterVolunteer,
    Leave,
    NameConflict,
    Pause,
    Profile,
    SetCertificate,
    SetConfidentiality,
    SetTimes,
)
from services.volunteers.tables import Volunteer
from shared.contracts.kinds import Language
from shared.contracts.words import District, VolunteerKind, Weekday
from shared.web.pagination import Page, PageQuery
from shared.web.routing import Session, api_router

router = api_router("/volunteers/api/v1/volunteers", tags=["Verzeichnis"])

Search = Annotated[str, StringConstraints(max_length=100)]


class LanguageOut(BaseModel):
    """A language and what somebody can do in it."""

    language: str
    level: SkillLevel
    understands: bool
    speaks: bool
    reads: bool
    writes: bool
    dialects: str | None


class VolunteerOut(BaseModel):
    """Somebody who helps."""

    volunteer_id: UUID
    state: VolunteerState
    given_name: str
    family_name: str
    email: str | None
    phone: str | None
    mail_language: str
    organisation: str | None
    kinds: list[VolunteerKind]
    districts: list[District] = Field(description="Leer: in der ganzen Stadt.")
    home_district: District | None
    skills: str | None
    wishes: str | None
    limits: str | None
    note: str | None
    woman: bool | None
    driving_licence: bool
    car: bool
    max_a_month: int
    languages: list[LanguageOut]
    certificate_inspected_on: date | None
    certificate_due_on: date | None
    confidentiality_on: date | None
    paused_until: date | None
    resting_until: date | None
    call_since: datetime | None
    registered_at: datetime
    left_on: date | None


class VolunteerInList(BaseModel):
    """Somebody in the list of the register."""

    volunteer_id: UUID
    state: VolunteerState
    given_name: str
    family_name: str
    kinds: list[VolunteerKind]
    languages: list[str]
    districts: list[District]

    @classmethod
    def of(cls, line: VolunteerLine) -> "VolunteerInList":
        """As they are now."""
        values = line.volunteer.model_dump() | {"volunteer_id": line.volunteer.id, "languages": line.languages}
        return cls.model_validate(values)


class SpanOut(BaseModel):
    """A time of every week."""

    weekday: Weekday
    starts: time
    ends: time


class BlockOut(SpanOut):
    """A time of every week at which they cannot come."""

    reason: BlockReason | None = Field(description="Ohne Grund: möchte für solche Zeiten nicht gefragt werden.")


class AbsenceOut(BaseModel):
    """Days on which they are away."""

    from_on: date
    until_on: date


class TimesOut(BaseModel):
    """When somebody can come."""

    available: list[SpanOut]
    blocks: list[BlockOut]
    absences: list[AbsenceOut]


class ConflictOut(BaseModel):
    """A household that somebody is not to meet."""

    household_id: UUID
    by_volunteer: bool
    named_on: date


@router.get("")
async def list_volunteers(
    by: ByTeam,
    session: Session,
    page: PageQuery,
    kind: Annotated[VolunteerKind | None, Query()] = None,
    language: Annotated[Language | None, Query(description="Wer sie oder eine nah verwandte spricht.")] = None,
    state: Annotated[VolunteerState | None, Query(description="Ohne Angabe: aktiv oder neu.")] = None,
    name: Annotated[Search | None, Query(description="Ein Teil des Namens.")] = None,
    district: Annotated[District | None, Query(description="Wer dort hilft, oder in der ganzen Stadt.")] = None,
) -> Page[VolunteerInList]:
    """Who helps in a district of the own site, or in the whole city."""
    after = page.after(str, UUID)
    found = await queries.volunteer_lines(
        session,
        by.site,
        VolunteerFilter(kind, language, state, name, district),
        after=after and (after[0], after[1]),
        limit=page.limit + 1,
    )
    return page.page(found, lambda line: (line.sort, line.volunteer.id), VolunteerInList.of)


@router.post("", status_code=201)
async def enter_volunteer(request: Request, by: ByTeam, session: Session, entered: EnterVolunteer) -> VolunteerOut:
    """Somebody whom the team has met helps from now on."""
    return await _out(session, await commands.enter(session, by, entered, _months(request)))


@router.get("/{volunteer_id}")
async def show_volunteer(by: ByTeam, session: Session, volunteer_id: UUID) -> VolunteerOut:
    """One volunteer."""
    return await _out(session, await volunteer_for(session, by, volunteer_id))


@router.put("/{volunteer_id}")
async def change_volunteer(by: ByTeam, session: Session, volunteer_id: UUID, profile: Profile) -> VolunteerOut:
    """Who they are and what they offer; what is not named is no longer true."""
    return await _out(session, await commands.change(session, by, volunteer_id, profile))


@router.post("/{volunteer_id}/activate")
async def activate(by: ByTeam, session: Session, volunteer_id: UUID) -> VolunteerOut:
    """The team has met them: they are asked from now on."""
    return await _out(session, await commands.activate(session, by, volunteer_id))


@router.put("/{volunteer_id}/certificate")
async def set_certificate(
    request: Request, by: ByTeam, session: Session, volunteer_id: UUID, shown: SetCertificate
) -> VolunteerOut:
    """When the certificate of good conduct was looked at, and until when it counts; without both there is none."""
    return await _out(session, await commands.set_certificate(session, by, volunteer_id, shown, _months(request)))


@router.put("/{volunteer_id}/confidentiality")
async def set_confidentiality(
    by: ByTeam, session: Session, volunteer_id: UUID, undertaken: SetConfidentiality
) -> VolunteerOut:
    """When they undertook to keep to themselves what they hear."""
    return await _out(session, await commands.set_confidentiality(session, by, volunteer_id, undertaken))


@router.get("/{volunteer_id}/times")
async def show_times(by: ByTeam, session: Session, volunteer_id: UUID) -> TimesOut:
    """When they can come."""
    await volunteer_for(session, by, volunteer_id)
    return await _times(session, volunteer_id)


@router.put("/{volunteer_id}/times")
async def set_times(by: ByTeam, session: Session, volunteer_id: UUID, wanted: SetTimes) -> TimesOut:
    """When they can come; what is not named is no longer true."""
    await times.set_times(session, by, volunteer_id, wanted)
    return await _times(session, volunteer_id)


@router.put("/{volunteer_id}/pause")
async def set_pause(by: ByTeam, session: Session, volunteer_id: UUID, wanted: Pause) -> VolunteerOut:
    """Nobody asks them until that day; without a day the pause is over."""
    return await _out(session, await commands.pause(session, by, volunteer_id, wanted))


@router.get("/{volunteer_id}/conflicts")
async def list_conflicts(by: ByTeam, session: Session, volunteer_id: UUID) -> list[ConflictOut]:
    """The own site's households that they are not to meet."""
    await volunteer_for(session, by, volunteer_id)
    own, _ = await queries.conflicts_of(session, volunteer_id, by.site)
    return [ConflictOut.model_validate(conflict.model_dump()) for conflict in own]


@router.post("/{volunteer_id}/conflicts", status_code=201)
async def name_conflict(by: ByTeam, session: Session, volunteer_id: UUID, named: NameConflict) -> ConflictOut:
    """They and a household are not to meet; what was agreed between them ends."""
    kept = await commands.name_conflict(session, by, volunteer_id, named)
    return ConflictOut.model_validate(kept.model_dump())


@router.delete("/{volunteer_id}/conflicts/{household_id}", status_code=204)
async def remove_conflict(by: ByTeam, session: Session, volunteer_id: UUID, household_id: UUID) -> Response:
    """They may meet again."""
    await commands.remove_conflict(session, by, volunteer_id, household_id)
    return Response(status_code=204)


@router.post("/{volunteer_id}/leave", status_code=204)
async def leave(by: ByTeam, session: Session, volunteer_id: UUID, how: Leave) -> Response:
    """They do not help any more, and what was asked of them ends; with `erase` it is removed who they were."""
    await leave_for_good(session, by, volunteer_id, how.erase)
    return Response(status_code=204)


async def _out(session: AsyncSession, volunteer: Volunteer) -> VolunteerOut:
    known = [language.model_dump() for language in await queries.languages_of(session, volunteer.id)]
    values = volunteer.model_dump() | {"volunteer_id": volunteer.id, "languages": known}
    return VolunteerOut.model_validate(values)


async def _times(session: AsyncSession, volunteer_id: UUID) -> TimesOut:
    found = await queries.times_of(session, volunteer_id)
    return TimesOut(
        available=[SpanOut.model_validate(span.model_dump()) for span in found.available],
        blocks=[BlockOut.model_validate(block.model_dump()) for block in found.blocks],
        absences=[AbsenceOut.model_validate(absence.model_dump()) for absence in found.absences],
    )


def _months(request: Request) -> int:
    months: int = request.app.state.settings.certificate_months
    return months
