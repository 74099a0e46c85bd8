"""First visits (Erstbesuche), owed by a move and announced beforehand, and interpreters for them (report, §3.1b)."""

from uuid import UUID

from shared.contracts.base import Event
from shared.contracts.kinds import Day, Flag, Language, Moment, Slug
from shared.contracts.words import District, InterpreterOccasion, VisitOutcome


class FirstVisit(Event):
    """What is true of a first visit after the change.

    A household has at most one open visit: a later first-visit-owed replaces it, household-closed drops it.
    """

    household_id: UUID
    visit_id: UUID
    on: Day
    """The day on which it was owed, announced, made …, as opposed to the day on which it was entered."""
    due_on: Day
    """By when the visit is owed: 14 days after the move unless configured otherwise."""
    at: Moment | None = None
    """When the visit is to take place, or took place."""
    language: Language | None = None
    interpreter_wanted: Flag | None = None
    outcome: VisitOutcome | None = None
    """How the visit, or the last try at it, ended; `not_at_home` leaves it open."""
    district: District


class FirstVisitOwed(
    FirstVisit, name="first-visit-owed", publisher="intake", subject="household_id", district="district"
):
    """A household has moved and is owed a first visit (Erstbesuch fällig)."""


class FirstVisitScheduled(
    FirstVisit, name="first-visit-scheduled", publisher="intake", subject="household_id", district="district"
):
    """A first visit was announced with date, time and language (Erstbesuch angekündigt)."""


class FirstVisitRescheduled(
    FirstVisit, name="first-visit-rescheduled", publisher="intake", subject="household_id", district="district"
):
    """An announced first visit got another date (Erstbesuch verschoben)."""


class FirstVisitCompleted(
    FirstVisit, name="first-visit-completed", publisher="intake", subject="household_id", district="district"
):
    """The household was visited (Erstbesuch erledigt) and thereby reached (§3.1)."""


class FirstVisitMissed(
    FirstVisit, name="first-visit-missed", publisher="intake", subject="household_id", district="district"
):
    """Nobody was at home (niemand angetroffen); the visit is still owed."""


class FirstVisitRefused(
    FirstVisit, name="first-visit-refused", publisher="intake", subject="household_id", district="district"
):
    """The household does not want to be visited (Erstbesuch abgelehnt); it is owed none any more."""


class FirstVisitWaived(
    FirstVisit, name="first-visit-waived", publisher="intake", subject="household_id", district="district"
):
    """The family was met elsewhere, e.g. at the office hours (anderswo angetroffen), and thereby reached."""


class InterpreterRequested(
    Event, name="interpreter-requested", publisher="intake", subject="request_id", district="district"
):
    """Somebody is needed who speaks a language at a time (Dolmetscher gewünscht, §3.1a).

    For the volunteers' service. A request that changes or is withdrawn is published again with the same id.
    """

    request_id: UUID
    occasion: InterpreterOccasion
    language: Language
    at: Moment
    until: Moment | None = None
    household_id: UUID | None = None
    """None at office hours, where nobody knows yet who comes."""
    visit_id: UUID | None = None
    district: District
    neighbourhood: Slug | None = None
    woman_wanted: Flag = False
    minors_present: Flag = False
    """Then nobody without a certificate of good conduct may be asked (§ 72a SGB VIII)."""
    withdrawn: Flag = False
