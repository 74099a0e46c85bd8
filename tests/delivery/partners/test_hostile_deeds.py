"""A partner that tries everything: nothing works, and each deed is seen by operations where this file says so."""

import asyncio
import json
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from pamqp import commands
from prometheus_client import REGISTRY

from services.referrals.background.partner_queues import Watch
from services.referrals.commands.answers import LinkKind, make_link
from shared.messaging.partners import COMMANDS, MAX_CONNECTIONS, UNROUTED, command_queue, partner_queue
from shared.messaging.topology import EVENTS, LOG, dead_letters_of
from tests.component.referrals.conftest import API, SITE
from tests.component.referrals.connected import System
from tests.component.referrals.scene import Scene
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


async def test_over_http(city: City) -> None:
    """Another's referrals, links that were guessed or used before, a webhook that leads inside: refused, and told by
    the service's log and metrics (which name nobody; a webhook's log line names its partner)."""
    theirs = await Scene(city.referrals, partner=INNOCENT).set_up()
    referral = await theirs.sent()
    ours = await Scene(city.referrals, partner=HOSTILE).set_up()
    async with city.browser(HOSTILE) as browser, city.program(HOSTILE) as program:
        refused = [await program.get(f"{API}/referrals/{referral}")]
        for step, body in _STEPS.items():
            refused.append(await program.post(f"{API}/referrals/{referral}/{step}", json=body))
        refused.append(await browser.post(f"/referrals/own/{referral}/accept"))
        assert {answer.status_code for answer in refused} == {404}
        assert referral not in (await program.get(f"{API}/referrals")).text
        assert referral not in (await browser.get("/referrals/own")).text
    await _links(city, theirs, referral)
    await _webhook(city, ours)
    lines = [json.loads(line) for line in city.log().splitlines() if line.startswith("{")]
    seen = {(line["route"], line["status"]) for line in lines if line["event"] == "request"}
    expected = {(f"{API}/referrals/{{referral_id}}", 404), ("/referrals/answer", 410)}
    assert expected | {(f"{API}/referrals/{{referral_id}}/{step}", 404) for step in _STEPS} <= seen
    for status in ("404", "410", "422"):
        assert await city.metric("lokal_http_request_seconds_count", status=status) > 0
    told = {(line["partner"], line["answer"]) for line in lines if line["event"] == "webhook_failed"}
    assert told == {(HOSTILE, "not public")}
    assert await city.metric("lokal_webhooks_failed_total") > 0


_STEPS = {
    "accept": {},
    "decline": {"reason": "other"},
    "start": {},
    "hold": {},
    "resume": {},
    "complete": {"outcome": "got_help"},
    "fail": {"outcome": "could_not_get_help"},
}


async def _links(city: City, scene: Scene, referral: str) -> None:
    """Codes that were guessed, and one that was used before."""
    async with city.browser(None) as browser:
        for code in (*(secrets.token_urlsafe(16) for _ in range(20)), "", "%", "' or 1=1", "x" * 100):
            assert (await browser.get(_ANSWER, params={"code": code})).status_code == 410
            assert (await browser.post(_ANSWER, data={"code": code, "does": "accept"})).status_code in (410, 422)
        assert await scene.state(referral) == "requested"
        async with city.referrals.transaction() as session:
            about = {"partner_id": scene.partner_id, "referral_id": UUID(referral)}
            code = await make_link(session, LinkKind.ANSWER, timedelta(days=1), datetime.now(UTC), **about)
        said = {"code": code, "does": "decline", "reason": "other"}
        answers = [(await browser.post(_ANSWER, data=said)).status_code for _ in range(3)]
    assert answers == [303, 410, 410]


_ANSWER = "/referrals/answer"


async def _webhook(city: City, scene: Scene) -> None:
    """An address inside is refused when it is entered; a name that leads inside, when it is looked up."""
    called: list[object] = []
    inside = await asyncio.start_server(lambda *given: called.append(given), "127.0.0.1", 0)
    port = inside.sockets[0].getsockname()[1]
    async with city.browser(HOSTILE) as browser:
        for url in (f"https://127.0.0.1:{port}/", f"http://localhost:{port}/", "https://169.254.169.254/"):
            assert (await browser.post("/referrals/own/webhook", data={"url": url})).status_code == 422
        named = await browser.post("/referrals/own/webhook", data={"url": f"https://localhost:{port}/"})
        assert named.status_code == 200
    await scene.sent()
    await eventually(lambda: _is_refused(city))
    inside.close()
    assert not called


async def _is_refused(city: City) -> bool:
    rows = await city.referrals.rows("select answer from webhook_delivery where answer is not null")
    assert {row[0] for row in rows} == {"not public"}
    return bool(city.log().count("webhook_failed"))
