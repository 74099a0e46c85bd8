# ruff: noqa: T201  (what was measured is the run's answer)
"""A partner that reads nothing: its queue grows and grows, and nobody else is slowed down by it."""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from urllib.parse import quote

import pytest

from shared.messaging.partners import partner_queue
from tests.component.referrals.connected import System
from tests.delivery.partners.conftest import FULL, City
from tests.delivery.partners.innocent import Innocent, Measured, innocent, quantile
from tests.waiting import eventually

SLOW, INNOCENT = "planerladen", "projekt-ankommen"
NOBODY = "niemand"
"""The same load without the slow partner is addressed to it: no queue takes it but the log."""
MESSAGES = 1_000_000 if FULL else 10_000
STEPS = 4 if FULL else 1
RATE = 6_000 if FULL else 5_000
"""Events a second, in both phases."""


@dataclass
class Phases:
    """What the innocent partner has had, and how many events a second the broker has taken meanwhile."""

    measured: Measured = field(default_factory=Measured)
    rates: list[float] = field(default_factory=list)


@pytest.mark.timeout(1800)
async def test_nobody_else_is_slowed_down(city: City) -> None:
    """The same load in turn, addressed to the slow partner and to nobody: what another partner has of it."""
    slow = await city.systems.connect(SLOW)
    good = await innocent(city, INNOCENT, 40 if FULL else 5)
    without, beside = Phases(), Phases()
    async with good.connected():
        await good.work(0.5)  # connections and caches
        for step in range(1, STEPS + 1):
            await _phase(without, city, good, NOBODY)
            await _phase(beside, city, good, SLOW)
            await eventually(lambda step=step: _lies_there(city, MESSAGES * step // STEPS), 60)
            print(f"{await _waiting(city)} lie there; broker's memory {await _memory(city)} MB")
        if FULL:  # all of them lie there, and nothing more comes
            print(f"a million lie there: {await good.work(30)}")
    for name, phases in (("without", without), ("beside", beside)):
        rates = ", ".join(f"{rate:.0f}" for rate in phases.rates)
        print(f"{name}: {rates} events/s; {phases.measured}")
    assert sum(beside.rates) >= (0.8 if FULL else 0.3) * sum(without.rates)
    for what in ("commands", "events"):
        to, found = getattr(without.measured, what), getattr(beside.measured, what)
        p99, p99_to = quantile(found, 0.99), quantile(to, 0.99)
        print(f"{what}: p99 {p99 / p99_to:.2f} times that without")
        assert p99 <= (2 * p99_to if FULL else max(20 * p99_to, 5.0)), f"{what}: {p99:.3f} s to {p99_to:.3f} s"
    assert await _is_whole(slow)


async def _phase(phases: Phases, city: City, good: Innocent, to: str) -> None:
    """Bring a share of the messages; the innocent partner works as long as that takes."""
    count = MESSAGES // STEPS
    load = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.delivery.partners.load", city.broker.url, to,
        "--count", str(count), "--rate", str(RATE), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert load.stdout is not None
    assert await load.stdout.readline() == b"begun\n"
    begun = time.monotonic()
    finished = asyncio.create_task(load.communicate())
    while not finished.done():
        phases.measured += await good.work(5 if FULL else 1)
    told = json.loads((await finished)[0])
    assert told["confirmed"] == count
    phases.rates.append(count / told["seconds"])
    print(f"{to}: {told}, {time.monotonic() - begun:.0f} s")


async def _waiting(city: City) -> int:
    async with city.broker.management() as management:
        row = await management.get(f"/queues/{management.vhost}/{quote(partner_queue(SLOW), safe='')}")
    return int(row.get("messages", 0))


async def _lies_there(city: City, count: int) -> bool:
    assert await _waiting(city) >= count
    return True


async def _memory(city: City) -> int:
    async with city.broker.management() as management:
        return int((await management.get("/nodes"))[0]["mem_used"] / 1_000_000)


async def _is_whole(slow: System) -> bool:
    """It can still be read: nothing of the first messages is missing."""
    async with slow.channel() as channel:
        queue = await channel.get_queue(partner_queue(SLOW), ensure=False)
        return bool((await queue.get(timeout=60)).body)
