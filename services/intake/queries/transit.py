"""What hangs between sites, in numbers: for the metrics, and for operations, who see no names."""

from datetime import datetime

from prometheus_client import Gauge
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

IN_TRANSIT = Gauge(
    "lokal_handovers_in_transit", "Families for whom this site cares until another one has confirmed.", ["site"]
)
OLDEST = Gauge("lokal_handovers_oldest_seconds", "How long the longest of these handovers has been going on.", ["site"])
UNANSWERED = Gauge(
    "lokal_letters_oldest_unanswered_seconds", "Age of the oldest letter to another site without an answer.", ["site"]
)

# By the families, not by the letters: a handover that the other site has refused goes on until somebody decides.
_COUNT = text(
    """
    select
        (select count(*) from household where standing = 'caretaker' and merged_into is null) as families,
        (select min(handed_at) from household where standing = 'caretaker' and merged_into is null) as since,
        (select min(made_at) from letter_out where kind <> 'receipt' and state in ('waiting', 'sent')) as unanswered
    """
)


async def measure(session: AsyncSession, site: str, now: datetime) -> None:
    """Set the metrics of handovers."""
    counted = (await session.execute(_COUNT)).one()
    IN_TRANSIT.labels(site).set(counted.families)
    OLDEST.labels(site).set((now - counted.since).total_seconds() if counted.since else 0)
    UNANSWERED.labels(site).set((now - counted.unanswered).total_seconds() if counted.unanswered else 0)
