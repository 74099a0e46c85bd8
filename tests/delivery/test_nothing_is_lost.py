# ruff: noqa: T201  (what has happened to a run is its answer)
"""Whatever dies on the way: what the client was told is accepted has its effect in the figures, once.

The short form belongs to `make test`; the long one (10,000 events, the broker restarted twice) is `make test-delivery`.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from uuid import UUID

import httpx
import pytest

from deploy.servers import Servers
from deploy.servers.given import GivenServer
from shared.messaging.topology import consumer_queue, declare
from tests.component.messaging.stage import rows
from tests.delivery import worker
from tests.delivery.chaos import COUNTER, PROJECTION, Chaos
from tests.delivery.client import Client
from tests.journeys.conftest import SITE, Stack
from tests.waiting import eventually

FULL = os.environ.get("LOKAL_DELIVERY") == "full"
EVENTS = 10_000 if FULL else 1_500
KILLS = 24 if FULL else 6
CLIENTS = 12


@pytest.fixture
async def chaos(stack: Stack, running_servers: Servers, new_database: Callable[[], str]) -> AsyncIterator[Chaos]:
    """The city, a further relay and a further consumer, all of them mortal."""
    if isinstance(running_servers.rabbitmq, GivenServer) or isinstance(running_servers.postgres, GivenServer):
        pytest.skip("the servers were given by URL and are not ours to restart")
    seed = int(os.environ.get("LOKAL_SEED") or random.randrange(10**9))
    print(f"LOKAL_SEED={seed}")
    counter_database = new_database()
    await worker.prepare(counter_database)
    await declare(stack.rabbitmq_url, consumer_queue(COUNTER, "#"))
    chaos = Chaos(stack, counter_database, random.Random(seed))
    await eventually(lambda: asyncio.to_thread(stack.all_told))
    await chaos.double(1000)  # what was told before the further consumer had a queue
    for part in ("relay", "consumer"):
        chaos.start_worker(part)
    yield chaos
    chaos.stop_workers()


@pytest.mark.timeout(900 if FULL else 300)
async def test_accepted_calls_are_exactly_what_is_projected(
    stack: Stack, running_servers: Servers, chaos: Chaos
) -> None:
    """Relays, consumers and the service killed in open transactions, broker and database restarted, messages doubled,
    disordered and poisoned: the ids that the client wrote down are the ids in the projections, each once."""
    token = stack.client().headers["authorization"]
    async with httpx.AsyncClient(
        base_url=stack.variables()["GATEWAY_URL"], headers={"authorization": token}, timeout=30
    ) as http:
        client = Client(http, chaos.chance)
        await _while_everything_breaks(client, chaos, running_servers)
    print(
        f"{client.events} events, {client.repeated} calls repeated; killed {chaos.kills}, in transactions {chaos.hits}"
    )

    await eventually(lambda: asyncio.to_thread(stack.all_told), 120)
    await eventually(lambda: _settled(chaos), 60)
    await chaos.note_redelivered()
    print(f"{chaos.redelivered:.0f} redelivered, {chaos.doubled} doubled, {chaos.disordered} disordered")

    # What the client wrote down, and nothing else, and nothing twice.
    reporting = stack.variables()["DATABASE_URL_REPORTING"]
    intake = stack.variables()[f"DATABASE_URL_INTAKE_{SITE.upper().replace('-', '_')}"]
    assert await _ids(reporting, "select contact_id from contact") == Counter(client.contacts)
    assert await _ids(reporting, "select household_id from household") == Counter(client.households)
    assert await _ids(intake, "select id from contact") == Counter(client.contacts)
    assert (await rows(intake, "select sum(last)::int from subject_sequence"))[0]["sum"] == client.events
    assert await rows(intake, "select 1 from outbox") == []

    # Every event has had its effect once, also where nothing but the inbox guards it.
    archived = await _ids(reporting, "select id from event_archive")
    assert set(archived.values()) == {1}
    assert await _ids(chaos.counter_database, "select event_id from counted") == archived

    # Poison is where it can be seen, and nothing good is with it.
    for queue in (PROJECTION, COUNTER):
        await eventually(lambda queue=queue: _all_poison_lies_in(queue, chaos), 60)

    # The run counts: kills hit open transactions on both sides of the broker, and messages came again.
    assert set(chaos.kills) == set(chaos.victims)
    assert set(chaos.hits) & {f"intake/{SITE}", "relay"}
    assert set(chaos.hits) & {"reporting", "consumer"}
    assert chaos.redelivered > 0
    assert chaos.doubled
    assert chaos.disordered
    (disorder,) = await rows(
        chaos.counter_database,
        "select count(*) from (select sequence < lag(sequence) over (partition by subject order by position) as late"
        " from counted) as arrived where late",
    )
    print(f"{disorder['count']} events arrived after later ones of their subject")


async def _while_everything_breaks(client: Client, chaos: Chaos, servers: Servers) -> None:
    """The client works; at random points something dies."""
    work = asyncio.gather(*(client.work(EVENTS) for _ in range(CLIENTS)))
    names = list(chaos.victims)
    steps: list[str] = [*(names[number % len(names)] for number in range(KILLS)), "database"]
    chaos.chance.shuffle(steps)
    restarts = ["broker stops", "broker dies"] if FULL else ["broker stops"]
    for number, restart in enumerate(restarts, start=1):
        steps.insert(len(steps) * number // (len(restarts) + 1), restart)
    for number, step in enumerate(steps, start=1):
        client.pace = EVENTS * number // (len(steps) + 1)
        await eventually(lambda: client.events >= client.pace or work.done(), 120)
        if step.startswith("broker"):
            assert client.events <= EVENTS
        await _happens(step, chaos, servers)
    client.may_stop = True
    client.pace = EVENTS
    await work


async def _happens(step: str, chaos: Chaos, servers: Servers) -> None:
    if step == "database":
        await asyncio.to_thread(servers.postgres.restart)
    elif step == "broker stops":
        await asyncio.to_thread(servers.rabbitmq.restart)
    elif step == "broker dies":
        await asyncio.to_thread(servers.rabbitmq.kill)
        await asyncio.to_thread(servers.rabbitmq.start)
        await asyncio.to_thread(servers.rabbitmq.wait)
    else:
        await chaos.kill(step)
        if step == "consumer":  # what it held is now at the head of its queue
            await chaos.disorder(COUNTER)
        await chaos.double(50)
        await chaos.add_poison()


async def _settled(chaos: Chaos) -> bool:
    """Both consumers have had everything, and the relays' outbox is empty."""
    archive = chaos.stack.variables()["DATABASE_URL_REPORTING"]
    (archived,) = await rows(archive, "select count(*) from event_archive")
    (counted,) = await rows(chaos.counter_database, "select count(*) from counted")
    assert counted["count"] >= archived["count"]
    return True


async def _all_poison_lies_in(queue: str, chaos: Chaos) -> bool:
    assert await chaos.dead_letters(queue) == chaos.poison
    return True


async def _ids(url: str, query: str) -> Counter[UUID]:
    return Counter(row[0] for row in await rows(url, query))
