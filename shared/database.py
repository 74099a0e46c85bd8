"""A service's own database: engine, transactions, creation and migration.

Every service has a database of its own (PostgreSQL 15 or newer) and an own SQLModel registry; nobody else reads it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import orjson
import sqlalchemy.exc
import structlog
from alembic import command
from alembic.config import Config
from sqlalchemy import make_url
from sqlalchemy.event import listen
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

if TYPE_CHECKING:
    from shared.messaging.publisher import Publisher


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def async_url(url: str) -> str:
    """The same URL for SQLAlchemy's asyncpg dialect."""
    return make_url(url).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


def plain_url(url: str) -> str:
    """The same URL for asyncpg itself, `psql` and people."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _refuse_closed(connection: Any, _record: Any, _proxy: Any) -> None:
    if connection.driver_connection.is_closed():
        raise sqlalchemy.exc.DisconnectionError("closed by the server")


class Database:
    """Connections and transactions on one database.

    `publisher` is who the service is on the broker: every session carries it, so that a command can add an event to
    the outbox with nothing but the session in its hand.
    """

    def __init__(self, url: str, publisher: "Publisher | None" = None, *, pool_size: int = 10) -> None:
        self.url = plain_url(url)
        self.publisher = publisher
        self._doorbell = Doorbell(self.url)
        self.engine: AsyncEngine = create_async_engine(
            async_url(url),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            hide_parameters=True,  # parameters are personal data; they would stand in every error text
            json_serializer=_json,
            json_deserializer=orjson.loads,
            connect_args={"server_settings": {"timezone": "UTC", "jit": "off"}, "command_timeout": 30},
        )
        # A restarted server must not cost a request; SQLAlchemy's own ping would cost each one three round trips.
        listen(self.engine.sync_engine, "checkout", _refuse_closed)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session in a transaction: committed at the end, rolled back on any error."""
        session = AsyncSession(self.engine, expire_on_commit=False, info={"publisher": self.publisher})
        try:
            yield session
            await session.commit()
        except BaseException:
            await asyncio.shield(session.close())  # rolls back; also when the request was cancelled
            raise
        session.sync_session.close()  # the connection is back in the pool already, so this needs no waiting
        if session.info.get("events_added"):
            self._doorbell.ring()

    async def answers(self) -> bool:
        """Whether the server takes statements now."""
        try:
            async with self.engine.connect() as connection:
                await connection.exec_driver_sql("select 1")
        except Exception:
            return False
        return True

    async def dispose(self) -> None:
        """Close all connections."""
        await self._doorbell.close()
        await self.engine.dispose()


FOR_GOOD = "for_good"


def add_for_good(session: AsyncSession, make: Callable[[], Any]) -> None:
    """Add a row that also stays when an answer that refuses undoes the request.

    A form that is shown again with its mistakes has shown what stands on it, though nothing else happened.
    """
    session.add(make())
    session.info.setdefault(FOR_GOOD, []).append(make)


class Doorbell:
    """Wakes the relays, in whatever process, after events were committed.

    A NOTIFY inside the transactions would make their commits wait in line for one lock of the whole server (measured
    in docs/benchmarks.md); so it is sent after them, on a connection of its own, and rings that fall into one round
    trip become one. A ring that gets lost costs a poll interval, no event.
    """

    CHANNEL = "lokal_outbox"
    PAUSE_SECONDS = 0.01
    """Between two rings: under load a ring for each commit would cost more than the relay's whole work."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._rung = asyncio.Event()
        self._ringing: asyncio.Task[None] | None = None

    def ring(self) -> None:
        """Wake the relays soon; returns at once and never fails."""
        self._rung.set()
        if self._ringing is None or self._ringing.done():
            self._ringing = asyncio.create_task(self._ring_on())

    async def _ring_on(self) -> None:
        try:
            connection = await asyncpg.connect(self._url, timeout=5)
            try:
                while True:
                    await self._rung.wait()
                    self._rung.clear()
                    await connection.execute(f"notify {self.CHANNEL}", timeout=5)
                    await asyncio.sleep(self.PAUSE_SECONDS)
            finally:
                await connection.close(timeout=1)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
            structlog.get_logger(__name__).warning("relay_not_woken", error=type(error).__name__)

    async def close(self) -> None:
        """Stop ringing."""
        if self._ringing is not None:
            self._ringing.cancel()
            await asyncio.gather(self._ringing, return_exceptions=True)


async def create_database_if_missing(url: str) -> bool:
    """Create the database that the URL names, with the server's own account; True if it was not there."""
    target = make_url(plain_url(url))
    server = target.set(database="postgres").render_as_string(hide_password=False)
    connection = await asyncpg.connect(server)
    try:
        if await connection.fetchval("select 1 from pg_database where datname = $1", target.database):
            return False
        try:
            await connection.execute(f"create database \"{target.database}\" encoding 'UTF8' template template0")
        except asyncpg.DuplicateDatabaseError:  # another migrate was faster
            return False
        return True
    finally:
        await connection.close()


def migrate(service: str, url: str, revision: str = "head") -> None:
    """Bring the database of `services.<service>` to a revision of its migrations; several at once wait in line."""
    package = import_module(f"services.{service}")
    assert package.__file__ is not None  # noqa: S101  (a package on disk)
    config = Config()
    config.set_main_option("script_location", str(Path(package.__file__).parent / "migrations"))
    config.attributes["url"] = async_url(url)
    command.upgrade(config, revision)


_PASSING = frozenset({"08", "40", "53", "55", "57", "58"})
"""Classes of SQLSTATE that say nothing of what was asked for: connection lost, deadlock, too little room, lock not to
be had, cancelled, broken system."""


def passes(error: BaseException) -> bool:
    """Whether the database, and not what was asked of it, is the fault: the same may succeed when it is tried again."""
    state = getattr(getattr(error, "orig", error), "sqlstate", None) or ""
    return is_unreachable(error) or state[:2] in _PASSING


def is_unreachable(error: BaseException) -> bool:
    """Whether the server, not the statement, is the fault: it is away, starting, stopping or out of connections."""
    cause = getattr(error, "orig", None)
    if cause is not None:
        cause = getattr(cause, "__cause__", None) or cause
        if getattr(error, "connection_invalidated", False):
            return True
    fault = cause or error
    return not isinstance(fault, asyncpg.QueryCanceledError) and isinstance(
        fault,
        OSError
        | TimeoutError
        | sqlalchemy.exc.TimeoutError
        | asyncpg.InterfaceError
        | asyncpg.PostgresConnectionError
        | asyncpg.OperatorInterventionError
        | asyncpg.InsufficientResourcesError,
    )
