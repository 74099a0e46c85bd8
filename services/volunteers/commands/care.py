"""Care for volunteers: the team has called after a hard assignment (report, 3.1c)."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.commands.acting import Acting
from services.volunteers.queries.visible import volunteer_for
from services.volunteers.tables import Volunteer


async def note_called(session: AsyncSession, by: Acting, volunteer_id: UUID) -> Volunteer:
    """Somebody of the team has called. They go on resting as long as they would; said again, it changes nothing."""
    volunteer = await volunteer_for(session, by, volunteer_id, lock=True)
    volunteer.call_since = None
    session.add(volunteer)
    await session.flush()
    return volunteer
