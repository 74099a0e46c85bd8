"""A city and its sites, running for real: started as an operator starts them, on servers of the test run.

Each module has a stack of its own: own virtual host, own databases, own ports.
"""

import asyncio
import os
import shlex
import signal
import subprocess
import sys
import uuid
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aio_pika
import asyncpg
import httpx
import pytest

from deploy.servers import Servers
from deploy.servers.process import free_port, wait_until
from shared.contracts.words import SITES
from shared.messaging.link import user_of

SITE = SITES[0]
LOKAL = Path(sys.executable).parent / "lokal"
DATABASES = ("reporting", "referrals", "volunteers", f"intake-{SITE}")
START_SECONDS = 120


@dataclass
class Stack:
    """The running city with its sites, reached as everybody reaches it: by gateway and command line."""

    folder: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    sites: tuple[str, ...] = (SITE,)

    def variables(self) -> dict[str, str]:
        """What the local host has written into `env`; empty until everything is ready."""
        file = self.folder / "env"
        lines = file.read_text().splitlines() if file.exists() else []
        return {name: shlex.split(value)[0] for name, _, value in (line.partition("=") for line in lines) if value}

    @property
    def rabbitmq_url(self) -> str:
        """The broker at this stack's virtual host, as administrator."""
        return self.environment["RABBITMQ_URL"]

    @property
    def services(self) -> dict[str, str]:
        """Address of each service behind the gateway."""
        pairs = (pair.partition("=") for pair in self.variables()["METRICS_URLS"].split())
        return {name: url.removesuffix("/metrics") for name, _, url in pairs}

    def command(self, *arguments: str, **options: object) -> "subprocess.Popen[str]":
        """Start `lokal` with these arguments."""
        outputs = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
        return subprocess.Popen([LOKAL, *arguments], env=self.environment, **outputs)  # type: ignore[call-overload,no-any-return]

    def lokal(self, *arguments: str, status: int = 0, stdin: str | None = None) -> str:
        """Run `lokal`, expect its exit status, and return what it prints."""
        done = subprocess.run(
            [LOKAL, *arguments], env=self.environment, input=stdin, capture_output=True, text=True, timeout=200
        )
        assert done.returncode == status, f"lokal {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def client(self, role: str = "team", name: str | None = None, site: str = SITE) -> httpx.Client:
        """A program that talks to the gateway in somebody's name; a team's to its site's address."""
        at = ["--site", site] if role == "team" else []
        token = self.lokal("token", "--role", role, *at, "--as", name or f"{role}-program").strip()
        headers = {"authorization": f"Bearer {token}"}
        if site != self.sites[0]:
            headers["host"] = f"{site}.localhost:{self.environment['LOKAL_PORT']}"
        return httpx.Client(base_url=self.variables()["GATEWAY_URL"], headers=headers, timeout=60)

    def start(self) -> None:
        """`lokal run`; returns when everything is ready."""
        with (self.folder / "run.log").open("ab") as log:
            which = [word for site in self.sites for word in ("--site", site)]
            command = [LOKAL, "run", "--no-demo", "--port", self.environment["LOKAL_PORT"], *which]
            self.process = subprocess.Popen(
                command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        wait_until(self._is_up, "the stack", START_SECONDS)

    def _is_up(self) -> bool:
        assert self.process
        assert self.process.poll() is None, (self.folder / "run.log").read_text(errors="replace")[-4000:]
        return bool(self.variables())

    def stop(self) -> None:
        """Ctrl-C; everything has ended when this returns."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()

    def ask(self, service: str, query: str) -> Any:
        """The one value that a query finds in a service's database."""

        async def fetch() -> Any:
            connection = await asyncpg.connect(self.variables()[f"DATABASE_URL_{service.upper().replace('-', '_')}"])
            try:
                return await connection.fetchval(query)
            finally:
                await connection.close()

        return _run(fetch())

    def count(self, service: str, query: str) -> int:
        """What a query counts in a service's database."""
        return int(self.ask(service, query))

    def publish(self, body: bytes, routing_key: str, **properties: Any) -> None:
        """Publish a message of our own making as an event."""

        async def send() -> None:
            connection = await aio_pika.connect(self.rabbitmq_url)
            async with connection:
                events = await (await connection.channel()).get_exchange("lokal.events")
                message = aio_pika.Message(body, user_id=user_of(self.rabbitmq_url), **properties)
                await events.publish(message, routing_key)

        asyncio.run(send())

    def all_told(self, others: int = 0) -> bool:
        """Whether every event that was committed, and so many that others have published, are in the archive."""
        told = sum(self.count(service, "select coalesce(sum(last), 0) from subject_sequence") for service in DATABASES)
        copies = self.count("referrals", "select count(*) from told_to_partner")  # no archive's
        return told - copies + others == self.count("reporting", "select count(*) from event_archive")


@contextmanager
def running_stack(servers: Servers, folder: Path, sites: tuple[str, ...] = (SITE,), **settings: str) -> Iterator[Stack]:
    """A fresh city with its sites, without data, on a virtual host and databases of its own; with these settings."""
    with _vhost(servers) as rabbitmq_url, _databases(servers) as database_url:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("LOKAL_", "DATABASE_URL"))},
            "LOKAL_HOME": str(folder),
            "LOKAL_PORT": str(port := free_port()),
            "GATEWAY_URL": f"http://127.0.0.1:{port}",
            "RABBITMQ_URL": rabbitmq_url,
            "RABBITMQ_MANAGEMENT_URL": servers.rabbitmq_management_url,
            "DATABASE_URL": database_url,
            **settings,
        }
        stack = Stack(folder, environment, sites=sites)
        try:
            stack.start()
            yield stack
        finally:
            stack.stop()


@pytest.fixture(scope="module")
def stack(running_servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A fresh city with its pilot site, without data."""
    with running_stack(running_servers, tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@contextmanager
def _vhost(servers: Servers) -> Iterator[str]:
    name = f"stack-{uuid.uuid4().hex}"
    user = urlsplit(servers.rabbitmq_url).username
    with httpx.Client(base_url=servers.rabbitmq_management_url, timeout=30) as api:
        api.put(f"/api/vhosts/{name}").raise_for_status()
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        api.put(f"/api/permissions/{name}/{user}", json=everything).raise_for_status()
        yield urlunsplit(urlsplit(servers.rabbitmq_url)._replace(path=f"/{name}"))
        api.delete(f"/api/vhosts/{name}").raise_for_status()


@contextmanager
def _databases(servers: Servers) -> Iterator[str]:
    base = f"stack_{uuid.uuid4().hex[:12]}"
    yield urlunsplit(urlsplit(servers.database_url)._replace(path=f"/{base}"))

    async def drop() -> None:
        connection = await asyncpg.connect(servers.database_url)
        try:
            for row in await connection.fetch("select datname from pg_database where datname like $1", f"{base}%"):
                await connection.execute(f'DROP DATABASE "{row["datname"]}" WITH (FORCE)')
        finally:
            await connection.close()

    _run(drop())


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    """In a thread with a loop of its own: a browser under test keeps one running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
