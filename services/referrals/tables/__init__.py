"""The referrals' database: what is kept, and the constraints that are the last guard of the rules."""

from services.referrals.tables.access import FormerMajor, PartnerAccess, RefusedCommand
from services.referrals.tables.base import metadata
from services.referrals.tables.knowledge import KnowledgePage
from services.referrals.tables.known import (
    ErasedHousehold,
    KnownBarrier,
    KnownCircle,
    KnownConsent,
    KnownHousehold,
    KnownNeed,
    PersonRef,
    SiteEntry,
)
from services.referrals.tables.offers import DirectoryVersion, Offer, OfferSession
from services.referrals.tables.partners import Cooperation, Partner, PartnerClosure, PartnerContact
from services.referrals.tables.referrals import (
    CircleReferral,
    DeletionRequest,
    EndedGrant,
    Referral,
    ReferralAppointment,
    ReferralContact,
    ReferralStep,
    ToldToPartner,
    Via,
)
from services.referrals.tables.round_tables import (
    AgendaItem,
    AgendaSource,
    Decision,
    Invitation,
    Meeting,
    MeetingState,
    Reply,
    RoundTable,
    TableMember,
)
from services.referrals.tables.webhooks import DeliveryState, Webhook, WebhookDelivery
from shared.mail import mail_tables
from shared.messaging import delivery_tables
from shared.web import idempotency

delivery_tables(metadata)
idempotency.idempotency_table(metadata)
mail_tables(metadata)

__all__ = [
    "AgendaItem",
    "AgendaSource",
    "CircleReferral",
    "Cooperation",
    "Decision",
    "DeletionRequest",
    "DeliveryState",
    "DirectoryVersion",
    "EndedGrant",
    "ErasedHousehold",
    "FormerMajor",
    "Invitation",
    "KnowledgePage",
    "KnownBarrier",
    "KnownCircle",
    "KnownConsent",
    "KnownHousehold",
    "KnownNeed",
    "Meeting",
    "MeetingState",
    "Offer",
    "OfferSession",
    "Partner",
    "PartnerAccess",
    "PartnerClosure",
    "PartnerContact",
    "PersonRef",
    "Referral",
    "ReferralAppointment",
    "ReferralContact",
    "ReferralStep",
    "RefusedCommand",
    "Reply",
    "RoundTable",
    "SiteEntry",
    "TableMember",
    "ToldToPartner",
    "Via",
    "Webhook",
    "WebhookDelivery",
    "metadata",
]
