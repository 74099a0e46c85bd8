"""Partners' systems in tests: a broker with everything declared, the desk that hears them, and hands of their own."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import aio_pika
import orjson
from aio_pika.abc import AbstractIncomingMessage

from deploy import partners
from deploy.partners import Broker
from services.referrals.background.partner_desk import Desk
from services.referrals.commands import access
from services.referrals.commands.acting import service
from services.referrals.tables import Via
from shared.contracts import PREFIX
from shared.contracts.words import PartnerKind
from shared.messaging.link import user_of
from shared.messaging.partners import COMMANDS, partner_queue
from shared.messaging.relay import Relay
from tests.component.referrals.conftest import Referrals

LOKAL = Path(sys.executable).parent / "lokal"


@dataclass
class Systems:
    """The network as partners' systems meet it, and the operators' command line beside it."""

    referrals: Referrals
    broker: Broker
    home: Path
    patience: float = 60.0
    """Seconds that a command may take."""

    def environment(self) -> dict[str, str]:
        """What the command line is told of this network."""
        known = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        return {
            **known,
            "RABBITMQ_URL": self.broker.url,
            "RABBITMQ_MANAGEMENT_URL": self.broker.management_url,
            "DATABASE_URL_REFERRALS": self.referrals.settings.database_url,
            "LOKAL_HOME": str(self.home),
        }

    async def lokal(self, *arguments: str, status: int = 0) -> str:
        """Run `lokal`, expect its exit status, return what it says on both outputs."""
        done = await asyncio.to_thread(
            subprocess.run,
            [LOKAL, *arguments],
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=self.patience,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return str(done.stdout + done.stderr)

    async def add(self, slug: str, *more: str) -> "System":
        """Connect a partner's system by the command line."""
        told = await self.lokal("partner", "add", slug, "--json", "--name", slug, *(more or ("--all-sites",)))
        return System(slug, json.loads(told.splitlines()[0])["url"])

    async def connect(self, slug: str) -> "System":
        """The same without another process."""
        async with self.referrals.transaction() as session:
            by = service(datetime.now(UTC), Via.API)
            how: dict[str, Any] = {"name": slug, "kind": PartnerKind.ASSOCIATION, "sites": (), "all_sites": True}
            entered = await access.grant(session, by, slug, **how)
        url = await partners.mend(self.broker, entered)
        assert url is not None
        return System(slug, url)

    @asynccontextmanager
    async def heard(self, per_second: float = 1000.0) -> AsyncIterator[Desk]:
        """The desk and the relay run meanwhile."""
        desk = Desk(self.broker.url, self.referrals.database, per_second)
        relay = Relay(self.referrals.database.url, self.broker.url, poll_seconds=0.1)
        running = [asyncio.create_task(desk.run()), asyncio.create_task(relay.run())]
        try:
            yield desk
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)


@dataclass
class System:
    """A partner's own program: it knows its URL and nothing else."""

    slug: str
    url: str

    @asynccontextmanager
    async def channel(self, **options: Any) -> AsyncIterator[aio_pika.abc.AbstractChannel]:
        """A channel of its own connection."""
        connection = await aio_pika.connect(self.url, timeout=10)
        async with connection:
            yield await connection.channel(**options)

    async def send(self, command: str, data: Any = None, **how: Any) -> str:
        """Send one command, confirmed; returns its id. `how`: `id`, `body`, `key`, `user_id`, `headers`."""
        command_id = how.get("id") or str(uuid4())
        body = how.get("body") or orjson.dumps(
            {
                "specversion": "1.0",
                "id": command_id,
                "source": f"/partners/{self.slug}",
                "type": f"{PREFIX}{command}.v1",
                "data": data or {},
            }
        )
        message = aio_pika.Message(
            body, user_id=how.get("user_id", user_of(self.url)), headers=how.get("headers"), message_id=command_id
        )
        async with asyncio.timeout(20), self.channel() as channel:
            exchange = await channel.get_exchange(COMMANDS, ensure=False)
            await exchange.publish(message, how.get("key", f"{self.slug}.{command}.v1"))
        return str(command_id)

    async def receive(self, *names: str, seconds: float = 10) -> list[dict[str, Any]]:
        """Read the queue until one event of each of these names has come; all events that came, in order."""
        wanted, found = set(names), []
        async with self.channel() as channel, asyncio.timeout(seconds):
            await channel.set_qos(prefetch_count=1)
            queue = await channel.get_queue(partner_queue(self.slug), ensure=False)
            arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
            await queue.consume(arrived.put)
            while wanted:
                message = await arrived.get()
                await message.ack()
                event = orjson.loads(message.body)
                found.append(event)
                wanted.discard(event["type"].removeprefix(PREFIX).rpartition(".")[0])
        return found

    async def answer(self, name: str) -> dict[str, Any]:
        """The data of the next event of this name."""
        data: dict[str, Any] = (await self.receive(name))[-1]["data"]
        return data
