"""Three sites on a real broker and databases, each a process of its own; and a checker of what became of a file."""

import asyncio
import contextlib
import json
import os
import signal
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import aio_pika
import asyncpg
import httpx

from deploy.first_start import DISTRICTS
from deploy.topology import bring_site_users, network, site_url
from services.intake import commands
from services.intake.commands.whole_file import dump
from services.intake.consumers import letters_queue
from shared.contracts.reporting import PublicKey, SiteOpened
from shared.database import Database, migrate
from shared.messaging import Publisher, envelope
from shared.messaging.topology import EVENTS, declare
from shared.messaging.users import site_user, vhost_of
from shared.web.keys import ensure_letter_key, ensure_signing_key, public_jwks
from tests.component.intake.samples import ASSELN, days_ago, family
from tests.delivery.site import Nursery
from tests.waiting import eventually

SITES = ("brackel-aplerbeck", "hoerde-hombruch", "innenstadt")
SPY = "spy.all.events"
STAYS = ("person", "legal_circle_change", "need", "consent", "contact")
"""Tables whose rows a handover does not touch."""
_SO_FAR = """
    select (select count(*) from letter_out), (select coalesce(sum(tries), 0) from letter_out),
        (select count(*) + coalesce(sum(repeats), 0) from letter_in)
"""
"""What only rises: letters written, sent and taken, at one site."""


@dataclass
class Site:
    """A site's process, its database, and how it is spoken to."""

    slug: str
    database_url: str
    rabbitmq_url: str
    folder: Path
    nursery: Nursery
    _process_id: int | None = None
    """None: it is not at work."""

    async def start(self) -> None:
        """Start it anew; returns when it is at work."""
        line = self.nursery.make(
            {
                "site": self.slug,
                "database_url": self.database_url,
                "rabbitmq_url": self.rabbitmq_url,
                "folder": str(self.folder),
            }
        )
        self._reader, self._writer = await asyncio.open_connection(sock=line)
        self._process_id = (await self._answer())["ready"]

    async def tell(self, do: str, **told: Any) -> dict[str, Any]:
        """Its answer to a command; ConnectionError if it dies over it."""
        self._writer.write(json.dumps({"do": do, **told}).encode() + b"\n")
        return await self._answer()

    async def _answer(self) -> dict[str, Any]:
        async with asyncio.timeout(60):
            line = await self._reader.readline()
        if not line:
            raise ConnectionError(f"{self.slug} has died")
        return dict(json.loads(line))

    async def killed(self) -> None:
        """Wait until it has killed itself."""
        async with asyncio.timeout(30):
            assert await self._reader.read() == b""
        self._gone()

    async def kill(self) -> None:
        """As a power cut would."""
        if self._process_id is not None:
            os.kill(self._process_id, signal.SIGKILL)
            with contextlib.suppress(ConnectionError):
                async with asyncio.timeout(30):
                    await self._reader.read()
            self._gone()

    def _gone(self) -> None:
        self._process_id = None
        self._writer.close()

    async def rows(self, query: str, *values: Any) -> list[asyncpg.Record]:
        """What a query finds in its database."""
        connection = await asyncpg.connect(self.database_url)
        try:
            return list(await connection.fetch(query, *values))
        finally:
            await connection.close()

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Database]:
        """Its database, for the test's own hands."""
        database = Database(self.database_url, Publisher(self.slug, "intake", "http://127.0.0.1"), pool_size=2)
        try:
            yield database
        finally:
            await database.dispose()


@dataclass
class Network:
    """The sites, the broker between them, and what all of them have published."""

    url: str
    sites: dict[str, Site]
    told: dict[str, dict[int, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    """Ids of the events, by subject and sequence: two under one number would be one too many."""
    accepted: dict[tuple[str, int], set[str]] = field(default_factory=lambda: defaultdict(set))
    """The sites that have taken charge of a household with a number."""

    async def new_family(self, site: str) -> str:
        """The id of a family that lives in the site's first district."""
        told = await self.sites[site].tell("register", row=family(address=address(site), moved_on=days_ago(30)))
        return str(told["household"])

    async def holders(self, household: str) -> dict[str, tuple[str, int]]:
        """Which sites have a copy, how they stand to it, and with which number."""
        found = {}
        for slug, site in self.sites.items():
            rows = await site.rows("select standing, charge from household where id = $1", UUID(household))
            for row in rows:
                found[slug] = (row["standing"], row["charge"])
        return found

    async def is_at(self, household: str, slug: str, charge: int) -> None:
        """One site is in charge, and nobody else has anything of the file."""
        assert await self.holders(household) == {slug: ("in_charge", charge)}

    async def file(self, household: str, slug: str) -> dict[str, list[dict[str, Any]]]:
        """Every row that belongs to the file."""
        async with self.sites[slug].database() as database, database.transaction() as session:
            return await dump(session, UUID(household))

    async def nothing_waits(self) -> dict[str, tuple[int, ...]]:
        """No letter waits at any site when it is looked at, and no event; how much each has written and taken so far.

        The sites are looked at one after the other, so this alone does not say that nothing is on its way: a letter
        may have come to the first of them before the last was looked at (`settled`).
        """
        so_far = {}
        for slug, site in self.sites.items():
            waiting = await site.rows(
                "select kind, state, to_site, charge, tries from letter_out "
                "where state = 'waiting' or state = 'sent' and kind <> 'receipt'"
            )
            assert not waiting, f"{slug}: {waiting}"
            events = await site.rows("select routing_key, added_at from outbox limit 3")
            assert not events, f"{slug}: {events}"
            (counted,) = await site.rows(_SO_FAR)
            so_far[slug] = tuple(counted)
        return so_far

    async def listen(self) -> None:
        """Take note of all events that were published since the last time."""
        connection = await aio_pika.connect(self.url)
        async with connection:
            queue = await (await connection.channel()).get_queue(SPY, ensure=False)
            while message := await queue.get(fail=False, no_ack=True):
                event = envelope.read(message.body)
                self.told[event.subject][event.sequence].add(str(event.id))
                if event.type.endswith("household-handed-over.v1") and event.data.stage == "accepted":
                    self.accepted[str(event.data.household_id), event.data.charge].add(event.data.to_site)

    async def check(self, household: str) -> None:
        """No number was given twice, to events or to sites, and none was left out."""
        await self.listen()
        sequences = self.told[household]
        assert sorted(sequences) == list(range(1, len(sequences) + 1))
        assert {number: ids for number, ids in sequences.items() if len(ids) > 1} == {}
        assert {
            number: who for (which, number), who in self.accepted.items() if which == household and len(who) > 1
        } == {}

    async def shuffle(self, slug: str, order: Callable[[list[Any]], list[Any]]) -> int:
        """Take the letters that lie in a site's queue, and lay them back as `order` makes of them."""
        connection = await aio_pika.connect(self.url)
        async with connection:
            channel = await connection.channel()
            queue = await channel.get_queue(letters_queue(slug), ensure=False)
            taken = []
            while message := await queue.get(fail=False):
                taken.append(message)
            for message in order(taken):
                again = aio_pika.Message(message.body, content_type=message.content_type, delivery_mode=2)
                await channel.default_exchange.publish(again, letters_queue(slug))
            for message in taken:
                await message.ack()
            return len(taken)


def address(site: str) -> dict[str, str]:
    """One in the site's first district."""
    return {
        **{name: value for name, value in ASSELN.items() if name != "neighbourhood"},
        "district": DISTRICTS[site][0],
    }


def move_to(site: str, days: int = 5) -> dict[str, Any]:
    """A move into the site's first district."""
    return {"address": address(site), "tenancy": "private", "moved_on": days_ago(days)}


@asynccontextmanager
async def three_sites(
    url: str, management_url: str, new_database: Callable[[], str], folder: Path, nursery: Nursery
) -> AsyncIterator[Network]:
    """Everything as `lokal migrate` and `lokal site open` leave it, and the sites at work."""
    await declare(url, network(SITES))
    await bring_site_users(management_url, url, SITES, folder)
    await _spy(url)
    sites = {}
    for slug in SITES:
        database_url = new_database()
        await asyncio.to_thread(migrate, "intake", database_url)
        ensure_signing_key(folder / f"{slug}.key")
        ensure_letter_key(folder, slug)
        sites[slug] = Site(slug, database_url, site_url(url, slug, folder), folder, nursery)
    there = Network(url, sites)
    await tell_register(there, 1)
    try:
        await asyncio.gather(*(site.start() for site in sites.values()))
        yield there
    finally:
        for site in sites.values():
            await site.kill()
        async with httpx.AsyncClient(base_url=management_url) as api:
            for slug in SITES:
                await api.delete(f"/api/users/{site_user(slug, vhost_of(url))}")


async def tell_register(there: Network, sequence: int) -> None:
    """Every site learns every site's districts and present keys."""
    for site in there.sites.values():
        async with site.database() as database, database.transaction() as session:
            for slug in SITES:
                keys = tuple(PublicKey.model_validate(key) for key in public_jwks(site.folder, slug))
                entry = SiteOpened(site=slug, districts=DISTRICTS[slug], public_keys=keys)
                await commands.enter_site(session, entry, sequence)


async def _spy(url: str) -> None:
    connection = await aio_pika.connect(url)
    async with connection:
        queue = await (await connection.channel()).declare_queue(SPY, durable=True)
        await queue.bind(EVENTS, "#")


async def settled(there: Network, seconds: float = 60) -> None:
    """Wait until all letters and events have arrived.

    Nothing waits, twice, and no site has written or taken anything between the two looks: so there was a moment at
    which nothing waited anywhere. What is in a queue then was answered already, and changes nothing.
    """

    async def yes() -> bool:
        before = await there.nothing_waits()
        assert await there.nothing_waits() == before
        return True

    await eventually(yes, seconds)
