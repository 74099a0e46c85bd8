"""The servers that tests and the local host run on."""

from collections.abc import Callable

import aio_pika
import asyncpg
import httpx
from yarl import URL


async def test_a_fresh_database_is_empty_and_ones_own(new_database: Callable[[], str]) -> None:
    """Two databases of one test do not see each other's tables."""
    first, second = [await asyncpg.connect(new_database()) for _ in range(2)]
    try:
        await first.execute("CREATE TABLE household (id int)")
        assert await second.fetchval("SELECT to_regclass('household')") is None
    finally:
        await first.close()
        await second.close()


async def test_the_broker_takes_letters_but_nothing_larger_than_eight_mebibytes(
    vhost_url: str, rabbitmq_management_url: str
) -> None:
    """A virtual host of one's own works, and a message above the limit is refused."""
    connection = await aio_pika.connect(vhost_url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("letters", durable=True)
        await channel.default_exchange.publish(aio_pika.Message(b"x" * 8 * 1024 * 1024), queue.name)
        message = await queue.get()
        assert len(message.body) == 8 * 1024 * 1024
        await message.ack()
        try:
            await channel.default_exchange.publish(aio_pika.Message(b"x" * (8 * 1024 * 1024 + 1)), queue.name)
        except aio_pika.exceptions.AMQPError as refused:
            assert "larger than" in str(refused)  # noqa: PT017
        else:
            raise AssertionError("the message was accepted")
    async with httpx.AsyncClient(base_url=rabbitmq_management_url) as api:
        vhost = URL(vhost_url).path.strip("/")
        assert (await api.get(f"/api/vhosts/{vhost}")).status_code == 200
