"""The intake's database: what is kept, and the constraints that are the last guard of the rules."""

from services.intake.tables import care, erasures, handovers, imports, merges, people, releases, volunteers
from services.intake.tables.base import FILE_TABLES, FileTable, Forget, metadata
from services.intake.tables.files import Household, LegalCircleChange, Person, Residence
from services.intake.tables.records import AccessLog, SiteEntry, Timeline
from services.intake.tables.work import Consent, Contact, FirstVisit, Need
from shared.messaging import delivery_tables
from shared.web import accounts, idempotency

delivery_tables(metadata)
accounts.account_tables(metadata)
idempotency.idempotency_table(metadata)

__all__ = [
    "FILE_TABLES",
    "AccessLog",
    "Consent",
    "Contact",
    "FileTable",
    "FirstVisit",
    "Forget",
    "Household",
    "LegalCircleChange",
    "Need",
    "Person",
    "Residence",
    "SiteEntry",
    "Timeline",
    "care",
    "erasures",
    "handovers",
    "imports",
    "merges",
    "metadata",
    "people",
    "releases",
    "volunteers",
]
