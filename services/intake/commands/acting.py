"""Who does something, where and when."""

from dataclasses import dataclass
from datetime import date, datetime

from services.intake.domain.days import day_of


@dataclass(frozen=True, slots=True)
class Acting:
    """A member of the site's team at work; `first_visit_due_days` is the site's setting."""

    who: str
    site: str
    now: datetime
    first_visit_due_days: int = 14

    @property
    def today(self) -> date:
        """The calendar day in Dortmund."""
        return day_of(self.now)
