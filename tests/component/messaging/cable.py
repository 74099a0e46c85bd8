"""A cable to the broker that can be cut, or go dead without a word."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit


class Cable:
    """Forwards TCP to the broker behind `url`; its own address is `self.url`."""

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        self._flows = asyncio.Event()
        self._flows.set()
        self._plugged = True
        self._writers: set[asyncio.StreamWriter] = set()
        self.url = ""

    @asynccontextmanager
    async def laid(self) -> AsyncIterator["Cable"]:
        """While it is laid, it forwards."""
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        login = f"{self._target.username}:{self._target.password}"
        self.url = urlunsplit(self._target._replace(netloc=f"{login}@127.0.0.1:{port}"))
        try:
            yield self
        finally:
            self._flows.set()
            server.close()
            self.cut()

    def go_dead(self) -> None:
        """Connections stay, and nothing comes through any more."""
        self._flows.clear()

    def come_back(self) -> None:
        """What was held comes through, and everything after it."""
        self._flows.set()

    def unplug(self) -> None:
        """All connections end, and none can be made, as while the broker is down."""
        self._plugged = False
        self.cut()

    def plug(self) -> None:
        """Connections can be made again."""
        self._plugged = True

    def cut(self) -> None:
        """All connections end; new ones can be made."""
        for writer in self._writers:
            writer.close()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._plugged:
            writer.close()
            return
        there, back = await asyncio.open_connection(self._target.hostname, self._target.port)
        self._writers |= {writer, back}
        with contextlib.suppress(OSError):
            await asyncio.gather(self._forward(reader, back), self._forward(there, writer))

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await self._flows.wait()
            writer.write(data)
            await writer.drain()
        writer.close()
