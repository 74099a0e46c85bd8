"""Interpreters wished for: for a first visit, an appointment of a family, the office hours (report, §3.1a).

Each wish has one id under which the volunteers' service hears of it, of what changes, and that nobody is needed any
more. While it stands it is one row; what has ended it is said in the row.
"""

from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.files import File, open_file, write_down
from services.intake.commands.releases import end_releases
from services.intake.commands.sites import NotKnownYet
from services.intake.domain.days import day_of, minors_on
from services.intake.domain.interpreters import check_ahead, end_after, language_to_interpret
from services.intake.domain.members import members_on
from services.intake.domain.visits import VisitState
from services.intake.inputs import Appointment, InterpreterForAppointment, InterpreterForOfficeHours
from services.intake.queries.assignments import wish_of_visit
from services.intake.queries.sites import own_entry
from services.intake.tables import FirstVisit
from services.intake.tables.volunteers import Assignment, InterpreterRequest, WishEnd
from shared.contracts.intake import InterpreterRequested
from shared.contracts.words import District, GrantEnd, InterpreterOccasion
from shared.messaging import outbox
from shared.refusals import Conflict, Invalid, Missing


async def wish_for_visit(session: AsyncSession, by: Acting, file: File, visit: FirstVisit, wanted: Appointment) -> None:
    """Tell whom an announced visit needs, under the same id as before; or that it needs nobody.

    Raises `Invalid` for a wish without a language, or for German. For a visit that is past nobody is asked.
    """
    wish = await wish_of_visit(session, visit.id)
    language = language_to_interpret(wanted.language) if wanted.interpreter_wanted else None
    assert visit.at is not None  # noqa: S101  (it has just been announced)
    if language is None or visit.at <= by.now:
        if wish is not None:
            await _end(session, by, file, wish, WishEnd.WITHDRAWN)
        return
    until = end_after(visit.at, wanted.minutes)
    wish = wish or InterpreterRequest(
        occasion=InterpreterOccasion.FIRST_VISIT,
        household_id=file.household.id,
        visit_id=visit.id,
        language=language,
        at=visit.at,
        until=until,
        created_at=by.now,
        created_by=by.who,
    )
    wish.language, wish.at, wish.until, wish.woman_wanted = language, visit.at, until, wanted.woman_wanted
    wish.consent_on = (wish.consent_on or by.today) if wanted.consent_in_advance else None
    await _tell(session, wish, file)


async def end_wish_of_visit(session: AsyncSession, by: Acting, file: File, visit: FirstVisit) -> None:
    """The visit was made, or will not be. One that was made is over: the volunteers hear of it as such."""
    wish = await wish_of_visit(session, visit.id)
    if wish is not None:
        made = visit.state is VisitState.COMPLETED
        await _end(session, by, file, wish, WishEnd.OVER if made else WishEnd.WITHDRAWN)


async def wish_for_appointment(
    session: AsyncSession, by: Acting, household_id: UUID, wanted: InterpreterForAppointment
) -> InterpreterRequest:
    """Somebody is to interpret at an appointment of the family. Raises `Invalid`, `Conflict`, `Missing`."""
    file = await open_file(session, household_id)
    file.require_open()
    wish = InterpreterRequest(
        occasion=InterpreterOccasion.APPOINTMENT,
        household_id=household_id,
        language=language_to_interpret(wanted.language),
        at=check_ahead(wanted.at, by.now),
        until=end_after(wanted.at, wanted.minutes),
        woman_wanted=wanted.woman_wanted,
        consent_on=by.today if wanted.consent_in_advance else None,
        created_at=by.now,
        created_by=by.who,
    )
    await _tell(session, wish, file)
    _write_down(session, by, wish, "interpreter_wished")
    return wish


async def wish_for_office_hours(
    session: AsyncSession, by: Acting, wanted: InterpreterForOfficeHours
) -> InterpreterRequest:
    """Somebody is to interpret during office hours, for whoever comes. Raises `Invalid`, `NotKnownYet`."""
    wish = InterpreterRequest(
        occasion=InterpreterOccasion.OFFICE_HOURS,
        language=language_to_interpret(wanted.language),
        at=check_ahead(wanted.at, by.now),
        until=wanted.until,
        woman_wanted=wanted.woman_wanted,
        created_at=by.now,
        created_by=by.who,
    )
    if not wish.at < wish.until or day_of(wish.at) != day_of(wish.until):
        raise Invalid("until", "Das Ende muss am selben Tag nach dem Anfang liegen.")
    await _tell(session, wish, None, await _own_district(session, by.site))
    return wish


async def withdraw_wish(session: AsyncSession, by: Acting, request_id: UUID) -> InterpreterRequest:
    """Nobody is needed any more. That of a first visit is taken back with the visit's appointment.

    Raises `Missing`, and `Conflict` for one that has ended or belongs to a visit.
    """
    wish = await session.get(InterpreterRequest, request_id)
    if wish is None:
        raise Missing("Der Dolmetschwunsch")
    file = await open_file(session, wish.household_id) if wish.household_id is not None else None
    await session.refresh(wish, with_for_update=True)
    if file is not None:
        file.require_in_charge()
    if wish.visit_id is not None:
        raise Conflict("Dieser Wunsch gehört zu einem Erstbesuch. Bitte dort den Termin ändern.")
    if wish.ended_at is not None:
        raise Conflict("Dieser Dolmetschwunsch ist schon beendet.")
    district = None if file is not None else await _own_district(session, by.site)
    await _end(session, by, file, wish, WishEnd.WITHDRAWN, district)
    if file is not None:
        _write_down(session, by, wish, "interpreter_unwished")
    return wish


async def end_wishes(session: AsyncSession, by: Acting, file: File, because: WishEnd = WishEnd.WITHDRAWN) -> None:
    """Nobody is needed for this family any more, or another site asks anew."""
    for wish in await _standing(session, file.household.id):
        await _end(session, by, file, wish, because)


async def retell_wishes(session: AsyncSession, by: Acting, file: File) -> None:
    """What a wish says of the family has changed: where it lives, whether minors live there, whose file it is."""
    for wish in await _standing(session, file.household.id):
        if wish.at > by.now:
            await _tell(session, wish, file)


async def wish_anew(session: AsyncSession, by: Acting, file: File) -> None:
    """Wish under ids of this site for what the handing over has ended and still lies ahead."""
    found = await session.exec(
        select(InterpreterRequest)
        .where(
            InterpreterRequest.household_id == file.household.id,
            InterpreterRequest.ended_because == WishEnd.HANDED_OVER,
            col(InterpreterRequest.at) > by.now,
        )
        .order_by(col(InterpreterRequest.id))
    )
    for old in found.all():
        old.ended_because = WishEnd.WITHDRAWN  # once is enough, however often the file goes on
        session.add(old)
        if old.visit_id is None or await _is_announced(session, old.visit_id):
            kept = old.model_dump(exclude={"id", "ended_at", "ended_because"})
            await _tell(session, InterpreterRequest(**kept), file)


async def _is_announced(session: AsyncSession, visit_id: UUID) -> bool:
    visit = await session.get(FirstVisit, visit_id)
    return visit is not None and visit.state is VisitState.SCHEDULED


async def _standing(session: AsyncSession, household_id: UUID) -> list[InterpreterRequest]:
    found = await session.exec(
        select(InterpreterRequest)
        .where(InterpreterRequest.household_id == household_id, col(InterpreterRequest.ended_at).is_(None))
        .order_by(col(InterpreterRequest.id))
    )
    return list(found.all())


async def _own_district(session: AsyncSession, site: str) -> District:
    """Where the site's office is, as far as the register says: its first own district."""
    entry = await own_entry(session, site)
    if entry is None or not entry.districts:
        raise NotKnownYet
    return District(entry.districts[0])


async def _end(
    session: AsyncSession,
    by: Acting,
    file: File | None,
    wish: InterpreterRequest,
    because: WishEnd,
    district: District | None = None,
) -> None:
    """End it; the volunteers hear of it if they could still come, and whoever would have come sees nothing more."""
    if wish.at <= by.now:
        because = WishEnd.OVER
    wish.ended_at, wish.ended_because = by.now, because
    if because is WishEnd.OVER:
        session.add(wish)
        await session.flush()
        return
    await _tell(session, wish, file, district)
    if file is not None:
        for assignment in (await session.exec(select(Assignment.id).where(Assignment.request_id == wish.id))).all():
            await end_releases(session, by, file, GrantEnd.REVOKED, assignment_id=assignment)


async def _tell(
    session: AsyncSession, wish: InterpreterRequest, file: File | None, district: District | None = None
) -> None:
    session.add(wish)
    await session.flush()
    place = file.place if file is not None else {"district": district}
    await outbox.add(
        session,
        InterpreterRequested(
            request_id=wish.id,
            occasion=wish.occasion,
            language=wish.language,
            at=wish.at,
            until=wish.until,
            household_id=wish.household_id,
            visit_id=wish.visit_id,
            woman_wanted=wish.woman_wanted,
            minors_present=file is not None and _with_minors(file, wish.at),
            withdrawn=wish.ended_at is not None,
            **place,
        ),
    )


def _with_minors(file: File, at: datetime) -> bool:
    day = day_of(at)
    return minors_on([person.birth_date for person in members_on(file.persons, day)], day) > 0


def _write_down(session: AsyncSession, by: Acting, wish: InterpreterRequest, kind: str) -> None:
    assert wish.household_id is not None  # noqa: S101  (at office hours there is no file)
    write_down(session, by, wish.household_id, kind, at=wish.at, language=wish.language)
