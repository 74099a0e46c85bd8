"""Letters of thanks: to one, or to all who have helped in these days (report, 4.1)."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.care_inputs import Thank, ThankMany
from services.volunteers.commands import mails
from services.volunteers.commands.acting import Acting
from services.volunteers.commands.mails import MailKind
from services.volunteers.domain.asking import VolunteerState
from services.volunteers.queries.hours import Hours, hours_of, hours_of_all
from services.volunteers.queries.visible import visible_at, volunteer_for
from services.volunteers.tables import Thanks, Volunteer
from shared.refusals import Conflict, Invalid, Missing

Helper = tuple[Volunteer, Hours]


async def thank(session: AsyncSession, by: Acting, volunteer_id: UUID, wanted: Thank) -> Thanks:
    """A letter to one volunteer, and a mail with the same where an address is known."""
    check_days(wanted.begin, wanted.to, by.today)
    volunteer = await volunteer_for(session, by, volunteer_id)
    if volunteer.state is not VolunteerState.ACTIVE:
        raise Conflict("Diese Person hilft zurzeit nicht mit.")
    if (await hours_of(session, volunteer.id, wanted.begin, wanted.to)).is_empty:
        raise Conflict("In diesem Zeitraum ist nichts eingetragen, wofür sich danken ließe; bitte die Tage prüfen.")
    return await _write(session, by, volunteer, wanted)


async def thank_many(session: AsyncSession, by: Acting, wanted: ThankMany) -> list[Thanks]:
    """The same to all who have helped in these days, or to those of them who are chosen."""
    check_days(wanted.begin, wanted.to, by.today)
    if not wanted.everybody and not wanted.volunteers:
        raise Invalid("volunteers", "Bitte auswählen, wem gedankt wird, oder allen danken.")
    people = [volunteer for volunteer, _ in await who_helped(session, by.site, wanted.begin, wanted.to)]
    if not wanted.everybody:
        people = [person for person in people if person.id in wanted.volunteers]
    if not people:
        raise Conflict("In diesem Zeitraum hat niemand geholfen; bitte die Tage prüfen.")
    return [await _write(session, by, person, wanted) for person in people]


async def letter_for(session: AsyncSession, by: Acting, thanks_id: UUID) -> tuple[Thanks, Volunteer, Hours]:
    """A letter, to whom it goes and for what. Raises `Missing` where the site does not see the volunteer."""
    letter = await session.get(Thanks, thanks_id)
    if letter is None:
        raise Missing("Der Dankbrief")
    volunteer = await volunteer_for(session, by, letter.volunteer_id)
    return letter, volunteer, await hours_of(session, volunteer.id, letter.from_on, letter.until_on)


async def who_helped(session: AsyncSession, site: str | None, begin: date, until: date) -> Sequence[Helper]:
    """Everybody at work whom the site sees and who has done something in these days, by name."""
    found = await session.exec(
        select(Volunteer)
        .where(Volunteer.state == VolunteerState.ACTIVE, visible_at(site))
        .order_by(col(Volunteer.family_name), col(Volunteer.given_name), col(Volunteer.id))
    )
    people = found.all()
    hours = await hours_of_all(session, [person.id for person in people], begin, until)
    return [(person, hours[person.id]) for person in people if not hours[person.id].is_empty]


def check_days(begin: date, until: date, today: date) -> None:
    """Raises `Invalid` where they end before they begin, or have not come yet."""
    if until < begin:
        raise Invalid("to", "Das Ende des Zeitraums liegt vor dem Anfang.")
    if begin > today:
        raise Invalid("from", "Der Zeitraum liegt in der Zukunft; bitte die Tage prüfen.")


async def _write(session: AsyncSession, by: Acting, volunteer: Volunteer, wanted: Thank) -> Thanks:
    letter = Thanks(
        volunteer_id=volunteer.id, on_day=by.today, from_on=wanted.begin, until_on=wanted.to, words=wanted.words
    )
    session.add(letter)
    await session.flush()
    await mails.write(session, MailKind.THANKS, volunteer, thanks_id=letter.id)
    return letter
