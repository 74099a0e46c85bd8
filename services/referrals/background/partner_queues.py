"""Looks at the partners' queues: what waits there and since when, who reads; for metrics and the partners' own page."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from fastapi import FastAPI

from services.referrals import metrics
from services.referrals.commands.access import accesses
from shared.database import Database
from shared.logging import describe
from shared.messaging.management import Management
from shared.messaging.partners import UNROUTED, command_queue, partner_queue
from shared.messaging.users import vhost_of

LOOK_SECONDS = 10.0
REMEMBERED = 10_000
"""Looks that are kept of one queue, each at a moment when something new had come."""


@dataclass(frozen=True, slots=True)
class Look:
    """A partner's queue: `waiting` messages, of which the oldest came after `since`; `readers` programs."""

    waiting: int
    readers: int
    commands_waiting: int
    acknowledged: int
    since: datetime | None
    at: datetime


class Ages:
    """Since when the oldest message of a queue waits, from how many had come at each look.

    With `n` messages in the queue the oldest is the n-th last that came: it came after the last look at which fewer
    had. That is right within the time between two looks; what came before the first look came at an unknown time.
    """

    def __init__(self) -> None:
        self._looks: deque[tuple[int, datetime]] = deque(maxlen=REMEMBERED)

    def since(self, came: int, waiting: int, now: datetime) -> datetime | None:
        """The moment of this look is `now`; None if nothing waits."""
        if self._looks and came < self._looks[-1][0]:
            self._looks.clear()  # the broker was started again and counts anew
        if not self._looks or came > self._looks[-1][0]:
            self._looks.append((came, now))
        if not waiting:
            while len(self._looks) > 1:
                self._looks.popleft()
            return None
        earlier = [at for count, at in self._looks if count <= came - waiting]
        return earlier[-1] if earlier else self._looks[0][1]


class Endings:
    """Counts on with the broker how many channels and connections have ended: what it refuses ends one or the other."""

    def __init__(self) -> None:
        self._before: dict[str, int] = {}

    def count(self, churn: dict[str, object]) -> None:
        """What has come since the last look; the first one says where the broker stands."""
        counters = {"channel_closed": metrics.CHANNELS_CLOSED, "connection_closed": metrics.CONNECTIONS_CLOSED}
        for name, counter in counters.items():
            now = _number(churn.get(name))
            before = self._before.get(name, now)
            counter.inc(now - before if now >= before else now)  # less than before: it was started again
            self._before[name] = now


class Watch:
    """The last look at every partner's queue."""

    def __init__(self, settings_url: str, management_url: str | None, database: Database) -> None:
        self._url = management_url
        self._vhost = vhost_of(settings_url)
        self._database = database
        self._ages: dict[str, Ages] = {}
        self._endings = Endings()
        self.looks: dict[str, Look] = {}

    async def run(self) -> None:
        """Look again and again until it is cancelled."""
        while self._url:
            try:
                await self.look(self._url)
            except Exception as error:  # whatever it is, it must not end the looking: the figures would stand still
                structlog.get_logger(__name__).warning("partner_queues_not_seen", error=describe(error))
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self, url: str) -> None:
        """Look once. Raises `httpx.HTTPError` where the broker does not answer."""
        async with self._database.transaction() as session:
            slugs = [access.slug for access in await accesses(session)]
        async with Management(url, self._vhost) as management:
            rows = {row["name"]: row for row in await management.get(f"/queues/{management.vhost}")}
            self._endings.count((await management.get("/overview")).get("churn_rates", {}))
        now = datetime.now(UTC)
        self.looks = {slug: self._look(slug, rows, now) for slug in slugs if partner_queue(slug) in rows}
        metrics.UNROUTED.set(rows.get(UNROUTED, {}).get("messages", 0))
        for slug, look in self.looks.items():
            queue = partner_queue(slug)
            metrics.PARTNER_WAITING.labels(queue).set(look.waiting)
            metrics.PARTNER_READERS.labels(queue).set(look.readers)
            metrics.PARTNER_COMMANDS.labels(command_queue(slug)).set(look.commands_waiting)
            age = (now - look.since).total_seconds() if look.since else 0
            metrics.PARTNER_OLDEST.labels(queue).set(age)

    def _look(self, slug: str, rows: dict[str, dict[str, object]], now: datetime) -> Look:
        row = rows[partner_queue(slug)]
        counts = row.get("message_stats")
        counts = counts if isinstance(counts, dict) else {}
        waiting = _number(row.get("messages"))
        came = _number(counts.get("ack")) + waiting
        return Look(
            waiting=waiting,
            readers=_number(row.get("consumers")),
            commands_waiting=_number(rows.get(command_queue(slug), {}).get("messages")),
            acknowledged=_number(counts.get("ack")),
            since=self._ages.setdefault(slug, Ages()).since(came, waiting, now),
            at=now,
        )


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Looks while it is entered; `app.state.partner_queues` has the last look."""
    settings = app.state.settings
    watch = Watch(settings.rabbitmq_url, settings.rabbitmq_management_url, app.state.database)
    app.state.partner_queues = watch
    task = asyncio.create_task(watch.run(), name="partner queues")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def problems(app: FastAPI) -> list[str]:
    """Nothing: the service works without knowing it."""
    return []
