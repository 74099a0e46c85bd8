"""The social figures of referrals as metrics: who still waits for an answer. No ids, no names."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy import text

from shared.database import Database
from shared.logging import describe

EVERY_SECONDS = 15.0

UNANSWERED = Gauge("lokal_referrals_unanswered", "Referrals that no partner has answered yet.", ["site"])
OLDEST = Gauge("lokal_referrals_oldest_unanswered_seconds", "How long the oldest of them waits.", ["site"])
UNCONFIRMED = Gauge("lokal_deletions_unconfirmed", "Deletions that partners have not confirmed yet.", ["site"])
COMMANDS = Counter("lokal_commands_total", "Commands of partners' systems that were carried out.", ["queue", "command"])
COMMANDS_REFUSED = Counter(
    "lokal_commands_refused_total", "Commands of partners' systems that were refused.", ["queue", "reason"]
)
SILENCED = Counter("lokal_partners_silenced_total", "Times that a partner lost the right to write, having forged.")
PARTNER_WAITING = Gauge("lokal_partner_queue_messages", "Messages that wait for a partner's system.", ["queue"])
PARTNER_READERS = Gauge("lokal_partner_queue_readers", "Programs that read a partner's queue.", ["queue"])
PARTNER_OLDEST = Gauge("lokal_partner_queue_oldest_seconds", "How long the oldest of them waits.", ["queue"])
PARTNER_COMMANDS = Gauge("lokal_partner_commands_waiting", "Commands of a partner's system that wait.", ["queue"])
UNROUTED = Gauge("lokal_partner_unrouted_commands", "Commands whose routing key is nobody's.")
# Who it was stands in the broker's log alone: its management API does not count by user.
CHANNELS_CLOSED = Counter(
    "lokal_broker_channels_closed_total", "Channels that ended on the broker; each refused deed ends one."
)
CONNECTIONS_CLOSED = Counter(
    "lokal_broker_connections_closed_total", "Connections that ended on the broker, also those it has refused."
)
WEBHOOKS_WAITING = Gauge("lokal_webhooks_waiting", "Messages that have not arrived at partners' webhooks yet.")
WEBHOOKS_FAILED = Counter("lokal_webhooks_failed_total", "Calls of partners' webhooks that failed.", ["then"])

_COUNT = text(
    """
    select s.site, count(r.id) as open, coalesce(extract(epoch from now() - min(r.requested_at)), 0)::float as oldest,
        (select count(*) from deletion_request d where d.site = s.site and d.confirmed_at is null) as deletions
    from site_register s left join referral r on r.site = s.site and r.state = 'requested'
    where s.site <> 'city' group by s.site
    """
)


async def measure(database: Database) -> None:
    """Count once."""
    async with database.transaction() as session:
        counted = (await session.execute(_COUNT)).all()
    for site, count, oldest, deletions in counted:
        UNANSWERED.labels(site).set(count)
        OLDEST.labels(site).set(oldest)
        UNCONFIRMED.labels(site).set(deletions)


@asynccontextmanager
async def kept_current(database: Database) -> AsyncIterator[None]:
    """Counts again and again while it is entered; a database that is away costs a line in the log, not the service."""

    async def again_and_again() -> None:
        while True:
            try:
                await measure(database)
            except Exception as error:  # whatever it is, it must not end the counting: the figures would stand still
                structlog.get_logger(__name__).warning("figures_not_counted", error=describe(error))
            await asyncio.sleep(EVERY_SECONDS)

    task = asyncio.create_task(again_and_again(), name="social figures")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
