"""Each site's broker user may do exactly what its intake does, and alone reads the letters to its site."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import aio_pika
import aiormq
import httpx
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from deploy.topology import bring_site_users, missing_site_users, network, site_url
from services.intake.consumers import LETTERS, letters_queue
from services.intake.consumers import queue as events_queue
from shared.contracts.intake import ContactRecorded
from shared.contracts.reporting import SiteClosed
from shared.database import Database
from shared.messaging import Consumers, Received
from shared.messaging.link import user_of
from shared.messaging.management import Management
from shared.messaging.topology import EVENTS, LOG, RETRY_PAUSES, dead_letters_of, declare, retry_exchange
from shared.messaging.users import site_user, vhost_of
from tests.component.messaging.stage import Hands, by_aio_pika, contact, effects, message_of, remember
from tests.waiting import eventually

OURS, THEIRS = "brackel-aplerbeck", "hoerde-hombruch"
LETTER = b"sealed"


@dataclass
class Wire:
    """A broker with two sites, and how each of them reaches it."""

    url: str
    management_url: str
    folder: Path

    @property
    def vhost(self) -> str:
        return vhost_of(self.url)

    async def connect(self, site: str | None = None) -> aio_pika.abc.AbstractConnection:
        """As a site; without one, as the administrator."""
        return await aio_pika.connect(site_url(self.url, site, self.folder) if site else self.url, timeout=10)


@pytest.fixture
async def wire(vhost_url: str, rabbitmq_management_url: str, tmp_path: Path) -> AsyncIterator[Wire]:
    """As `lokal migrate --site … --site …` leaves it."""
    await declare(vhost_url, network([OURS, THEIRS]))
    await bring_site_users(rabbitmq_management_url, vhost_url, [OURS, THEIRS], tmp_path)
    wire = Wire(vhost_url, rabbitmq_management_url, tmp_path)
    yield wire
    async with httpx.AsyncClient(base_url=rabbitmq_management_url) as api:
        for site in (OURS, THEIRS):
            await api.delete(f"/api/users/{site_user(site, wire.vhost)}")


Try = Callable[[aio_pika.abc.AbstractChannel], Awaitable[Any]]


async def refused(wire: Wire, attempt: Try, site: str = THEIRS) -> bool:
    """Whether the broker refuses a site's user an attempt, and why it does: for want of a right."""
    connection = await wire.connect(site)
    async with connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        try:
            await attempt(channel)
        except (aiormq.exceptions.ChannelAccessRefused, aio_pika.exceptions.ChannelClosed) as error:
            return "ACCESS_REFUSED" in str(error)
    return False


async def publish(channel: aio_pika.abc.AbstractChannel, exchange: str, routing_key: str, **options: Any) -> None:
    """Publish, confirmed; an exchange named "" is the default one."""
    where = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
    await where.publish(aio_pika.Message(LETTER, **options), routing_key)


async def get(channel: aio_pika.abc.AbstractChannel, queue: str) -> Any:
    """Take one message and give it back."""
    found = await (await channel.get_queue(queue, ensure=False)).get(timeout=5)
    await found.nack(requeue=True)
    return found.body


async def test_a_letter_is_read_by_the_site_that_it_is_written_to(wire: Wire) -> None:
    """Another site sends it, the site's own user takes it, by get and as a consumer."""
    connection = await wire.connect(THEIRS)
    async with connection:
        await publish(await connection.channel(), LETTERS, OURS)
    connection = await wire.connect(OURS)
    async with connection:
        channel = await connection.channel()
        assert await get(channel, letters_queue(OURS)) == LETTER
        queue = await channel.get_queue(letters_queue(OURS), ensure=False)
        async with queue.iterator(timeout=10) as letters:
            async for letter in letters:
                assert letter.body == LETTER
                await letter.ack()
                break


READING: dict[str, Try] = {
    "get": lambda channel: get(channel, letters_queue(OURS)),
    "get of dead letters": lambda channel: get(channel, dead_letters_of(letters_queue(OURS))),
    "get of its events": lambda channel: get(channel, f"{OURS}.intake.register"),
    "get of the city's events": lambda channel: get(channel, "city.reporting.projection"),
    "get of a waiting room": lambda channel: get(channel, retry_exchange(30)),
    "get of the log": lambda channel: get(channel, LOG),
    "consume": lambda channel: _queue(channel, lambda queue: queue.consume(_ignore)),
    "purge": lambda channel: _queue(channel, lambda queue: queue.purge()),
    "delete": lambda channel: _queue(channel, lambda queue: queue.delete(if_unused=False, if_empty=False)),
    "bind elsewhere": lambda channel: _queue(channel, lambda queue: queue.bind(LETTERS, THEIRS)),
    "unbind": lambda channel: _queue(channel, lambda queue: queue.unbind(LETTERS, OURS)),
    "bind the own queue to others' letters": lambda channel: _own(channel, lambda queue: queue.bind(LETTERS, OURS)),
    "bind the own queue to all events": lambda channel: _own(channel, lambda queue: queue.bind(EVENTS, "#")),
    "declare a queue": lambda channel: channel.declare_queue(f"{THEIRS}.intake.spy", durable=True),
    "declare a nameless queue": lambda channel: channel.declare_queue("", exclusive=True),
    "declare an exchange": lambda channel: channel.declare_exchange("spy", "fanout"),
    "delete the exchange": lambda channel: channel.exchange_delete(LETTERS),
}


async def _ignore(message: object) -> None:
    """A consumer that is never called."""


async def _queue(channel: Any, do: Callable[[Any], Awaitable[Any]]) -> None:
    await do(await channel.get_queue(letters_queue(OURS), ensure=False))


async def _own(channel: Any, do: Callable[[Any], Awaitable[Any]]) -> None:
    await do(await channel.get_queue(letters_queue(THEIRS), ensure=False))


@pytest.mark.parametrize("attempt", READING.values(), ids=list(READING))
async def test_another_sites_user_cannot_get_at_them(wire: Wire, attempt: Try) -> None:
    """Neither read, nor remove, nor have them sent elsewhere; the letter lies there afterwards."""
    administrator = await wire.connect()
    async with administrator:
        channel = await administrator.channel()
        await publish(channel, LETTERS, OURS)
        assert await refused(wire, attempt)
        assert await get(channel, letters_queue(OURS)) == LETTER


async def test_a_site_speaks_for_itself_alone(wire: Wire) -> None:
    """Its own events, acknowledgements of others' erasures and letters; no event in another's name or in the city's."""
    for key in (
        f"{THEIRS}.intake.household-moved.v1.internal",
        f"{OURS}.intake.erasure-acknowledged.v1.internal",
    ):
        assert not await refused(wire, lambda channel, key=key: publish(channel, EVENTS, key)), key  # type: ignore[misc]
    for key in (
        f"{OURS}.intake.household-moved.v1.internal",
        f"{THEIRS}.reporting.site-opened.v1.public",
        "city.reporting.site-opened.v1.public",
        f"{THEIRS}x.intake.household-moved.v1.internal",
        f"x.{THEIRS}.intake.household-moved.v1.internal",
        f"{OURS}.intake.erasure-acknowledged.v1.internal.x",
    ):
        assert await refused(wire, lambda channel, key=key: publish(channel, EVENTS, key)), key  # type: ignore[misc]


async def test_a_site_is_not_believed_to_be_somebody_else(wire: Wire) -> None:
    """The broker checks the sender that a message names."""
    connection = await wire.connect(THEIRS)
    async with connection:
        channel = await connection.channel(publisher_confirms=True)
        with pytest.raises((aiormq.exceptions.ChannelPreconditionFailed, aio_pika.exceptions.ChannelClosed)):
            await publish(channel, LETTERS, OURS, user_id="lokal")


async def test_an_event_is_believed_from_those_who_may_speak_for_it(wire: Wire, database: Database) -> None:
    """Past the topic rights another site's event has no effect; brought again by operations or after a retry, it has.

    Each event that is believed fails once, and comes back from the waiting room in the name of the queue's own user.
    """
    queue, theirs = events_queue(OURS), site_user(THEIRS, wire.vhost)
    consumers, failed = Consumers(), set[UUID]()

    @consumers.on(ContactRecorded)
    async def on_contact_recorded(session: AsyncSession, event: Received[ContactRecorded]) -> None:
        if event.id not in failed:
            failed.add(event.id)
            raise RuntimeError("once")
        await remember(session, event)

    @consumers.on(SiteClosed)
    async def on_site_closed(session: AsyncSession, event: Received[SiteClosed]) -> None:
        await remember(session, event)

    own: dict[str, Any] = {"source": f"/sites/{THEIRS}/intake", "site": THEIRS}
    closed = SiteClosed(site=OURS, closed_on=date(2017, 3, 2))
    forged = [
        ("", theirs, message_of(contact())),  # of the site that reads it
        ("", None, message_of(contact())),
        (retry_exchange(RETRY_PAUSES[0]), theirs, message_of(contact())),
        ("", theirs, message_of(closed, **own)),
        ("", theirs, message_of(contact(), source=own["source"])),
    ]
    believed = [(theirs, message_of(contact(), **own)), (user_of(wire.url), message_of(contact()))]
    administrator = Hands(wire.url)
    connection = await wire.connect(THEIRS)
    async with (
        connection,
        administrator.open(),
        by_aio_pika(site_url(wire.url, OURS, wire.folder), database, consumers, queue, RETRY_PAUSES),
    ):
        channel = await connection.channel()
        for exchange, user, body in forged:
            where = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
            await where.publish(aio_pika.Message(body, user_id=user, delivery_mode=2), queue)
        await channel.default_exchange.publish(aio_pika.Message(believed[0][1], user_id=theirs), queue)
        await administrator.put(believed[1][1], queue)
        dead = await administrator.dead_letters(len(forged), queue)
        expected = {json.loads(body)["id"] for _, body in believed}
        await eventually(lambda: _effects_are(database, expected))
    assert {letter.body for letter in dead} == {body for _, _, body in forged}
    assert {letter.headers["reason"] for letter in dead} == {"sender"}
    assert {letter.headers["sender"] for letter in dead} == {theirs, ""}


async def _effects_are(database: Database, ids: set[str]) -> bool:
    return {str(id) for id in await effects(database)} == ids


async def test_the_management_api_is_closed_to_sites(wire: Wire) -> None:
    """With its login nothing can be asked there."""
    login = site_url(wire.url, THEIRS, wire.folder).split("//")[1].split("@")[0]
    async with httpx.AsyncClient(auth=tuple(login.split(":"))) as client:  # type: ignore[arg-type]
        where = wire.management_url.rpartition("@")[2]
        assert (await client.get(f"http://{where}/api/queues")).status_code == 401


async def test_users_with_other_rights_are_named_and_mended(wire: Wire) -> None:
    """`lokal status` tells of a missing user and of one that may too much; `lokal migrate` gives it its rights."""
    async with Management(wire.management_url, wire.vhost) as management:
        assert await missing_site_users(management, wire.vhost, [OURS, THEIRS]) == []
        name = site_user(THEIRS, wire.vhost)
        await management.put(
            f"/permissions/{management.vhost}/{name}", {"configure": ".*", "write": ".*", "read": ".*"}
        )
        (told,) = await missing_site_users(management, wire.vhost, [OURS, THEIRS])
        assert name in told
        await bring_site_users(wire.management_url, wire.url, [THEIRS], wire.folder)
        assert await missing_site_users(management, wire.vhost, [OURS, THEIRS]) == []
        (told,) = await missing_site_users(management, wire.vhost, ["innenstadt"])
        assert "innenstadt" in told
