"""What every service publishes."""

from uuid import UUID

from shared.contracts.base import Event
from shared.contracts.kinds import Slug
from shared.contracts.words import Service


class ErasureAcknowledged(Event, name="erasure-acknowledged", subject="household_id", site="site"):
    """A service has erased what it held about a household (Löschung bestätigt; GDPR Art. 17).

    The site that asked counts these: an erasure is complete when every service has acknowledged it.
    """

    erasure_id: UUID
    household_id: UUID
    site: Slug
    """The site that asked for the erasure."""
    service: Service
