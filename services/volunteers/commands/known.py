"""What is known of sites and households, as they tell it."""

from services.volunteers.tables import Conflict, ErasedHousehold, HelpRequest, KnownHousehold, Mentorship, SiteEntry
from shared.known import KnownHouseholds, KnownSites

register = KnownSites(SiteEntry)
households = KnownHouseholds(KnownHousehold, ErasedHousehold, (HelpRequest, Mentorship, Conflict))
