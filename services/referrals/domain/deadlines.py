"""When a partner that has not answered is reminded, when the team takes it up, when a referral expires (rule 8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from shared.days import add_working_days, day_of, end_of


@dataclass(frozen=True, slots=True)
class Terms:
    """Working days without an answer: of the settings, or a partner's own."""

    reminder: int
    escalation: int
    expiry: int


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The moments at which the days are over."""

    remind_at: datetime
    escalate_at: datetime
    expire_at: datetime


def deadlines(asked_at: datetime, terms: Terms, closures: Sequence[tuple[date, date]]) -> Deadlines:
    """Each at the end (24:00 in Dortmund) of its working day; days of a closure do not count (ours)."""
    asked = day_of(asked_at)
    return Deadlines(
        *(end_of(add_working_days(asked, days, closures)) for days in (terms.reminder, terms.escalation, terms.expiry))
    )
