"""RabbitMQ and PostgreSQL, had in one of three ways: given, as containers, or as private instances.

1. `RABBITMQ_URL` / `DATABASE_URL` are set: those servers.
2. A Docker-compatible engine answers (`DOCKER_HOST`, or its socket): containers.
3. Else private instances from Debian's packages, on free ports of the loopback, data in a given folder.

Each server is chosen for itself: a given broker goes with a private database.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from deploy.servers.containers import PostgresContainer, RabbitMQContainer, engine_answers
from deploy.servers.given import GivenServer, management_url_beside
from deploy.servers.postgres import PrivatePostgres
from deploy.servers.process import ServerError
from deploy.servers.rabbitmq import PrivateRabbitMQ

__all__ = ["Broker", "Server", "ServerError", "Servers", "servers", "starting_servers"]


class Server(Protocol):
    """A server under our control; `kill` and `restart` are there for tests of faults."""

    @property
    def url(self) -> str: ...
    @property
    def running(self) -> bool: ...
    def start(self) -> None: ...
    def wait(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...
    def restart(self) -> None: ...
    def remove_data(self) -> None: ...


class Broker(Server, Protocol):
    """RabbitMQ with its management API."""

    @property
    def management_url(self) -> str: ...


@dataclass(frozen=True)
class Servers:
    """The two servers, running."""

    rabbitmq: Broker
    postgres: Server

    @property
    def rabbitmq_url(self) -> str:
        """amqp://user:password@host:port/ of the administrator."""
        return self.rabbitmq.url

    @property
    def rabbitmq_management_url(self) -> str:
        """http://user:password@host:port without a slash at the end."""
        return self.rabbitmq.management_url

    @property
    def database_url(self) -> str:
        """postgresql://user:password@host:port/lokal; the user may create databases."""
        return self.postgres.url


@contextmanager
def servers(folder: Path, *, throwaway: bool = False, containers: bool = True) -> Iterator[Servers]:
    """Both servers, ready; stopped at the end.

    `folder` holds data, logs, pid files and passwords of private instances. `throwaway`: data may be lost at the end
    and is deleted (tests). `containers=False` leaves out the second way. ServerError when a server cannot be had, or
    when another process runs servers in this folder.
    """
    with starting_servers(folder, throwaway=throwaway, containers=containers) as started:
        started.rabbitmq.wait()
        started.postgres.wait()
        yield started


@contextmanager
def starting_servers(folder: Path, *, throwaway: bool = False, containers: bool = True) -> Iterator[Servers]:
    """As `servers`, but without waiting: PostgreSQL answers seconds before RabbitMQ, and its user can go on."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as at_the_end, _only_one(folder):
        chosen = _chosen(folder, throwaway, containers)
        for server in (chosen.rabbitmq, chosen.postgres):  # the slower one first
            if throwaway:
                at_the_end.callback(server.remove_data)
            at_the_end.callback(server.stop)
            server.start()
        yield chosen


def _chosen(folder: Path, throwaway: bool, containers: bool) -> Servers:
    rabbitmq_url, database_url = os.environ.get("RABBITMQ_URL"), os.environ.get("DATABASE_URL")
    in_containers = containers and not (rabbitmq_url and database_url) and engine_answers()
    rabbitmq: Broker
    postgres: Server
    if rabbitmq_url:
        management_url = os.environ.get("RABBITMQ_MANAGEMENT_URL") or management_url_beside(rabbitmq_url)
        rabbitmq = GivenServer(rabbitmq_url, management_url.rstrip("/"))
    elif in_containers:
        rabbitmq = RabbitMQContainer(folder, throwaway)
    else:
        rabbitmq = PrivateRabbitMQ(folder, throwaway)
    if database_url:
        postgres = GivenServer(database_url)
    elif in_containers:
        postgres = PostgresContainer(folder, throwaway)
    else:
        postgres = PrivatePostgres(folder, throwaway)
    return Servers(rabbitmq, postgres)


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Two processes with servers in one folder would end each other's as left behind."""
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ServerError(f"Another process runs the servers in {folder}") from None
        yield


def remove_left_behind(pattern_parent: Path, pattern: str) -> None:
    """Delete the folders of throwaway servers whose process was killed; those in use are locked and stay."""
    for folder in pattern_parent.glob(pattern):
        if not (folder / "lock").exists():  # just being made by another run
            continue
        try:
            with _only_one(folder):
                for server in (PrivateRabbitMQ(folder), PrivatePostgres(folder)):
                    server.end_left_behind()
                    server.remove_data()
                shutil.rmtree(folder, ignore_errors=True)
        except (ServerError, OSError):
            continue
