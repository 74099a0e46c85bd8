"""What every contender of the benchmark shares: three processes, a start signal and an end signal."""

import asyncio
import multiprocessing
import time
from collections.abc import Awaitable, Callable
from multiprocessing.synchronize import Event
from typing import Protocol

import uvloop

CLIENTS = 16
"""Clients of the producer; every contender has as many."""


class Signals:
    """How the processes of one run tell each other that they are ready, done or no longer needed."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("fork")
        self._ready: Event = context.Event()
        self._stop: Event = context.Event()
        self._done_at = context.Value("d", 0.0)

    def ready(self) -> None:
        """The consumer listens."""
        self._ready.set()

    def done(self) -> None:
        """The consumer has seen the effect of the last event."""
        self._done_at.value = time.time()

    async def stopped(self) -> None:
        """Wait until the run is over."""
        await asyncio.to_thread(self._stop.wait)

    def wait_ready(self) -> None:
        """Wait for the consumer."""
        if not self._ready.wait(30):
            raise TimeoutError("the consumer did not become ready")

    def stop(self) -> None:
        """The run is over."""
        self._stop.set()

    @property
    def done_at(self) -> float:
        """When the consumer was done, in seconds since the epoch."""
        if not self._done_at.value:
            raise TimeoutError("the consumer did not see all events")
        return self._done_at.value


Part = Callable[[Signals, str, str, int], Awaitable[None]]


class Contender(Protocol):
    """A module with these four coroutines."""

    __name__: str
    producer: Part
    relay: Part
    consumer: Part

    def setup(self, amqp: str, database_url: str) -> Awaitable[None]: ...


def _run(part: Part, signals: Signals, amqp: str, database_url: str, events: int) -> None:
    uvloop.run(part(signals, amqp, database_url, events))  # type: ignore[arg-type]


def measure(contender: Contender, amqp: str, database_url: str, events: int) -> float:
    """Events per second from the first command to the last effect, with three processes beside broker and database."""
    events = events // CLIENTS * CLIENTS
    uvloop.run(contender.setup(amqp, database_url))  # type: ignore[arg-type]
    context = multiprocessing.get_context("fork")
    signals = Signals()
    arguments = (signals, amqp, database_url, events)
    consumer = context.Process(target=_run, args=(contender.consumer, *arguments))
    relay = context.Process(target=_run, args=(contender.relay, *arguments))
    producer = context.Process(target=_run, args=(contender.producer, *arguments))
    consumer.start()
    relay.start()
    signals.wait_ready()
    time.sleep(1)  # the relay's connections; not part of what is measured
    started = time.time()
    producer.start()
    consumer.join(120)
    signals.stop()
    for process in (producer, relay, consumer):
        process.join(10)
        if process.is_alive():
            process.terminate()
            process.join()
    return events / (signals.done_at - started)
