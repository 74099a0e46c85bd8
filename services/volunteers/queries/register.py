"""Volunteers as the register shows them: in a list, and one with everything about them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.domain.asking import VolunteerState
from services.volunteers.queries.visible import visible_at
from services.volunteers.tables import (
    Absence,
    Assignment,
    Availability,
    Conflict,
    Gathering,
    HelpRequest,
    Invitation,
    KnownHousehold,
    Mentorship,
    Volunteer,
    VolunteerLanguage,
    WeeklyBlock,
)
from shared.contracts.words import District, VolunteerKind
from shared.languages import family

ASKED_LATELY = 30
"""So many of the things that somebody was asked are shown, the newest."""

_by_name: ColumnElement[str] = func.lower(col(Volunteer.family_name) + ", " + col(Volunteer.given_name))
_FILES = {VolunteerState.ACTIVE, VolunteerState.NEW}


@dataclass(frozen=True, slots=True)
class VolunteerFilter:
    """Whom a list shows; without a state those who help or wish to. In a district also who helps in the whole city."""

    kind: VolunteerKind | None = None
    language: str | None = None
    state: VolunteerState | None = None
    name: str | None = None
    district: District | None = None


@dataclass(frozen=True, slots=True)
class VolunteerLine:
    """One volunteer in a list, with the languages that they speak."""

    volunteer: Volunteer
    languages: list[str]
    sort: str


@dataclass(frozen=True, slots=True)
class Times:
    """When somebody can come, cannot, and is away; in the order of the week."""

    available: Sequence[Availability]
    blocks: Sequence[WeeklyBlock]
    absences: Sequence[Absence]


@dataclass(frozen=True, slots=True)
class History:
    """What somebody was asked, whom they stand by, which gatherings they were invited to; the newest first."""

    asked: Sequence[tuple[Assignment, HelpRequest]]
    mentorships: Sequence[Mentorship]
    gatherings: Sequence[tuple[Invitation, Gathering]]


async def volunteer_lines(
    session: AsyncSession,
    site: str | None,
    wanted: VolunteerFilter,
    *,
    after: tuple[str, UUID] | None = None,
    limit: int,
) -> list[VolunteerLine]:
    """Those whom the team of a site sees, by name."""
    query = select(Volunteer, _by_name).where(visible_at(site)).order_by(_by_name, col(Volunteer.id)).limit(limit)
    query = query.where(col(Volunteer.state).in_(_FILES) if wanted.state is None else Volunteer.state == wanted.state)
    if wanted.kind is not None:
        query = query.where(col(Volunteer.kinds).contains([wanted.kind.value]))
    if wanted.district is not None:
        everywhere = func.cardinality(col(Volunteer.districts)) == 0
        query = query.where(or_(everywhere, col(Volunteer.districts).contains([wanted.district.value])))
    if wanted.language is not None:
        tags = [tag for tag in await _spoken_tags(session) if family(tag) == family(wanted.language)]
        speakers = select(VolunteerLanguage.volunteer_id).where(
            col(VolunteerLanguage.language).in_(tags), col(VolunteerLanguage.speaks)
        )
        query = query.where(col(Volunteer.id).in_(speakers))
    if wanted.name:
        full = col(Volunteer.given_name) + " " + col(Volunteer.family_name)
        query = query.where(func.lower(full).contains(wanted.name.lower(), autoescape=True))
    if after is not None:
        query = query.where(or_(_by_name > after[0], and_(_by_name == after[0], col(Volunteer.id) > after[1])))
    rows = (await session.exec(query)).all()
    languages = await languages_of_all(session, [volunteer.id for volunteer, _ in rows])
    return [
        VolunteerLine(volunteer, [known.language for known in languages[volunteer.id] if known.speaks], sort)
        for volunteer, sort in rows
    ]


async def new_ones(session: AsyncSession, site: str | None) -> int:
    """How many have registered and wait to be met."""
    found = await session.exec(select(func.count()).where(visible_at(site), Volunteer.state == VolunteerState.NEW))
    return found.one()


async def languages_of_all(session: AsyncSession, ids: Collection[UUID]) -> defaultdict[UUID, list[VolunteerLanguage]]:
    """The languages of many, by volunteer; German last."""
    found = await session.exec(
        select(VolunteerLanguage)
        .where(col(VolunteerLanguage.volunteer_id).in_(ids))
        .order_by(col(VolunteerLanguage.language) == "de", col(VolunteerLanguage.language))
    )
    by_volunteer: defaultdict[UUID, list[VolunteerLanguage]] = defaultdict(list)
    for known in found.all():
        by_volunteer[known.volunteer_id].append(known)
    return by_volunteer


async def languages_of(session: AsyncSession, volunteer_id: UUID) -> list[VolunteerLanguage]:
    """The languages of one."""
    return (await languages_of_all(session, [volunteer_id]))[volunteer_id]


async def times_of(session: AsyncSession, volunteer_id: UUID) -> Times:
    """When somebody can come."""

    async def of(table: Any, *order: Any) -> Sequence[Any]:
        return (await session.exec(select(table).where(table.volunteer_id == volunteer_id).order_by(*order))).all()

    days = func.array_position(func.string_to_array("mon,tue,wed,thu,fri,sat,sun", ","), col(Availability.weekday))
    blocked = func.array_position(func.string_to_array("mon,tue,wed,thu,fri,sat,sun", ","), col(WeeklyBlock.weekday))
    return Times(
        await of(Availability, days, Availability.starts),
        await of(WeeklyBlock, blocked, WeeklyBlock.starts),
        await of(Absence, Absence.from_on),
    )


async def conflicts_of(session: AsyncSession, volunteer_id: UUID, site: str | None) -> tuple[list[Conflict], int]:
    """The households of the site that somebody is not to meet; and how many of other sites."""
    found = await session.exec(
        select(Conflict, KnownHousehold.site)
        .join(KnownHousehold, col(KnownHousehold.household_id) == col(Conflict.household_id), isouter=True)
        .where(Conflict.volunteer_id == volunteer_id)
        .order_by(col(Conflict.named_on), col(Conflict.id))
    )
    rows = found.all()
    own = [conflict for conflict, at in rows if site is None or at == site]
    return own, len(rows) - len(own)


async def history_of(session: AsyncSession, volunteer_id: UUID) -> History:
    """What somebody was asked and did."""
    asked = await session.exec(
        select(Assignment, HelpRequest)
        .join(HelpRequest, col(HelpRequest.id) == col(Assignment.request_id))
        .where(Assignment.volunteer_id == volunteer_id)
        .order_by(col(Assignment.asked_at).desc(), col(Assignment.id).desc())
        .limit(ASKED_LATELY)
    )
    mentorships = await session.exec(
        select(Mentorship)
        .where(Mentorship.volunteer_id == volunteer_id)
        .order_by(col(Mentorship.started_on).desc(), col(Mentorship.id).desc())
    )
    gatherings = await session.exec(
        select(Invitation, Gathering)
        .join(Gathering, col(Gathering.id) == col(Invitation.gathering_id))
        .where(Invitation.volunteer_id == volunteer_id, col(Gathering.cancelled_at).is_(None))
        .order_by(col(Gathering.starts_at).desc())
        .limit(ASKED_LATELY)
    )
    return History(asked.all(), mentorships.all(), gatherings.all())


async def _spoken_tags(session: AsyncSession) -> Sequence[str]:
    return (await session.exec(select(VolunteerLanguage.language).distinct())).all()
