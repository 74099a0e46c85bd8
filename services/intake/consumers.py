"""What the intake does on which event."""

from datetime import UTC, datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake import commands
from shared.contracts.common import ErasureAcknowledged
from shared.contracts.intake import HouseholdErased, HouseholdHandedOver
from shared.contracts.referrals import (
    Referral,
    ReferralAccepted,
    ReferralCancelledV2,
    ReferralCompleted,
    ReferralDeclined,
    ReferralEscalated,
    ReferralExpired,
    ReferralFailed,
    ReferralHeld,
    ReferralReminded,
    ReferralRequested,
    ReferralResumed,
    ReferralStarted,
)
from shared.contracts.reporting import SiteClosed, SiteOpened
from shared.contracts.volunteers import (
    Assignment,
    AssignmentAccepted,
    AssignmentCancelled,
    AssignmentCompleted,
    Mentorship,
    MentorshipEnded,
    MentorshipStarted,
)
from shared.messaging import Consumers, Received
from shared.messaging.topology import Binding, Exchange, Topology, consumer_queue

LETTERS = "lokal.handover"
"""Direct exchange of the letters between sites; the routing key is the receiving site."""

REFERRALS: tuple[type[Referral], ...] = (
    ReferralRequested,
    ReferralReminded,
    ReferralEscalated,
    ReferralAccepted,
    ReferralDeclined,
    ReferralStarted,
    ReferralHeld,
    ReferralResumed,
    ReferralCompleted,
    ReferralFailed,
    ReferralCancelledV2,
    ReferralExpired,
)
"""Everything that can become of a referral."""

ASSIGNMENTS: tuple[type[Assignment], ...] = (AssignmentAccepted, AssignmentCancelled, AssignmentCompleted)
MENTORSHIPS: tuple[type[Mentorship], ...] = (MentorshipStarted, MentorshipEnded)

consumers = Consumers()


def queue(site: str) -> str:
    """The queue from which a site learns who serves which district, and what others did with files that it knows."""
    return f"{site}.intake.register"


def topology(site: str) -> Topology:
    """What must stand on the broker for a site's intake."""
    return consumer_queue(
        queue(site),
        "*.reporting.site-opened.v1.public",
        "*.reporting.site-closed.v1.public",
        "*.intake.household-handed-over.v1.internal",
        "*.intake.household-erased.v1.internal",
        f"{site}.*.erasure-acknowledged.v1.internal",
        *(
            f"{site}.referrals.{event.event}.v{major}.internal"
            for event in REFERRALS
            for major in range(1, event.major + 1)  # the former ones, while an older release may still publish
        ),
        *(
            f"{site}.volunteers.{event.event}.v{major}.internal"
            for event in (*ASSIGNMENTS, *MENTORSHIPS)
            for major in range(1, event.major + 1)
        ),
    )


def letters_queue(site: str) -> str:
    """The queue from which a site alone takes the letters to it."""
    return f"{site}.intake.letters"


def letters_topology(site: str) -> Topology:
    """What must stand on the broker for a site to get letters."""
    return consumer_queue(letters_queue(site)) + Topology(
        exchanges=(Exchange(LETTERS, "direct"),), bindings=(Binding(LETTERS, letters_queue(site), site),)
    )


@consumers.on(SiteOpened)
async def on_site_opened(session: AsyncSession, event: Received[SiteOpened]) -> None:
    """A site serves these districts; what this one looked after meanwhile goes to it."""
    before = await commands.interim_districts(session)
    await commands.enter_site(session, event.data, event.sequence)
    await commands.leave_districts(session, before)


@consumers.on(SiteClosed)
async def on_site_closed(session: AsyncSession, event: Received[SiteClosed]) -> None:
    """A site serves no district any more."""
    before = await commands.interim_districts(session)
    await commands.close_site(session, event.data, event.sequence)
    await commands.leave_districts(session, before)
    await commands.waive_closed(session, event.data.site)


@consumers.on(HouseholdHandedOver)
async def on_handed_over(session: AsyncSession, event: Received[HouseholdHandedOver]) -> None:
    """A file goes from one site to another."""
    await commands.note_handover(session, event.data)


@consumers.on(HouseholdErased)
async def on_erased(session: AsyncSession, event: Received[HouseholdErased]) -> None:
    """A household is erased everywhere."""
    await commands.erase_elsewhere(session, event.data, event.site)


@consumers.on(ErasureAcknowledged)
async def on_acknowledged(session: AsyncSession, event: Received[ErasureAcknowledged]) -> None:
    """A service has erased what this site has asked for."""
    await commands.acknowledge(session, event.data, event.source)


@consumers.on(*REFERRALS)
async def on_referral(session: AsyncSession, event: Received[Referral]) -> None:
    """Something became of a referral of a household in this site's charge."""
    await commands.note_referral(session, event, datetime.now(UTC))


@consumers.on(*ASSIGNMENTS)
async def on_assignment(session: AsyncSession, event: Received[Assignment]) -> None:
    """A volunteer comes to a household in this site's charge, does not come after all, or was there."""
    await commands.note_assignment(session, event, datetime.now(UTC))


@consumers.on(*MENTORSHIPS)
async def on_mentorship(session: AsyncSession, event: Received[Mentorship]) -> None:
    """A volunteer stands by a household in this site's charge, or no longer."""
    await commands.note_mentorship(session, event, datetime.now(UTC))
