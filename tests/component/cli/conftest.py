"""A broker with the network's queues and no service, and the command line beside it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aio_pika
import pytest
from aio_pika.abc import AbstractIncomingMessage

from deploy.topology import network as topology
from shared.contracts.words import SITES
from shared.messaging.link import user_of
from shared.messaging.topology import declare

LOKAL = Path(sys.executable).parent / "lokal"
QUEUE = "city.reporting.projection"
DEAD = f"{QUEUE}.dead"


class Network:
    """The broker's queues and the command line that works on them."""

    def __init__(self, url: str, management_url: str, home: Path) -> None:
        self.url = url
        self.environment = {
            **os.environ,
            "RABBITMQ_URL": url,
            "RABBITMQ_MANAGEMENT_URL": management_url,
            "LOKAL_HOME": str(home),
        }
        asyncio.run(declare(url, topology(SITES[:1])))

    def lokal(self, *arguments: str, status: int = 0, stdin: str = "", **environment: str) -> str:
        """Run `lokal`, expect its exit status, return what it says on both outputs."""
        done = subprocess.run(
            [LOKAL, *arguments],
            env=self.environment | environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    def publish(self, exchange: str, routing_key: str, *messages: aio_pika.Message, named: bool = True) -> None:
        """Publish messages, confirmed; with the connection's user as their sender, or without one."""

        async def send() -> None:
            connection = await aio_pika.connect(self.url)
            async with connection:
                channel = await connection.channel()
                target = await channel.get_exchange(exchange) if exchange else channel.default_exchange
                for message in messages:
                    message.user_id = user_of(self.url) if named else None
                    await target.publish(message, routing_key)

        asyncio.run(send())

    def lie_in(self, queue: str) -> list[AbstractIncomingMessage]:
        """What lies in a queue, in order; it stays there."""

        async def read() -> list[AbstractIncomingMessage]:
            connection = await aio_pika.connect(self.url)
            async with connection:
                found = await (await connection.channel()).declare_queue(queue, passive=True)
                messages = []
                while message := await found.get(fail=False):
                    messages.append(message)
                return messages

        return asyncio.run(read())

    def ids_in(self, queue: str) -> list[str | None]:
        """The ids of what lies in a queue, in order."""
        return [message.message_id for message in self.lie_in(queue)]

    def on_channel(self, work: Callable[[aio_pika.abc.AbstractChannel], Any]) -> Any:
        """Do something on a channel of its own."""

        async def run() -> Any:
            connection = await aio_pika.connect(self.url)
            async with connection:
                return await work(await connection.channel())

        return asyncio.run(run())

    def depth(self, queue: str) -> int:
        """How many messages a queue holds."""

        async def ask(channel: aio_pika.abc.AbstractChannel) -> int:
            return (await channel.declare_queue(queue, passive=True)).declaration_result.message_count or 0

        return int(self.on_channel(ask))


@pytest.fixture
def network(new_vhost: Callable[[], str], rabbitmq_management_url: str, tmp_path: Path) -> Network:
    """A network of its own, with no service running."""
    return Network(new_vhost(), rabbitmq_management_url, tmp_path)
