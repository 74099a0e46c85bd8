"""A partner that tries everything: nothing works, and each deed is seen by operations where this file says so."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest
from pamqp import commands
from prometheus_client import REGISTRY

from services.referrals.background.partner_queues import Watch
from shared.messaging.partners import COMMANDS, MAX_CONNECTIONS, UNROUTED, command_queue, partner_queue
from shared.messaging.topology import EVENTS, LOG, dead_letters_of
from tests.component.referrals.conftest import SITE
from tests.component.referrals.connected import System
from tests.delivery.partners.conftest import FULL, City
from tests.delivery.partners.wire import Refused, Wire
from tests.waiting import eventually

HOSTILE, INNOCENT = "planerladen", "projekt-ankommen"
TOO_LARGE = 100 * 1024 * 1024
CONNECTIONS = 1000 if FULL else 160

OWN, ITS = partner_queue(HOSTILE), partner_queue(INNOCENT)
_Deed = Callable[[Wire], object]


def _write(exchange: str, key: str, body: bytes = b"{}", **how: object) -> _Deed:
    def deed(wire: Wire) -> None:
        wire.publish(exchange, key, body, **{"user_id": wire.user, **how})
        wire.settle()

    return deed


def _ask(command: object) -> _Deed:
    return lambda wire: wire.call(command)


def _of_another(wire: Wire) -> None:
    _write(COMMANDS, f"{HOSTILE}.accept-referral.v1", user_id=wire.user.replace(HOSTILE, INNOCENT))(wire)


_DEEDS: dict[str, _Deed] = {
    "read another's queue": _ask(commands.Basic.Get(queue=ITS)),
    "read another's commands": _ask(commands.Basic.Get(queue=command_queue(INNOCENT))),
    "read its own commands back": _ask(commands.Basic.Get(queue=command_queue(HOSTILE))),
    "read the log": _ask(commands.Basic.Get(queue=LOG)),
    "read the figures' queue": _ask(commands.Basic.Get(queue="city.reporting.projection")),
    "read what was unrouted": _ask(commands.Basic.Get(queue=UNROUTED)),
    "read dead letters": _ask(commands.Basic.Get(queue=dead_letters_of(OWN))),
    "empty another's queue": _ask(commands.Queue.Purge(queue=ITS)),
    "delete another's queue": _ask(commands.Queue.Delete(queue=ITS)),
    "delete its own queue": _ask(commands.Queue.Delete(queue=OWN)),
    "delete the exchange": _ask(commands.Exchange.Delete(exchange=EVENTS)),
    "declare a queue": _ask(commands.Queue.Declare(queue="mine")),
    "declare a nameless queue": _ask(commands.Queue.Declare(exclusive=True)),
    "declare an exchange": _ask(commands.Exchange.Declare(exchange="mine")),
    "bind its queue to all events": _ask(commands.Queue.Bind(queue=OWN, exchange=EVENTS, routing_key="#")),
    "bind its queue to others' commands": _ask(commands.Queue.Bind(queue=OWN, exchange=COMMANDS, routing_key="#")),
    "unbind another's queue": _ask(commands.Queue.Unbind(queue=ITS, exchange=EVENTS, routing_key="*.*.*.*.public")),
    "bind an exchange": _ask(commands.Exchange.Bind(destination=COMMANDS, source=EVENTS, routing_key="#")),
    "write an event": _write(EVENTS, "city.referrals.offer-published.v1.public"),
    "write to another": _write("", ITS),
    "write a letter between sites": _write("lokal.handover", f"{SITE}.intake.letters"),
    "write what is unrouted": _write(UNROUTED, ""),
    "write to a waiting room": _write("lokal.retry.1s", ITS),
    "write for another": _write(COMMANDS, f"{INNOCENT}.accept-referral.v1"),
    "write for everybody": _write(COMMANDS, "#"),
    "forge the sender": _of_another,
    "send 100 MB": _write(COMMANDS, f"{HOSTILE}.accept-referral.v1", b"x" * TOO_LARGE),
}


@pytest.fixture
async def hostile(city: City) -> System:
    """The hostile partner's URL; the innocent one is connected as well."""
    await city.systems.connect(INNOCENT)
    return await city.systems.connect(HOSTILE)


async def test_the_broker_refuses_and_tells(city: City, hostile: System) -> None:
    """Each deed and all but five of many connections are refused by the broker; its log names who tried what, and the
    metrics of what it has ended rise."""
    watch = Watch(city.broker.url, city.broker.management_url, city.referrals.database)
    await watch.look(city.broker.management_url)
    seen, before = _ended(), await _standing(city)
    for name, deed in _DEEDS.items():
        told = await asyncio.to_thread(_refusal, hostile, deed)
        assert told is not None, f"{name}: nobody has refused it"
        await eventually(lambda told=told: _is_logged(city, told))
    opened, refused = await _connect_often(hostile)
    # The broker counts a connection when it is open: some that come in the same instant get in.
    assert opened < 2 * MAX_CONNECTIONS
    await eventually(lambda: _is_logged(city, f"user '{city.broker.user(HOSTILE)}': user connection limit"))
    assert await _standing(city) == before

    async def are_counted() -> bool:
        await watch.look(city.broker.management_url)
        channels, connections = (now - then for now, then in zip(_ended(), seen, strict=True))
        assert channels >= len(_DEEDS)
        assert connections >= refused
        return True

    await eventually(are_counted)


def _ended() -> tuple[float, float]:
    """Channels and connections that the broker has ended, as operations see them."""
    names = ("lokal_broker_channels_closed_total", "lokal_broker_connections_closed_total")
    channels, connections = (REGISTRY.get_sample_value(name) or 0 for name in names)
    return channels, connections


async def _connect_often(hostile: System) -> tuple[int, int]:
    """Connect again and again and keep what opens; how many were opened and refused."""
    kept: list[Wire] = []

    def try_some(count: int) -> None:
        for _ in range(count):
            with suppress(Refused, OSError):
                kept.append(Wire(hostile.url))

    await asyncio.gather(*(asyncio.to_thread(try_some, CONNECTIONS // 8) for _ in range(8)))
    for wire in kept:
        wire.close()
    return len(kept), CONNECTIONS - len(kept)


def _refusal(hostile: System, deed: _Deed) -> str | None:
    """What the broker says to it, up to the thing that it is about; None if it does not mind."""
    with Wire(hostile.url) as wire:
        try:
            deed(wire)
        except Refused as refused:
            return str(refused).partition(" - ")[2][:60]
        except OSError:  # cut off while it was still sending
            return ""
    return None


def _is_logged(city: City, words: str) -> bool:
    logged = city.broker_log()
    assert logged is None or words in logged, f"{words} is not in the broker's log"
    return True


async def _standing(city: City) -> dict[str, object]:
    """What stands on the broker, and which commands lie there."""
    async with city.broker.management() as management:
        rows = {row["name"]: row.get("messages", 0) for row in await management.get(f"/queues/{management.vhost}")}
        commands_lying = [rows[queue] for queue in (UNROUTED, command_queue(HOSTILE), command_queue(INNOCENT))]
        exchanges = {row["name"] for row in await management.get(f"/exchanges/{management.vhost}")}
        bindings = [
            (row["source"], row["destination"], row["routing_key"])
            for row in await management.get(f"/bindings/{management.vhost}")
        ]
    return {"queues": set(rows), "commands": commands_lying, "exchanges": exchanges, "bindings": sorted(bindings)}
