"""Partners' own systems join, act, misbehave and leave, on a real broker."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import aio_pika
import aiormq
import pytest
from aio_pika.abc import AbstractChannel, AbstractConnection
from prometheus_client import REGISTRY

from deploy import partners
from deploy.partners import Broker
from deploy.topology import network
from services.referrals.background.partner_queues import Watch
from shared.messaging.partners import COMMANDS, UNROUTED, command_queue, partner_queue
from shared.messaging.topology import EVENTS, LOG, declare
from shared.web.identity import Role
from tests.component.referrals.conftest import SITE, Referrals
from tests.component.referrals.connected import System, Systems
from tests.component.referrals.scene import Scene
from tests.waiting import eventually

HELPER, OTHER = "projekt-ankommen", "planerladen"
REFUSED = (aiormq.exceptions.AMQPError, aio_pika.exceptions.AMQPError)


@pytest.fixture
async def systems(
    referrals: Referrals, vhost_url: str, rabbitmq_management_url: str, tmp_path: Path
) -> AsyncIterator[Systems]:
    """A broker with the city's queues; every partner's user is removed afterwards, since users are the broker's."""
    await declare(vhost_url, network([SITE]))
    broker = Broker(vhost_url, rabbitmq_management_url)
    yield Systems(referrals, broker, tmp_path)
    for slug in await partners.strangers(broker, ()):
        await partners.take_away(broker, slug)


async def test_from_nothing_to_a_closed_referral(systems: Systems) -> None:
    """One command connects the partner; it is asked, accepts, starts and completes over the broker alone."""
    scene = await Scene(systems.referrals).set_up(free=3, places=3)
    helper = await systems.add(HELPER)
    async with systems.heard():
        referral = await scene.sent()
        asked = (await helper.receive("referral-requested"))[-1]
        assert asked["data"]["referral_id"] == referral
        assert not {"correlationid", "causationid", "traceparent"} & asked.keys()
        assert not {"household_id", "person_id", "need_id"} & asked["data"].keys()
        await helper.send("accept-referral", {"referral_id": referral})
        assert (await helper.answer("referral-accepted"))["state"] == "accepted"
        await helper.send("start-referral", {"referral_id": referral})
        await helper.send("hold-referral", {"referral_id": referral, "position": 2})
        await helper.send("resume-referral", {"referral_id": referral})
        await helper.send("complete-referral", {"referral_id": referral, "outcome": "got_help"})
        asked = (await helper.receive("deletion-requested"))[-1]
        await helper.send("confirm-deletion", {"deletion_id": asked["data"]["deletion_id"]})
        await eventually(lambda: _deletion_confirmed(systems))
    assert await scene.state(referral) == "completed"


async def _deletion_confirmed(systems: Systems) -> bool:
    return bool(await systems.referrals.rows("select 1 from deletion_request where confirmed_at is not null"))


async def test_publishes_and_withdraws_an_offer(systems: Systems) -> None:
    """An offer that the system publishes is in the directory; the event names the command that caused it."""
    helper = await systems.connect(HELPER)
    async with systems.heard():
        wanted = {"kind": "german_course", "title": {"de": "Deutsch A1"}, "rrule": "FREQ=WEEKLY;BYDAY=MO"}
        timed = {"starts_at": "09:00", "ends_at": "11:00", "first_on": "2017-01-09"}
        command = await helper.send("publish-offer", wanted | timed)
        published = (await helper.receive("offer-published"))[-1]
        assert published["causationid"] == command
        assert published["data"]["partner"] == HELPER
        await helper.send("withdraw-offer", {"offer_id": published["data"]["offer_id"]})
        assert (await helper.answer("offer-withdrawn"))["offer_id"] == published["data"]["offer_id"]
        await helper.send("publish-offer", {"kind": "sport", "title": {"en": "Football"}})
        refused = await helper.answer("command-refused")
        assert (refused["reason"], refused["fields"]) == ("invalid", ["title.de"])


async def test_refusals_say_why(systems: Systems) -> None:
    """Malformed, unknown, foreign, too late, repeated: each is answered with its reason, and nothing is changed."""
    scene = await Scene(systems.referrals).set_up()
    helper = await systems.connect(HELPER)
    other = await systems.connect(OTHER)
    async with systems.heard():
        referral = await scene.sent()

        async def refused(system: System, *what: object, **how: object) -> tuple[str, list[str]]:
            await system.send(*what, **how)  # type: ignore[arg-type]
            told = await system.answer("command-refused")
            assert told["partner"] == system.slug
            return told["reason"], told.get("fields", [])

        accept = ("accept-referral", {"referral_id": referral})
        assert await refused(helper, "accept-referral", body=b"not json") == ("unreadable", [])
        assert await refused(helper, "accept-referral", body=b"[]") == ("unreadable", [])
        assert await refused(helper, "close-referral", {}) == ("unknown_command", [])
        assert await refused(helper, "accept-referral", {"referral": "x"}) == ("against_schema", ["referral_id"])
        body = {"referral_id": referral, "reason": "because"}
        assert await refused(helper, "decline-referral", body) == ("against_schema", ["reason"])
        assert await refused(helper, "start-referral", {"referral_id": referral}) == ("wrong_state", [])
        assert await refused(helper, *accept, user_id=None) == ("unnamed_sender", [])
        assert await refused(other, *accept) == ("not_found", [])
        assert await refused(helper, "accept-referral", {"referral_id": str(uuid4())}) == ("not_found", [])
        assert await refused(other, *accept, headers={"CC": [f"{HELPER}.accept-referral.v1"]}) in (
            ("not_found", []),
            ("foreign_sender", []),
        )
        command = await helper.send(*accept)
        assert (await helper.answer("referral-accepted"))["referral_id"] == referral
        assert await refused(helper, *accept, id=command) == ("repeated", [])
    assert await scene.state(referral) == "accepted"
    kept = await systems.referrals.rows("select count(*) from refused_command")
    assert kept[0][0] >= 10
    assert len(await systems.referrals.rows("select 1 from referral_step where what = 'accepted'")) == 1


async def test_one_partner_writes_in_anothers_name_by_cc(systems: Systems) -> None:
    """Older brokers let a `CC` header get round the routing key: the sender is known all the same, and told."""
    scene = await Scene(systems.referrals).set_up()
    await systems.connect(HELPER)
    other = await systems.connect(OTHER)
    accept = {"referral_id": await scene.sent()}
    headers = {"CC": [f"{HELPER}.accept-referral.v1"]}
    async with systems.heard():
        await other.send("accept-referral", accept, headers=headers)
        reasons = {(await other.answer("command-refused"))["reason"]}
        # Its own copy is refused as not its own; the one in the other's queue, where a broker lets it in, as forged.
        assert reasons <= {"not_found", "foreign_sender"}
    assert await scene.state(accept["referral_id"]) == "requested"


@pytest.mark.parametrize(
    "deed",
    ["read the log", "read another's queue", "write events", "write for another", "declare", "bind", "forge user_id"],
)
async def test_the_broker_refuses(systems: Systems, deed: str) -> None:
    """What a partner has no right to is refused by the broker itself."""
    system = await systems.connect(HELPER)
    await systems.connect(OTHER)
    async with system.channel() as channel:
        with pytest.raises(REFUSED):
            await _try(deed, channel, systems.broker)


async def _try(deed: str, channel: AbstractChannel, broker: Broker) -> None:
    message = aio_pika.Message(b"{}", user_id=broker.user(HELPER))
    match deed:
        case "read the log":
            await channel.set_qos(prefetch_count=1)
            await (await channel.get_queue(LOG, ensure=False)).consume(print)  # type: ignore[arg-type]
        case "read another's queue":
            await (await channel.get_queue(partner_queue(OTHER), ensure=False)).get()
        case "write events":
            exchange = await channel.get_exchange(EVENTS, ensure=False)
            await exchange.publish(message, "city.referrals.offer-published.v1.public")
        case "write for another":
            exchange = await channel.get_exchange(COMMANDS, ensure=False)
            await exchange.publish(message, f"{OTHER}.accept-referral.v1")
        case "declare":
            await channel.declare_queue("mine")
        case "bind":
            await (await channel.get_queue(partner_queue(HELPER), ensure=False)).bind(EVENTS, "#")
        case "forge user_id":
            exchange = await channel.get_exchange(COMMANDS, ensure=False)
            forged = aio_pika.Message(b"{}", user_id=broker.user(OTHER))
            await exchange.publish(forged, f"{HELPER}.accept-referral.v1")


async def test_what_no_queue_takes_is_seen(systems: Systems) -> None:
    """A routing key that is nobody's ends in a queue of its own."""
    system = await systems.connect(HELPER)
    await system.send("accept-referral", key=f"{HELPER}.accept-referral")
    async with systems.broker.management() as management:

        async def lies_there() -> bool:
            rows = {queue.name: queue.messages for queue in await management.queues()}
            return rows[UNROUTED] == 1

        await eventually(lies_there)


async def test_connections_are_limited(systems: Systems) -> None:
    """A partner cannot take all of the broker's connections."""
    system = await systems.connect(HELPER)
    opened = [await aio_pika.connect(system.url) for _ in range(5)]
    try:
        with pytest.raises((*REFUSED, ConnectionError)):
            await aio_pika.connect(system.url)
    finally:
        await asyncio.gather(*(connection.close() for connection in opened))


async def _is_cut(connection: AbstractConnection) -> bool:
    try:
        await connection.channel()
    except (RuntimeError, ConnectionError, *REFUSED):
        return True
    return False


async def test_revoked_within_seconds(systems: Systems) -> None:
    """The open connection is cut, the password is worth nothing, the queues are gone; the partner stays."""
    system = await systems.connect(HELPER)
    connection = await aio_pika.connect(system.url)
    await systems.lokal("partner", "revoke", HELPER)
    await eventually(lambda: _is_cut(connection))
    with pytest.raises((*REFUSED, ConnectionError)):
        await aio_pika.connect(system.url)
    async with systems.broker.management() as management:
        left = {queue.name for queue in await management.queues()}
    assert not left & {partner_queue(HELPER), command_queue(HELPER)}
    assert HELPER not in await systems.lokal("partner", "list")
    assert "revoked" in await systems.lokal("partner", "list", "--revoked")
    assert await systems.referrals.rows("select 1 from partner where active")


async def test_rotated(systems: Systems) -> None:
    """A new password works, the old one and what was opened with it do not."""
    system = await systems.connect(HELPER)
    connection = await aio_pika.connect(system.url)
    told = await systems.lokal("partner", "rotate", HELPER)
    new = next(line for line in told.splitlines() if line.startswith("amqp"))
    await eventually(lambda: _is_cut(connection))
    with pytest.raises((*REFUSED, ConnectionError)):
        await aio_pika.connect(system.url)
    await (await aio_pika.connect(new)).close()


async def test_added_again_changes_nothing(systems: Systems) -> None:
    """The same command again leaves the password as it is; other sites replace those before."""
    system = await systems.add(HELPER, "--site", SITE)
    told = await systems.lokal("partner", "add", HELPER, "--site", "hoerde-hombruch")
    assert "amqp" not in told
    await (await aio_pika.connect(system.url)).close()
    shown = await systems.lokal("partner", "show", HELPER)
    assert "hoerde-hombruch.*.*.*.public" in shown
    assert f"{SITE}.*.*.*.public" not in shown
    await systems.lokal("partner", "add", "neu", status=1)
    await systems.lokal("partner", "add", "neu", "--all-sites", status=1)
    await systems.lokal("partner", "add", "neu", "--name", "Neu e.V.", "--site", "nirgends", status=1)


async def test_drift_is_shown_and_mended(systems: Systems) -> None:
    """Somebody has been at the broker: each difference is named, and undone."""
    system = await systems.add(HELPER, "--site", SITE)
    user, queue = systems.broker.user(HELPER), partner_queue(HELPER)
    async with systems.broker.management() as management:
        name, vhost = quote(user, safe=""), management.vhost
        await management.put(f"/permissions/{vhost}/{name}", {"configure": ".*", "write": ".*", "read": ".*"})
        await management.put(f"/user-limits/{name}/max-connections", {"value": 500})
        await management.delete(f"/queues/{vhost}/{quote(command_queue(HELPER), safe='')}")
        connection = await aio_pika.connect(systems.broker.url)
        async with connection:
            channel = await connection.channel()
            await (await channel.get_queue(queue, ensure=False)).bind(EVENTS, "#")
            await (await channel.get_queue(queue, ensure=False)).unbind(EVENTS, f"{SITE}.*.*.*.public")
        await management.put(f"/users/{quote(systems.broker.user('niemand'), safe='')}", {"password": "x", "tags": ""})
    told = await systems.lokal("partner", "check", "--dry-run", status=1)
    for what in ("exactly its rights", "queue city.referrals.commands", "binding too much", "public", "niemand"):
        assert what in told, told
    assert "mended" in await systems.lokal("partner", "check")
    assert "all is as it should be" in await systems.lokal("partner", "check", "--dry-run")
    await (await aio_pika.connect(system.url)).close()
    async with systems.broker.management() as management:
        assert not await management.has(f"/users/{quote(systems.broker.user('niemand'), safe='')}")


async def test_catches_up(systems: Systems) -> None:
    """Added late, a partner still gets what was addressed to it before, in order, and then what follows."""
    scene = await Scene(systems.referrals).set_up()
    async with systems.heard():
        first = await scene.sent()
        await eventually(lambda: _outbox_is_empty(systems))
        helper = await systems.add(HELPER, "--all-sites", "--catch-up")
        assert (await helper.answer("referral-requested"))["referral_id"] == first
        await helper.send("decline-referral", {"referral_id": first, "reason": "no_capacity"})
        assert (await helper.answer("referral-declined"))["reason"] == "no_capacity"


async def _outbox_is_empty(systems: Systems) -> bool:
    return not await systems.referrals.rows("select 1 from outbox")


async def test_a_partner_sees_its_own_system(systems: Systems) -> None:
    """What was sent, what waits and since when, which commands were refused: on its own page and as metrics."""
    scene = await Scene(systems.referrals).set_up()
    async with systems.referrals.browser(Role.PARTNER, HELPER) as browser:
        assert "nicht angeschlossen" in (await browser.get("/referrals/own/system")).text
    helper = await systems.connect(HELPER)
    watch = Watch(systems.broker.url, systems.broker.management_url, systems.referrals.database)
    systems.referrals.app.state.partner_queues = watch
    async with systems.heard():
        await scene.sent()
        await helper.send("start-referral", {"referral_id": str(uuid4())})
        await eventually(lambda: _sees(watch, systems), seconds=30)
        async with systems.referrals.browser(Role.PARTNER, HELPER) as browser:
            page = (await browser.get("/referrals/own/system")).text
        async with systems.referrals.client(Role.PARTNER, HELPER) as program:
            shown = (await program.get("/referrals/api/v1/own/system")).raise_for_status().json()
        async with systems.referrals.client(Role.PARTNER, OTHER) as program:
            assert (await program.get("/referrals/api/v1/own/system")).status_code == 404
    assert (shown["queue"]["waiting"], shown["queue"]["readers"]) == (2, 0)
    assert {told["event"] for told in shown["told"]} >= {"referral-requested", "command-refused"}
    assert [(row["reason"], row["command"]) for row in shown["refused"]] == [("not_found", "start-referral")]
    for what in ("2 Nachrichten", "referral-requested", "nicht gefunden", "start-referral", "nicht verbunden"):
        assert what in page
    waiting = REGISTRY.get_sample_value("lokal_partner_queue_messages", {"queue": partner_queue(HELPER)})
    assert waiting == 2


async def _sees(watch: Watch, systems: Systems) -> bool:
    await watch.look(systems.broker.management_url)
    return watch.looks[HELPER].waiting == 2
