"""The letters of a running service: a courier for those that go out, a box for those that come."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

from shared.letters.box import PREFETCH, LetterBox
from shared.letters.courier import Courier
from shared.messaging.link import Link
from shared.messaging.subscription import Subscription


class Letters:
    """Runs while it is entered; entering does not wait for the broker.

    `box` makes the letter box with the line on which it moves letters to where they have to go.
    """

    def __init__(self, rabbitmq_url: str, courier: Courier, box: Callable[[Link], LetterBox]) -> None:
        self._link = Link(rabbitmq_url, name="lokal letter box")
        self._courier = courier
        self._subscription = Subscription(rabbitmq_url, box(self._link), self._link, prefetch=PREFETCH)
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [
            asyncio.create_task(self._courier.run(), name="courier"),
            asyncio.create_task(self._subscription.run(), name="letter box"),
        ]
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
        if not self._subscription.consumers_on_queue:
            found.append("nobody consumes the site's letters")
        return found
