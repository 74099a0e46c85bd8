"""Servers that somebody else runs, named by RABBITMQ_URL and DATABASE_URL."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from deploy.servers.process import ServerError


@dataclass
class GivenServer:
    """A server that we use but may not touch."""

    url: str
    management_url: str = ""

    @property
    def running(self) -> bool:
        """As far as it is ours to look after."""
        return True

    def start(self) -> None:
        """Nothing to do: it runs."""

    def wait(self, seconds: float = 0) -> None:
        """Nothing to wait for."""

    def stop(self) -> None:
        """Not ours to stop."""

    def kill(self) -> None:
        """Always a ServerError."""
        raise ServerError("This server was given by its URL; it is not ours to kill or restart")

    restart = kill

    def remove_data(self) -> None:
        """Not ours to delete."""


def management_url_beside(amqp_url: str) -> str:
    """The management API's address where nobody gave one: same host and login, the plugin's usual port."""
    parts = urlsplit(amqp_url)
    login = f"{parts.username}:{parts.password}@" if parts.username else ""
    return f"http://{login}{parts.hostname}:15672"
