"""A partner that keeps to the rules while others do not: how long its commands and its news take."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aio_pika
import aiormq
import orjson
from aio_pika.abc import AbstractExchange, AbstractIncomingMessage

from shared.contracts import PREFIX
from shared.contracts.referrals import CommandRefused
from shared.contracts.words import CITY, RefusalReason
from shared.messaging import outbox
from shared.messaging.link import user_of
from shared.messaging.partners import COMMANDS, partner_queue
from tests.component.referrals.connected import System
from tests.component.referrals.scene import Scene
from tests.delivery.partners.conftest import City

EVENTS_PER_SECOND = 30
COMMANDS_PER_SECOND = 20
REFERRALS = 20
"""Its commands go round them: each waits for the one before it about the same referral."""
_PROBE = "confirm-deletion"
"""The events whose way is measured name this command, which the partner never sends."""


@dataclass
class Measured:
    """Seconds that each command took to its event, and each event from its commit to the partner's queue."""

    commands: list[float] = field(default_factory=list)
    events: list[float] = field(default_factory=list)
    seconds: float = 0.0
    refused_by_broker: int = 0
    """Commands that the broker did not take at once; they were sent again, and the time ran on."""

    def __add__(self, other: "Measured") -> "Measured":
        return Measured(
            self.commands + other.commands,
            self.events + other.events,
            self.seconds + other.seconds,
            self.refused_by_broker + other.refused_by_broker,
        )

    def __str__(self) -> str:
        each = (
            f"{name}: {len(times)}, p50 {quantile(times, 0.5) * 1000:.0f} ms, p99 {quantile(times, 0.99) * 1000:.0f} ms"
            for name, times in (("commands", self.commands), ("events", self.events))
        )
        return "; ".join((*each, f"{self.refused_by_broker} commands sent again"))


def quantile(times: list[float], share: float) -> float:
    """The value that this share of the times does not exceed."""
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


class Innocent:
    """Holds and resumes its referrals at a steady pace, and gets an event of its own in between."""

    def __init__(self, city: City, system: System, referrals: list[str]) -> None:
        self._city = city
        self._system = system
        self._referrals = referrals
        self._held = dict.fromkeys(referrals, False)
        self._waited_for: dict[tuple[str, str], asyncio.Future[float]] = {}
        self._exchange: AbstractExchange | None = None
        # Their commits are not what is measured, and need not have all of the pool.
        self._committing = asyncio.Semaphore(4)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator["Innocent"]:
        """Its program runs meanwhile."""
        async with self._system.channel() as sending, self._system.channel() as reading:
            self._exchange = await sending.get_exchange(COMMANDS, ensure=False)
            await reading.set_qos(prefetch_count=200)
            await (await reading.get_queue(partner_queue(self._system.slug), ensure=False)).consume(self._take)
            yield self

    async def work(self, seconds: float) -> Measured:
        """Work for so long; what it was like."""
        measured = Measured(seconds=seconds)
        count = len(self._referrals)
        await asyncio.gather(
            self._news(measured, seconds),
            *(
                self._commands(referral, measured, seconds, number / COMMANDS_PER_SECOND, count / COMMANDS_PER_SECOND)
                for number, referral in enumerate(self._referrals)
            ),
        )
        return measured

    async def _take(self, message: AbstractIncomingMessage) -> None:
        event = orjson.loads(message.body)
        name, data = event["type"].removeprefix(PREFIX).rpartition(".")[0], event["data"]
        about = data["command_id"] if data.get("command") == _PROBE else event["subject"]
        if (waiting := self._waited_for.pop((name, about), None)) is not None and not waiting.done():
            waiting.set_result(time.perf_counter())
        await message.ack()

    def _wait_for(self, name: str, about: str) -> asyncio.Future[float]:
        waiting = self._waited_for[name, about] = asyncio.get_running_loop().create_future()
        return waiting

    async def _news(self, measured: Measured, seconds: float) -> None:
        begun = time.perf_counter()
        arriving: list[asyncio.Task[None]] = []
        for number in range(int(seconds * EVENTS_PER_SECOND)):
            await asyncio.sleep(begun + number / EVENTS_PER_SECOND - time.perf_counter())
            arriving.append(asyncio.create_task(self._one_event(measured)))
        await asyncio.gather(*arriving)

    async def _one_event(self, measured: Measured) -> None:
        probe: dict[str, Any] = {"partner": self._system.slug, "site": CITY, "reason": RefusalReason.FAILED}
        command_id = uuid4()
        arrived = self._wait_for("command-refused", str(command_id))
        async with self._committing, self._city.referrals.transaction() as session:
            told = CommandRefused(**probe, command=_PROBE, command_id=command_id)
            # Not through `Scene`: it is the way of an event alone, from its commit on.
            await outbox.add(session, told, audience=self._system.slug)
        began = time.perf_counter()
        async with asyncio.timeout(60):
            measured.events.append(max(await arrived - began, 0))

    async def _commands(self, referral: str, measured: Measured, seconds: float, first: float, every: float) -> None:
        begun = time.perf_counter()
        due = begun + first
        while due < begun + seconds:
            await asyncio.sleep(due - time.perf_counter())
            held = self._held[referral]
            arrived = self._wait_for("referral-resumed" if held else "referral-held", referral)
            async with asyncio.timeout(60):
                await self._send("resume-referral" if held else "hold-referral", referral, measured)
                measured.commands.append(await arrived - due)
            self._held[referral] = not held
            due = max(due + every, time.perf_counter())

    async def _send(self, command: str, referral: str, measured: Measured) -> None:
        slug = self._system.slug
        known = {"specversion": "1.0", "id": str(uuid4()), "source": f"/partners/{slug}"}
        body = orjson.dumps({**known, "type": f"{PREFIX}{command}.v1", "data": {"referral_id": referral}})
        assert self._exchange is not None
        while True:
            message = aio_pika.Message(body, user_id=user_of(self._system.url), delivery_mode=2)
            try:
                await self._exchange.publish(message, f"{slug}.{command}.v1")
            except (aiormq.exceptions.DeliveryError, aio_pika.exceptions.DeliveryError):
                measured.refused_by_broker += 1
                await asyncio.sleep(0.02)
            else:
                return


async def innocent(city: City, slug: str, count: int = REFERRALS) -> Innocent:
    """A connected partner with referrals that it works on."""
    referrals = await referrals_of(city, slug, count)
    return Innocent(city, await city.systems.connect(slug), referrals)


async def referrals_of(city: City, slug: str, count: int) -> list[str]:
    """Referrals that wait for the partner's answer."""
    first = await Scene(city.referrals, partner=slug).set_up()
    found = [await first.sent()]
    for _ in range(count - 1):
        scene = Scene(city.referrals, partner=slug, partner_id=first.partner_id, offer=first.offer)
        found.append(await (await scene.set_up_family()).sent())
    return found


def ratio(times: list[float], to: list[float], share: float) -> float:
    """How many times longer this share of the times takes."""
    return quantile(times, share) / quantile(to, share)
