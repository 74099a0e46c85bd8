"""What the volunteers' service knows from others' events: sites, households, needs. No names."""

from services.volunteers.tables.base import Base
from shared.known import ErasedHouseholdColumns, KnownHouseholdColumns, SiteEntryColumns


class SiteEntry(SiteEntryColumns, Base, table=True):
    """One entry of reporting's site register."""

    __tablename__ = "site_register"


class KnownHousehold(KnownHouseholdColumns, Base, table=True):
    """A household: which site is in charge of it, where it lives, whether minors live there."""

    __tablename__ = "known_household"


class ErasedHousehold(ErasedHouseholdColumns, Base, table=True):
    """An id of a household or person that was erased."""

    __tablename__ = "erased_household"
