"""A person's legal circle changes, and with it the authority in charge (report, §3.1b, §5)."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.files import open_file, write_down
from services.intake.domain.circles import Change
from services.intake.inputs import ChangeLegalCircle
from services.intake.tables import LegalCircleChange
from shared.contracts.intake import LegalCircleChanged
from shared.messaging import outbox


async def change_legal_circle(
    session: AsyncSession, by: Acting, household_id: UUID, person_id: UUID, wanted: ChangeLegalCircle
) -> Change:
    """Enter from which day on a person is in a legal circle; the day may lie ahead or back.

    Where a later change is known already, it is told again, because it now starts from another circle. Raises
    `Conflict` if the person is in that circle on that day anyway.
    """
    file = await open_file(session, household_id)
    file.require_open()
    person = file.person(person_id)
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
