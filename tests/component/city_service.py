"""One of the city's services with a real database; the sites are played by events."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import orjson
from fastapi import FastAPI
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts import Event
from shared.contracts.reporting import SiteOpened
from shared.database import Database, migrate
from shared.ids import uuid7
from shared.messaging import Consumers, Received
from shared.web import tokens
from shared.web.identity import Principal, Role
from shared.web.keys import KeyRing, ensure_signing_key, public_jwk

ORIGIN = "http://testserver"
SITE, NEIGHBOUR = "brackel-aplerbeck", "hoerde-hombruch"


async def _nobody() -> dict[str, Any]:
    return {}


@dataclass
class CityService:
    """The app, its database, and what came out of it."""

    app: FastAPI
    folder: Path
    settings: Any
    consumers: Consumers
    sequences: dict[str, int] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        """The service's own."""
        database: Database = self.app.state.database
        return database

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session, committed at the end."""
        async with self.database.transaction() as session:
            yield session

    def token(self, role: Role = Role.TEAM, name: str | None = None, site: str = SITE) -> str:
        """A token of somebody: a team's is issued by its site, every other by the city."""
        stack = site if role is Role.TEAM else "city"
        account = name or {Role.PARTNER: "projekt-ankommen", Role.AUTHORITY: "jobcenter"}.get(role, f"test-{role}")
        who = Principal(account, role, site if role is Role.TEAM else None, uuid.uuid4(), stack, account.title())
        return tokens.issue(KeyRing(stack, self.folder / f"{stack}.key", _nobody), who)

    def client(self, role: Role | None = Role.TEAM, name: str | None = None, site: str = SITE) -> httpx.AsyncClient:
        """A program of somebody; None: of nobody."""
        headers = {"authorization": f"Bearer {self.token(role, name, site)}"} if role else {}
        return self._client(headers=headers)

    def browser(self, role: Role | None = Role.TEAM, name: str | None = None, site: str = SITE) -> httpx.AsyncClient:
        """A browser in which somebody is signed in."""
        cookies = {"lokal_session": self.token(role, name, site)} if role else {}
        return self._client(headers={"accept": "text/html", "sec-fetch-site": "same-origin"}, cookies=cookies)

    def _client(self, **options: Any) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=ORIGIN, **options)

    async def rows(self, query: str, **values: Any) -> list[Any]:
        """What a query finds in the database."""
        async with self.transaction() as session:
            return list((await session.execute(text(query), values)).all())

    async def told(self, *names: str, audience: str | None = None) -> list[dict[str, Any]]:
        """The events in the outbox in the order of their writing; of these names and to this audience, if given."""
        rows = await self.rows("select routing_key, sequence, body from outbox order by position")
        found = []
        for key, sequence, body in rows:
            site, _, event, _, to = key.split(".")
            found.append({**orjson.loads(body), "event": event, "audience": to, "to_site": site, "sequence": sequence})
        return [e for e in found if (not names or e["event"] in names) and audience in (None, e["audience"])]

    async def hear(self, event: Event, *, site: str = SITE, sequence: int | None = None) -> Received[Event]:
        """An event of a site arrives; its number follows the last one of its subject unless given."""
        number = sequence or self.sequences.get(event.subject, 0) + 1
        self.sequences[event.subject] = max(number, self.sequences.get(event.subject, 0))
        received = Received(
            id=uuid7(),
            type=event.type,
            source=f"/sites/{site}/{event.publisher or 'intake'}",
            subject=event.subject,
            site=site,
            district=None,
            sequence=number,
            time=datetime.now(UTC),
            data=event,
            correlation_id=None,
            causation_id=None,
            traceparent=None,
            body=b"",
        )
        async with self.transaction() as session:
            await self.consumers.handle(session, [received])
        return received

    async def open_sites(self) -> None:
        """The register arrives: two sites and the city."""
        districts = {SITE: ["brackel", "aplerbeck"], NEIGHBOUR: ["hoerde", "hombruch"], "city": []}
        for stack, own in districts.items():
            known = public_jwk(self.folder / f"{stack}.key")
            key = {name: known[name] for name in ("kid", "kty", "crv", "x")}
            event = {"site": stack, "districts": own, "public_keys": [key]}
            await self.hear(SiteOpened.model_validate(event), site="city")


@contextmanager
def template_database(server_url: str, service: str) -> Iterator[str]:
    """The name of a database that the migrations have just made; tests copy it, which is quicker than migrating."""
    name = f"{service}_template_{uuid.uuid4().hex[:8]}"
    _run_sql(server_url, f'create database "{name}"')
    _in_thread(lambda: migrate(service, urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))))
    yield name
    _run_sql(server_url, f'drop database "{name}" with (force)')


@contextmanager
def copied_database(server_url: str, service: str, template: str) -> Iterator[str]:
    """The URL of a migrated database for one test alone."""
    name = f"test_{service}_{uuid.uuid4().hex}"
    _run_sql(server_url, f'create database "{name}" template "{template}"')
    yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    _run_sql(server_url, f'drop database "{name}" with (force)')


def settings_of(url: str, folder: Path) -> dict[str, Any]:
    """What every service's settings need here; the stacks' keys are made."""
    for stack in (SITE, NEIGHBOUR, "city"):
        ensure_signing_key(folder / f"{stack}.key")
    return {
        "site": "city",
        "database_url": url,
        "rabbitmq_url": "amqp://nobody@127.0.0.1:1",
        "public_url": ORIGIN,
        "signing_key_file": folder / "city.key",
        "port": 1,
    }


def _in_thread(do: Callable[[], Any]) -> Any:
    with ThreadPoolExecutor(1) as thread:  # fixtures are also asked for while a test's loop runs
        return thread.submit(do).result()


def _run_sql(url: str, statement: str) -> None:
    async def execute() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    _in_thread(lambda: asyncio.run(execute()))
