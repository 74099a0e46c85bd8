"""What every contender of the benchmark shares: three processes, a start signal, and a clock for each event."""

import asyncio
import multiprocessing
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from statistics import quantiles
from typing import Protocol
from uuid import UUID

import uvloop

CLIENTS = 16
"""Clients of the producer; every contender has as many."""
WARM_UP_SECONDS = 2
"""Of a paced run, not counted in its latency: every contender opens its connections meanwhile, once in a service's
life."""

PARTS = ("consumer", "relay", "producer")
"""The processes of a contender, in the order in which they start."""

_processes = multiprocessing.get_context("fork")


class Run:
    """One run of one contender: where the servers are, how many events, and when each began and had its effect."""

    def __init__(self, amqp: str, database: str, events: int, rate: float | None = None) -> None:
        self.amqp, self.database, self.rate = amqp, database, rate
        self.events = events // CLIENTS * CLIENTS
        self._begun = _processes.Array("d", self.events, lock=False)
        self._missing = self.events
        self._effective = _processes.Array("d", self.events, lock=False)
        self._worked = {part: _processes.Value("d", 0.0, lock=False) for part in PARTS}
        self._ready = _processes.Event()
        self._over = _processes.Event()

    # --- the producer's side

    async def households(self, client: int) -> AsyncIterator[UUID]:
        """The ids that one client registers, at full speed or at the run's rate (events a second, all clients)."""
        started = time.time()
        for turn, number in enumerate(range(client, self.events, CLIENTS)):
            if self.rate is not None:
                due = started + (turn * CLIENTS + client) / self.rate
                await asyncio.sleep(max(0.0, due - time.time()))
                self._begun[number] = due  # a late start counts: the caller waits for it
            else:
                self._begun[number] = time.time()
            yield UUID(int=number + 1)

    # --- the consumer's side

    def ready(self) -> None:
        """The consumer listens."""
        self._ready.set()

    def effective(self, households: Iterable[UUID]) -> bool:
        """These households' events have been committed by the consumer; True when all have."""
        now = time.time()
        for household in households:
            self._missing -= not self._effective[household.int - 1]
            self._effective[household.int - 1] = now
        return self._missing == 0

    async def over(self) -> None:
        """Wait until the run is over (the relay's end)."""
        await asyncio.to_thread(self._over.wait)

    # --- the result

    def begin(self, contender: "Contender") -> None:
        """Run the three processes to the end."""
        uvloop.run(_coroutine(contender.setup(self)))
        parts = {
            name: _processes.Process(target=_work, args=(getattr(contender, name), self, self._worked[name]), name=name)
            for name in PARTS
        }
        parts["consumer"].start()
        parts["relay"].start()
        if not self._ready.wait(60):
            raise TimeoutError(f"{contender.__name__}: the consumer did not become ready")
        time.sleep(1)  # the relay's connections, which are not what is measured
        parts["producer"].start()
        parts["consumer"].join(300)
        self._over.set()
        for process in parts.values():
            process.join(15)
            if process.is_alive():
                process.kill()
                process.join()
        if not all(self._effective):
            raise TimeoutError(
                f"{contender.__name__}: {sum(map(bool, self._effective))} of {self.events} had an effect"
            )

    @property
    def rate_reached(self) -> float:
        """Events per second from the first command to the last effect."""
        return float(self.events / (max(self._effective) - min(self._begun)))

    @property
    def work(self) -> dict[str, float]:
        """Seconds of processor time an event in each process; the servers' own is not in it."""
        return {part: seconds.value / self.events for part, seconds in self._worked.items()}

    @property
    def latency(self) -> "Latency":
        """Seconds from the call of the command to the committed effect, after the warm-up."""
        taken = [end - begin for begin, end in zip(self._begun, self._effective, strict=True)]
        cuts = quantiles(taken[round(WARM_UP_SECONDS * (self.rate or 0)) :], n=100)
        return Latency(cuts[49], cuts[98])


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds: the median, and what 99 of 100 events stay below."""

    p50: float
    p99: float


class Contender(Protocol):
    """A module with these four coroutines."""

    __name__: str

    def setup(self, run: Run) -> Awaitable[None]: ...
    def producer(self, run: Run) -> Awaitable[None]: ...
    def relay(self, run: Run) -> Awaitable[None]: ...
    def consumer(self, run: Run) -> Awaitable[None]: ...


async def _coroutine(awaitable: Awaitable[None]) -> None:
    await awaitable


def _work(part: Callable[[Run], Awaitable[None]], run: Run, worked: "Synchronized[float]") -> None:
    before = time.process_time()
    uvloop.run(_coroutine(part(run)))
    worked.value = time.process_time() - before
