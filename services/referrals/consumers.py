"""What referrals do on which event: unpack it, call one command.

Every handler may be called with any events in any order, and again with the same ones.
"""

from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands import consents, households, needs, sites
from shared.contracts.intake import (
    BarrierRecorded,
    ConsentGiven,
    ConsentWithdrawn,
    HouseholdChanged,
    HouseholdClosed,
    HouseholdHandedOver,
    HouseholdMerged,
    HouseholdMoved,
    HouseholdRegistered,
    HouseholdUnmerged,
    NeedIdentified,
    NeedMet,
)
from shared.contracts.intake.agreements import Consent
from shared.contracts.intake.households import HouseholdState
from shared.contracts.intake.needs import Need
from shared.contracts.reporting import SiteClosed, SiteOpened
from shared.messaging import Consumers, Received
from shared.messaging.topology import Topology, consumer_queue

FROM_SITES = (
    "household-registered",
    "household-changed",
    "household-moved",
    "household-merged",
    "household-unmerged",
    "household-closed",
    "household-handed-over",
    "need-identified",
    "need-met",
    "barrier-recorded",
    "consent-given",
    "consent-withdrawn",
)

consumers = Consumers()


def queue(site: str) -> str:
    """The queue of what the sites and the register tell."""
    return f"{site}.referrals.work"


def topology(site: str) -> Topology:
    """What must stand on the broker for this service."""
    return consumer_queue(
        queue(site),
        "*.reporting.site-opened.v1.public",
        "*.reporting.site-closed.v1.public",
        *(f"*.intake.{event}.v1.internal" for event in FROM_SITES),
    )


@consumers.on(SiteOpened)
async def on_site_opened(session: AsyncSession, event: Received[SiteOpened]) -> None:
    """A site works: its team's signatures are good."""
    await sites.enter_site(session, event.data, event.sequence)


@consumers.on(SiteClosed)
async def on_site_closed(session: AsyncSession, event: Received[SiteClosed]) -> None:
    """A site has ended."""
    await sites.close_site(session, event.data, event.sequence)


@consumers.on(HouseholdRegistered, HouseholdChanged, HouseholdMerged, HouseholdUnmerged)
async def on_household(session: AsyncSession, event: Received[HouseholdState]) -> None:
    """How a household is now."""
    await households.take_state(session, event)


@consumers.on(HouseholdMoved)
async def on_moved(session: AsyncSession, event: Received[HouseholdMoved]) -> None:
    """A household lives elsewhere."""
    await households.take_move(session, event)


@consumers.on(HouseholdClosed)
async def on_closed(session: AsyncSession, event: Received[HouseholdClosed]) -> None:
    """A file was closed."""
    await households.take_closed(session, event)


@consumers.on(HouseholdHandedOver)
async def on_handed_over(session: AsyncSession, event: Received[HouseholdHandedOver]) -> None:
    """A file goes from one site to another."""
    await households.take_handover(session, event)


@consumers.on(NeedIdentified, NeedMet)
async def on_need(session: AsyncSession, event: Received[Need]) -> None:
    """What a household needs."""
    await needs.take_need(session, event)


@consumers.on(BarrierRecorded)
async def on_barrier(session: AsyncSession, event: Received[BarrierRecorded]) -> None:
    """What stands in the way."""
    await needs.take_barrier(session, event)


@consumers.on(ConsentGiven, ConsentWithdrawn)
async def on_consent(session: AsyncSession, event: Received[Consent]) -> None:
    """To whom a household may be referred, and no longer."""
    await consents.take_consent(session, event)
