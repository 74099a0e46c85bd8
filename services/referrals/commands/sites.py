"""The site register, as reporting tells it."""

from services.referrals.tables import SiteEntry
from shared.known import KnownSites

register = KnownSites(SiteEntry)
