"""The city's referrals with a real database; the sites are played by events."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import orjson
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.app import create_app
from services.referrals.consumers import consumers
from services.referrals.settings import Settings
from shared.contracts import Event
from shared.contracts.reporting import SiteOpened
from shared.database import Database, migrate
from shared.ids import uuid7
from shared.messaging import Received
from shared.web import tokens
from shared.web.identity import Principal, Role
from shared.web.keys import KeyRing, ensure_signing_key, public_jwk

ORIGIN = "http://testserver"
SITE, NEIGHBOUR = "brackel-aplerbeck", "hoerde-hombruch"
API = "/referrals/api/v1"


async def _nobody() -> dict[str, Any]:
    return {}


@dataclass
class Referrals:
    """The app, its database, and what came out of it."""

    app: FastAPI
    folder: Path
    settings: Settings
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
            await consumers.handle(session, [received])
        return received

    async def open_sites(self) -> None:
        """The register arrives: two sites and the city."""
        districts = {SITE: ["brackel", "aplerbeck"], NEIGHBOUR: ["hoerde", "hombruch"], "city": []}
        for stack, own in districts.items():
            known = public_jwk(self.folder / f"{stack}.key")
            key = {name: known[name] for name in ("kid", "kty", "crv", "x")}
            event = {"site": stack, "districts": own, "public_keys": [key]}
            await self.hear(SiteOpened.model_validate(event), site="city")


@pytest.fixture(scope="session")
def referrals_template(database_url: str) -> Iterator[str]:
    """The name of a database that the migrations have just made; tests copy it, which is quicker than migrating."""
    name = f"referrals_template_{uuid.uuid4().hex[:8]}"
    _run_sql(database_url, f'create database "{name}"')
    _in_thread(lambda: migrate("referrals", urlunsplit(urlsplit(database_url)._replace(path=f"/{name}"))))
    yield name
    _run_sql(database_url, f'drop database "{name}" with (force)')


@pytest.fixture
def referrals_url(database_url: str, referrals_template: str) -> Iterator[str]:
    """A migrated database for this test alone."""
    name = f"test_referrals_{uuid.uuid4().hex}"
    _run_sql(database_url, f'create database "{name}" template "{referrals_template}"')
    yield urlunsplit(urlsplit(database_url)._replace(path=f"/{name}"))
    _run_sql(database_url, f'drop database "{name}" with (force)')


@pytest.fixture
async def fresh_referrals(referrals_url: str, tmp_path: Path) -> AsyncIterator[Referrals]:
    """Referrals that have not heard of any site yet."""
    for stack in (SITE, NEIGHBOUR, "city"):
        ensure_signing_key(tmp_path / f"{stack}.key")
    settings = Settings(
        site="city",
        database_url=referrals_url,
        rabbitmq_url="amqp://nobody@127.0.0.1:1",
        public_url=ORIGIN,
        signing_key_file=tmp_path / "city.key",
        port=1,
    )
    running = Referrals(create_app(settings), tmp_path, settings)
    yield running
    await running.database.dispose()


@pytest.fixture
async def referrals(fresh_referrals: Referrals) -> Referrals:
    """Referrals that know the sites."""
    await fresh_referrals.open_sites()
    return fresh_referrals


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
