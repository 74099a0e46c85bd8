# ruff: noqa: T201  (what was measured is the run's answer)
"""A hostile flood costs the others no more than twice what an equal flood of permitted commands does."""

import asyncio
import json
import sys
from urllib.parse import quote

import pytest

from shared.messaging.partners import UNROUTED, command_queue, rights_of_partner
from shared.messaging.users import bring_rights
from tests.component.referrals.connected import System
from tests.delivery.partners.conftest import FULL, City
from tests.delivery.partners.innocent import Innocent, Measured, innocent, quantile, referrals_of
from tests.waiting import eventually

HOSTILE, INNOCENT = "planerladen", "projekt-ankommen"
RATE = 10_000 if FULL else 3_000
SECONDS = 20.0 if FULL else 1.5
BEFORE_SECONDS = 2.0 if FULL else 0.5
"""Each flood has begun so long before it is measured; one that forges, until it is silenced."""
ROUNDS = 3 if FULL else 1
CONNECTIONS = 1000 if FULL else 20
FLOODS = {
    "permitted": ["permitted"] * 5,
    "hostile": ["unreadable", "unnamed", "unrouted", "unrouted", "large"],
    "forged": ["copied"] * 5,
}


@pytest.mark.timeout(600)
async def test_others_do_not_notice(city: City) -> None:
    """The same servers, the two floods in turn: p99 of another partner's commands and news."""
    own = await referrals_of(city, HOSTILE, 5)
    hostile = await city.systems.connect(HOSTILE)
    good = await innocent(city, INNOCENT, 40 if FULL else 5)
    measured = {kind: Measured() for kind in ("nothing", *FLOODS)}
    async with good.connected():
        await good.work(0.5)  # connections and caches
        if FULL:
            measured["nothing"] = await good.work(SECONDS)
        for number in range(ROUNDS):
            for kind in (*FLOODS, *FLOODS)[number % 3 :][:3]:  # none is always the first
                measured[kind] += await _beside(kind, city, hostile, own, good)
                await _clear(city)
    for kind, each in measured.items():
        if each.commands:
            print(f"{kind}: {each}")
    await _is_seen(city)
    for kind in ("hostile", "forged"):
        for what in ("commands", "events"):
            to, found = getattr(measured["permitted"], what), getattr(measured[kind], what)
            assert len(found) >= (200 if FULL else 5)
            p99, p99_to = quantile(found, 0.99), quantile(to, 0.99)
            print(f"{kind}, {what}: p99 {p99 / p99_to:.2f} times that beside permitted commands")
            assert p99 <= (2 * p99_to if FULL else max(20 * p99_to, 5.0)), f"{kind}, {what}: {p99:.3f}, {p99_to:.3f} s"


async def _beside(kind: str, city: City, hostile: System, own: list[str], good: Innocent) -> Measured:
    """What the innocent partner has of it while this flood runs."""
    silenced = await city.metric("lokal_partners_silenced_total")
    arguments = ["--slug", HOSTILE, "--other", INNOCENT, "--referral", *own, "--rate", str(RATE)]
    more = ["--connections", str(CONNECTIONS)] if kind != "permitted" else []
    flood = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.delivery.partners.flood", hostile.url, *FLOODS[kind], *arguments,
        "--seconds", str(SECONDS + BEFORE_SECONDS), *more, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert flood.stdout is not None
    assert await flood.stdout.readline() == b"begun\n"
    begun = asyncio.get_running_loop().time()
    if kind == "forged" and await _lets_forge(city):
        await eventually(lambda: _is_silenced(city, silenced), 60)
        print(f"silenced after {asyncio.get_running_loop().time() - begun:.1f} s")
    else:
        await asyncio.sleep(BEFORE_SECONDS)
    measured = await good.work(SECONDS)
    told, _ = await flood.communicate()
    print(kind, told.decode().strip(), "·", measured)
    written = sum(json.loads(told)["written"])
    assert written > SECONDS * 100
    return measured


async def _lets_forge(city: City) -> bool:
    """Whether the broker is an old one, which looks at the routing key alone."""
    async with city.broker.management() as management:
        return int((await management.get("/overview"))["rabbitmq_version"].partition(".")[0]) < 4


async def _is_silenced(city: City, before: float) -> bool:
    return await city.metric("lokal_partners_silenced_total") > before


async def _is_seen(city: City) -> None:
    """What a flood leaves behind: refusals by reason as rows and metrics, what is unrouted, who was silenced."""
    rows = await city.referrals.rows("select distinct reason from refused_command")
    assert {"unreadable", "unnamed_sender"} <= {row[0] for row in rows}
    for reason in ("unreadable", "unnamed_sender"):
        assert await city.metric("lokal_commands_refused_total", reason=reason) > 0
    await eventually(lambda: _lies_unrouted(city))  # the broker's figures are some seconds old
    logged = city.broker_log()
    if await _lets_forge(city):
        assert await city.metric("lokal_commands_refused_total", reason="foreign_sender") > 0
        assert await city.metric("lokal_partners_silenced_total") > 0
        assert "partner_silenced" in city.log()
    else:  # the broker itself has refused it
        assert logged is None or "CC" in logged
    assert logged is None or "user connection limit" in logged


async def _lies_unrouted(city: City) -> bool:
    async with city.broker.management() as management:
        return (await management.get(f"/queues/{management.vhost}/{UNROUTED}")).get("messages", 0) > 0


async def _clear(city: City) -> None:
    """Each flood finds empty queues."""
    async with city.broker.management() as management:
        for queue in (command_queue(HOSTILE), command_queue(INNOCENT)):
            await management.delete(f"/queues/{management.vhost}/{quote(queue, safe='')}/contents")
        # Whoever was silenced is given the right to write again.
        await bring_rights(management, city.broker.user(HOSTILE), rights_of_partner(HOSTILE))
