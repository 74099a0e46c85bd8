"""A volunteer's own assignments over HTTP, for accounts with the role `volunteer`."""

from uuid import UUID

from services.volunteers.api.requests import AssignmentOut, Decline
from services.volunteers.commands import assignments
from services.volunteers.commands.acting import Acting
from services.volunteers.commands.own import at_work
from services.volunteers.desk import ByVolunteer
from services.volunteers.queries.own import own_page
from services.volunteers.tables import Volunteer
from shared.refusals import Forbidden
from shared.web.routing import Session, api_router

router = api_router("/volunteers/api/v1/own", tags=["Eigenes"])


async def _me(session: Session, by: Acting) -> Volunteer:
    """Raises `Forbidden` for an account that is no volunteer's, or of one who has left."""
    volunteer = await at_work(session, by.volunteer_id) if by.volunteer_id else None
    if volunteer is None:
        raise Forbidden("Zu diesem Konto gehört niemand im Verzeichnis der Ehrenamtlichen.")
    return volunteer


@router.get("/assignments")
async def list_own(by: ByVolunteer, session: Session) -> list[AssignmentOut]:
    """What I am asked, have promised and did, of the last year."""
    page = await own_page(session, await _me(session, by), by.now)
    return [AssignmentOut.of(assignment) for assignment, _ in (*page.asked, *page.coming, *page.past)]


@router.post("/assignments/{assignment_id}/accept")
async def accept(by: ByVolunteer, session: Session, assignment_id: UUID) -> AssignmentOut:
    """Yes, I come."""
    await _me(session, by)
    return AssignmentOut.of(await assignments.accept(session, by, assignment_id))


@router.post("/assignments/{assignment_id}/decline")
async def decline(by: ByVolunteer, session: Session, assignment_id: UUID, how: Decline) -> AssignmentOut:
    """No; what was promised is called off by it."""
    await _me(session, by)
    found = await assignments.decline(session, by, assignment_id, not_such_times=how.not_such_times)
    return AssignmentOut.of(found)
