"""What the intake does on which event."""

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake import commands
from shared.contracts.reporting import SiteClosed, SiteOpened
from shared.messaging import Consumers, Received
from shared.messaging.topology import Topology, consumer_queue

consumers = Consumers()


def queue(site: str) -> str:
    """The queue from which a site learns who serves which district."""
    return f"{site}.intake.register"


def topology(site: str) -> Topology:
    """What must stand on the broker for a site's intake."""
    return consumer_queue(queue(site), "*.reporting.site-opened.v1.public", "*.reporting.site-closed.v1.public")


@consumers.on(SiteOpened)
async def on_site_opened(session: AsyncSession, event: Received[SiteOpened]) -> None:
    """A site serves these districts."""
    await commands.enter_site(session, event.data, event.sequence)


@consumers.on(SiteClosed)
async def on_site_closed(session: AsyncSession, event: Received[SiteClosed]) -> None:
    """A site serves no district any more."""
    await commands.close_site(session, event.data, event.sequence)
