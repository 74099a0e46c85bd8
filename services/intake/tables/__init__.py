"""The intake's database: what is kept, and the constraints that are the last guard of the rules."""

from services.intake.tables.base import metadata
from services.intake.tables.files import Household, LegalCircleChange, Person, Residence
from services.intake.tables.records import AccessLog, SiteEntry, Timeline
from services.intake.tables.work import Consent, Contact, FirstVisit, Need
from shared.messaging import delivery_tables
from shared.web import accounts, idempotency

delivery_tables(metadata)
accounts.account_tables(metadata)
idempotency.idempotency_table(metadata)

__all__ = [
    "AccessLog",
    "Consent",
    "Contact",
    "FirstVisit",
    "Household",
    "LegalCircleChange",
    "Need",
    "Person",
    "Residence",
    "SiteEntry",
    "Timeline",
    "metadata",
]
