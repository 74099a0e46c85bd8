"""AMQP by hand, for programs that keep to no rule and shall be fast at it: frames are written as they are wanted.

Libraries would check, wait and reconnect; what is to be shown is that the broker does not rely on them.
"""

import contextlib
import socket
import struct
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from pamqp import commands, frame, header

FRAME_BYTES = 131_072
_END = b"\xce"


class Refused(Exception):
    """The broker has closed the connection or the channel, or has not let us in; its words."""


class Wire:
    """One connection with one channel, blocking."""

    def __init__(self, url: str, *, confirms: bool = False) -> None:
        parts = urlsplit(url)
        self.user = unquote(parts.username or "")
        self._socket = socket.create_connection((parts.hostname, parts.port or 5672), timeout=20)
        self._buffer = b""
        login = f"\0{self.user}\0{unquote(parts.password or '')}"
        try:
            self._socket.sendall(header.ProtocolHeader().marshal())
            self._expect("Connection.Start")
            self._write(0, commands.Connection.StartOk({}, "PLAIN", login, "en_US"))
            self._expect("Connection.Tune")
            self._write(0, commands.Connection.TuneOk(10, FRAME_BYTES, 0))
            self._write(0, commands.Connection.Open(unquote(parts.path[1:]) or "/"))
            self._expect("Connection.OpenOk")
            self.open_channel()
            if confirms:
                self.call(commands.Confirm.Select())
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Take leave."""
        # With a word: of a line that is only cut the broker learns later, and counts it meanwhile.
        with contextlib.suppress(OSError, Refused):
            self._write(0, commands.Connection.Close(200, "", 0, 0))
            self._expect("Connection.CloseOk")
        self._socket.close()

    def open_channel(self) -> None:
        """Open the channel (anew)."""
        self._write(1, commands.Channel.Open())
        self._expect("Channel.OpenOk")

    def call(self, command: Any) -> Any:
        """Ask for something that the broker answers. Raises `Refused`."""
        self._write(1, command)
        return self._expect()

    def publish(self, exchange: str, key: str, body: bytes, **how: Any) -> None:
        """Publish without waiting; `how`: `user_id`, `headers`."""
        self.send(publishing(exchange, key, len(body), **how) + bodies(body))

    def send(self, octets: bytes) -> None:
        """Write what was made ready."""
        self._socket.sendall(octets)

    def settle(self) -> None:
        """Return when the broker has taken everything. Raises `Refused` if it has not."""
        self.call(commands.Basic.Qos(prefetch_count=1))

    def heard(self) -> list[Any]:
        """What the broker has said meanwhile, without waiting. Raises `Refused`."""
        self._socket.setblocking(False)
        try:
            while received := self._socket.recv(65536):
                self._buffer += received
            raise Refused("the connection was cut")
        except BlockingIOError:
            pass
        finally:
            self._socket.settimeout(20)
        found = []
        while (each := self._next()) is not None:
            found.append(each)
        return found

    def _write(self, channel: int, command: Any) -> None:
        self._socket.sendall(frame.marshal(command, channel))

    def _next(self) -> Any:
        if len(self._buffer) < 7 or len(self._buffer) < struct.unpack(">I", self._buffer[3:7])[0] + 8:
            return None
        consumed, _, found = frame.unmarshal(self._buffer)
        self._buffer = self._buffer[consumed:]
        if found.name in ("Channel.Close", "Connection.Close"):
            if found.name == "Channel.Close":
                self._write(1, commands.Channel.CloseOk())
            raise Refused(f"{found.reply_code} {found.reply_text}")
        return found

    def _expect(self, name: str | None = None) -> Any:
        while True:
            while (found := self._next()) is not None:
                if name in (None, found.name):
                    return found
            received = self._socket.recv(65536)
            if not received:
                raise Refused("the connection was cut")
            self._buffer += received


def publishing(
    exchange: str, key: str, size: int, *, user_id: str | None = None, headers: Mapping[str, Any] | None = None
) -> bytes:
    """The frames that begin a message whose body has this size."""
    properties = commands.Basic.Properties(
        content_type="application/cloudevents+json",
        delivery_mode=2,
        user_id=user_id,
        headers=dict(headers) if headers else None,
    )
    publish = commands.Basic.Publish(exchange=exchange, routing_key=key)
    return bytes(frame.marshal(publish, 1) + frame.marshal(header.ContentHeader(0, size, properties), 1))


def bodies(body: bytes) -> bytes:
    """The frames that hold a body."""
    most = FRAME_BYTES - 8
    parts = (body[start : start + most] for start in range(0, len(body), most))
    return b"".join(struct.pack(">BHI", 3, 1, len(part)) + part + _END for part in parts)
