"""Who does something, for whom and when."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from services.volunteers.tables import Via
from shared.days import day_of
from shared.web.tokens import Role


@dataclass(frozen=True, slots=True)
class Acting:
    """Somebody at work: a team member with the site, a volunteer with their id, or the service itself."""

    who: str
    role: Role | None
    site: str | None
    volunteer_id: UUID | None
    now: datetime
    via: Via

    @property
    def today(self) -> date:
        """The calendar day in Dortmund."""
        return day_of(self.now)

    def everywhere(self) -> "Acting":
        """The same one where what follows concerns other sites as well: a rule holds in the whole city."""
        return replace(self, site=None)


def service(now: datetime, via: Via) -> Acting:
    """The service itself: a time has run out, or an event has come."""
    return Acting("lokal willkommen", None, None, None, now, via)


def volunteer(volunteer_id: UUID, now: datetime, via: Via) -> Acting:
    """A volunteer, on their own page or by a link from a mail. Their number, so that no name is kept elsewhere."""
    return Acting(str(volunteer_id), Role.VOLUNTEER, None, volunteer_id, now, via)
