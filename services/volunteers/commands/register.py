"""The register: who helps, as the team enters and changes it, with what follows from a change (report, 3.1c).

Of the certificate of good conduct two days are kept and nothing of its content (§ 72a Abs. 5 SGB VIII, domain rule 9).
"""

from calendar import monthrange
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.commands import mails
from services.volunteers.commands.acting import Acting
from services.volunteers.commands.known import households
from services.volunteers.commands.mails import MailKind
from services.volunteers.commands.mentorships import running_of
from services.volunteers.commands.rules import hold, keep_rules
from services.volunteers.commands.told import offers_of, tell_volunteer
from services.volunteers.domain.asking import VolunteerState
from services.volunteers.queries.visible import districts_of
from services.volunteers.register_inputs import (
    EnterVolunteer,
    LanguageIn,
    NameConflict,
    Pause,
    Profile,
    SetCertificate,
    SetConfidentiality,
)
from services.volunteers.tables import Conflict as KeptApart
from services.volunteers.tables import KnownHousehold, Volunteer, VolunteerLanguage
from shared.contracts import volunteers as events
from shared.contracts.words import District, VolunteerKind
from shared.refusals import Conflict, Invalid, Missing

_LISTS = {"languages", "certificate", "confidentiality_on"}
"""What does not stand in the volunteer's row as it comes in."""


async def enter(session: AsyncSession, by: Acting, entered: EnterVolunteer, months: int) -> Volunteer:
    """Somebody whom the team has met helps from now on; `months`: for how long a certificate counts.

    Raises `Invalid` for an address that is in the register, and for districts that are not the team's.
    """
    if not entered.kinds:
        raise Invalid("kinds", "Bitte angeben, wobei die Person hilft.")
    await _within(session, by, entered.districts)
    await _make_way(session, entered.email)
    volunteer = Volunteer(
        **_row(entered), state=VolunteerState.ACTIVE, via=by.via, registered_at=by.now, confirmed_at=by.now
    )
    volunteer.confidentiality_on = _not_in_future(by, "confidentiality_on", entered.confidentiality_on)
    if entered.certificate is not None:
        _take_certificate(by, volunteer, entered.certificate, months)
    await _write(session, volunteer)
    await _set_languages(session, volunteer.id, entered.languages)
    await _is_at_work(session, by, volunteer)
    return volunteer


async def change(session: AsyncSession, by: Acting, volunteer_id: UUID, profile: Profile) -> Volunteer:
    """Who they are and what they offer is this from now on. Raises as `enter`, and `Conflict` for one who has left."""
    volunteer = await hold(session, by, volunteer_id)
    _is_here(volunteer)
    if volunteer.state is VolunteerState.ACTIVE:
        await _leaves_no_gap(session, volunteer, profile)
    if profile.districts != volunteer.districts:
        await _within(session, by, profile.districts)
    await _make_way(session, profile.email, but=volunteer_id)
    before = await offers_of(session, volunteer)
    narrower = not set(volunteer.kinds) <= set(profile.kinds) or volunteer.woman != profile.woman
    for name, value in _row(profile).items():
        setattr(volunteer, name, value)
    volunteer.changed_at = by.now
    await _write(session, volunteer)
    await _set_languages(session, volunteer_id, profile.languages)
    if volunteer.state is VolunteerState.ACTIVE:
        if narrower:
            await keep_rules(session, by, volunteer_id)
        if before != await offers_of(session, volunteer):
            await _tell_changed(session, by, volunteer)
    return volunteer


async def activate(session: AsyncSession, by: Acting, volunteer_id: UUID) -> Volunteer:
    """The team has met somebody who registered: they are asked from now on. Said again, it changes nothing."""
    volunteer = await hold(session, by, volunteer_id)
    if volunteer.state is VolunteerState.ACTIVE:
        return volunteer
    _is_here(volunteer)
    if volunteer.state is not VolunteerState.NEW:
        raise Conflict("Die Adresse ist noch nicht bestätigt.")
    if not volunteer.kinds:
        raise Conflict("Bitte zuerst eintragen, wobei die Person hilft.")
    volunteer.state, volunteer.changed_at = VolunteerState.ACTIVE, by.now
    session.add(volunteer)
    await session.flush()
    await _is_at_work(session, by, volunteer)
    return volunteer


async def set_certificate(
    session: AsyncSession, by: Acting, volunteer_id: UUID, shown: SetCertificate, months: int
) -> Volunteer:
    """A certificate was looked at, or there is none any more: then what needs one is called off."""
    volunteer = await hold(session, by, volunteer_id)
    _is_here(volunteer)
    _take_certificate(by, volunteer, shown, months)
    return await _kept(session, by, volunteer)


async def set_confidentiality(
    session: AsyncSession, by: Acting, volunteer_id: UUID, undertaken: SetConfidentiality
) -> Volunteer:
    """They undertook it on a day, or have not: then they neither interpret nor stand by a family."""
    volunteer = await hold(session, by, volunteer_id)
    _is_here(volunteer)
    volunteer.confidentiality_on = _not_in_future(by, "on", undertaken.on)
    return await _kept(session, by, volunteer)


async def pause(session: AsyncSession, by: Acting, volunteer_id: UUID, wanted: Pause) -> Volunteer:
    """Nobody asks them until that day; what was promised stays promised."""
    volunteer = await hold(session, by, volunteer_id)
    if volunteer.state is not VolunteerState.ACTIVE:
        raise Conflict("Diese Person hilft zurzeit nicht mit.")
    if wanted.until is not None and wanted.until < by.today:
        raise Invalid("until", "Der letzte Tag der Pause liegt in der Vergangenheit.")
    if volunteer.paused_until == wanted.until:
        return volunteer
    volunteer.paused_until, volunteer.changed_at = wanted.until, by.now
    session.add(volunteer)
    await session.flush()
    await _tell_changed(session, by, volunteer)
    return volunteer


async def name_conflict(session: AsyncSession, by: Acting, volunteer_id: UUID, named: NameConflict) -> KeptApart:
    """They and a household are not to meet, whoever of them said so; what was agreed between them ends."""
    volunteer = await hold(session, by, volunteer_id)
    _is_here(volunteer)
    household_id = await _known_here(session, by, named.household_id)
    kept = await _kept_apart(session, volunteer_id, household_id)
    if kept is not None:
        return kept
    kept = KeptApart(
        volunteer_id=volunteer_id,
        household_id=household_id,
        by_volunteer=named.by_volunteer or by.volunteer_id is not None,
        named_on=by.today,
    )
    session.add(kept)
    await _kept(session, by, volunteer)
    return kept


async def remove_conflict(session: AsyncSession, by: Acting, volunteer_id: UUID, household_id: UUID) -> None:
    """They may meet again. Raises `Missing` where nobody had said anything."""
    await hold(session, by, volunteer_id)
    kept = await _kept_apart(session, volunteer_id, await _known_here(session, by, household_id))
    if kept is None:
        raise Missing("Der Eintrag")
    await session.delete(kept)
    await session.flush()


def months_later(day: date, months: int) -> date:
    """The same day so many months later; the last one of a month that is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _row(profile: Profile) -> dict[str, Any]:
    row = profile.model_dump(exclude=_LISTS)
    return row | {name: [each.value for each in row[name]] for name in ("kinds", "districts")}


def _is_here(volunteer: Volunteer) -> None:
    if volunteer.state is VolunteerState.LEFT:
        raise Conflict("Diese Person ist ausgeschieden.")


def _not_in_future(by: Acting, field: str, day: date | None) -> date | None:
    if day is not None and day > by.today:
        raise Invalid(field, "Der Tag liegt in der Zukunft.")
    return day


def _take_certificate(by: Acting, volunteer: Volunteer, shown: SetCertificate, months: int) -> None:
    inspected = _not_in_future(by, "inspected_on", shown.inspected_on)
    volunteer.certificate_inspected_on = inspected
    volunteer.certificate_due_on = shown.due_on or (months_later(inspected, months) if inspected else None)


async def _within(session: AsyncSession, by: Acting, districts: list[District]) -> None:
    """A team enters whom it sees afterwards."""
    if by.site is None or not districts:
        return
    if not set(districts) & set(await districts_of(session, by.site)):
        raise Invalid("districts", "Bitte mindestens einen Stadtbezirk des Standorts wählen, oder keinen: ganze Stadt.")


async def _make_way(session: AsyncSession, email: str | None, but: UUID | None = None) -> None:
    """Whoever has registered with this address and not confirmed it is not waited for any longer."""
    if email is None:
        return
    gone = await session.exec(
        select(Volunteer.id).where(
            func.lower(Volunteer.email) == email.lower(),
            Volunteer.state == VolunteerState.UNCONFIRMED,
            col(Volunteer.id).is_distinct_from(but),
        )
    )
    if ids := gone.all():
        await session.execute(delete(Volunteer).where(col(Volunteer.id).in_(ids)))
        await mails.forget(session, "volunteer_id", *ids)


async def _write(session: AsyncSession, volunteer: Volunteer) -> None:
    session.add(volunteer)
    try:
        async with session.begin_nested():
            await session.flush()
    except IntegrityError as error:
        if "uq_volunteer_email" in str(error):
            raise Invalid("email", "Diese E-Mail-Adresse ist schon im Verzeichnis.") from error
        raise


async def _set_languages(session: AsyncSession, volunteer_id: UUID, languages: list[LanguageIn]) -> None:
    await session.execute(delete(VolunteerLanguage).where(col(VolunteerLanguage.volunteer_id) == volunteer_id))
    session.add_all(VolunteerLanguage(volunteer_id=volunteer_id, **known.model_dump()) for known in languages)
    await session.flush()


async def _leaves_no_gap(session: AsyncSession, volunteer: Volunteer, profile: Profile) -> None:
    if not profile.kinds:
        raise Invalid("kinds", "Bitte angeben, wobei die Person hilft.")
    no_mentor = VolunteerKind.MENTOR in volunteer.kinds and VolunteerKind.MENTOR not in profile.kinds
    if no_mentor and await running_of(session, volunteer_id=volunteer.id):
        raise Invalid("kinds", "Es läuft noch eine Patenschaft. Bitte diese zuerst beenden.")


async def _is_at_work(session: AsyncSession, by: Acting, volunteer: Volunteer) -> None:
    await mails.write(session, MailKind.WELCOME, volunteer)
    await tell_volunteer(session, volunteer, events.VolunteerRegistered, by.today)


async def _tell_changed(session: AsyncSession, by: Acting, volunteer: Volunteer) -> None:
    await tell_volunteer(session, volunteer, events.VolunteerChanged, by.today, paused_until=volunteer.paused_until)


async def _kept(session: AsyncSession, by: Acting, volunteer: Volunteer) -> Volunteer:
    volunteer.changed_at = by.now
    session.add(volunteer)
    await session.flush()
    if volunteer.state is VolunteerState.ACTIVE:
        await keep_rules(session, by, volunteer.id)
    return volunteer


async def _known_here(session: AsyncSession, by: Acting, household_id: UUID) -> UUID:
    """The file that goes on for a household that the team's site is in charge of. Raises `Missing`."""
    current = await households.current_id(session, household_id)
    known = await session.get(KnownHousehold, current)
    if known is None or (by.site is not None and known.site != by.site):
        raise Missing("Der Haushalt")
    return current


async def _kept_apart(session: AsyncSession, volunteer_id: UUID, household_id: UUID) -> KeptApart | None:
    found = await session.exec(
        select(KeptApart).where(KeptApart.volunteer_id == volunteer_id, KeptApart.household_id == household_id)
    )
    return found.first()
