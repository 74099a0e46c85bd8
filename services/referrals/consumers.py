"""What referrals do on which event: unpack it, call one command.

Every handler may be called with any events in any order, and again with the same ones.
"""

from datetime import UTC, datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands import circles, consents, erasures, follow, grants, needs
from services.referrals.commands.acting import Acting, service
from services.referrals.commands.households import known
from services.referrals.commands.sites import register
from services.referrals.tables import Via
from shared.contracts.intake import (
    BarrierRecorded,
    ConsentGiven,
    ConsentWithdrawn,
    GrantEnded,
    GrantIssued,
    HouseholdChanged,
    HouseholdClosed,
    HouseholdErased,
    HouseholdHandedOver,
    HouseholdMerged,
    HouseholdMoved,
    HouseholdRegistered,
    HouseholdUnmerged,
    LegalCircleChanged,
    NeedIdentified,
    NeedMet,
)
from shared.contracts.intake.agreements import Consent, Grant
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
    "grant-issued",
    "grant-ended",
    "legal-circle-changed",
    "household-erased",
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


def _by() -> Acting:
    return service(datetime.now(UTC), Via.EVENT)


@consumers.on(SiteOpened)
async def on_site_opened(session: AsyncSession, event: Received[SiteOpened]) -> None:
    """A site works: its team's signatures are good."""
    await register.enter(session, event.data, event.sequence)


@consumers.on(SiteClosed)
async def on_site_closed(session: AsyncSession, event: Received[SiteClosed]) -> None:
    """A site has ended."""
    await register.close(session, event.data, event.sequence)


@consumers.on(HouseholdRegistered, HouseholdChanged, HouseholdMerged, HouseholdUnmerged)
async def on_household(session: AsyncSession, event: Received[HouseholdState]) -> None:
    """How a household is now."""
    await known.take_state(session, event)
    await follow.follow_household(session, _by(), event.data.household_id)
    await circles.refer_by_circle(session, datetime.now(UTC), event.data.household_id)


@consumers.on(LegalCircleChanged)
async def on_circle(session: AsyncSession, event: Received[LegalCircleChanged]) -> None:
    """Another authority is in charge of a person."""
    await circles.take_circle(session, event)
    await circles.refer_by_circle(session, datetime.now(UTC), event.data.household_id)


@consumers.on(HouseholdMoved)
async def on_moved(session: AsyncSession, event: Received[HouseholdMoved]) -> None:
    """A household lives elsewhere."""
    await known.take_move(session, event)
    await follow.follow_household(session, _by(), event.data.household_id)
    await circles.refer_by_circle(session, datetime.now(UTC), event.data.household_id)


@consumers.on(HouseholdClosed)
async def on_closed(session: AsyncSession, event: Received[HouseholdClosed]) -> None:
    """A file was closed."""
    await known.take_closed(session, event)
    await follow.follow_household(session, _by(), event.data.household_id)


@consumers.on(HouseholdHandedOver)
async def on_handed_over(session: AsyncSession, event: Received[HouseholdHandedOver]) -> None:
    """A file goes from one site to another."""
    await known.take_handover(session, event)
    await follow.follow_household(session, _by(), event.data.household_id)
    await circles.refer_by_circle(session, datetime.now(UTC), event.data.household_id)


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
    await follow.follow_consents(session, _by(), event.data.household_id)


@consumers.on(GrantIssued, GrantEnded)
async def on_grant(session: AsyncSession, event: Received[Grant]) -> None:
    """Where the contact data of a referral is, and no longer."""
    await grants.take_grant(session, event)


@consumers.on(HouseholdErased)
async def on_erased(session: AsyncSession, event: Received[HouseholdErased]) -> None:
    """A household is erased everywhere."""
    await erasures.erase_household(session, _by(), event)
