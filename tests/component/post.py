"""A mail server in the test's own loop, and what it has received."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope

from shared.mail import Sender
from tests.component.city_service import CityService


@dataclass
class Post:
    """Takes every mail, unless it `refuses` with an answer of its own."""

    port: int = 0
    received: list[EmailMessage] = field(default_factory=list)
    refuses: str = ""

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802  (aiosmtpd's)
        """One mail arrives."""
        if self.refuses:
            return self.refuses
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.received.append(message)
        return "250 OK"

    @property
    def subjects(self) -> list[str]:
        """What came, in order."""
        return [str(message["subject"]) for message in self.received]

    def text(self, number: int = -1) -> str:
        """What a mail says."""
        return str(self.received[number].get_content())

    def code(self, number: int = -1) -> str:
        """The code of a mail's link."""
        found = re.search(r"\?code=([\w-]{22})\s", self.text(number))
        assert found, self.text(number)
        return found[1]


@asynccontextmanager
async def post_office(service: CityService, port: int = 0) -> AsyncIterator[Post]:
    """A mail server on a free port, to which the service sends."""
    post = Post()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(post, hostname="test"), "127.0.0.1", port)
    post.port = server.sockets[0].getsockname()[1]
    service.settings.smtp_url = f"smtp://127.0.0.1:{post.port}"
    try:
        yield post
    finally:
        server.close()
        await server.wait_closed()


async def send(sender: Sender, now: datetime | None = None) -> int:
    """Send what is due, now or at another time."""
    return await sender.send_due(lambda: now or datetime.now(UTC))
