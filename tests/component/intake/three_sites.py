"""Three sites with real databases, real keys, the real courier and letter box; the wire between them is a list."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import orjson
from joserfc.jwk import OKPKey
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake import commands
from services.intake.commands.acting import Acting
from services.intake.inputs import RegisterHousehold
from services.intake.queries.sites import public_keys
from shared.contracts.reporting import SiteOpened
from shared.contracts.words import District
from shared.database import Database
from shared.letters import steps
from shared.letters.box import LetterBox
from shared.letters.courier import Courier
from shared.letters.sealing import Sealing
from shared.messaging import Publisher
from shared.messaging.link import Outgoing
from shared.web.keys import KeyRing, ensure_signing_key, key_id, public_jwk
from tests.component.intake.samples import family

Result = TypeVar("Result")

BRACKEL, HOERDE, MENGEDE = "brackel-aplerbeck", "hoerde-hombruch", "mengede-huckarde"
DISTRICTS = {BRACKEL: "brackel", HOERDE: "hoerde", MENGEDE: "mengede"}
INTERIM = [d.value for d in District if d.value not in ("brackel", "aplerbeck", "hoerde", "hombruch", "mengede")]


class Crash(BaseException):
    """The process ends here. Not an `Exception`: nothing in the program may catch it."""


@dataclass
class Crashing:
    """Stops whoever reaches a step, once."""

    at: str | None = None
    crashed: bool = False

    def reached(self, step: str) -> None:
        """Takes the place of `steps.reached`."""
        assert step in steps.STEPS
        if step == self.at:
            self.at, self.crashed = None, True
            raise Crash(step)


@dataclass
class Message:
    """A letter as the broker hands it to the letter box."""

    body: bytes
    headers: dict[str, Any] = field(default_factory=dict)
    redelivered: bool = False
    message_id: str | None = None
    content_type: str = "application/jose"
    acknowledged: bool = False

    async def ack(self) -> None:
        """The box has settled it."""
        self.acknowledged = True

    async def nack(self, requeue: bool = True) -> None:
        """The box gives it back."""


@dataclass
class Wire:
    """What is between the sites: sealed letters with where they go; in no order that anybody may rely on."""

    letters: list[tuple[str, bytes]] = field(default_factory=list)
    dead: list[bytes] = field(default_factory=list)
    aside: list[tuple[str, bytes]] = field(default_factory=list)

    async def publish(self, message: Outgoing) -> None:
        """The broker's confirmation is immediate."""
        if message.exchange == "lokal.handover":
            self.letters.append((message.routing_key, message.body))
        elif message.exchange:
            self.aside.append((message.routing_key.removesuffix(".intake.letters"), message.body))
        else:
            self.dead.append(message.body)


class Keys:
    """Keys for letters: the own private one, and everybody's public ones."""

    def __init__(self, own: OKPKey, everybodys: Mapping[str, OKPKey]) -> None:
        self._own = own
        self._everybodys = everybodys

    def own(self, kid: str) -> OKPKey | None:
        """The own key, if it is that one."""
        return self._own if key_id(self._own) == kid else None

    async def of_site(self, site: str) -> OKPKey | None:
        """A site's public key."""
        return self._everybodys.get(site)


class Site:
    """One site's intake without its pages."""

    def __init__(self, name: str, url: str, folder: Path, wire: Wire, letter_keys: Mapping[str, OKPKey]) -> None:
        self.name = name
        self.url = url
        self.wire = wire
        self.database = Database(url, Publisher(name, "intake", "http://localhost"), pool_size=3)
        self.keys = KeyRing(name, folder / f"{name}.key", self._published)
        self.sealing = Sealing(self.keys, Keys(letter_keys[name], letter_keys))
        self.courier = Courier(self.database, "amqp://nobody@localhost:1", self.sealing.seal)
        self.courier._link = wire  # type: ignore[assignment]
        self.box = LetterBox(
            name,
            f"{name}.intake.letters",
            self.database,
            wire,  # type: ignore[arg-type]
            open_=self.sealing.open,
            take=commands.take_letter,
            refuse=commands.refuse_letter,
        )
        self._connection: asyncpg.Connection | None = None

    async def _published(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        async with self.database.transaction() as session:
            return await public_keys(session)

    @property
    def by(self) -> Acting:
        """A colleague at work."""
        return Acting(f"amal@{self.name}", self.name, datetime.now(UTC))

    async def do(self, work: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
        """A command in its transaction."""
        async with self.database.transaction() as session:
            return await work(session)

    async def rows(self, query: str, **values: Any) -> list[Any]:
        """What a query finds."""
        return await self.do(lambda session: _all(session, query, values))

    async def register(self, **changes: Any) -> UUID:
        """A family's file is opened here."""
        address = {**family()["address"], "district": DISTRICTS[self.name], "neighbourhood": None}
        wanted = RegisterHousehold.model_validate(family(address=address, **changes))
        file, _ = await self.do(lambda session: commands.register_household(session, self.by, wanted))
        return file.household.id

    async def send(self) -> None:
        """The courier brings everything that waits onto the wire."""
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(self.url)
        while await self.courier.send_one(self._connection):
            pass

    async def receive(self, body: bytes) -> bool:
        """A letter comes; whether the box has acknowledged it."""
        message = Message(body)
        await self.box.take(message)  # type: ignore[arg-type]
        return message.acknowledged

    async def standing(self, household_id: UUID) -> tuple[str, int] | None:
        """How the site stands to a household, and the number it holds; None: it has no file."""
        found = await self.rows("select standing, charge from household where id = :id", id=household_id)
        return (found[0].standing, found[0].charge) if found else None

    async def events(self) -> list[dict[str, Any]]:
        """What the site has published, in the order of its writing."""
        rows = await self.rows("select routing_key, sequence, body from outbox order by position")
        return [{**orjson.loads(r.body), "event": r.routing_key.split(".")[2], "sequence": r.sequence} for r in rows]

    async def close(self) -> None:
        """End all connections."""
        if self._connection is not None:
            await self._connection.close()
        await self.database.dispose()


async def _all(session: AsyncSession, query: str, values: Mapping[str, Any]) -> list[Any]:
    return list((await session.execute(text(query), values)).all())


@dataclass
class Network:
    """The three sites, what is between them, and who may crash."""

    sites: dict[str, Site]
    wire: Wire
    crashing: Crashing
    folder: Path
    letter_keys: dict[str, OKPKey]

    async def send_all(self) -> None:
        """Each courier sends what waits."""
        for site in self.sites.values():
            await site.send()

    async def deliver(self, number: int = 0, *, keep: bool = False) -> None:
        """Deliver one letter of the wire; one that is not acknowledged, or doubled (`keep`), is there again."""
        to_site, body = self.wire.letters[number]
        try:
            acknowledged = await self.sites[to_site].receive(body)
        except Crash:
            return
        if acknowledged and not keep:
            self.wire.letters.pop(number)

    async def settle(self) -> None:
        """Until nothing is on the way any more."""
        for _ in range(100):
            await self.send_all()
            if not self.wire.letters:
                return
            while self.wire.letters:
                await self.deliver()
        raise AssertionError("letters beget letters for ever")


def opened(site: str, folder: Path, letter_key: OKPKey | None) -> SiteOpened:
    """The site's entry of the register."""
    known = public_jwk(folder / f"{site}.key")
    keys = [{name: known[name] for name in ("kid", "kty", "crv", "x")}]
    if letter_key is not None:
        jwk = letter_key.as_dict(private=False)
        keys.append({"kid": key_id(letter_key), "use": "enc", **{name: str(jwk[name]) for name in ("kty", "crv", "x")}})
    districts = [] if site == "city" else site.split("-")
    interim = INTERIM if site == BRACKEL else []
    return SiteOpened.model_validate(
        {"site": site, "districts": districts, "interim_districts": interim, "public_keys": keys}
    )


@asynccontextmanager
async def three_sites(urls: Mapping[str, str], folder: Path) -> AsyncIterator[Network]:
    """Three sites that know each other, on migrated databases; stops at a step only when `crashing.at` says so."""
    letter_keys = {name: OKPKey.generate_key("X25519", private=True) for name in urls}
    for name in (*urls, "city"):
        ensure_signing_key(folder / f"{name}.key")
    wire, crashing = Wire(), Crashing()
    sites = {name: Site(name, url, folder, wire, letter_keys) for name, url in urls.items()}
    before, steps.reached = steps.reached, crashing.reached
    try:
        for site in sites.values():
            for name in (*urls, "city"):
                entry = opened(name, folder, letter_keys.get(name))
                await site.do(lambda session, entry=entry: commands.enter_site(session, entry, 1))  # type: ignore[misc]
        yield Network(sites, wire, crashing, folder, letter_keys)
    finally:
        steps.reached = before
        for site in sites.values():
            await site.close()
