"""A virtual host with everything declared, a database with the tables of delivery, and hands on the broker."""

from collections.abc import AsyncIterator

import pytest

from shared.database import Database
from shared.messaging.topology import backbone, consumer_queue, declare
from tests.component.messaging import stage
from tests.component.messaging.stage import PAUSES, PUBLISHER, QUEUE, Consuming, Hands


@pytest.fixture
async def broker(vhost_url: str) -> str:
    """URL of a virtual host with backbone and one consumer's queue."""
    await declare(vhost_url, backbone(PAUSES) + consumer_queue(QUEUE, "*.*.*.*.internal", "*.*.*.*.public"))
    return vhost_url


@pytest.fixture
async def hands(vhost_url: str) -> AsyncIterator[Hands]:
    """Hands on that virtual host."""
    async with Hands(vhost_url).open() as opened:
        yield opened


@pytest.fixture
async def database(empty_database_url: str) -> AsyncIterator[Database]:
    """A service's database."""
    await stage.prepare(empty_database_url)
    database = Database(empty_database_url, PUBLISHER, pool_size=20)
    yield database
    await database.dispose()


@pytest.fixture(params=["faststream", "aio-pika"])
def consuming(request: pytest.FixtureRequest) -> Consuming:
    """Both ways to the inbox: what it promises does not depend on who hands it the messages."""
    return stage.by_faststream if request.param == "faststream" else stage.by_aio_pika
