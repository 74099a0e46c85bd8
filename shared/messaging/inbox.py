"""The inbox takes events from a queue and gives each one effect in its consumer.

Messages that are in flight at the same time share one transaction (group commit) and are acknowledged after it. If the
group fails, each of its messages is tried alone, so that a bad one spoils nothing for its neighbours.

Where a message can end:

* handled, or handled before: acknowledged after the commit;
* a passing fault of its handler: published, confirmed, to a waiting room, from which it comes back after a pause that
  grows with each attempt; then acknowledged;
* unreadable, against the schema, from a sender who may not speak for its source, refused for good, or out of attempts:
  published, confirmed, to `<queue>.dead` with `reason`, `exception` and `attempts` in the headers; then acknowledged;
* database or broker away: not acknowledged; it waits here, or comes again.
"""

import asyncio
import contextlib
import re
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from aio_pika.abc import AbstractIncomingMessage, FieldValue
from sqlalchemy import ARRAY, Text, Uuid, bindparam, text

from shared import metrics
from shared.contracts import PREFIX
from shared.database import Database, is_unreachable
from shared.logging import describe
from shared.messaging import envelope
from shared.messaging.acknowledging import Acknowledgements
from shared.messaging.consumers import Consumers, Permanent
from shared.messaging.envelope import AgainstSchema, Received, Unreadable
from shared.messaging.link import BROKER_FAULTS, Link, NotConfirmed, Outgoing
from shared.messaging.topology import RETRY_PAUSES, dead_letters_of, retry_exchange
from shared.messaging.users import Senders, vhost_of

log = structlog.get_logger(__name__)

# Sorted, so that two instances of one consumer that hold the same duplicates lock them in the same order.
_TAKE = text(
    "insert into inbox (event_id, consumer) select unnest(:ids), :consumer on conflict do nothing returning event_id"
).bindparams(bindparam("ids", type_=ARRAY(Uuid)), bindparam("consumer", type_=Text))

_OURS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z]+(-[a-z]+){0,4}\.v[0-9]{1,3}")

MAX_GROUP = 200
"""Most messages that share a transaction: bounds both the loss of work on a fault and the time locks are held."""

GATHER_SECONDS = 0.01
"""Pause after a small group: under load the next one is larger, and an idle consumer still acts at once."""
SENDER = "sender"
"""The reason of a dead letter whose sender may not speak for its source; the header `sender` names the user."""
GIVE_BACK_PAUSE = 1.0
"""Seconds before messages that could not be settled go back to the broker."""
FREE_TRIES = 3
"""How often a message is tried again, uncounted, when the database seemed away and yet answers. More would let a
handler that raises such an error by itself (a missing file, a timeout) hold the queue for ever."""


@dataclass(slots=True, eq=False)
class _Delivery:
    message: AbstractIncomingMessage
    settled: asyncio.Future[None]
    event: Received[Any] | None = None
    elsewhere: Callable[[], Awaitable[None]] | None = None
    """Takes the message to where it has to go instead: dead letters, or a waiting room."""

    @property
    def attempts(self) -> int:
        """Attempts made so far, counted by us in a header (the broker also counts killed consumers)."""
        count = (self.message.headers or {}).get("attempts", 0)
        return max(count, 0) if isinstance(count, int) else 0

    def done(self) -> None:
        """The message is no longer ours."""
        if not self.settled.done():  # cancelled, if the channel on which it came was closed
            self.settled.set_result(None)


class Inbox:
    """One consumer: a queue, a database and a table of handlers.

    `accept_unnamed` believes messages that name no sender: while others still publish as an older release does.
    """

    def __init__(
        self,
        queue: str,
        consumers: Consumers,
        database: Database,
        link: Link,
        *,
        retry_pauses: Sequence[float] = RETRY_PAUSES,
        accept_unnamed: bool = False,
    ) -> None:
        self.queue = queue
        self._senders = Senders(link.user, vhost_of(link.url))
        self._accept_unnamed = accept_unnamed
        self._consumers = consumers
        self._database = database
        self._link = link
        self._retry_pauses = tuple(retry_pauses)
        self._waiting: deque[_Delivery] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._moves: set[asyncio.Task[None]] = set()
        # One at a time: aiormq tells returned messages apart by their ids, and a duplicate has the same one.
        self._moving = asyncio.Lock()
        self._acknowledgements = Acknowledgements()

    async def take(self, message: AbstractIncomingMessage) -> None:
        """Take one message from the queue; returns when it is settled (acknowledged, or given back to the broker)."""
        if message.redelivered:
            metrics.REDELIVERED.labels(self.queue).inc()
        delivery = _Delivery(message, asyncio.get_running_loop().create_future())
        self._waiting.append(delivery)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        await delivery.settled

    async def _work(self) -> None:
        while self._waiting:
            group = [self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_GROUP))]
            try:
                await self._settle(group)
            except BROKER_FAULTS as error:
                log.warning("settling_interrupted", queue=self.queue, messages=len(group), error=describe(error))
            except Exception:
                log.exception("settling_failed", queue=self.queue, messages=len(group))
            others = [delivery for delivery in group if not self._is_settled(delivery)]
            if others:  # beside the next groups: a dead-letter queue that is missing must not hold them up
                move = asyncio.create_task(self._move(others))
                self._moves.add(move)
                move.add_done_callback(self._moves.discard)
            for delivery in group:
                if self._is_settled(delivery):
                    delivery.done()
            if len(group) < MAX_GROUP // 4:
                await asyncio.sleep(GATHER_SECONDS)

    async def _move(self, deliveries: list[_Delivery]) -> None:
        """Take messages where they have to go; give back to the broker what could not be settled."""
        async with self._moving:
            for delivery in deliveries:
                if delivery.elsewhere is not None:
                    try:
                        await delivery.elsewhere()
                    except (NotConfirmed, *BROKER_FAULTS) as error:
                        log.warning("message_not_moved", **self._ids(delivery), error=describe(error))
                    except Exception:
                        log.exception("message_not_moved", **self._ids(delivery))
        unsettled = [delivery for delivery in deliveries if not self._is_settled(delivery)]
        if unsettled:
            await asyncio.sleep(GIVE_BACK_PAUSE)  # a missing dead-letter queue must not become a busy loop
            for delivery in unsettled:
                with contextlib.suppress(*BROKER_FAULTS):  # with the connection gone, the broker does it by itself
                    await self._acknowledgements.give_back(delivery.message)
        for delivery in deliveries:
            delivery.done()

    async def _settle(self, group: list[_Delivery]) -> None:
        """Give each message its effect and acknowledge it, or say where it has to go."""
        readable: list[_Delivery] = []
        for delivery in group:
            if await self._read(delivery):
                readable.append(delivery)
        if len(readable) < 2:
            for delivery in readable:
                await self._settle_alone(delivery)
            return
        try:
            await self._commit(readable)
        except Exception as error:
            log.warning("group_failed", queue=self.queue, messages=len(readable), error=describe(error))
            for delivery in readable:
                await self._settle_alone(delivery)
        else:
            await self._acknowledgements.acknowledge(delivery.message for delivery in readable)

    async def _read(self, delivery: _Delivery) -> bool:
        """Parse the message; whether it shall have an effect here."""
        try:
            delivery.event = envelope.read(delivery.message.body)
        except Unreadable as error:
            delivery.elsewhere = partial(self._bury, delivery, "unreadable", str(error))
        except AgainstSchema as error:
            delivery.elsewhere = partial(self._bury, delivery, "against-schema", str(error))
        except Exception as error:  # a fault of the reader's must not spoil the group either
            delivery.elsewhere = partial(self._bury, delivery, "unreadable", describe(error))
        else:
            if self._consumers.wants(delivery.event.type):
                return self._is_believed(delivery, delivery.event)
            metrics.IGNORED.labels(self.queue).inc()
            await self._acknowledgements.acknowledge([delivery.message])
        return False

    def _is_believed(self, delivery: _Delivery, event: Received[Any]) -> bool:
        """Whether the sender may speak for the event's source; every site can lay messages into every queue."""
        user = delivery.message.user_id
        if user is None and self._accept_unnamed:
            return True
        fault = self._senders.fault(user, event)
        if fault is not None:
            delivery.elsewhere = partial(self._bury, delivery, SENDER, fault, sender=user or "")
        return fault is None

    async def _settle_alone(self, delivery: _Delivery) -> None:
        pause, free_tries = 0.1, FREE_TRIES
        while True:
            try:
                await self._commit([delivery])
            except Permanent as error:
                delivery.elsewhere = partial(self._bury, delivery, "refused", f"{type(error).__name__}: {error}")
            except Exception as error:
                if is_unreachable(error):
                    answers = await self._database.answers()
                    if not answers or free_tries:
                        # No attempt was made, so none is counted: an hour without database must not bury good events.
                        free_tries -= answers
                        log.warning("database_away", queue=self.queue, error=describe(error), pause_seconds=pause)
                        await asyncio.sleep(pause)
                        pause = min(pause * 2, 10)
                        continue
                delivery.elsewhere = partial(self._put_aside, delivery, describe(error))
            else:
                await self._acknowledgements.acknowledge([delivery.message])
            return

    async def _commit(self, deliveries: list[_Delivery]) -> None:
        """Inbox rows, effects and outgoing events of these messages, in one transaction."""
        events = {delivery.event.id: delivery.event for delivery in deliveries if delivery.event is not None}
        started = time.perf_counter()
        async with self._database.transaction() as session:
            connection = await session.connection()
            taken = await connection.execute(_TAKE, {"ids": sorted(events), "consumer": self.queue})
            new: set[UUID] = set(taken.scalars())
            fresh = [event for event in events.values() if event.id in new]
            if fresh:
                await self._consumers.handle(session, fresh)
        metrics.HANDLER_SECONDS.labels(self.queue).observe(time.perf_counter() - started)
        metrics.DUPLICATES.labels(self.queue).inc(len(deliveries) - len(fresh))
        for event in fresh:
            metrics.CONSUMED.labels(self.queue, _name(event)).inc()

    async def _put_aside(self, delivery: _Delivery, exception: str) -> None:
        attempts = delivery.attempts + 1
        if attempts > len(self._retry_pauses):
            await self._bury(delivery, "out-of-attempts", exception, attempts=attempts)
            return
        pause = self._retry_pauses[attempts - 1]
        await self._publish(delivery, retry_exchange(pause), self.queue, {"attempts": attempts})
        if delivery.event is not None:
            metrics.RETRIED.labels(self.queue, _name(delivery.event)).inc()
        log.warning("event_put_aside", **self._ids(delivery), attempts=attempts, pause_seconds=pause, error=exception)

    async def _bury(
        self, delivery: _Delivery, reason: str, exception: str, attempts: int | None = None, **more: FieldValue
    ) -> None:
        attempts = delivery.attempts + 1 if attempts is None else attempts
        why: dict[str, FieldValue] = {
            "reason": reason,
            "exception": exception,
            "attempts": attempts,
            "queue": self.queue,
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
            **more,
        }
        await self._publish(delivery, "", dead_letters_of(self.queue), why)
        metrics.DEAD_LETTERED.labels(self.queue, reason).inc()
        said = {"reason": reason, "exception": exception, "attempts": attempts, **more}
        log.error("event_dead_lettered", **self._ids(delivery), **said)

    async def _publish(
        self, delivery: _Delivery, exchange: str, routing_key: str, headers: dict[str, FieldValue]
    ) -> None:
        """Publish the message elsewhere, confirmed, and only then acknowledge it here."""
        message = delivery.message
        # Headers of others stay behind: what a stranger has put there may be too large to be sent a second time.
        first_key = (message.headers or {}).get("routing-key")
        known = {"routing-key": first_key if isinstance(first_key, str) else message.routing_key or ""}
        await self._link.publish(
            Outgoing(
                exchange,
                routing_key,
                message.body,
                message.message_id,
                message.content_type or "application/octet-stream",
                {**known, **headers},
            )
        )
        await self._acknowledgements.acknowledge([message])

    def _is_settled(self, delivery: _Delivery) -> bool:
        return self._acknowledgements.is_settled(delivery.message)

    def _ids(self, delivery: _Delivery) -> dict[str, str | None]:
        event = delivery.event
        if event is None:
            return {"queue": self.queue, "message_id": _harmless(delivery.message.message_id)}
        return {
            "queue": self.queue,
            "event_id": str(event.id),
            "event_type": _harmless(event.type.removeprefix(PREFIX)),
            "correlation_id": str(event.correlation_id) if event.correlation_id else None,
        }


def _name(event: Received[Any]) -> str:
    """The event's name as a label; types that are nobody's would otherwise grow the number of series without bound."""
    return type(event.data).event if not isinstance(event.data, dict) else "unknown"


def _harmless(word: str | None) -> str | None:
    """A stranger's word, if it looks like one of ours; else it might be anything, and does not belong into a log."""
    return word if word is None or _OURS.fullmatch(word) else "(not one of ours)"
