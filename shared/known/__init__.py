"""What a city's service knows of sites and households by what it was told, the same in each of them.

Ids, districts, languages and counts alone; the tables are each service's own, their columns and rules are here.
"""

from shared.known.households import KnownHouseholds
from shared.known.sites import KnownSites
from shared.known.tables import ErasedHouseholdColumns, KnownHouseholdColumns, SiteEntryColumns

__all__ = ["ErasedHouseholdColumns", "KnownHouseholdColumns", "KnownHouseholds", "KnownSites", "SiteEntryColumns"]
