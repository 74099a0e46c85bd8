"""Servers for the tests: one pair a run, and for each test what it asks of them for itself alone."""

import asyncio
import tempfile
import uuid
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import pytest

from deploy.servers import Servers, remove_left_behind, servers

# Not below a folder that only its owner may enter, as pytest's own temporary folders are: PostgreSQL runs as another
# user when the tests run as root.
_PLACE, _PREFIX = Path("/var/tmp"), "lokal-test-"  # noqa: S108


@pytest.fixture(scope="session")
def running_servers() -> Iterator[Servers]:
    """RabbitMQ and PostgreSQL for this run; tests of faults may `restart()` them, or `kill()` and `start()`."""
    remove_left_behind(_PLACE, f"{_PREFIX}*")
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=_PLACE) as folder:
        Path(folder).chmod(0o711)
        with servers(Path(folder), throwaway=True) as running:
            yield running


@pytest.fixture(scope="session")
def rabbitmq_url(running_servers: Servers) -> str:
    """The broker, as its administrator, at the virtual host that all tests share; see `new_vhost`."""
    return running_servers.rabbitmq_url


@pytest.fixture(scope="session")
def rabbitmq_management_url(running_servers: Servers) -> str:
    """The broker's management API with login, without a slash at the end."""
    return running_servers.rabbitmq_management_url


@pytest.fixture(scope="session")
def database_url(running_servers: Servers) -> str:
    """The database server; the user may create databases; see `new_database`."""
    return running_servers.database_url


@pytest.fixture
def new_database(database_url: str) -> Iterator[Callable[[], str]]:
    """Makes an empty database and returns its URL; deleted after the test."""
    names: list[str] = []

    def create() -> str:
        name = f"test_{uuid.uuid4().hex}"
        _run(_execute(database_url, f'CREATE DATABASE "{name}"'))
        names.append(name)
        return urlunsplit(urlsplit(database_url)._replace(path=f"/{name}"))

    yield create
    for name in names:
        _run(_execute(database_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


@pytest.fixture
def empty_database_url(new_database: Callable[[], str]) -> str:
    """A database for this test alone."""
    return new_database()


@pytest.fixture
def new_vhost(rabbitmq_url: str, rabbitmq_management_url: str) -> Iterator[Callable[[], str]]:
    """Makes a virtual host and returns the broker's URL with it; deleted after the test."""
    names: list[str] = []
    user = urlsplit(rabbitmq_url).username
    with httpx.Client(base_url=rabbitmq_management_url, timeout=30) as api:

        def create() -> str:
            name = f"test-{uuid.uuid4().hex}"
            names.append(name)
            api.put(f"/api/vhosts/{name}").raise_for_status()
            everything = {"configure": ".*", "write": ".*", "read": ".*"}
            api.put(f"/api/permissions/{name}/{user}", json=everything).raise_for_status()
            return urlunsplit(urlsplit(rabbitmq_url)._replace(path=f"/{name}"))

        yield create
        for name in names:
            api.delete(f"/api/vhosts/{name}").raise_for_status()


@pytest.fixture
def vhost_url(new_vhost: Callable[[], str]) -> str:
    """The broker at a virtual host for this test alone."""
    return new_vhost()


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _run(work: Coroutine[Any, Any, None]) -> None:
    """In a thread with a loop of its own: fixtures are also asked for while the test's loop runs."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()
