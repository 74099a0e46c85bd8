"""Who does something, for whom and when."""

from dataclasses import dataclass
from datetime import date, datetime

from services.referrals.tables import Via
from shared.days import day_of
from shared.web.tokens import Role


@dataclass(frozen=True, slots=True)
class Acting:
    """Somebody at work: a team member with the site, a partner or authority with its slug, or the service itself."""

    who: str
    role: Role | None
    site: str | None
    partner: str | None
    now: datetime
    via: Via

    @property
    def today(self) -> date:
        """The calendar day in Dortmund."""
        return day_of(self.now)


def service(now: datetime, via: Via) -> Acting:
    """The service itself: a timer has run out, or an event has come."""
    return Acting("lokal willkommen", None, None, None, now, via)
