"""What the intake does on which event."""

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake import commands
from shared.contracts.reporting import SiteClosed, SiteOpened
from shared.messaging import Consumers, Received

consumers = Consumers()


@consumers.on(SiteOpened)
async def on_site_opened(session: AsyncSession, event: Received[SiteOpened]) -> None:
    """A site serves these districts."""
    await commands.enter_site(session, event.data, event.sequence)


@consumers.on(SiteClosed)
async def on_site_closed(session: AsyncSession, event: Received[SiteClosed]) -> None:
    """A site serves no district any more."""
    await commands.close_site(session, event.data, event.sequence)
