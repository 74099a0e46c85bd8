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
from services.referrals.tables.mails import LinkKind, Mail, MailKind, MailLink, MailState
from services.referrals.tables.offers import DirectoryVersion, Offer, OfferSession
from services.referrals.tables.partners import Cooperation, Partner, PartnerClosure, PartnerContact
from services.referrals.tables.referrals import DeletionRequest, Referral, ReferralStep, ToldToPartner, Via
from services.referrals.tables.round_tables import (
    AgendaItem,
    AgendaSource,
    Answer,
    Decision,
    Invitation,
    Meeting,
    MeetingState,
    RoundTable,
    RoundTableMember,
)
from shared.messaging import delivery_tables
from shared.web import idempotency

delivery_tables(metadata)
idempotency.idempotency_table(metadata)

__all__ = [
    "AgendaItem",
    "AgendaSource",
    "Answer",
    "Cooperation",
    "Decision",
    "DeletionRequest",
    "DirectoryVersion",
    "ErasedHousehold",
    "Invitation",
    "KnowledgePage",
    "KnownBarrier",
    "KnownConsent",
    "KnownHousehold",
    "KnownNeed",
    "LinkKind",
    "Mail",
    "MailKind",
    "MailLink",
    "MailState",
    "Meeting",
    "MeetingState",
    "Offer",
    "OfferSession",
    "Partner",
    "PartnerClosure",
    "PartnerContact",
    "PersonRef",
    "Referral",
    "ReferralStep",
    "RoundTable",
    "RoundTableMember",
    "SiteEntry",
    "ToldToPartner",
    "Via",
    "metadata",
]
