"""The database of referrals: the directory, knowledge, and the tables of delivery."""

from services.referrals.tables.base import metadata
from services.referrals.tables.knowledge import KnowledgePage
from services.referrals.tables.offers import DirectoryVersion, Offer, OfferSession
from services.referrals.tables.partners import Cooperation, Partner, PartnerClosure, PartnerContact
from shared.messaging import delivery_tables
from shared.web.idempotency import idempotency_table

delivery_tables(metadata)
idempotency_table(metadata)

__all__ = [
    "Cooperation",
    "DirectoryVersion",
    "KnowledgePage",
    "Offer",
    "OfferSession",
    "Partner",
    "PartnerClosure",
    "PartnerContact",
    "metadata",
]
