"""What goes wrong on purpose, and proof that it went wrong where it hurts."""

import asyncio
import os
import random
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aio_pika
import asyncpg
import httpx

from shared.messaging.link import user_of
from tests.delivery.worker import QUEUE as COUNTER
from tests.journeys.conftest import SITE, Stack
from tests.waiting import eventually

PROJECTION = "city.reporting.projection"
LOOK_SECONDS = 0.3
"""A transaction that has stood still for so long, with its process stopped, is that process's."""

_STANDS_STILL = """
    select count(*) from pg_stat_activity
    where datname = current_database() and state = 'idle in transaction' and backend_xid is not null
      and state_change < clock_timestamp() - make_interval(secs => $1)
"""
_POISON: list[tuple[str, bytes]] = [
    ("no JSON", b"\x00\x01 not an event"),
    ("no event", b'{"specversion": "1.0", "data": {}}'),
    ("against its schema", b'{"specversion":"1.0","id":"01a203fc-630d-7000-8dc1-9fe70a17f4fc","source":"/x",'
     b'"subject":"x",'
     b'"type":"de.dortmund.lokal-willkommen.household-moved.v1","time":"2017-01-01T00:00:00Z","site":"x",'
     b'"sequence":"0000000001","data":{"household_id":"nobody"}}'),
    ("too large", b"x" * 300_000),
]  # fmt: skip


@dataclass
class Chaos:
    """Kills processes, doubles and disorders messages, poisons queues; counts what it has done."""

    stack: Stack
    counter_database: str
    chance: random.Random
    hits: dict[str, int] = field(default_factory=dict)
    """Kills that left an open transaction behind, by victim."""
    kills: dict[str, int] = field(default_factory=dict)
    poison: set[str] = field(default_factory=set)
    doubled: int = 0
    disordered: int = 0
    redelivered: float = 0
    _workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    # ---- victims -------------------------------------------------------------------------------------------------

    @property
    def victims(self) -> dict[str, Callable[[], int]]:
        """Process ids, by name; the services are started again by the local host, the workers by us."""
        return {
            f"intake/{SITE}": lambda: self._pid_of_service(f"intake/{SITE}"),
            "reporting": lambda: self._pid_of_service("reporting"),
            "relay": lambda: self._workers["relay"].pid,
            "consumer": lambda: self._workers["consumer"].pid,
        }

    def _pid_of_service(self, name: str) -> int:
        pairs = (pair.split("=") for pair in self.stack.variables()["LOKAL_PIDS"].split())
        return int(dict(pairs)[name])

    def _database_of(self, victim: str) -> str:
        if victim == "consumer":
            return self.counter_database
        name = "DATABASE_URL_REPORTING" if victim == "reporting" else f"DATABASE_URL_INTAKE_{SITE.upper()}"
        return self.stack.variables()[name.replace("-", "_")]

    def start_worker(self, part: str) -> None:
        """Start a relay or a consumer of our own."""
        environment = {
            **os.environ,
            "WORKER_RABBITMQ_URL": self.stack.rabbitmq_url,
            "WORKER_DATABASE_URL": self._database_of(part),
        }
        with (self.stack.folder / f"{part}.log").open("ab") as log:
            self._workers[part] = subprocess.Popen(
                [sys.executable, "-m", "tests.delivery.worker", part], env=environment, stdout=log, stderr=log
            )

    def stop_workers(self) -> None:
        """End what is left of them."""
        for worker in self._workers.values():
            worker.kill()
            worker.wait()

    async def kill(self, victim: str, while_dead: Callable[[], Any] | None = None) -> None:
        """SIGKILL at a random point, inside an open transaction if one of a few tries finds one.

        The victim is stopped first and its transactions are looked at; so it is certain, not likely, that the kill
        hit one that had written something and will never commit.
        """
        if victim == "reporting":
            await self.note_redelivered()
        connection = await asyncpg.connect(self._database_of(victim))
        pid = self.victims[victim]()
        try:
            for _ in range(12):
                await asyncio.sleep(self.chance.random() * 0.1)
                os.kill(pid, signal.SIGSTOP)
                await asyncio.sleep(LOOK_SECONDS)
                if await connection.fetchval(_STANDS_STILL, LOOK_SECONDS * 0.8):
                    self.hits[victim] = self.hits.get(victim, 0) + 1
                    break
                os.kill(pid, signal.SIGCONT)
        finally:
            await connection.close()
        os.kill(pid, signal.SIGKILL)
        self.kills[victim] = self.kills.get(victim, 0) + 1
        if victim in self._workers:
            self._workers[victim].wait()
            self.start_worker(victim)
        else:
            await eventually(lambda: self.victims[victim]() != pid, 30)

    async def note_redelivered(self) -> None:
        """Add what the running consumer has counted; once in its life, and before its count dies with it."""
        page = ""
        try:
            async with httpx.AsyncClient(timeout=2) as client:
                page = (await client.get(f"{self.stack.services['reporting']}/metrics")).text
        except httpx.HTTPError:
            return
        for line in re.findall(r"^lokal_events_redelivered_total\{.*\} (\S+)$", page, re.M):
            self.redelivered += float(line)

    # ---- messages ------------------------------------------------------------------------------------------------

    async def add_poison(self) -> None:
        """Publish one of each kind of message that nobody can handle; the log and both queues get it."""
        connection = await aio_pika.connect(self.stack.rabbitmq_url)
        async with connection:
            events = await (await connection.channel()).get_exchange("lokal.events", ensure=False)
            for name, body in _POISON:
                message_id = f"{name} {uuid.UUID(int=self.chance.getrandbits(128))}"
                message = aio_pika.Message(body, message_id=message_id, delivery_mode=2)
                await events.publish(message, f"{SITE}.intake.household-moved.v1.internal")
                self.poison.add(message_id)

    async def double(self, count: int) -> None:
        """Lay events that have arrived long ago into the queues again, in no order."""
        archive = await asyncpg.connect(self._database_of("reporting"))
        try:
            rows = await archive.fetch("select body from event_archive order by random() limit $1", count)
        finally:
            await archive.close()
        connection = await aio_pika.connect(self.stack.rabbitmq_url)
        async with connection:
            exchange = (await connection.channel()).default_exchange
            sender = user_of(self.stack.rabbitmq_url)
            for row in rows:
                for queue in (PROJECTION, COUNTER):
                    message = aio_pika.Message(bytes(row["body"]), delivery_mode=2, user_id=sender)
                    await exchange.publish(message, queue)
        self.doubled += len(rows)

    async def disorder(self, queue: str, seconds: float = 1.5) -> None:
        """Take what waits in a queue, and lay it back the other way round."""
        connection = await aio_pika.connect(self.stack.rabbitmq_url)
        async with connection:
            channel = await connection.channel()
            source = await channel.get_queue(queue, ensure=False)
            taken = []
            deadline = asyncio.get_running_loop().time() + seconds
            while len(taken) < 200 and asyncio.get_running_loop().time() < deadline:
                if (message := await source.get(fail=False)) is not None:
                    taken.append(message)
            for message in reversed(taken):
                again = aio_pika.Message(
                    message.body,
                    message_id=message.message_id,
                    content_type=message.content_type,
                    headers={name: value for name, value in message.headers.items() if not name.startswith("x-")},
                    delivery_mode=2,
                    user_id=user_of(self.stack.rabbitmq_url),
                )
                await channel.default_exchange.publish(again, queue)
                await message.ack()
            self.disordered += len(taken)

    async def dead_letters(self, queue: str) -> set[str | None]:
        """Ids of the messages in a queue's dead letters, which stay there."""
        found: set[str | None] = set()
        connection = await aio_pika.connect(self.stack.rabbitmq_url)
        async with connection:
            source = await (await connection.channel()).get_queue(f"{queue}.dead", ensure=False)
            while (message := await source.get(fail=False)) is not None:
                found.add(message.message_id)
        return found
