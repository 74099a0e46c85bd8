"""The delivery side of a running service: relay and, where it listens, a subscription."""

import asyncio
from types import TracebackType
from typing import Self

from shared.contracts import catalogue
from shared.database import Database
from shared.messaging.consumers import Consumers
from shared.messaging.inbox import Inbox
from shared.messaging.link import Link
from shared.messaging.relay import Relay
from shared.messaging.subscription import Subscription


class Messaging:
    """Runs while it is entered: ``async with Messaging(url, database, queue="…", consumers=consumers): …``.

    Entering does not wait for the broker: a service works without it, and its outbox grows meanwhile.
    """

    def __init__(
        self,
        rabbitmq_url: str,
        database: Database,
        *,
        queue: str | None = None,
        consumers: Consumers | None = None,
        accept_unnamed: bool = False,
    ) -> None:
        self._link = Link(rabbitmq_url, name="lokal inbox")
        self._relay = Relay(database.url, rabbitmq_url)
        self._subscription: Subscription | None = None
        if queue is not None and consumers is not None:
            inbox = Inbox(queue, consumers, database, self._link, accept_unnamed=accept_unnamed)
            self._subscription = Subscription(rabbitmq_url, inbox, self._link)
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        catalogue()  # loaded before the first event comes, which would else wait for it
        self._tasks = [asyncio.create_task(self._relay.run(), name="relay")]
        if self._subscription is not None:
            self._tasks.append(asyncio.create_task(self._subscription.run(), name="subscription"))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._link.close()

    def problems(self) -> list[str]:
        """What keeps the service from being ready, in a few words each; empty if nothing does."""
        found = [f"{task.get_name()} has ended" for task in self._tasks if task.done()]
        if self._subscription is not None and not self._subscription.consumers_on_queue:
            found.append("nobody consumes the service's queue")
        return found
