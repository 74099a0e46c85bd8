"""What the volunteers' service does on which event: unpack it, call one command.

Every handler may be called with any events in any order, and again with the same ones.
"""

from datetime import UTC, datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.commands import assignments, erasures, follow, grants, requests
from services.volunteers.commands.acting import Acting, service
from services.volunteers.commands.known import households, register
from services.volunteers.tables import Via
from shared.contracts.intake import (
    FirstVisitCompleted,
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
    InterpreterRequested,
    NeedIdentified,
    NeedMet,
)
from shared.contracts.intake.agreements import Grant
from shared.contracts.intake.households import HouseholdState
from shared.contracts.intake.needs import Need
from shared.contracts.referrals import ReferralAccepted, ReferralCancelledV2, ReferralCompleted, ReferralFailed
from shared.contracts.referrals.referrals import Referral
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
    "household-erased",
    "first-visit-completed",
    "grant-issued",
    "grant-ended",
    "interpreter-requested",
    "need-identified",
    "need-met",
)

consumers = Consumers()


def queue(site: str) -> str:
    """The queue of what the sites, the register and referrals tell."""
    return f"{site}.volunteers.work"


def topology(site: str) -> Topology:
    """What must stand on the broker for this service."""
    return consumer_queue(
        queue(site),
        "*.reporting.site-opened.v1.public",
        "*.reporting.site-closed.v1.public",
        *(f"*.intake.{event}.v1.internal" for event in FROM_SITES),
        "*.referrals.referral-accepted.v1.internal",
        "*.referrals.referral-completed.v1.internal",
        "*.referrals.referral-failed.v1.internal",
        "*.referrals.referral-cancelled.v1.internal",
        "*.referrals.referral-cancelled.v2.internal",
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
    await households.take_state(session, event)
    await follow.follow_household(session, _by(), event.data.household_id)


@consumers.on(HouseholdMoved)
async def on_moved(session: AsyncSession, event: Received[HouseholdMoved]) -> None:
    """A household lives elsewhere."""
    await households.take_move(session, event)
    await follow.follow_household(session, _by(), event.data.household_id)


@consumers.on(HouseholdClosed)
async def on_closed(session: AsyncSession, event: Received[HouseholdClosed]) -> None:
    """A file was closed."""
    await households.take_closed(session, event)
    await follow.follow_household(session, _by(), event.data.household_id)


@consumers.on(HouseholdHandedOver)
async def on_handed_over(session: AsyncSession, event: Received[HouseholdHandedOver]) -> None:
    """A file goes from one site to another."""
    await households.take_handover(session, event)
    await follow.follow_household(session, _by(), event.data.household_id)


@consumers.on(HouseholdErased)
async def on_erased(session: AsyncSession, event: Received[HouseholdErased]) -> None:
    """A household is erased everywhere."""
    await erasures.erase_household(session, _by(), event)


@consumers.on(InterpreterRequested)
async def on_interpreter_requested(session: AsyncSession, event: Received[InterpreterRequested]) -> None:
    """A site wishes for an interpreter."""
    await requests.take_wish(session, _by(), event)


@consumers.on(NeedIdentified, NeedMet)
async def on_need(session: AsyncSession, event: Received[Need]) -> None:
    """What a household needs."""
    await requests.take_need(session, _by(), event)


@consumers.on(FirstVisitCompleted)
async def on_visited(session: AsyncSession, event: Received[FirstVisitCompleted]) -> None:
    """A first visit was made, and whoever had promised to interpret was there."""
    await assignments.complete_visit(session, _by(), event.data.visit_id, event.data.at)


@consumers.on(GrantIssued, GrantEnded)
async def on_grant(session: AsyncSession, event: Received[Grant]) -> None:
    """Where to go is opened to a volunteer, and no longer."""
    await grants.take_grant(session, _by(), event)


@consumers.on(ReferralAccepted)
async def on_referral(session: AsyncSession, event: Received[ReferralAccepted]) -> None:
    """An association finds a mentor for a household."""
    await requests.take_referral(session, _by(), event)


@consumers.on(ReferralCompleted, ReferralFailed, ReferralCancelledV2)
async def on_referral_over(session: AsyncSession, event: Received[Referral]) -> None:
    """It does not look for one any more: it has found one without us, or none."""
    await requests.drop_referral(session, _by(), event.data.referral_id)
