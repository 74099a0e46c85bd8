"""What must stand on the broker, as data: declared by `lokal migrate` before anything is published, compared later.

Services declare nothing themselves. A publisher cannot notice a missing binding (the log takes everything, so no
message ever comes back as unroutable); only comparing the broker with this description can.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel

EVENTS = "lokal.events"
"""Topic exchange of all events; routing key `<site>.<service>.<event>.v<major>.<audience>`."""
LOG = "lokal.events.log"
"""Stream that every event also lands in."""

RETRY_PAUSES = (1.0, 5.0, 30.0, 120.0, 600.0)
"""Seconds before the second, third … attempt; after the last one an event is a dead letter."""

_LOG_ARGUMENTS = {
    "x-queue-type": "stream",
    "x-max-age": "30D",
    # The age bound drops whole segments only: with the default of 500 MB a quiet city would keep years.
    "x-stream-max-segment-size-bytes": 20_000_000,
}
_CONSUMER_ARGUMENTS = {
    "x-queue-type": "quorum",
    # What the broker itself gives up (a consumer killed over and over) goes to the dead letters at least once …
    "x-dead-letter-exchange": "",
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
    # … and late: attempts are counted by us, since a killed consumer raises the broker's count as well.
    "x-delivery-limit": 100,
}
_DEAD_ARGUMENTS = {
    "x-queue-type": "quorum",
    # Looking at dead letters gives them back each time; RabbitMQ 4 would drop them after 20 looks.
    "x-delivery-limit": 1_000_000_000,
}


@dataclass(frozen=True, slots=True)
class Exchange:
    """An exchange; all are durable."""

    name: str
    type: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue; all are durable."""

    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Binding:
    """What an exchange hands to a queue."""

    exchange: str
    queue: str
    routing_key: str


@dataclass(frozen=True, slots=True)
class Topology:
    """Exchanges, queues and bindings; `a + b` is both."""

    exchanges: tuple[Exchange, ...] = ()
    queues: tuple[Queue, ...] = ()
    bindings: tuple[Binding, ...] = ()

    def __add__(self, other: "Topology") -> "Topology":
        return Topology(self.exchanges + other.exchanges, self.queues + other.queues, self.bindings + other.bindings)

    async def declare(self, channel: AbstractChannel) -> None:
        """Bring the broker to this description; what is there already stays as it is."""
        for exchange in self.exchanges:
            await channel.declare_exchange(
                exchange.name, exchange.type, durable=True, arguments=dict(exchange.arguments)
            )
        for queue in self.queues:
            await channel.declare_queue(queue.name, durable=True, arguments=dict(queue.arguments))
        for binding in self.bindings:
            queue_on_broker = await channel.get_queue(binding.queue, ensure=False)
            await queue_on_broker.bind(binding.exchange, binding.routing_key)


def dead_letters_of(queue: str) -> str:
    """The queue in which lies what `queue` could not handle."""
    return f"{queue}.dead"


def retry_exchange(pause: float) -> str:
    """The exchange that hands a message back to the queue named by its routing key after `pause` seconds."""
    return f"lokal.retry.{pause:g}s"


def backbone(retry_pauses: Iterable[float] = RETRY_PAUSES) -> Topology:
    """What every consumer needs: the events' exchange, the log, and the waiting rooms for retries.

    A message waits in a queue that nobody consumes; when its time is over, the broker dead-letters it to the default
    exchange with its routing key, which is the name of the queue that it came from.
    """
    topology = Topology(
        exchanges=(Exchange(EVENTS, "topic"),),
        queues=(Queue(LOG, _LOG_ARGUMENTS),),
        bindings=(Binding(EVENTS, LOG, "#"),),
    )
    for pause in retry_pauses:
        name = retry_exchange(pause)
        topology += Topology(
            exchanges=(Exchange(name, "fanout"),),
            queues=(
                Queue(
                    name,
                    {
                        "x-queue-type": "quorum",
                        "x-message-ttl": round(pause * 1000),
                        "x-dead-letter-exchange": "",
                        "x-dead-letter-strategy": "at-least-once",
                        "x-overflow": "reject-publish",
                    },
                ),
            ),
            bindings=(Binding(name, name, "#"),),
        )
    return topology


def consumer_queue(name: str, *routing_keys: str) -> Topology:
    """A consumer's queue with its dead letters, bound to the events that match the routing keys."""
    dead = dead_letters_of(name)
    return Topology(
        queues=(
            Queue(dead, _DEAD_ARGUMENTS),
            Queue(name, {**_CONSUMER_ARGUMENTS, "x-dead-letter-routing-key": dead}),
        ),
        bindings=tuple(Binding(EVENTS, name, key) for key in routing_keys),
    )


def matches(pattern: str, routing_key: str) -> bool:
    """Whether a topic exchange would match (`*` one word, `#` any number of words)."""

    def match(pattern_words: list[str], words: list[str]) -> bool:
        if not pattern_words:
            return not words
        first, *rest = pattern_words
        if first == "#":
            return any(match(rest, words[taken:]) for taken in range(len(words) + 1))
        return bool(words) and first in ("*", words[0]) and match(rest, words[1:])

    return match(pattern.split(".") if pattern else [], routing_key.split(".") if routing_key else [])


async def declare(rabbitmq_url: str, topology: Topology) -> None:
    """Bring the broker at this URL to the description."""
    connection = await aio_pika.connect(rabbitmq_url, timeout=10)
    async with connection:
        await topology.declare(await connection.channel())
