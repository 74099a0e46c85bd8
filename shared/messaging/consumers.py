"""A service's table of handlers: what it does on which event, on one screen.

A handler gets the session of the running transaction and never commits; it may add events to the outbox. It is called
again when its transaction was rolled back, so its only effects are those that it makes through the session.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from sqlmodel.ext.asyncio.session import AsyncSession

from shared import tracing
from shared.contracts import Event, catalogue
from shared.messaging.envelope import Received

E = TypeVar("E", bound=Event)
HandleOne = Callable[[AsyncSession, Received[E]], Awaitable[None]]
HandleMany = Callable[[AsyncSession, list[Received[E]]], Awaitable[None]]
_Many = Callable[[AsyncSession, list[Received[Any]]], Awaitable[None]]


class Permanent(Exception):
    """Raise it for what can never work, however often it is tried: the event becomes a dead letter at once.

    The text is published with the dead letter: it names what is wrong and holds no personal data.
    """


class Consumers:
    """Which handler is called for which event.

    A handler names one major of an event and gets every fact once in it: what was written before there was that major
    is brought to it, what only restates a newer event in a former major is passed over.
    """

    def __init__(self) -> None:
        self._handlers: dict[str, _Many] = {}
        self._majors: dict[str, int] = {}
        self._every: _Many | None = None

    def on(self, *events: type[E]) -> Callable[[HandleOne[E]], HandleOne[E]]:
        """Call the function for each event of these types."""

        def register(handle: HandleOne[E]) -> HandleOne[E]:
            async def one_after_the_other(session: AsyncSession, received: list[Received[Any]]) -> None:
                for event in received:
                    # What the handler says and writes belongs to the event's story, and was caused by it.
                    with tracing.story(event.correlation_id, event.traceparent, causation_id=event.id):
                        await handle(session, event)

            self._register(events, one_after_the_other)
            return handle

        return register

    def on_many(self, *events: type[E]) -> Callable[[HandleMany[E]], HandleMany[E]]:
        """Call the function once for all events of these types that share a transaction, in order of arrival.

        For projections: they have several causes at once, so that nothing they wrote would belong to one story.
        """

        def register(handle: HandleMany[E]) -> HandleMany[E]:
            self._register(events, handle)
            return handle

        return register

    def every(self, handle: _Many) -> _Many:
        """Call the function with all events, known or not, before the handlers of their types."""
        if self._every is not None:
            raise TypeError("there is a handler for every event already")
        self._every = handle
        return handle

    def _register(self, events: Sequence[type[Event]], handle: _Many) -> None:
        for event in events:
            if event.type in self._handlers:
                raise TypeError(f"{event.type} has a handler already")
            if self._majors.setdefault(event.event, event.major) != event.major:
                raise TypeError(f"{event.event} would be counted twice: it has a handler for another major")
            self._handlers[event.type] = handle

    def wants(self, event_type: str) -> bool:
        """Whether an event of this type has any effect here."""
        known = catalogue().get(event_type)
        older = known is not None and known.major < self._majors.get(known.event, 0)
        return self._every is not None or event_type in self._handlers or older

    async def handle(self, session: AsyncSession, received: list[Received[Any]]) -> None:
        """Call every handler that these events have."""
        if self._every is not None:
            await self._every(session, received)
        by_handler: dict[_Many, list[Received[Any]]] = {}
        for told in received:
            event = self._in_our_major(told)
            if event is not None and (handler := self._handlers.get(event.type)) is not None:
                by_handler.setdefault(handler, []).append(event)
        # In the order of registration, not of arrival: two instances with the same rows would lock them crosswise.
        for handler in dict.fromkeys(self._handlers.values()):
            if handler in by_handler:
                await handler(session, by_handler[handler])

    def _in_our_major(self, event: Received[Any]) -> Received[Any] | None:
        """The event in the major that is handled here; None if the same comes as an event of its own."""
        data = event.data
        while isinstance(data, Event) and data.type not in self._handlers:
            newer = data.in_next_major()
            if newer is None or event.restates is not None:
                return None
            data = newer
        return event if data is event.data else replace(event, type=data.type, data=data)
