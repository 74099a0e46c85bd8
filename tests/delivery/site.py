"""One site of several, there to be killed: `python -m tests.delivery.site`.

It is what the intake is between database and broker: relay, register, courier and letter box, with the site's own
broker user. Commands come on standard input, one JSON line each, and are answered on standard output. `crash` kills the
process, as a power cut would, when the named step of the handover is reached next.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from services.intake import commands
from services.intake.background.letters import letters
from services.intake.commands.acting import Acting
from services.intake.commands.letters import repeat_letter
from services.intake.consumers import consumers, queue
from services.intake.inputs import MoveHousehold, RegisterHousehold
from services.intake.queries import sites
from services.intake.settings import Settings
from shared.database import Database
from shared.letters import steps
from shared.messaging import Messaging, Publisher
from shared.web.keys import KeyRing

Answer = dict[str, Any]


class Site:
    """The site at work, and what it is told to do."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.database_url, Publisher(settings.site, "intake", "http://127.0.0.1"))
        self._crash_at: str | None = None
        steps.reached = self._reached  # type: ignore[assignment]
        self._do: dict[str, Callable[..., Awaitable[Answer]]] = {
            "register": self.register,
            "move": self.move,
            "crash": self.crash,
            "repeat": self.repeat,
        }

    def _reached(self, step: str) -> None:
        if step == self._crash_at:
            os.kill(os.getpid(), signal.SIGKILL)

    @property
    def _by(self) -> Acting:
        return Acting("probe", self.settings.site, datetime.now(UTC))

    async def register(self, row: dict[str, Any]) -> Answer:
        """Open a file."""
        async with self.database.transaction() as session:
            file, _ = await commands.register_household(session, self._by, RegisterHousehold.model_validate(row))
            return {"household": str(file.household.id)}

    async def move(self, household: str, wanted: dict[str, Any]) -> Answer:
        """A move, wherever to."""
        async with self.database.transaction() as session:
            moved = await commands.move_household(
                session, self._by, UUID(household), MoveHousehold.model_validate(wanted)
            )
        self._reached("T1")
        return {"handed_to": moved.handed_to}

    async def repeat(self, letter: str) -> Answer:
        """Send a letter once more."""
        async with self.database.transaction() as session:
            await repeat_letter(session, UUID(letter))
        return {}

    async def crash(self, at: str) -> Answer:
        """Die when this step is reached."""
        self._crash_at = at
        return {}

    async def run(self) -> None:
        """Until standard input ends."""

        async def published_keys() -> Any:
            async with self.database.transaction() as session:
                return await sites.public_keys(session)

        keys = KeyRing(self.settings.site, self.settings.signing_key_file, published_keys)
        messaging = Messaging(
            self.settings.rabbitmq_url, self.database, queue=queue(self.settings.site), consumers=consumers
        )
        at_work = letters(self.settings, self.database, keys)
        async with messaging, at_work:
            _say({"ready": True})
            while line := await asyncio.to_thread(sys.stdin.readline):
                told = json.loads(line)
                try:
                    _say(await self._do[told.pop("do")](**told))
                except Exception as error:
                    _say({"error": f"{type(error).__name__}: {error}"})


def _say(answer: Answer) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    said = json.loads(os.environ["SITE_SETTINGS"])
    folder = Path(said.pop("folder"))
    site_settings = Settings(signing_key_file=folder / f"{said['site']}.key", port=1, **said)
    # Answers alone stand on standard output.
    import structlog

    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(Site(site_settings).run())
