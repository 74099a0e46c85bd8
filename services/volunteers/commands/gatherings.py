"""Trainings and exchange meetings: planned, moved, called off; who is invited, comes and was there (report, 4.3, 5).

Every function raises `Missing` for a gathering of another site.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.care_inputs import Attended, Invite, MoveGathering, PlanGathering, Reply
from services.volunteers.commands import mails
from services.volunteers.commands.acting import Acting
from services.volunteers.commands.mails import MailKind
from services.volunteers.domain.gatherings import moments
from services.volunteers.queries.gatherings import could_be_invited, gathering_for, invited_to
from services.volunteers.tables import Gathering, Invitation, Volunteer
from shared.contracts.volunteers import TrainingAttended
from shared.contracts.words import CITY
from shared.days import day_of
from shared.messaging import outbox
from shared.refusals import Conflict, Invalid, Missing


async def plan(session: AsyncSession, by: Acting, wanted: PlanGathering) -> Gathering:
    """When and where; also one that took place already may be entered."""
    starts_at, ends_at = moments(wanted.on, wanted.begins, wanted.ends, by.today)
    gathering = Gathering(
        kind=wanted.kind,
        site=by.site or CITY,
        title=wanted.title,
        about=wanted.about,
        place=wanted.place,
        starts_at=starts_at,
        ends_at=ends_at,
        created_by=by.who,
        created_at=by.now,
    )
    session.add(gathering)
    await session.flush()
    return gathering


async def move(session: AsyncSession, by: Acting, gathering_id: UUID, wanted: MoveGathering) -> Gathering:
    """Another time or place. Whoever was invited is asked again."""
    gathering = await _to_come(session, by, gathering_id)
    starts_at, ends_at = moments(wanted.on, wanted.begins, wanted.ends, by.today)
    if starts_at <= by.now:
        raise Invalid("on", "Der neue Termin liegt in der Vergangenheit; bitte das Datum prüfen.")
    gathering.starts_at, gathering.ends_at, gathering.place = starts_at, ends_at, wanted.place
    gathering.revision += 1
    session.add(gathering)
    invited = await invited_to(session, gathering.id)
    for each in invited:
        each.invitation.comes = None
        session.add(each.invitation)
    await _tell(session, gathering, "moved", (each.volunteer for each in invited))
    return gathering


async def cancel(session: AsyncSession, by: Acting, gathering_id: UUID) -> Gathering:
    """It does not take place. Whoever was invited and has not said no is told."""
    gathering = await _to_come(session, by, gathering_id)
    gathering.cancelled_at = by.now
    gathering.revision += 1
    session.add(gathering)
    invited = await invited_to(session, gathering.id)
    await _tell(
        session, gathering, "cancelled", (each.volunteer for each in invited if each.invitation.comes is not False)
    )
    return gathering


async def invite(session: AsyncSession, by: Acting, gathering_id: UUID, wanted: Invite) -> int:
    """Invite whoever is chosen, or all who fit; how many these are. Whoever is invited already is not again."""
    gathering = await _to_come(session, by, gathering_id)
    if not wanted.everybody and not wanted.volunteers:
        raise Invalid("volunteers", "Bitte auswählen, wer eingeladen wird, oder alle einladen.")
    people = await could_be_invited(session, gathering, wanted.kinds if wanted.everybody else ())
    if not wanted.everybody:
        people = [person for person in people if person.id in wanted.volunteers]
    if not people:
        raise Conflict("Alle, die dazu passen, sind schon eingeladen.")
    session.add_all(Invitation(gathering_id=gathering.id, volunteer_id=each.id, invited_at=by.now) for each in people)
    await session.flush()
    for person in people:
        await mails.write(session, MailKind.INVITATION, person, gathering_id=gathering.id, what="invited")
    return len(people)


async def reply(session: AsyncSession, by: Acting, gathering_id: UUID, wanted: Reply) -> Invitation:
    """An invited volunteer has told the team whether they come."""
    gathering = await _to_come(session, by, gathering_id)
    return await _answer(session, gathering, wanted.volunteer_id, wanted.comes)


async def answer_by_link(
    session: AsyncSession, gathering_id: UUID, volunteer_id: UUID, comes: bool, now: datetime
) -> Invitation:
    """An invited volunteer says whether they come; until it begins they may say otherwise."""
    gathering = await session.get(Gathering, gathering_id, with_for_update=True, populate_existing=True)
    if gathering is None:
        raise Missing("Das Treffen")
    _check_to_come(gathering, now)
    return await _answer(session, gathering, volunteer_id, comes)


async def note_attendance(session: AsyncSession, by: Acting, gathering_id: UUID, wanted: Attended) -> Gathering:
    """Who was there, also without an invitation; said again, it is corrected.

    Each is told once with its minutes; who was entered by mistake is told with none.
    """
    gathering = await gathering_for(session, by, gathering_id, lock=True)
    if gathering.cancelled_at is not None:
        raise Conflict("Das Treffen wurde abgesagt. Es wurde nichts geändert.")
    if gathering.starts_at > by.now:
        raise Conflict("Das Treffen hat noch nicht begonnen. Bitte erst danach eintragen, wer da war.")
    await _add_uninvited(session, by, gathering, set(wanted.volunteers))
    minutes = int((gathering.ends_at - gathering.starts_at).total_seconds() // 60)
    found = await session.exec(
        select(Invitation)
        .where(Invitation.gathering_id == gathering.id)
        .order_by(col(Invitation.volunteer_id))
        .with_for_update()
    )
    for invitation in found.all():
        was_there = invitation.volunteer_id in wanted.volunteers
        if bool(invitation.attended) != was_there:
            event = TrainingAttended(
                volunteer_id=invitation.volunteer_id,
                gathering_id=gathering.id,
                kind=gathering.kind,
                on=day_of(gathering.starts_at),
                minutes=minutes if was_there else 0,
            )
            await outbox.add(session, event)
        invitation.attended = was_there
        session.add(invitation)
    await session.flush()
    return gathering


async def _add_uninvited(session: AsyncSession, by: Acting, gathering: Gathering, there: Collection[UUID]) -> None:
    known = {each.volunteer.id for each in await invited_to(session, gathering.id)}
    new = set(there) - known
    could = {person.id for person in await could_be_invited(session, gathering)} if new else set()
    if new - could:
        raise Invalid("volunteers", "Eine der Personen gibt es hier nicht (mehr); bitte die Seite neu laden.")
    session.add_all(
        Invitation(gathering_id=gathering.id, volunteer_id=each, invited_at=by.now, comes=True) for each in sorted(new)
    )
    await session.flush()


async def _answer(session: AsyncSession, gathering: Gathering, volunteer_id: UUID, comes: bool) -> Invitation:
    invitation = await session.get(Invitation, (gathering.id, volunteer_id), populate_existing=True)
    if invitation is None:
        raise Conflict("Diese Person ist nicht eingeladen. Es wurde nichts geändert.")
    invitation.comes = comes
    session.add(invitation)
    await session.flush()
    return invitation


async def _tell(session: AsyncSession, gathering: Gathering, what: str, people: Iterable[Volunteer]) -> None:
    """Mail what is true now; what waits to be said, and links to the old time, are overtaken."""
    await session.flush()
    await mails.forget(session, "gathering_id", gathering.id)
    for person in people:
        await mails.write(session, MailKind.INVITATION, person, gathering_id=gathering.id, what=what)


async def _to_come(session: AsyncSession, by: Acting, gathering_id: UUID) -> Gathering:
    gathering = await gathering_for(session, by, gathering_id, lock=True)
    _check_to_come(gathering, by.now)
    return gathering


def _check_to_come(gathering: Gathering, now: datetime) -> None:
    if gathering.cancelled_at is not None:
        raise Conflict("Das Treffen wurde abgesagt. Es wurde nichts geändert.")
    if gathering.starts_at <= now:
        raise Conflict("Das Treffen hat schon begonnen. Es wurde nichts geändert.")
