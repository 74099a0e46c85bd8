"""The referrals' database: what is kept, and the constraints that are the last guard of the rules."""

from services.referrals.tables.base import metadata
from services.referrals.tables.knowledge import KnowledgePage
from services.referrals.tables.known import (
    ErasedHousehold,
    KnownBarrier,
    KnownConsent,
    KnownHousehold,
    KnownNeed,
    PersonRef,
    SiteEntry,
)
from services.referrals.tables.offers import DirectoryVersion, Offer, OfferSession
from services.referrals.tables.partners import Cooperation, Partner, PartnerClosure, PartnerContact
from services.referrals.tables.referrals import DeletionRequest, EndedGrant, Referral, ReferralStep, ToldToPartner, Via
from shared.mail import mail_tables
from shared.messaging import delivery_tables
from shared.web import idempotency

delivery_tables(metadata)
idempotency.idempotency_table(metadata)
mail_tables(metadata)

__all__ = [
    "Cooperation",
    "DeletionRequest",
    "DirectoryVersion",
    "EndedGrant",
    "ErasedHousehold",
    "KnowledgePage",
    "KnownBarrier",
    "KnownConsent",
    "KnownHousehold",
    "KnownNeed",
    "Offer",
    "OfferSession",
    "Partner",
    "PartnerClosure",
    "PartnerContact",
    "PersonRef",
    "Referral",
    "ReferralStep",
    "SiteEntry",
    "ToldToPartner",
    "Via",
    "metadata",
]
