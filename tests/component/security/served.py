"""All services as they really answer: own databases, real sockets, and a token for everybody who may knock."""

import asyncio
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import uvicorn
from fastapi import FastAPI
from sqlalchemy import text

from services.intake import commands
from services.intake.app import create_app as create_intake
from services.intake.settings import Settings as IntakeSettings
from services.referrals.app import create_app as create_referrals
from services.referrals.commands.sites import register as referrals_register
from services.referrals.settings import Settings as ReferralsSettings
from services.reporting.app import create_app as create_reporting
from services.reporting.commands.sites import OpenSite, open_site
from services.reporting.settings import Settings as ReportingSettings
from services.volunteers.app import create_app as create_volunteers
from services.volunteers.commands.known import register as volunteers_register
from services.volunteers.settings import Settings as VolunteersSettings
from shared.contracts.reporting import PublicKey, SiteOpened
from shared.contracts.words import District
from shared.database import Database, create_database_if_missing, migrate
from shared.ids import uuid7
from shared.messaging import Publisher
from shared.web import accounts, tokens
from shared.web.accounts import SessionKind
from shared.web.keys import KeyRing, ensure_signing_key, public_jwk
from shared.web.tokens import Principal, Role

SITE, NEIGHBOUR, CITY = "brackel-aplerbeck", "hoerde-hombruch", "city"
STACKS = (SITE, NEIGHBOUR, CITY)
SERVICES = ("intake", "reporting", "referrals", "volunteers")
LONG = timedelta(hours=12)
NOBODY, STRANGER = "nobody", "team-of-another-site"
IDENTITIES = (NOBODY, STRANGER, *(role.value for role in Role))
"""Everybody: nobody at all, a team member of another site, and each role."""


def jwk(folder: Path, stack: str) -> dict[str, str]:
    """A stack's public key as the register holds it."""
    known = public_jwk(folder / f"{stack}.key")
    return {name: known[name] for name in ("kid", "kty", "crv", "x")}


async def _none() -> Mapping[str, Any]:
    return {}


@dataclass
class Folder:
    """The stacks' signing keys."""

    path: Path
    rings: dict[str, KeyRing] = field(init=False)

    def __post_init__(self) -> None:
        for stack in STACKS:
            ensure_signing_key(self.path / f"{stack}.key")
        self.rings = {stack: KeyRing(stack, self.path / f"{stack}.key", _none) for stack in STACKS}

    def token(self, stack: str, role: Role, session_id: UUID | None = None, account: str | None = None) -> str:
        """A genuine token of a stack."""
        site = stack if role is Role.TEAM else None
        name = account or f"test-{role.value}"
        return tokens.issue(self.rings[stack], Principal(name, role, site, session_id or uuid7(), stack, "Test"), LONG)


def apps(folder: Path, urls: Mapping[str, str], public_url: str = "http://127.0.0.1") -> dict[str, FastAPI]:
    """All services on these databases; the broker is not there, and no request needs it."""
    broker = "amqp://nobody@127.0.0.1:1"
    intake = IntakeSettings(
        site=SITE,
        database_url=urls["intake"],
        rabbitmq_url=broker,
        public_url=public_url,
        signing_key_file=folder / f"{SITE}.key",
        port=1,
    )
    reporting = ReportingSettings(
        site=CITY,
        database_url=urls["reporting"],
        rabbitmq_url=broker,
        public_url=public_url,
        signing_key_file=folder / f"{CITY}.key",
        port=1,
    )
    referrals = ReferralsSettings(
        site=CITY,
        database_url=urls["referrals"],
        rabbitmq_url=broker,
        public_url=public_url,
        signing_key_file=folder / f"{CITY}.key",
        port=1,
    )
    volunteers = VolunteersSettings(**{**referrals.model_dump(), "database_url": urls["volunteers"]})
    return {
        "intake": create_intake(intake),
        "reporting": create_reporting(reporting),
        "referrals": create_referrals(referrals),
        "volunteers": create_volunteers(volunteers),
    }


async def fill(folder: Folder, urls: Mapping[str, str]) -> dict[str, dict[str, str | None]]:
    """The site registers and accounts; returns a token for everybody at each service."""
    mine = [District.BRACKEL, District.APLERBECK]
    others = [d for d in District if d not in (*mine, District.HOERDE, District.HOMBRUCH)]
    districts = {SITE: (mine, others), NEIGHBOUR: ([District.HOERDE, District.HOMBRUCH], []), CITY: ([], [])}
    intake = Database(urls["intake"], Publisher(SITE, "intake", "http://127.0.0.1"))
    referrals = Database(urls["referrals"], Publisher(CITY, "referrals", "http://127.0.0.1"))
    volunteers = Database(urls["volunteers"], Publisher(CITY, "volunteers", "http://127.0.0.1"))
    async with intake.transaction() as session, referrals.transaction() as city, volunteers.transaction() as helping:
        for stack, (own, interim) in districts.items():
            event = SiteOpened.model_validate(
                {
                    "site": stack,
                    "districts": own,
                    "interim_districts": interim,
                    "public_keys": [jwk(folder.path, stack)],
                    "office_hours": [{"weekday": "thu", "from": "14:00", "to": "17:00"}] if stack == SITE else [],
                }
            )
            await commands.enter_site(session, event, 1)
            await referrals_register.enter(city, event, 1)
            await volunteers_register.enter(helping, event, 1)
        await accounts.add_account(session, "test-team", Role.TEAM, SITE, "Test", None)
        team_session = await accounts.open_session(session, "test-team", SessionKind.TOKEN, LONG)
    await intake.dispose()
    await referrals.dispose()
    await volunteers.dispose()
    reporting = Database(urls["reporting"], Publisher(CITY, "reporting", "http://127.0.0.1"))
    sessions = {}
    async with reporting.transaction() as session:
        for stack, (own, interim) in districts.items():
            if stack != CITY:
                keys = [PublicKey(**jwk(folder.path, stack))]
                await open_site(
                    session, OpenSite(slug=stack, districts=own, interim_districts=interim, public_keys=keys)
                )
        for role in Role:
            if role is not Role.TEAM:
                await accounts.add_account(session, f"test-{role.value}", role, None, "Test", None)
                sessions[role] = await accounts.open_session(session, f"test-{role.value}", SessionKind.TOKEN, LONG)
    await reporting.dispose()
    known: dict[str, str | None] = {
        NOBODY: None,
        STRANGER: folder.token(NEIGHBOUR, Role.TEAM),
        **{role.value: folder.token(CITY, role, opened) for role, opened in sessions.items()},
    }
    return {
        "intake": {**known, "team": folder.token(SITE, Role.TEAM, team_session)},
        "reporting": {**known, "team": folder.token(SITE, Role.TEAM)},
        "referrals": {**known, "team": folder.token(SITE, Role.TEAM)},
        "volunteers": {**known, "team": folder.token(SITE, Role.TEAM)},
    }


def databases(server_url: str) -> dict[str, str]:
    """A migrated database for each service."""
    made = {}
    for service in SERVICES:
        url = urlunsplit(urlsplit(server_url)._replace(path=f"/test_{service}_{uuid7().hex}"))
        asyncio.run(create_database_if_missing(url))
        migrate(service, url)
        made[service] = url
    return made


async def drop(server_url: str, urls: Mapping[str, str]) -> None:
    """Away with them."""
    connection = await asyncpg.connect(server_url)
    for url in urls.values():
        await connection.execute(f'drop database if exists "{urlsplit(url).path[1:]}" with (force)')
    await connection.close()


async def counts(database: Database) -> dict[str, int]:
    """How many rows each table has: what is half-written shows here."""
    async with database.transaction() as session:
        names = (
            await session.execute(text("select tablename from pg_tables where schemaname = 'public' order by 1"))
        ).scalars()
        found = {}
        for name in names.all():
            found[name] = int((await session.execute(text(f'select count(*) from "{name}"'))).scalar_one())
    return found


@contextmanager
def serve(app: FastAPI, **options: Any) -> Iterator[str]:
    """The app on a port of its own, in a thread; yields its URL. Without lifespan: no broker, no workers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", **options))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        port = listener.getsockname()[1]
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            with suppress(RuntimeError):
                thread.join(0.01)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(20)
