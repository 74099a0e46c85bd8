"""The relay brings committed events from the outbox to the broker, and removes only what the broker has confirmed.

Several relays may work on one outbox, in one process or in many: the rows that one has claimed are locked and skipped
by the others. If a relay dies between the broker's confirmation and its commit, the rows are still there and are
published again: an event may come twice after a fault, and none is lost.
"""

import asyncio
import contextlib
import time
from collections.abc import Coroutine
from typing import Any

import asyncpg
import structlog

from shared import metrics
from shared.database import Doorbell
from shared.logging import describe
from shared.messaging.envelope import with_sequence
from shared.messaging.link import Link, Outgoing
from shared.messaging.topology import EVENTS

log = structlog.get_logger(__name__)

_CLAIM = """
    delete from outbox where position = any (array(
        select position from outbox order by position limit $1 for update skip locked
    )) returning position, id, routing_key, sequence, body, added_at
"""
_PUT_BACK = """
    insert into outbox (position, id, routing_key, sequence, body, added_at) overriding system value
    select * from unnest($1::bigint[], $2::uuid[], $3::text[], $4::bigint[], $5::bytea[], $6::timestamptz[])
"""
_WAITING = "select count(*), coalesce(extract(epoch from now() - min(added_at)), 0) from outbox"

OBSERVE_SECONDS = 1.0
"""How often the depth of the outbox is counted for the metrics."""
GATHER_SECONDS = 0.01
"""Pause after a batch that was not full: under load the next one is larger, and an idle relay still answers at once."""
DATABASE_FAULTS = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)


class Relay:
    """Publishes the outbox of one database until it is cancelled."""

    def __init__(
        self,
        database_url: str,
        rabbitmq_url: str,
        *,
        batch: int = 500,
        poll_seconds: float = 1.0,
        publish_timeout: float = 10.0,
    ) -> None:
        self._database_url = database_url
        self._link = Link(rabbitmq_url, timeout=publish_timeout, name="lokal relay")
        self._batch = batch
        self._poll_seconds = poll_seconds

    async def run(self) -> None:
        """Work for ever; a fault of database or broker costs a pause of growing length, never an event."""
        pause = 0.1
        try:
            while True:
                begun = time.monotonic()
                try:
                    await self._work()
                except Exception as error:  # whatever it is: a relay that ended would leave all later events behind
                    if time.monotonic() - begun > 10:
                        pause = 0.1  # it had worked in between
                    what = "outbox_unreachable" if isinstance(error, DATABASE_FAULTS) else "relay_failed"
                    log.warning(what, error=describe(error), pause_seconds=pause)
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, 10)
        finally:
            await self._link.close()

    async def _work(self) -> None:
        connection = await asyncpg.connect(self._database_url, timeout=10, command_timeout=30)
        bell = asyncio.Event()
        try:
            await connection.add_listener(Doorbell.CHANNEL, lambda *_: bell.set())
            pause = observed = 0.0
            while not connection.is_closed():
                bell.clear()
                claimed, confirmed = await _to_its_end(self.publish_batch(connection))
                if time.monotonic() - observed > OBSERVE_SECONDS:
                    observed = time.monotonic()
                    await self._observe(connection)
                if confirmed < claimed:  # the broker is away or refuses: do not spin on it
                    pause = min(max(pause * 2, 0.1), 10)
                    await asyncio.sleep(pause)
                    continue
                pause = 0.0
                if claimed < self._batch:
                    if claimed:
                        await asyncio.sleep(GATHER_SECONDS)
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(self._poll_seconds):
                            await bell.wait()
        finally:
            with contextlib.suppress(*DATABASE_FAULTS):
                await connection.close(timeout=2)

    async def publish_batch(self, connection: asyncpg.Connection) -> tuple[int, int]:
        """Claim and publish the oldest events that no other relay holds; how many were claimed and confirmed."""
        async with connection.transaction():
            rows = await connection.fetch(_CLAIM, self._batch)
            if not rows:
                return 0, 0
            rows.sort(key=lambda row: row["position"])
            results = await self._link.publish_all(
                [
                    Outgoing(EVENTS, row["routing_key"], with_sequence(row["body"], row["sequence"]), str(row["id"]))
                    for row in rows
                ]
            )
            unconfirmed = [row for row, confirmed in zip(rows, results, strict=True) if not confirmed]
            if unconfirmed:
                await connection.execute(_PUT_BACK, *(list(column) for column in zip(*unconfirmed, strict=True)))
        for row, confirmed in zip(rows, results, strict=True):
            if confirmed:
                metrics.PUBLISHED.labels(row["routing_key"].split(".")[2]).inc()
        if unconfirmed:
            metrics.NOT_CONFIRMED.inc(len(unconfirmed))
        return len(rows), len(rows) - len(unconfirmed)

    async def _observe(self, connection: asyncpg.Connection) -> None:
        depth, oldest = await connection.fetchrow(_WAITING)
        metrics.OUTBOX_DEPTH.set(depth)
        metrics.OUTBOX_OLDEST.set(float(oldest))


async def _to_its_end(batch: Coroutine[Any, Any, tuple[int, int]]) -> tuple[int, int]:
    """Await the batch, also when we are cancelled meanwhile: what the broker has would else be published again."""
    task = asyncio.ensure_future(batch)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)
        raise
