"""Dead letters are looked at, brought back and dropped without one getting lost, whatever happens in the middle."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import aio_pika
import pytest

from deploy.servers.process import wait_until
from shared.messaging.topology import backbone, consumer_queue, declare

LOKAL = Path(sys.executable).parent / "lokal"
QUEUE = "city.reporting.projection"
DEAD = f"{QUEUE}.dead"


class Network:
    """A broker with the queue whose letters are dead, and the command line beside it."""

    def __init__(self, url: str, management_url: str) -> None:
        self.url = url
        self.environment = {**os.environ, "RABBITMQ_URL": url, "RABBITMQ_MANAGEMENT_URL": management_url}
        asyncio.run(declare(url, backbone() + consumer_queue(QUEUE, "*.*.*.*.internal")))

    def lokal(self, *arguments: str, status: int = 0, stdin: str = "") -> str:
        """Run `lokal dead …`, expect its exit status, return what it says."""
        done = subprocess.run(
            [LOKAL, "dead", *arguments], env=self.environment, input=stdin, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    def bury(self, *names: str, queue: str = DEAD) -> None:
        """Put letters into a queue, with the headers that the inbox gives them."""

        async def publish() -> None:
            connection = await aio_pika.connect(self.url)
            async with connection:
                channel = await connection.channel()
                headers = {
                    "reason": "refused",
                    "exception": "Permanent: no",
                    "attempts": 4,
                    "queue": QUEUE,
                    "since": datetime.now(UTC).isoformat(),
                    "routing-key": "a.b.c.v1.internal",
                }
                for name in names:
                    message = aio_pika.Message(
                        name.encode(),
                        message_id=name,
                        headers=dict(headers),
                        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
                    )
                    await channel.default_exchange.publish(message, queue)

        asyncio.run(publish())

    def lie_in(self, queue: str) -> list[aio_pika.abc.AbstractIncomingMessage]:
        """What lies in a queue, in order; it stays there."""

        async def read() -> list[aio_pika.abc.AbstractIncomingMessage]:
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

    def depth(self, queue: str) -> int:
        """How many messages a queue holds."""

        async def ask() -> int:
            connection = await aio_pika.connect(self.url)
            async with connection:
                found = await (await connection.channel()).declare_queue(queue, passive=True)
                return found.declaration_result.message_count or 0

        return asyncio.run(ask())


@pytest.fixture
def network(new_vhost: Callable[[], str], rabbitmq_management_url: str) -> Network:
    """A network of its own, with no service running."""
    return Network(new_vhost(), rabbitmq_management_url)


def test_looking_takes_nothing_and_keeps_the_order(network: Network) -> None:
    """However often they are listed and shown, the letters lie there as before, the oldest first."""
    names = [f"letter-{n}" for n in range(30)]
    network.bury(*names)
    for _ in range(3):
        listed = json.loads(network.lokal("list", "--json"))
        assert [letter["message_id"] for letter in listed] == names
    assert "letter-7" in network.lokal("show", QUEUE, "letter-7")
    assert network.ids_in(DEAD) == names
    assert {letter["reason"] for letter in listed} == {"refused"}
    assert all(letter["since"] for letter in listed)


def test_a_chosen_letter_goes_back_with_its_attempts_counted_anew(network: Network) -> None:
    """It comes to the queue that it came from as it was; the others stay in their order."""
    network.bury("one", "two", "three")
    assert "1 brought back" in network.lokal("requeue", DEAD, "--id", "two")
    (again,) = network.lie_in(QUEUE)
    assert again.body == b"two"
    assert again.message_id == "two"
    ours = {name: value for name, value in again.headers.items() if not name.startswith("x-")}
    assert ours == {"routing-key": "a.b.c.v1.internal"}
    assert network.ids_in(DEAD) == ["one", "three"]


def test_killed_in_the_middle_nothing_is_lost(network: Network) -> None:
    """A requeue that dies by SIGKILL leaves every letter in at least one of the two queues, and can be run again."""
    names = {f"letter-{n}" for n in range(3000)}
    network.bury(*names)
    requeue = subprocess.Popen([LOKAL, "dead", "requeue", QUEUE, "--all"], env=network.environment)
    wait_until(lambda: network.depth(QUEUE) > 50, "the first letters", 60)
    requeue.kill()
    requeue.wait()
    left, came = network.ids_in(DEAD), network.ids_in(QUEUE)
    assert left, "it was killed too late to prove anything"
    assert {*left, *came} == names
    network.lokal("requeue", QUEUE, "--all")
    assert network.ids_in(DEAD) == []
    assert {*network.ids_in(QUEUE)} == names


def test_what_cannot_go_back_stays(network: Network) -> None:
    """Where the queue is gone, the broker cannot confirm: the letter stays a dead letter, and the command fails."""
    asyncio.run(_declare_only_dead(network.url))
    network.bury("homeless", queue="city.gone.queue.dead")
    assert "stay dead letters" in network.lokal("requeue", "city.gone.queue", "--all", status=1)
    assert network.ids_in("city.gone.queue.dead") == ["homeless"]


async def _declare_only_dead(url: str) -> None:
    connection = await aio_pika.connect(url)
    async with connection:
        await (await connection.channel()).declare_queue("city.gone.queue.dead", durable=True)


def test_dropping_asks_and_says_what_was_dropped(network: Network) -> None:
    """Without a yes nothing is dropped; what is dropped is logged by id and reason, the others stay."""
    network.bury("one", "two", "three")
    network.lokal("drop", QUEUE, "--id", "two", status=1, stdin="n\n")
    assert network.ids_in(DEAD) == ["one", "two", "three"]
    said = network.lokal("drop", QUEUE, "--id", "two", stdin="y\n")
    assert "dead_letter_dropped" in said
    assert "message_id=two" in said
    assert network.ids_in(DEAD) == ["one", "three"]
    assert "2 dropped" in network.lokal("drop", QUEUE, "--all", "--yes")
    assert network.depth(DEAD) == 0


def test_an_unknown_letter_or_queue_fails(network: Network) -> None:
    """Exit status 1 and the name of what is not there; without a choice of letters it is a misuse."""
    network.bury("one")
    assert "two" in network.lokal("requeue", QUEUE, "--id", "two", status=1)
    assert "city.nobody.here" in network.lokal("drop", "city.nobody.here", "--all", "--yes", status=1)
    network.lokal("requeue", QUEUE, status=2)
    network.lokal("drop", QUEUE, "--yes", status=2)
    assert network.ids_in(DEAD) == ["one"]


def test_what_the_broker_gave_up_is_listed_too(network: Network) -> None:
    """A message that the broker itself dead-letters has no reason of ours, and goes back like the others."""

    async def reject() -> None:
        connection = await aio_pika.connect(network.url)
        async with connection:
            queue = await (await connection.channel()).declare_queue(QUEUE, passive=True)
            await (await queue.get()).reject(requeue=False)

    network.bury("rejected", queue=QUEUE)
    asyncio.run(reject())
    wait_until(lambda: network.depth(DEAD) == 1, "the broker's dead letter", 30)
    assert "rejected" in network.lokal("list")
    network.lokal("requeue", QUEUE, "--id", "rejected")
    assert network.ids_in(QUEUE) == ["rejected"]
