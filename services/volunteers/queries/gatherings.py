"""Gatherings of a site, and who is invited to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_
from sqlmodel import col, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.commands.acting import Acting
from services.volunteers.domain.asking import VolunteerState
from services.volunteers.queries.visible import visible_at
from services.volunteers.tables import Gathering, Invitation, Volunteer
from shared.contracts.words import VolunteerKind
from shared.refusals import Missing


@dataclass(frozen=True, slots=True)
class Listed:
    """A gathering, how many are invited, have said yes, and were there."""

    gathering: Gathering
    invited: int
    coming: int
    attended: int


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation and whose it is."""

    invitation: Invitation
    volunteer: Volunteer


async def gatherings(
    session: AsyncSession,
    site: str,
    now: datetime,
    *,
    over: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Listed]:
    """A site's gatherings: those to come, the next one first; or those that are over, the last one first."""
    place = tuple_(col(Gathering.starts_at), col(Gathering.id))
    query = (
        select(
            Gathering,
            func.count(col(Invitation.volunteer_id)),
            func.count().filter(col(Invitation.comes).is_(True)),
            func.count().filter(col(Invitation.attended).is_(True)),
        )
        .outerjoin(Invitation, col(Invitation.gathering_id) == col(Gathering.id))
        .where(Gathering.site == site, col(Gathering.ends_at) < now if over else col(Gathering.ends_at) >= now)
        .group_by(col(Gathering.id))
        .limit(limit)
    )
    order = (col(Gathering.starts_at), col(Gathering.id))
    query = query.order_by(*(each.desc() for each in order)) if over else query.order_by(*order)
    if after is not None:
        query = query.where(place < tuple_(*after) if over else place > tuple_(*after))
    return [Listed(*row) for row in await session.exec(query)]


async def gathering_for(session: AsyncSession, by: Acting, gathering_id: UUID, *, lock: bool = False) -> Gathering:
    """A gathering of the own site. Raises `Missing` for every other."""
    query = select(Gathering).where(Gathering.id == gathering_id, Gathering.site == by.site)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = (await session.exec(query)).one_or_none()
    if found is None:
        raise Missing("Das Treffen")
    return found


async def invited_to(session: AsyncSession, gathering_id: UUID) -> Sequence[Invited]:
    """Who is invited, by name."""
    found = await session.exec(
        select(Invitation, Volunteer)
        .join(Volunteer, col(Volunteer.id) == col(Invitation.volunteer_id))
        .where(Invitation.gathering_id == gathering_id)
        .order_by(func.lower(Volunteer.family_name), func.lower(Volunteer.given_name), col(Volunteer.id))
    )
    return [Invited(*row) for row in found]


async def could_be_invited(
    session: AsyncSession, gathering: Gathering, kinds: Sequence[VolunteerKind] = ()
) -> Sequence[Volunteer]:
    """Who is at work, is seen by the site and not invited yet; of these kinds, if any are named. By name."""
    known = select(Invitation.volunteer_id).where(Invitation.gathering_id == gathering.id)
    query = select(Volunteer).where(
        Volunteer.state == VolunteerState.ACTIVE, visible_at(gathering.site), col(Volunteer.id).not_in(known)
    )
    if kinds:
        query = query.where(or_(*(col(Volunteer.kinds).contains([kind.value]) for kind in kinds)))
    query = query.order_by(func.lower(Volunteer.family_name), func.lower(Volunteer.given_name), col(Volunteer.id))
    return (await session.exec(query)).all()
