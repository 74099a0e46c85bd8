"""Who may see what of a household, what they see, and who has looked."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain.charge import Standing
from services.intake.domain.releases import ReleaseField, fields_shown, is_over
from services.intake.tables import Consent, Household, Person, Residence
from services.intake.tables.releases import Release, ReleaseLook
from shared.contracts.words import LegalBasis, Purpose, RecipientKind


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """A release as the team sees it; `looks` counts how often the recipient has looked."""

    release: Release
    over: bool
    looks: int
    last_look: datetime | None


@dataclass(frozen=True, slots=True)
class ReleasesOfFile:
    """The part of the file's page: consents that can still carry a release, and the releases."""

    consents: list[Consent]
    releases: list[ReleaseRow]


@dataclass(frozen=True, slots=True)
class Shared:
    """What a recipient sees: name, contact, what is needed, nothing more. `fields` says what was shown."""

    release_id: UUID
    purpose: Purpose
    basis: LegalBasis
    ends_on: date | None
    fields: list[ReleaseField]
    name: str
    whole_household: bool
    languages: list[str]
    phone: str | None
    address: str | None
    needed: str | None
    birth_date: date | None
    case_number: str | None


async def section(session: AsyncSession, household_id: UUID, today: date) -> ReleasesOfFile:
    """Its part of the file's page."""
    consents = await session.exec(
        select(Consent)
        .where(Consent.household_id == household_id, col(Consent.withdrawn_on).is_(None))
        .order_by(col(Consent.id))
    )
    return ReleasesOfFile(list(consents.all()), await releases_of(session, household_id, today))


async def releases_of(
    session: AsyncSession, household_id: UUID, today: date, *, after: UUID | None = None, limit: int = 1000
) -> list[ReleaseRow]:
    """The releases of a household, the newest first."""
    query = (
        select(Release, func.count(col(ReleaseLook.id)), func.max(ReleaseLook.at))
        .outerjoin(ReleaseLook, col(ReleaseLook.release_id) == col(Release.id))
        .where(Release.household_id == household_id)
        .group_by(col(Release.id))
        .order_by(col(Release.id).desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(col(Release.id) < after)
    return [
        ReleaseRow(release, is_over(release.ended_at is not None, release.ends_on, today), looks, last)
        for release, looks, last in (await session.exec(query)).all()
    ]


async def ledger(session: AsyncSession, releases: list[UUID]) -> dict[UUID, list[ReleaseLook]]:
    """Who has looked at each of these releases, the newest look first."""
    looks: dict[UUID, list[ReleaseLook]] = {release: [] for release in releases}
    rows = await session.exec(
        select(ReleaseLook)
        .where(col(ReleaseLook.release_id).in_(releases))
        .order_by(col(ReleaseLook.at).desc(), col(ReleaseLook.id).desc())
    )
    for look in rows.all():
        looks[look.release_id].append(look)
    return looks


async def release_for(session: AsyncSession, release_id: UUID, kind: str, name: str) -> Release | None:
    """The release with this id if it was given to this recipient: a partner or authority by slug, else by id."""
    release = await session.get(Release, release_id)
    if release is None or kind not in set(RecipientKind) or release.recipient_kind != kind:
        return None
    return release if name == (release.recipient_slug or str(release.recipient_id)) else None


async def shared(session: AsyncSession, release: Release, today: date) -> Shared | None:
    """What a release shows today; None when it is over or the file is with another site."""
    household = await session.get(Household, release.household_id)
    if (
        household is None
        or household.standing is not Standing.IN_CHARGE
        or is_over(release.ended_at is not None, release.ends_on, today)
    ):
        return None
    fields = fields_shown(release.fields, protected=household.protected)
    values = await _values(session, household, release)
    given = [field for field in fields if values[field]]
    return Shared(
        release_id=release.id,
        purpose=release.purpose,
        basis=release.basis,
        ends_on=release.ends_on,
        whole_household=release.person_id is None,
        fields=given,
        **{field.value: value if field in given else _nothing(value) for field, value in values.items()},
    )


async def _values(session: AsyncSession, household: Household, release: Release) -> dict[ReleaseField, Any]:
    person = await session.get(Person, release.person_id) if release.person_id is not None else None
    home = (
        await session.exec(
            select(Residence).where(Residence.household_id == household.id, col(Residence.moved_out).is_(None))
        )
    ).one_or_none()
    return {
        ReleaseField.NAME: f"{person.given_name} {person.family_name}" if person else household.family_name,
        ReleaseField.LANGUAGES: household.languages,
        ReleaseField.PHONE: household.phone,
        ReleaseField.ADDRESS: home and f"{home.street}, {home.postal_code} {home.city}",
        ReleaseField.NEEDED: release.needed,
        ReleaseField.BIRTH_DATE: person.birth_date if person else None,
        ReleaseField.CASE_NUMBER: household.case_number,
    }


def _nothing(value: Any) -> Any:
    return [] if isinstance(value, list) else None
