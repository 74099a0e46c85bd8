"""One site's intake with a real database; its neighbours are played by rows and events."""

import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import orjson
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.intake import commands
from services.intake.app import create_app
from services.intake.settings import Settings
from shared.contracts.reporting import SiteOpened
from shared.contracts.words import District
from shared.database import Database, migrate
from shared.messaging import Publisher
from shared.web import accounts, tokens
from shared.web.identity import Principal, Role
from shared.web.keys import KeyRing, ensure_signing_key, public_jwk
from tests.component.intake.samples import SITE

ORIGIN = "http://testserver"
OTHER_DISTRICTS = [district.value for district in District if district not in ("brackel", "aplerbeck", "hoerde")]


@dataclass
class Intake:
    """The running app, its database, and what came out of it."""

    app: FastAPI
    database: Database
    keys: KeyRing
    neighbour_keys: KeyRing
    city_keys: KeyRing
    settings: Settings

    def client(self, **options: Any) -> httpx.AsyncClient:
        """A browser or program that talks to the app."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=ORIGIN, **options)

    async def token(self, account: str = "amal") -> str:
        """A bearer token of a member of the team."""
        async with self.database.transaction() as session:
            if not await accounts.list_accounts(session, account):
                await accounts.add_account(session, account, Role.TEAM, SITE, account.title(), None)
            opened = await accounts.open_session(session, account, accounts.SessionKind.TOKEN, timedelta(hours=1))
        return tokens.issue(self.keys, Principal(account, Role.TEAM, SITE, opened, SITE, account.title()))

    def city_token(self, role: Role) -> str:
        """A bearer token that the city's stack has issued."""
        return tokens.issue(self.city_keys, Principal("chris", role, None, uuid.uuid4(), "city", "Chris"))

    def recipient(self, account: str, role: Role = Role.PARTNER) -> httpx.AsyncClient:
        """A program of somebody to whom something may be released, signed in at the city."""
        who = Principal(account, role, None, uuid.uuid4(), "city", account)
        return self.client(headers={"authorization": f"Bearer {tokens.issue(self.city_keys, who)}"})

    async def rows(self, query: str, **values: Any) -> list[Any]:
        """What a query finds in the database."""
        async with self.database.transaction() as session:
            return list((await session.execute(text(query), values)).all())

    async def events(self, *names: str) -> list[dict[str, Any]]:
        """The events in the outbox, in the order of their writing; of these names if given."""
        rows = await self.rows("select routing_key, sequence, body from outbox order by position")
        found = [
            {**orjson.loads(body), "event": key.split(".")[2], "sequence": sequence} for key, sequence, body in rows
        ]
        return [event for event in found if not names or event["event"] in names]

    async def open_sites(self, *, hoerde_has_its_own: bool = True) -> None:
        """The register arrives: the own site with nine interim districts, and a neighbour for Hörde."""
        own = SiteOpened.model_validate(
            {
                "site": SITE,
                "districts": ["brackel", "aplerbeck"],
                "interim_districts": OTHER_DISTRICTS,
                "public_keys": [_jwk(self.settings.signing_key_file)],
                "office_hours": [
                    *({"weekday": day, "from": "09:00", "to": "12:00"} for day in ("mon", "tue", "fri")),
                    {"weekday": "thu", "from": "14:00", "to": "17:00"},
                ],
            }
        )
        neighbour = SiteOpened.model_validate(
            {
                "site": "hoerde-hombruch",
                "districts": ["hoerde"],
                "public_keys": [_jwk(self.settings.signing_key_file.with_name("hoerde-hombruch.key"))],
            }
        )
        city = SiteOpened.model_validate(
            {
                "site": "city",
                "districts": [],
                "public_keys": [_jwk(self.settings.signing_key_file.with_name("city.key"))],
            }
        )
        async with self.database.transaction() as session:
            for event in (own, city, *([neighbour] if hoerde_has_its_own else [])):
                await commands.enter_site(session, event, 1)


def _jwk(path: Path) -> dict[str, str]:
    known = public_jwk(path)
    return {name: known[name] for name in ("kid", "kty", "crv", "x")}


@pytest.fixture(scope="session")
def migrated_template(database_url: str) -> str:
    """The name of a database that the migrations have just made; tests copy it, which is quicker than migrating."""
    name = f"intake_template_{uuid.uuid4().hex[:8]}"
    url = urlunsplit(urlsplit(database_url)._replace(path=f"/{name}"))
    _run_sql(database_url, f'create database "{name}"')
    migrate("intake", url)
    return name


@pytest.fixture
def new_migrated(database_url: str, migrated_template: str) -> Iterator[Callable[[], str]]:
    """Makes a migrated database and returns its URL; deleted after the test."""
    names: list[str] = []

    def create() -> str:
        names.append(f"test_intake_{uuid.uuid4().hex}")
        _run_sql(database_url, f'create database "{names[-1]}" template "{migrated_template}"')
        return urlunsplit(urlsplit(database_url)._replace(path=f"/{names[-1]}"))

    yield create
    for name in names:
        _run_sql(database_url, f'drop database "{name}" with (force)')


@pytest.fixture
def intake_url(new_migrated: Callable[[], str]) -> str:
    """A migrated database for this test alone."""
    return new_migrated()


def _run_sql(url: str, statement: str) -> None:
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    async def execute() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    with ThreadPoolExecutor(1) as thread:  # fixtures are also asked for while a test's loop runs
        thread.submit(asyncio.run, execute()).result()


@pytest.fixture
async def fresh_intake(intake_url: str, tmp_path: Path) -> AsyncIterator[Intake]:
    """An intake that has not heard of any site yet."""
    for stack in (SITE, "hoerde-hombruch", "city"):
        ensure_signing_key(tmp_path / f"{stack}.key")
    settings = Settings(
        site=SITE,
        database_url=intake_url,
        rabbitmq_url="amqp://nobody@localhost:1",
        public_url=ORIGIN,
        signing_key_file=tmp_path / f"{SITE}.key",
        port=1,
    )
    app = create_app(settings)

    async def nobody() -> dict[str, Any]:
        return {}

    intake = Intake(
        app,
        Database(intake_url, Publisher(SITE, "intake", ORIGIN)),
        KeyRing(SITE, tmp_path / f"{SITE}.key", nobody),
        KeyRing("hoerde-hombruch", tmp_path / "hoerde-hombruch.key", nobody),
        KeyRing("city", tmp_path / "city.key", nobody),
        settings,
    )
    yield intake
    await intake.database.dispose()
    await app.state.database.dispose()


@pytest.fixture
async def intake(fresh_intake: Intake) -> Intake:
    """An intake that knows the sites."""
    await fresh_intake.open_sites()
    return fresh_intake


@pytest.fixture
async def api(intake: Intake) -> AsyncIterator[httpx.AsyncClient]:
    """A program with the token of a member of the team."""
    async with intake.client(headers={"authorization": f"Bearer {await intake.token()}"}) as client:
        yield client


@pytest.fixture
async def browser(intake: Intake) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which a member of the team is signed in."""
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    async with intake.client(headers=headers, cookies={"lokal_session": await intake.token()}) as client:
        yield client
