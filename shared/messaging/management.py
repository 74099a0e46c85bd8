"""What the broker says of itself, through its management API (RabbitMQ 3.10 and newer)."""

from collections import Counter
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlsplit

import httpx

from shared.messaging.topology import Topology

GIVEN_UP_BY_THE_BROKER = "given up by the broker"
"""The reason of a dead letter that has none of ours: its consumers were killed over and over."""


@dataclass(frozen=True, slots=True)
class QueueState:
    """A queue as it stands: messages lie in it, consumers read from it."""

    name: str
    messages: int
    consumers: int
    kind: str


class Management:
    """Asks the management API; `url` holds login and, as its path, the virtual host (none: `/`).

    Raises `httpx.HTTPError` where the broker does not answer.
    """

    def __init__(self, url: str, vhost: str = "/") -> None:
        parts = urlsplit(url)
        self.vhost = quote(vhost, safe="")
        """As it stands in paths of the API."""
        self._client = httpx.AsyncClient(
            base_url=f"{parts.scheme}://{parts.hostname}:{parts.port}/api",
            auth=(parts.username or "", parts.password or ""),
            timeout=10,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def get(self, path: str) -> Any:
        """What stands at a path of the API."""
        answer = await self._client.get(path)
        answer.raise_for_status()
        return answer.json()

    async def has(self, path: str) -> bool:
        """Whether something stands at a path of the API."""
        return (await self._client.get(path)).is_success

    async def put(self, path: str, value: Any) -> None:
        """Put something at a path of the API."""
        (await self._client.put(path, json=value)).raise_for_status()

    async def delete(self, path: str) -> None:
        """See to it that nothing stands at a path of the API."""
        answer = await self._client.delete(path)
        if answer.status_code != httpx.codes.NOT_FOUND:
            answer.raise_for_status()

    async def queues(self) -> list[QueueState]:
        """All queues of the virtual host, by name."""
        rows = await self.get(f"/queues/{self.vhost}")
        states = [
            QueueState(row["name"], row.get("messages", 0), row.get("consumers", 0), row.get("type", "classic"))
            for row in rows
        ]
        return sorted(states, key=lambda state: state.name)

    async def reasons(self, dead_letters: str, at_most: int = 500) -> Counter[str]:
        """Why messages lie in a queue of dead letters, from the headers of the first ones; they stay where they are.

        The broker hands them out and takes them back, so `lokal dead` may find one missing for an instant.
        """
        asked = {"count": at_most, "ackmode": "ack_requeue_true", "encoding": "base64", "truncate": 1}
        answer = await self._client.post(f"/queues/{self.vhost}/{quote(dead_letters, safe='')}/get", json=asked)
        answer.raise_for_status()
        headers = [message["properties"].get("headers") or {} for message in answer.json()]
        return Counter(str(each.get("reason", GIVEN_UP_BY_THE_BROKER)) for each in headers)

    async def missing(self, topology: Topology) -> list[str]:
        """What the description has and the broker has not, in words; empty if nothing is missing."""
        exchanges = {row["name"]: row["type"] for row in await self.get(f"/exchanges/{self.vhost}")}
        queues = {row["name"]: row["arguments"] for row in await self.get(f"/queues/{self.vhost}")}
        bindings = {
            (row["source"], row["destination"], row["routing_key"]) for row in await self.get(f"/bindings/{self.vhost}")
        }
        missing: list[str] = []
        for exchange in topology.exchanges:
            if exchange.name not in exchanges:
                missing.append(f"exchange {exchange.name}")
            elif exchanges[exchange.name] != exchange.type:
                missing.append(f"exchange {exchange.name} as described: {exchange.type}")
        for queue in topology.queues:
            if queue.name not in queues:
                missing.append(f"queue {queue.name}")
            # Declared otherwise, by hand or by an older version: without its dead letters, say, or on one node only.
            elif differing := sorted(
                name for name, value in queue.arguments.items() if queues[queue.name].get(name) != value
            ):
                missing.append(f"queue {queue.name} as described: {', '.join(differing)}")
        missing += [
            f"binding {binding.exchange} → {binding.queue} ({binding.routing_key})"
            for binding in topology.bindings
            if (binding.exchange, binding.queue, binding.routing_key) not in bindings
        ]
        return missing
