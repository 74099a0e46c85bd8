"""One site of several, there to be killed; and the nursery that makes one whenever it is asked.

A site is what the intake is between database and broker: relay, register, courier and letter box, with the site's own
broker user. Commands come on a socket, one JSON line each, and are answered there. `crash` kills the process, as a
power cut would, when the named step of the handover is reached next.

The nursery, `python -m tests.delivery.site FD`, has loaded everything and forks: a site that was killed is back in the
time that its connections need, not in the seconds that Python needs to load the intake.
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import structlog

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

    async def run(self, line: socket.socket) -> None:
        """Until nobody speaks to it any more."""

        async def published_keys() -> Any:
            async with self.database.transaction() as session:
                return await sites.public_keys(session)

        keys = KeyRing(self.settings.site, self.settings.signing_key_file, published_keys)
        messaging = Messaging(
            self.settings.rabbitmq_url, self.database, queue=queue(self.settings.site), consumers=consumers
        )
        at_work = letters(self.settings, self.database, keys)
        reader, writer = await asyncio.open_connection(sock=line)

        def say(answer: Answer) -> None:
            writer.write(json.dumps(answer).encode() + b"\n")

        async with messaging, at_work:
            say({"ready": os.getpid()})
            while told := await reader.readline():
                command = json.loads(told)
                try:
                    say(await self._do[command.pop("do")](**command))
                except Exception as error:
                    say({"error": f"{type(error).__name__}: {error}"})


class Nursery:
    """Makes sites, each a process of its own, from one that has loaded everything; a context manager."""

    def __enter__(self) -> Self:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.delivery.site", str(theirs.fileno())], pass_fds=[theirs.fileno()]
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._line.close()
        self._process.wait()

    def make(self, settings: dict[str, str]) -> socket.socket:
        """A new process with these settings; the socket on which it is spoken to."""
        mine, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._line, [json.dumps(settings).encode()], [theirs.fileno()])
        return mine


def _make_sites(asked: socket.socket) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they ended
    while True:
        settings, (*lines,), _, _ = socket.recv_fds(asked, 65_536, 1)
        if not settings:
            return
        if os.fork() == 0:
            asked.close()
            try:
                _be_site(json.loads(settings), socket.socket(fileno=lines[0]))
            finally:
                os._exit(1)  # nothing of the nursery's is tidied up here
        os.close(lines[0])


def _be_site(settings: dict[str, str], line: socket.socket) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    folder = Path(settings.pop("folder"))
    key = folder / f"{settings['site']}.key"
    with (folder / f"{settings['site']}.log").open("a", buffering=1) as log:
        os.dup2(log.fileno(), 2)
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(log))
        try:
            asyncio.run(Site(Settings(signing_key_file=key, port=1, **settings)).run(line))  # type: ignore[arg-type]
        except BaseException:
            traceback.print_exc(file=log)


if __name__ == "__main__":
    _make_sites(socket.socket(fileno=int(sys.argv[1])))
