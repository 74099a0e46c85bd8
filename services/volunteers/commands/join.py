"""Somebody registers on the public page: kept once their address is confirmed, at work once a team has met them.

Whoever asks hears the same, whether an address is known or not.
"""

from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.commands import mails
from services.volunteers.commands.answers import Question
from services.volunteers.commands.mails import MailKind
from services.volunteers.commands.own import send_link
from services.volunteers.domain.asking import VolunteerState
from services.volunteers.join_inputs import Join
from services.volunteers.tables import Availability, Via, Volunteer, VolunteerLanguage
from shared.mail import links
from shared.refusals import Conflict

AGAIN_AFTER = timedelta(minutes=10)
"""Before that a second registration with the same address sends no second mail (ours)."""


async def join(session: AsyncSession, wanted: Join, lang: str, now: datetime) -> None:
    """Keep the registration until the link in the mail is opened; the last one with an address counts.

    Whoever is in the register gets the link to their own page instead. A form that a program has filled in is ignored.
    """
    if wanted.website is not None:
        return
    found = await session.exec(
        select(Volunteer)
        .where(func.lower(Volunteer.email) == wanted.email.lower(), col(Volunteer.state) != VolunteerState.LEFT)
        .with_for_update()
    )
    known = found.one_or_none()
    if known is not None and known.state is not VolunteerState.UNCONFIRMED:
        await send_link(session, wanted.email, now)
        return
    if known is not None:
        if known.registered_at > now - AGAIN_AFTER:
            return
        await mails.forget(session, "volunteer_id", known.id)
        await session.delete(known)
        await session.flush()
    try:
        async with session.begin_nested():
            await _enter(session, wanted, lang, now)
    except IntegrityError:
        return  # the same address in the same moment: the other one counts


async def confirm(session: AsyncSession, code: str, question: Question, now: datetime) -> Volunteer:
    """The address is theirs: a team is to meet them. Raises `Conflict` for a link that was used in this moment."""
    if await links.use(session, code, now) is None:
        raise Conflict("Dieser Link wurde gerade schon benutzt.")
    volunteer = question.volunteer
    volunteer.state, volunteer.confirmed_at, volunteer.changed_at = VolunteerState.NEW, now, now
    session.add(volunteer)
    await session.flush()
    return volunteer


async def _enter(session: AsyncSession, wanted: Join, lang: str, now: datetime) -> None:
    volunteer = Volunteer(
        given_name=wanted.given_name,
        family_name=wanted.family_name,
        email=wanted.email,
        phone=wanted.phone,
        mail_language=lang,
        kinds=[kind.value for kind in wanted.kinds],
        districts=[district.value for district in wanted.districts],
        wishes=wanted.wishes,
        limits=wanted.limits,
        driving_licence=wanted.driving_licence,
        car=wanted.car,
        via=Via.PAGE,
        registered_at=now,
    )
    session.add(volunteer)
    await session.flush()
    session.add_all(VolunteerLanguage(volunteer_id=volunteer.id, **known.model_dump()) for known in wanted.languages)
    session.add_all(Availability(volunteer_id=volunteer.id, **span) for span in wanted.spans())
    await session.flush()
    await mails.write(session, MailKind.CONFIRM, volunteer)
