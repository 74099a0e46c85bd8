"""What the city's referrals tell the others: partners, offers, referrals, deletions, round tables."""

from shared.contracts.referrals.commands import CommandRefused
from shared.contracts.referrals.offers import (
    OfferChanged,
    OfferConfirmed,
    OfferPublished,
    OfferSessionHeld,
    OfferWithdrawn,
)
from shared.contracts.referrals.partners import CooperationAgreed, PartnerChanged, PartnerRegistered
from shared.contracts.referrals.referrals import (
    DeletionConfirmed,
    DeletionRequested,
    Referral,
    ReferralAccepted,
    ReferralCancelled,
    ReferralCancelledV2,
    ReferralCompleted,
    ReferralDeclined,
    ReferralEscalated,
    ReferralExpired,
    ReferralFailed,
    ReferralHeld,
    ReferralReminded,
    ReferralRequested,
    ReferralResumed,
    ReferralStarted,
)
from shared.contracts.referrals.round_tables import RoundTableHeld

__all__ = [
    "CommandRefused",
    "CooperationAgreed",
    "DeletionConfirmed",
    "DeletionRequested",
    "OfferChanged",
    "OfferConfirmed",
    "OfferPublished",
    "OfferSessionHeld",
    "OfferWithdrawn",
    "PartnerChanged",
    "PartnerRegistered",
    "Referral",
    "ReferralAccepted",
    "ReferralCancelled",
    "ReferralCancelledV2",
    "ReferralCompleted",
    "ReferralDeclined",
    "ReferralEscalated",
    "ReferralExpired",
    "ReferralFailed",
    "ReferralHeld",
    "ReferralReminded",
    "ReferralRequested",
    "ReferralResumed",
    "ReferralStarted",
    "RoundTableHeld",
]
