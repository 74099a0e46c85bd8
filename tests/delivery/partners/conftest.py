"""The city's referrals as a process of its own, a broker that may be flooded, and partners' systems beside it."""

import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from deploy import partners
from deploy.partners import Broker
from deploy.servers import Servers
from deploy.servers.given import GivenServer
from deploy.servers.process import Program, free_port
from deploy.servers.rabbitmq import PrivateRabbitMQ
from deploy.topology import network
from shared.messaging.topology import declare
from shared.web.identity import Role
from tests.component.referrals.conftest import SITE, Referrals, fresh_referrals, referrals_template, referrals_url
from tests.component.referrals.conftest import referrals as referrals
from tests.component.referrals.connected import Systems
from tests.waiting import eventually

__all__ = ["fresh_referrals", "referrals", "referrals_template", "referrals_url"]

FULL = os.environ.get("LOKAL_PARTNERS") == "full"


@dataclass
class City:
    """Referrals at work, as partners and operations see them."""

    systems: Systems
    servers: Servers
    url: str
    service: Program

    @property
    def referrals(self) -> Referrals:
        """A second head on the same database, to set scenes and to look at tables."""
        return self.systems.referrals

    @property
    def broker(self) -> Broker:
        """The broker."""
        return self.systems.broker

    def log(self) -> str:
        """What the service has logged."""
        return self.service.log_file.read_text(errors="replace")

    def broker_log(self) -> str | None:
        """What the broker has logged; None where its log is not at hand (containers)."""
        server = self.servers.rabbitmq
        if not isinstance(server, PrivateRabbitMQ):
            return None
        return (server.folder / "logs" / "rabbitmq.log").read_text(errors="replace")

    def program(self, partner: str) -> httpx.AsyncClient:
        """A partner's program, over HTTP."""
        headers = {"authorization": f"Bearer {self.referrals.token(Role.PARTNER, partner)}"}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=30)

    def browser(self, partner: str | None) -> httpx.AsyncClient:
        """A browser in which a partner is signed in, or nobody."""
        cookies = {"lokal_session": self.referrals.token(Role.PARTNER, partner)} if partner else {}
        headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
        return httpx.AsyncClient(base_url=self.url, headers=headers, cookies=cookies, timeout=30)

    async def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric's values that have these labels."""
        async with httpx.AsyncClient(timeout=30) as client:
            page = (await client.get(f"{self.url}/metrics")).text
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        lines = [line for line in page.splitlines() if line.partition(" ")[0].partition("{")[0] == name]
        return sum(float(line.rpartition(" ")[2]) for line in lines if all(each in line for each in wanted))


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder for the service's log and pid file."""
    with tempfile.TemporaryDirectory(prefix="lokal-partners-") as folder:
        yield Path(folder)


@pytest.fixture
async def city(
    referrals: Referrals, running_servers: Servers, vhost_url: str, rabbitmq_management_url: str, place: Path
) -> AsyncIterator[City]:
    """Everything runs; every partner's user is removed afterwards, since users are the broker's."""
    if isinstance(running_servers.rabbitmq, GivenServer):
        pytest.skip("the broker was given by URL and is not ours to flood")
    await declare(vhost_url, network([SITE]))
    broker, port = Broker(vhost_url, rabbitmq_management_url), free_port()
    service = Program("referrals", place)
    environment = {
        "LOKAL_SITE": "city",
        "LOKAL_DATABASE_URL": referrals.settings.database_url,
        "LOKAL_RABBITMQ_URL": vhost_url,
        "LOKAL_RABBITMQ_MANAGEMENT_URL": rabbitmq_management_url,
        "LOKAL_PUBLIC_URL": referrals.settings.public_url,
        "LOKAL_SIGNING_KEY_FILE": str(referrals.settings.signing_key_file),
        "LOKAL_HOST": "127.0.0.1",
        "LOKAL_PORT": str(port),
        "LOKAL_LOG_FORMAT": "json",
    }
    service.start([sys.executable, "-m", "services.referrals"], env={**os.environ, **environment})
    running = City(Systems(referrals, broker, place), running_servers, f"http://127.0.0.1:{port}", service)
    try:
        await eventually(lambda: _is_ready(running), 30)
        yield running
    finally:
        service.stop()
        for slug in await partners.strangers(broker, ()):
            await partners.take_away(broker, slug)


async def _is_ready(city: City) -> bool:
    assert city.service.running, city.service.last_log_lines()
    async with httpx.AsyncClient(timeout=5) as client:
        try:
            return (await client.get(f"{city.url}/health/ready")).is_success
        except httpx.TransportError:
            return False
