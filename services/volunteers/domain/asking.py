"""How volunteers are asked: states of requests and assignments, and how long one waits for an answer (ours)."""

from datetime import datetime, time, timedelta
from enum import StrEnum

from shared.days import BERLIN


class VolunteerState(StrEnum):
    """Stand einer oder eines Ehrenamtlichen."""

    UNCONFIRMED = "unconfirmed"
    """Registered on the public page; the mail's link was not opened yet."""
    NEW = "new"
    """The address is confirmed; the team has not met them yet."""
    ACTIVE = "active"
    LEFT = "left"


class RequestState(StrEnum):
    """Stand einer Anfrage."""

    SUGGESTED = "suggested"
    """Something was told that a volunteer might help with; the team decides."""
    OPEN = "open"
    """Somebody is looked for."""
    FILLED = "filled"
    """Somebody has said yes."""
    DONE = "done"
    UNFILLED = "unfilled"
    """Its time came and nobody was there."""
    WITHDRAWN = "withdrawn"


class AssignmentState(StrEnum):
    """Stand des Einsatzes einer oder eines Gefragten."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


class Origin(StrEnum):
    """Woher eine Anfrage kommt."""

    HAND = "hand"
    SITE = "site"
    """The site's `interpreter-requested`."""
    NEED = "need"
    REFERRAL = "referral"
    STANDING = "standing"
    """The languages that a site wants at each of its office hours."""


WANTED_STATES = frozenset({RequestState.SUGGESTED, RequestState.OPEN, RequestState.FILLED})
"""What still lies ahead."""
BOOKED = frozenset({AssignmentState.ACCEPTED, AssignmentState.COMPLETED})
"""Of one volunteer, no two of these at the same time."""
STANDING = frozenset({AssignmentState.OFFERED, AssignmentState.ACCEPTED})

STRAINED = 4
"""From this rating of 5 on an assignment was hard (ours)."""
REST = timedelta(days=14)
"""So long nobody is asked after a hard one (ours)."""

_QUIET_FROM, _QUIET_UNTIL = time(21), time(9)
_SHORTEST = timedelta(minutes=30)


def answer_by(now: datetime, starts_at: datetime | None, hours: float) -> datetime:
    """Until when an answer counts: after `hours`, sooner where the time presses, and not in the night.

    No more than a quarter of what is left until it begins, so that others can still be asked; half an hour at least. A
    deadline between 21 and 9 o'clock is put off until 9, as long as that is before the beginning.
    """
    wait = timedelta(hours=hours)
    if starts_at is None:
        return _after_the_night(now + wait)
    wait = max(_SHORTEST, min(wait, (starts_at - now) / 4))
    later = _after_the_night(now + wait)
    return later if later < starts_at else now + wait


def _after_the_night(moment: datetime) -> datetime:
    local = moment.astimezone(BERLIN)
    if _QUIET_UNTIL <= local.time() < _QUIET_FROM:
        return moment
    day = local.date() + timedelta(days=local.time() >= _QUIET_FROM)
    return datetime.combine(day, _QUIET_UNTIL, BERLIN).astimezone(moment.tzinfo)
