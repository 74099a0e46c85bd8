"""When somebody can come: every week, not at certain times, not on certain days; said anew as a whole."""

from uuid import UUID

from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.commands.acting import Acting
from services.volunteers.queries.visible import volunteer_for
from services.volunteers.register_inputs import SetTimes
from services.volunteers.tables import Absence, Availability, Volunteer, WeeklyBlock


async def set_times(session: AsyncSession, by: Acting, volunteer_id: UUID, times: SetTimes) -> Volunteer:
    """Keep these times and no others; by the team or by the volunteer. What was promised before stays promised.

    Raises `Missing` for somebody whom the one who acts does not see.
    """
    volunteer = await volunteer_for(session, by, volunteer_id, lock=True)
    for table in (Availability, WeeklyBlock, Absence):
        await session.execute(delete(table).where(col(table.volunteer_id) == volunteer_id))  # type: ignore[attr-defined]
    for span in times.available:
        session.add(Availability(volunteer_id=volunteer_id, **span.model_dump()))
    for block in times.blocks:
        session.add(WeeklyBlock(volunteer_id=volunteer_id, **block.model_dump()))
    for absence in times.absences:
        session.add(Absence(volunteer_id=volunteer_id, **absence.model_dump()))
    volunteer.changed_at = by.now
    session.add(volunteer)
    await session.flush()
    return volunteer
