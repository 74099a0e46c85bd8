"""RabbitMQ and PostgreSQL as containers, where a Docker-compatible engine answers."""

import hashlib
import os
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from deploy.servers.process import ServerError, free_port, secret, wait_until
from deploy.servers.rabbitmq import MAX_MESSAGE_SIZE, management_answers

RABBITMQ_IMAGE = "rabbitmq:4-management"
POSTGRES_IMAGE = "postgres:17"
USER = "lokal"


def engine_answers() -> bool:
    """Whether DOCKER_HOST is set, or a Docker socket is there and answers."""
    if os.environ.get("DOCKER_HOST"):
        return True
    if not Path("/var/run/docker.sock").exists():
        return False
    try:
        import docker

        docker.from_env(timeout=3).ping()
    except Exception:  # whatever is wrong with the engine: there are other ways
        return False
    return True


@dataclass
class Container(ABC):
    """One server as a container. Its host ports are fixed, so that a restart keeps the address.

    The data of one that is not `throwaway` lies in a volume named after `folder`.
    """

    folder: Path
    throwaway: bool = False
    kind: ClassVar[str]
    data_folder: ClassVar[str]
    port: int = field(default_factory=free_port)
    container: Any = field(init=False, default=None)

    def start(self) -> None:
        """Start it; `wait` says when it answers."""
        if self.container is None:
            self.container = self.described()
            if not self.throwaway:
                name = hashlib.sha256(str(self.folder.resolve()).encode()).hexdigest()[:16]
                self.container.with_volume_mapping(f"lokal-{name}-{self.kind}", self.data_folder, "rw")
            self.container.start()
        else:
            self.container.get_wrapped_container().start()

    def wait(self, seconds: float = 120) -> None:
        """Return when it takes connections."""
        wait_until(self._ready_or_ended, type(self).__name__, seconds)

    def stop(self) -> None:
        """Stop and delete the container, and its data if it is throwaway."""
        if self.container is not None:
            self.container.stop()
            self.container = None

    def kill(self) -> None:
        """SIGKILL; `start` starts the same container with the same data."""
        self.container.get_wrapped_container().kill()
        self.container.get_wrapped_container().wait()

    def restart(self) -> None:
        """End it and start it again at the same address with the same data."""
        self.container.get_wrapped_container().stop(timeout=30)
        self.start()
        self.wait()

    def remove_data(self) -> None:  # noqa: B027 (meant to be empty)
        """Nothing to do: the data goes with the container."""

    @property
    def password(self) -> str:
        """Made at the first start, and the same ever after."""
        return secret(self.folder, self.kind)

    @property
    def running(self) -> bool:
        """Whether the container lives."""
        wrapped = self.container.get_wrapped_container()
        wrapped.reload()
        return bool(wrapped.status == "running")

    @property
    def host(self) -> str:
        """Where the engine publishes ports."""
        return str(self.container.get_container_host_ip())

    @abstractmethod
    def described(self) -> Any:
        """The container, not yet started."""

    @abstractmethod
    def ready(self) -> bool:
        """Whether it takes connections."""

    def _ready_or_ended(self) -> bool:
        wrapped = self.container.get_wrapped_container()
        wrapped.reload()
        if wrapped.status == "exited":
            raise ServerError(f"{type(self).__name__} ended:\n{wrapped.logs(tail=20).decode(errors='replace')}")
        return self.ready()


@dataclass
class RabbitMQContainer(Container):
    """RabbitMQ with its management API."""

    kind: ClassVar[str] = "rabbitmq"
    data_folder: ClassVar[str] = "/var/lib/rabbitmq"
    management_port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"amqp://{USER}:{self.password}@{self.host}:{self.port}/"

    @property
    def management_url(self) -> str:
        return f"http://{USER}:{self.password}@{self.host}:{self.management_port}"

    def described(self) -> Any:
        """A fixed host name: the node's data folder is named after it."""
        from testcontainers.core.container import DockerContainer

        return (
            DockerContainer(RABBITMQ_IMAGE, hostname="lokal")
            .with_env("RABBITMQ_DEFAULT_USER", USER)
            .with_env("RABBITMQ_DEFAULT_PASS", self.password)
            .with_env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", f"-rabbit max_message_size {MAX_MESSAGE_SIZE}")
            .with_bind_ports(5672, self.port)
            .with_bind_ports(15672, self.management_port)
        )

    def ready(self) -> bool:
        """The management plugin answers last, after the AMQP listener."""
        return management_answers(self.management_url)


@dataclass
class PostgresContainer(Container):
    """PostgreSQL."""

    kind: ClassVar[str] = "postgres"
    data_folder: ClassVar[str] = "/var/lib/postgresql/data"

    @property
    def url(self) -> str:
        return f"postgresql://{USER}:{self.password}@{self.host}:{self.port}/lokal"

    def described(self) -> Any:
        from testcontainers.core.container import DockerContainer

        return (
            DockerContainer(POSTGRES_IMAGE)
            .with_env("POSTGRES_USER", USER)
            .with_env("POSTGRES_PASSWORD", self.password)
            .with_env("POSTGRES_DB", "lokal")
            .with_bind_ports(5432, self.port)
            .with_command(
                # A failed statement must not carry personal data into the log.
                "postgres -c max_connections=300 -c log_min_error_statement=panic -c log_error_verbosity=terse"
                + (" -c fsync=off" if self.throwaway else "")
            )
        )

    def ready(self) -> bool:
        """Over TCP: while the image creates its data, a temporary server answers on the socket only."""
        done = self.container.get_wrapped_container().exec_run(["pg_isready", "-h", "127.0.0.1", "-U", USER])
        return bool(done.exit_code == 0)
