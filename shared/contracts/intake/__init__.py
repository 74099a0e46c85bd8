"""What a site's intake tells the others: households, first visits, needs, contacts, rights."""

from shared.contracts.intake.agreements import (
    AgreementConcluded,
    AgreementReviewed,
    AgreementWithdrawn,
    ConsentGiven,
    ConsentWithdrawn,
    GrantEnded,
    GrantIssued,
    LegalCircleChanged,
    Recipient,
)
from shared.contracts.intake.contacts import (
    ContactCorrected,
    ContactRecorded,
    OfficeSessionHeld,
    Present,
    Waiting,
)
from shared.contracts.intake.households import (
    HouseholdChanged,
    HouseholdClosed,
    HouseholdErased,
    HouseholdHandedOver,
    HouseholdMerged,
    HouseholdMoved,
    HouseholdRegistered,
    HouseholdUnmerged,
)
from shared.contracts.intake.needs import BarrierRecorded, NeedIdentified, NeedMet
from shared.contracts.intake.visits import (
    FirstVisitCompleted,
    FirstVisitMissed,
    FirstVisitOwed,
    FirstVisitRefused,
    FirstVisitRescheduled,
    FirstVisitScheduled,
    FirstVisitWaived,
    InterpreterRequested,
)
from shared.contracts.kinds import WeeklyTime

__all__ = [
    "AgreementConcluded",
    "AgreementReviewed",
    "AgreementWithdrawn",
    "BarrierRecorded",
    "ConsentGiven",
    "ConsentWithdrawn",
    "ContactCorrected",
    "ContactRecorded",
    "FirstVisitCompleted",
    "FirstVisitMissed",
    "FirstVisitOwed",
    "FirstVisitRefused",
    "FirstVisitRescheduled",
    "FirstVisitScheduled",
    "FirstVisitWaived",
    "GrantEnded",
    "GrantIssued",
    "HouseholdChanged",
    "HouseholdClosed",
    "HouseholdErased",
    "HouseholdHandedOver",
    "HouseholdMerged",
    "HouseholdMoved",
    "HouseholdRegistered",
    "HouseholdUnmerged",
    "InterpreterRequested",
    "LegalCircleChanged",
    "NeedIdentified",
    "NeedMet",
    "OfficeSessionHeld",
    "Present",
    "Recipient",
    "Waiting",
    "WeeklyTime",
]
