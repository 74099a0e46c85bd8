"""Volunteers (Ehrenamtliche): who is there, who was asked, who came, who stands by a household (report, 3.1a, 3.1c).

Everything is about the whole city's register; `site` is the site that an assignment or a mentorship is for. Who a
volunteer is, and how to reach them, never leaves the register: what is told are ids, languages and days.
"""

from uuid import UUID

from shared.contracts.base import Event
from shared.contracts.kinds import Count, Day, Flag, Language, Moment, Slug
from shared.contracts.words import (
    AssignmentCancelReason,
    AssignmentDeclineReason,
    District,
    GatheringKind,
    MentorshipEnd,
    VolunteerKind,
)

__all__ = [
    "Assignment",
    "AssignmentAccepted",
    "AssignmentCancelled",
    "AssignmentCompleted",
    "AssignmentDeclined",
    "AssignmentOffered",
    "Mentorship",
    "MentorshipEnded",
    "MentorshipStarted",
    "TrainingAttended",
    "Volunteer",
    "VolunteerChanged",
    "VolunteerLeft",
    "VolunteerRegistered",
]


class Volunteer(Event):
    """What the network needs to know of a volunteer after the change."""

    volunteer_id: UUID
    kinds: tuple[VolunteerKind, ...] = ()
    languages: tuple[Language, ...] = ()
    """Which they interpret, besides German."""
    districts: tuple[District, ...] = ()
    """Where they help; empty: in the whole city."""
    organisation: Slug | None = None
    """The partner association to which they belong."""
    on: Day


class VolunteerRegistered(Volunteer, name="volunteer-registered", publisher="volunteers", subject="volunteer_id"):
    """Somebody helps from now on (Ehrenamtliche gewonnen)."""


class VolunteerChanged(Volunteer, name="volunteer-changed", publisher="volunteers", subject="volunteer_id"):
    """What a volunteer offers has changed; or a pause has begun or ended (Angaben geändert, Pause)."""

    paused_until: Day | None = None
    """The last day of a pause."""


class VolunteerLeft(Volunteer, name="volunteer-left", publisher="volunteers", subject="volunteer_id"):
    """A volunteer has left (ausgeschieden). What was asked of them ends with it."""

    erased: Flag
    """Their data is removed: nobody keeps this id either."""


class Assignment(Event):
    """What is true of one volunteer's assignment (Einsatz) after the change."""

    assignment_id: UUID
    request_id: UUID
    """What somebody is needed for; every volunteer that is asked for it has an assignment of their own."""
    volunteer_id: UUID
    kind: VolunteerKind
    site: Slug
    district: District | None = None
    household_id: UUID | None = None
    """None at office hours, and where the one who asked has no file."""
    visit_id: UUID | None = None
    language: Language | None = None
    at: Moment | None = None
    """None where no time is set: a mentor is asked whether, not when."""
    until: Moment | None = None
    on: Day
    """The day on which it happened, as opposed to the day of its entry."""


class AssignmentOffered(
    Assignment,
    name="assignment-offered",
    publisher="volunteers",
    subject="assignment_id",
    site="site",
    district="district",
):
    """A volunteer was asked (angefragt)."""


class AssignmentAccepted(
    Assignment,
    name="assignment-accepted",
    publisher="volunteers",
    subject="assignment_id",
    site="site",
    district="district",
):
    """The volunteer comes (zugesagt); the site opens what they must know to them."""

    minutes_to_match: Count
    """From the request to the yes."""


class AssignmentDeclined(
    Assignment,
    name="assignment-declined",
    publisher="volunteers",
    subject="assignment_id",
    site="site",
    district="district",
):
    """The volunteer does not come (abgesagt), has not answered in time, or was not needed any more."""

    reason: AssignmentDeclineReason


class AssignmentCancelled(
    Assignment,
    name="assignment-cancelled",
    publisher="volunteers",
    subject="assignment_id",
    site="site",
    district="district",
):
    """It had been accepted and does not take place (abgesagt nach Zusage); what was opened for it is closed."""

    reason: AssignmentCancelReason


class AssignmentCompleted(
    Assignment,
    name="assignment-completed",
    publisher="volunteers",
    subject="assignment_id",
    site="site",
    district="district",
):
    """The volunteer was there (erledigt)."""

    minutes: Count
    """How long, with the way."""


class Mentorship(Event):
    """What is true of a mentorship (Patenschaft): one volunteer stands by one household (3.1a)."""

    mentorship_id: UUID
    volunteer_id: UUID
    household_id: UUID
    site: Slug
    district: District | None = None
    organisation: Slug | None = None
    """The partner association that stands behind the volunteer."""
    referral_id: UUID | None = None
    """The referral by which it came about."""
    on: Day


class MentorshipStarted(
    Mentorship,
    name="mentorship-started",
    publisher="volunteers",
    subject="mentorship_id",
    site="site",
    district="district",
):
    """A volunteer stands by a household from this day (Patenschaft begonnen)."""


class MentorshipEnded(
    Mentorship,
    name="mentorship-ended",
    publisher="volunteers",
    subject="mentorship_id",
    site="site",
    district="district",
):
    """A mentorship has ended (Patenschaft beendet)."""

    reason: MentorshipEnd
    minutes: Count
    """What the volunteer has noted of it in all."""


class TrainingAttended(Event, name="training-attended", publisher="volunteers", subject="volunteer_id"):
    """A volunteer took part in a training or an exchange meeting (Schulung, Austauschtreffen; report, 4.3, 5)."""

    volunteer_id: UUID
    gathering_id: UUID
    kind: GatheringKind
    on: Day
    minutes: Count
