"""A flood from one partner, as a program of its own: `python -m tests.delivery.partners.flood URL KIND … `.

Each kind has a connection of its own and writes as many messages a second as it is told; what the broker does not take
it drops, and goes on. In the end it says how many it has written and how often it was thrown out.
"""

import argparse
import json
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle

from shared.contracts import PREFIX
from shared.messaging.partners import COMMANDS
from tests.delivery.partners.wire import Refused, Wire, bodies, publishing

TICK_SECONDS = 0.02
LARGE = 1024 * 1024
LARGE_EVERY = 100
"""One message of a megabyte for so many small ones would be."""


@dataclass
class Flood:
    """What one connection writes."""

    url: str
    slug: str
    other: str
    referral: str
    rate: int
    seconds: float
    written: int = 0
    thrown_out: int = 0

    def run(self, kind: str) -> None:
        """Write until the time is over."""
        until = time.monotonic() + self.seconds
        while time.monotonic() < until:
            try:
                with Wire(self.url) as wire:
                    self._write(wire, kind, until)
            except (Refused, OSError):
                self.thrown_out += 1
                time.sleep(TICK_SECONDS)

    def _write(self, wire: Wire, kind: str, until: float) -> None:
        message: Callable[[], bytes] = getattr(self, kind)(wire.user)
        begun, sent = time.monotonic(), 0
        rate = self.rate / LARGE_EVERY if kind == "large" else self.rate
        while (now := time.monotonic()) < until:
            due = int((now - begun) * rate) - sent
            if due > 0:
                due = min(due, 1000)  # what could not be written in time is not made up for at once
                wire.send(b"".join(message() for _ in range(due)))
                sent = int((now - begun) * rate)
                self.written += due
            wire.heard()
            time.sleep(TICK_SECONDS)

    def _messages(self, command: str, data: str, *, key: str | None = None, **how: object) -> Callable[[], bytes]:
        """Like messages, each with an id of its own."""
        start = f'{{"specversion":"1.0","source":"/partners/{self.slug}","type":"{PREFIX}{command}.v1",'
        end = f'","data":{data}}}'
        size = len(start) + len('"id":"') + 36 + len(end)
        frames = publishing(COMMANDS, key or f"{self.slug}.{command}.v1", size, **how)  # type: ignore[arg-type]
        return lambda: frames + bodies(f'{start}"id":"{uuid.uuid4()}{end}'.encode())

    def permitted(self, user: str) -> Callable[[], bytes]:
        """What it may do: hold its own referral, and resume it."""
        data = f'{{"referral_id":"{self.referral}"}}'
        turns = cycle([self._messages(f"{what}-referral", data, user_id=user) for what in ("hold", "resume")])
        return lambda: next(turns)()

    def unreadable(self, user: str) -> Callable[[], bytes]:
        """No command at all."""
        frames = publishing(COMMANDS, f"{self.slug}.accept-referral.v1", 200, user_id=user)
        return lambda: frames + bodies(b"\xff" * 200)

    def unnamed(self, _user: str) -> Callable[[], bytes]:
        """Without a sender."""
        return self._messages("accept-referral", f'{{"referral_id":"{self.referral}"}}')

    def unrouted(self, user: str) -> Callable[[], bytes]:
        """To nobody."""
        key = f"{self.slug}.accept-referral"
        return self._messages("accept-referral", f'{{"referral_id":"{self.referral}"}}', key=key, user_id=user)

    def copied(self, user: str) -> Callable[[], bytes]:
        """With a copy into another's queue."""
        headers = {"CC": [f"{self.other}.accept-referral.v1"]}
        return self._messages("accept-referral", f'{{"referral_id":"{self.referral}"}}', user_id=user, headers=headers)

    def large(self, user: str) -> Callable[[], bytes]:
        """Much at once."""
        octets = publishing(COMMANDS, f"{self.slug}.accept-referral.v1", LARGE, user_id=user) + bodies(b"x" * LARGE)
        return lambda: octets


def connect_often(url: str, count: int, seconds: float) -> int:
    """So many connections, spread over the time; how many were refused."""
    refused, begun, kept = 0, time.monotonic(), []
    for number in range(count):
        time.sleep(max(0.0, begun + number * seconds / count - time.monotonic()))
        try:
            kept.append(Wire(url))
        except (Refused, OSError):
            refused += 1
    for wire in kept:
        wire.close()
    return refused


def main() -> None:
    """Flood, and say what came of it as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("kinds", nargs="+")
    parser.add_argument("--slug", required=True)
    parser.add_argument("--other", required=True)
    parser.add_argument("--referral", nargs="+", help="one for each kind, in turn", required=True)
    parser.add_argument("--rate", type=int, required=True, help="messages a second, of all kinds together")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--connections", type=int, default=0, help="how often to connect besides")
    given = parser.parse_args()
    rate = given.rate // len(given.kinds)
    each = [
        Flood(given.url, given.slug, given.other, referral, rate, given.seconds)
        for _, referral in zip(given.kinds, cycle(given.referral), strict=False)
    ]
    threads = [threading.Thread(target=flood.run, args=(kind,)) for flood, kind in zip(each, given.kinds, strict=True)]
    print("begun", flush=True)  # noqa: T201  (whoever has started it waits for that)
    for thread in threads:
        thread.start()
    refused = connect_often(given.url, given.connections, given.seconds) if given.connections else 0
    for thread in threads:
        thread.join()
    told = {
        "written": [flood.written for flood in each],
        "thrown_out": sum(flood.thrown_out for flood in each),
        "refused": refused,
    }
    print(json.dumps(told))  # noqa: T201  (its answer)


if __name__ == "__main__":
    main()
