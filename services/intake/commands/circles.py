"""A person's legal circle changes, and with it the authority in charge (report, §3.1b, §5)."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.authorities import keep_authorities_told
from services.intake.commands.files import open_file, state_anew, write_down
from services.intake.domain.circles import Change
from services.intake.domain.people import check_member
from services.intake.inputs import ChangeLegalCircle
from services.intake.tables import LegalCircleChange
from shared.contracts.intake import LegalCircleChanged
from shared.messaging import outbox


async def change_legal_circle(
    session: AsyncSession, by: Acting, household_id: UUID, person_id: UUID, wanted: ChangeLegalCircle
) -> Change:
    """Enter from which day on a person is in a legal circle; the day may lie ahead or back.

    Where a later change is known already, it is told again, because it now starts from another circle. The old and
    the new authority must both hear of it. Raises `Conflict` if the person is in that circle on that day anyway,
    `Invalid` for a day on which the person does not belong to the household.
    """
    file = await open_file(session, household_id)
    file.require_open()
    person = file.person(person_id)
    check_member(person, wanted.on)
    told = file.histories[person_id].change(wanted.legal_circle, wanted.on, by.today, person.birth_date)
    entry = insert(LegalCircleChange).values(
        person_id=person_id, on=wanted.on, legal_circle=wanted.legal_circle, recorded_at=by.now
    )
    await session.execute(
        entry.on_conflict_do_update(
            index_elements=["person_id", "on"],
            set_={"legal_circle": entry.excluded.legal_circle, "recorded_at": entry.excluded.recorded_at},
        )
    )
    for change in told:
        if person.left_on is not None and change.on >= person.left_on:
            continue  # announced before the person left; no authority waits for it any more
        await outbox.add(
            session,
            LegalCircleChanged.model_validate(
                {
                    "household_id": household_id,
                    "person_id": person_id,
                    "from": change.before,
                    "to": change.after,
                    "on": change.on,
                    "district": file.residence.district,
                }
            ),
        )
    if person.left_on is not None:  # who counts persons by changes must hear that this one still does not count
        later = [day for day in file.histories[person_id].changes if day > person.left_on]
        await state_anew(session, file, person.left_on, also=later)
    await keep_authorities_told(session, by, file, person)
    write_down(
        session,
        by,
        household_id,
        "legal_circle",
        on=wanted.on,
        person_id=str(person_id),
        before=told[0].before,
        after=told[0].after,
    )
    return told[0]
