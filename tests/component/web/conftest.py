"""A small service of its own: notes, written by a site's team. It uses shared.web as every service does."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import Column, MetaData, Table, Text, Uuid, text
from starlette.requests import Request

from shared import refusals
from shared.database import Database, create_database_if_missing
from shared.ids import uuid7
from shared.settings import ServiceSettings
from shared.web import accounts, forms, idempotency, tokens
from shared.web.accounts.passwords import hash_password
from shared.web.app import create_app
from shared.web.identity import Principal, Role, page_for, signed_in
from shared.web.inputs import Input, ShortText
from shared.web.keys import KeyRing, ensure_signing_key, public_jwk
from shared.web.pagination import Page, PageQuery
from shared.web.problems import conflict
from shared.web.routing import Session, api_router, page_router
from shared.web.templating import Pages, Templates

HERE = Path(__file__).parent
SITE = "brackel-aplerbeck"
PASSWORD = "ein langes Passwort"
HASH = hash_password(PASSWORD)
ORIGIN = "http://testserver"

metadata = MetaData()
accounts.account_tables(metadata)
idempotency.idempotency_table(metadata)
Table("note", metadata, Column("id", Uuid, primary_key=True), Column("text", Text, nullable=False))


class WriteNote(Input):
    """A note."""

    text: ShortText
    tags: tuple[ShortText, ...] = ()


class Note(BaseModel):
    """A written note."""

    id: UUID
    text: str


api = api_router("/notes/api/v1", ["Notizen"])
pages = page_router()
Team = Annotated[Principal, signed_in(Role.TEAM)]


@api.post("/notes", status_code=201, responses=conflict)
async def write_note(body: WriteNote, who: Team, session: Session) -> Note:
    note = Note(id=uuid7(), text=body.text)
    await session.execute(text("insert into note (id, text) values (:id, :text)"), note.model_dump())
    if body.text == "zu spät":
        raise refusals.Conflict("Die Notiz kommt zu spät.")
    if body.text == "kaputt":
        raise RuntimeError("geheim: kaputt")
    return note


@api.get("/notes")
async def list_notes(who: Team, session: Session, page: PageQuery, q: str | None = None) -> Page[Note]:
    after = page.after(UUID)
    rows = await session.execute(
        text(
            "select id, text from note where (cast(:after as uuid) is null or id > :after) "
            "and (cast(:q as text) is null or text like :q) order by id limit :n"
        ),
        {"after": after[0] if after else None, "q": q, "n": page.limit + 1},
    )
    return page.page(rows.all(), lambda row: (row.id,), lambda row: Note(id=row.id, text=row.text))


@api.get("/notes/{note_id}")
async def show_note(note_id: UUID, who: Team, session: Session) -> Note:
    row = (await session.execute(text("select id, text from note where id = :id"), {"id": note_id})).one_or_none()
    if row is None:
        raise refusals.Missing("Die Notiz")
    return Note(id=row.id, text=row.text)


@pages.get("/")
async def start(who: Annotated[Principal, page_for(Role.TEAM)], pages: Pages) -> Any:
    return pages.render("notes.html")


@pages.post("/notes/new")
async def new(request: Request, who: Annotated[Principal, page_for(Role.TEAM)], session: Session, pages: Pages) -> Any:
    form = await forms.read(request, WriteNote)
    if form.value is None:
        raise refusals.Invalid("text", form.errors["text"])
    await session.execute(text("insert into note (id, text) values (:id, :t)"), {"id": uuid7(), "t": form.value.text})
    return pages.redirect("/")


@pages.post("/notes/changed-mind")
async def changed_mind(who: Annotated[Principal, page_for(Role.TEAM)], session: Session, pages: Pages) -> Any:
    await session.execute(text("insert into note (id, text) values (:id, 'halb')"), {"id": uuid7()})
    return pages.render("notes.html", status=422)


attempts: list[str] = []
"""How often the contended page was run."""


@pages.post("/notes/contended")
async def contended(who: Annotated[Principal, page_for(Role.TEAM)], session: Session, pages: Pages) -> Any:
    attempts.append(who.account)
    await session.execute(text("insert into note (id, text) values (:id, 'einmal')"), {"id": uuid7()})
    if len(attempts) == 1:
        await session.execute(text("do $$ begin raise exception using errcode = 'deadlock_detected'; end $$"))
    return pages.redirect("/")


@dataclass
class Stack:
    """One stack: its app, its database and its key."""

    app: FastAPI
    database: Database
    keys: KeyRing
    settings: ServiceSettings
    missing: list[str] = field(default_factory=list)

    def client(self, **options: Any) -> httpx.AsyncClient:
        """A browser or program that talks to the app."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=ORIGIN, **options)

    def token(self, role: Role = Role.TEAM, *, site: str | None = SITE, account: str = "alex", **claims: Any) -> str:
        """A genuine token without a session, as another stack would see it."""
        principal = Principal(account, role, site, uuid7(), self.settings.site, "Alex")
        return tokens.issue(self.keys, principal, **claims)

    async def count(self, table: str) -> int:
        """How many rows a table has."""
        async with self.database.transaction() as session:
            return int((await session.execute(text(f"select count(*) from {table}"))).scalar_one())


@pytest.fixture(scope="session")
def notes_database(database_url: str) -> Iterator[str]:
    """One database with the tables of notes for all tests here; emptied for each."""
    name = f"test_web_{uuid7().hex}"
    url = urlunsplit(urlsplit(database_url)._replace(path=f"/{name}"))

    async def prepare() -> None:
        await create_database_if_missing(url)
        database = Database(url)
        async with database.engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        await database.dispose()

    async def drop() -> None:
        connection = await asyncpg.connect(database_url)
        await connection.execute(f'drop database "{name}" with (force)')
        await connection.close()

    asyncio.run(prepare())
    yield url
    asyncio.run(drop())


@pytest.fixture
async def make_stack(notes_database: str, tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """Makes stacks that know each other's public keys."""
    connection = await asyncpg.connect(notes_database)
    await connection.execute(f"truncate {', '.join(metadata.tables)} cascade")
    await connection.close()
    made: list[Stack] = []
    published: dict[str, Sequence[Mapping[str, Any]]] = {}

    async def make(site: str = SITE, *, issues_sign_in: bool = True, public_url: str = ORIGIN) -> Stack:
        key = tmp_path / f"{site}.key"
        ensure_signing_key(key)
        published[site] = [public_jwk(key)]

        async def published_keys() -> Mapping[str, Sequence[Mapping[str, Any]]]:
            return published

        settings = ServiceSettings(
            site=site,
            database_url=notes_database,
            rabbitmq_url="amqp://nobody@localhost",
            public_url=public_url,
            signing_key_file=key,
            port=1,
        )
        database = Database(settings.database_url)
        keys = KeyRing(site, key, published_keys)
        missing: list[str] = []

        async def ready() -> list[str]:
            return missing

        @asynccontextmanager
        async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
            yield

        app = create_app(
            settings,
            service="notes",
            title="Notizen",
            database=database,
            keys=keys,
            routers=[api, pages],
            lifespan=lifespan,
            ready=ready,
            templates=Templates(HERE / "templates"),
            issues_sign_in=issues_sign_in,
        )
        stack = Stack(app, database, keys, settings, missing)
        made.append(stack)
        return stack

    yield make
    for stack in made:
        await stack.database.dispose()


@pytest.fixture
async def site(make_stack: Callable[..., Any]) -> Stack:
    """A site's stack with the account `alex`, a member of its team."""
    stack: Stack = await make_stack()
    async with stack.database.transaction() as session:
        await accounts.add_account(session, "alex", Role.TEAM, SITE, "Alex Beispiel", None)
        # Hashing takes its time by design; once is enough for all tests.
        await session.execute(text("update account set password_hash = :hash"), {"hash": HASH})
    return stack


@pytest.fixture
async def browser(site: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that nobody has signed in with yet."""
    async with site.client(headers={"accept": "text/html", "sec-fetch-site": "same-origin"}) as client:
        yield client


@pytest.fixture
async def signed_in_browser(browser: httpx.AsyncClient) -> httpx.AsyncClient:
    """A browser in which Alex has signed in."""
    answer = await browser.post("/sign-in", data={"account": "alex", "password": PASSWORD})
    assert answer.status_code == 303
    return browser


@pytest.fixture
async def program(site: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """A program with a bearer token of Alex."""
    async with site.database.transaction() as session:
        session_id = await accounts.open_session(session, "alex", accounts.SessionKind.TOKEN, timedelta(hours=8))
    principal = Principal("alex", Role.TEAM, SITE, session_id, SITE, "Alex Beispiel")
    token = tokens.issue(site.keys, principal, timedelta(hours=8))
    async with site.client(headers={"authorization": f"Bearer {token}"}) as client:
        yield client
