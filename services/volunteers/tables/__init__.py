"""The volunteers' database: what is kept, and the constraints that are the last guard of the rules."""

from services.volunteers.tables.base import Via, metadata
from services.volunteers.tables.care import Gathering, Invitation, Thanks
from services.volunteers.tables.known import ErasedHousehold, KnownHousehold, SiteEntry
from services.volunteers.tables.register import (
    Absence,
    Availability,
    Conflict,
    Volunteer,
    VolunteerLanguage,
    WeeklyBlock,
)
from services.volunteers.tables.requests import (
    Assignment,
    HelpRequest,
    Mentorship,
    MentorshipHours,
    RequestStep,
    RotaLine,
    RotaRun,
    StandingWish,
)
from shared.mail import mail_tables
from shared.messaging import delivery_tables
from shared.web import idempotency

delivery_tables(metadata)
idempotency.idempotency_table(metadata)
mail_tables(metadata)

__all__ = [
    "Absence",
    "Assignment",
    "Availability",
    "Conflict",
    "ErasedHousehold",
    "Gathering",
    "HelpRequest",
    "Invitation",
    "KnownHousehold",
    "Mentorship",
    "MentorshipHours",
    "RequestStep",
    "RotaLine",
    "RotaRun",
    "SiteEntry",
    "StandingWish",
    "Thanks",
    "Via",
    "Volunteer",
    "VolunteerLanguage",
    "WeeklyBlock",
    "metadata",
]
