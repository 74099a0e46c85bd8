"""What a volunteer does on their own page: the way in, what they wish, their secret calendar address."""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.commands import mails
from services.volunteers.commands.acting import Acting
from services.volunteers.commands.mails import MailKind
from services.volunteers.commands.register import pause
from services.volunteers.domain.asking import VolunteerState
from services.volunteers.inputs import OwnWishes
from services.volunteers.register_inputs import Pause
from services.volunteers.tables import Volunteer
from shared.refusals import Missing

AGAIN_AFTER = timedelta(minutes=10)
"""Before that no second link goes to the same address (ours)."""

_SENT = text(
    "select 1 from mail where kind = :kind and created_at > :since "
    "and about ->> 'volunteer_id' = cast(:id as text) limit 1"
)


async def send_link(session: AsyncSession, email: str, now: datetime) -> None:
    """A link to their own page, for whoever is known by this address; nothing tells whether somebody is."""
    found = await session.exec(
        select(Volunteer)
        .where(
            func.lower(Volunteer.email) == email.lower(),
            col(Volunteer.state).in_((VolunteerState.ACTIVE, VolunteerState.NEW)),
        )
        .with_for_update()
    )
    volunteer = found.one_or_none()
    if volunteer is None:
        return
    asked = {"kind": MailKind.OWN_PAGE.value, "since": now - AGAIN_AFTER, "id": str(volunteer.id)}
    if (await session.execute(_SENT, asked)).first() is None:
        await mails.write(session, MailKind.OWN_PAGE, volunteer)


async def set_wishes(session: AsyncSession, by: Acting, wishes: OwnWishes) -> Volunteer:
    """How often they may be asked, in which language they are written to, until when they pause."""
    volunteer = await _own(session, by)
    volunteer.max_a_month, volunteer.mail_language = wishes.max_a_month, wishes.mail_language
    volunteer.changed_at = by.now
    session.add(volunteer)
    await session.flush()
    if volunteer.state is VolunteerState.ACTIVE and wishes.paused_until != volunteer.paused_until:
        await pause(session, by, volunteer.id, Pause(until=wishes.paused_until))
    return volunteer


async def make_calendar(session: AsyncSession, by: Acting) -> str:
    """A new secret of the calendar's address; told once, and nowhere kept. The one before opens nothing any more."""
    volunteer = await _own(session, by)
    secret = secrets.token_urlsafe(24)
    volunteer.calendar_hash = hash_of(secret)
    session.add(volunteer)
    await session.flush()
    return secret


async def revoke_calendar(session: AsyncSession, by: Acting) -> None:
    """The secret address opens nothing any more."""
    volunteer = await _own(session, by)
    volunteer.calendar_hash = None
    session.add(volunteer)
    await session.flush()


def hash_of(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


async def _own(session: AsyncSession, by: Acting) -> Volunteer:
    if by.volunteer_id is None:
        raise Missing("Das Konto")
    volunteer = await session.get(Volunteer, by.volunteer_id, with_for_update=True, populate_existing=True)
    if volunteer is None or volunteer.state is VolunteerState.LEFT:
        raise Missing("Das Konto")
    return volunteer


async def at_work(session: AsyncSession, volunteer_id: UUID) -> Volunteer | None:
    """The volunteer with this number while they are in the register; asked at each look: leaving ends it at once."""
    volunteer = await session.get(Volunteer, volunteer_id)
    known = (VolunteerState.ACTIVE, VolunteerState.NEW)
    return volunteer if volunteer is not None and volunteer.state in known else None
