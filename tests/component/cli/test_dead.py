"""Dead letters are looked at, brought back and dropped without one getting lost, whatever happens in the middle."""

import json
import subprocess
from datetime import UTC, datetime

import aio_pika

from deploy.servers.process import wait_until
from shared.messaging.link import user_of
from tests.component.cli.conftest import DEAD, LOKAL, QUEUE, Network
from tests.component.messaging.stage import contact, message_of


def bury(network: Network, *names: str, queue: str = DEAD) -> None:
    """Put letters into a queue, with the headers that the inbox gives them."""
    headers: dict[str, aio_pika.abc.FieldValue] = {
        "reason": "refused",
        "exception": "Permanent: no",
        "attempts": 4,
        "queue": QUEUE,
        "since": datetime.now(UTC).isoformat(),
        "routing-key": "a.b.c.v1.internal",
    }
    persistent = aio_pika.DeliveryMode.PERSISTENT
    letters = [
        aio_pika.Message(name.encode(), message_id=name, headers=dict(headers), delivery_mode=persistent)
        for name in names
    ]
    network.publish("", queue, *letters)


def test_looking_takes_nothing_and_keeps_the_order(network: Network) -> None:
    """However often they are listed and shown, the letters lie there as before, the oldest first."""
    names = [f"letter-{n}" for n in range(30)]
    bury(network, *names)
    for _ in range(3):
        listed = json.loads(network.lokal("dead", "list", "--json"))
        assert [letter["message_id"] for letter in listed] == names
    assert "letter-7" in network.lokal("dead", "show", QUEUE, "letter-7")
    assert network.ids_in(DEAD) == names
    assert {letter["reason"] for letter in listed} == {"refused"}
    assert all(letter["since"] for letter in listed)


def test_a_chosen_letter_goes_back_with_its_attempts_counted_anew(network: Network) -> None:
    """It comes to the queue that it came from as it was; the others stay in their order."""
    bury(network, "one", "two", "three")
    assert "1 brought back" in network.lokal("dead", "requeue", DEAD, "--id", "two")
    (again,) = network.lie_in(QUEUE)
    assert again.body == b"two"
    assert again.message_id == "two"
    ours = {name: value for name, value in again.headers.items() if not name.startswith("x-")}
    assert ours == {"routing-key": "a.b.c.v1.internal"}
    assert network.ids_in(DEAD) == ["one", "three"]


def test_killed_in_the_middle_nothing_is_lost(network: Network) -> None:
    """A requeue that dies by SIGKILL leaves every letter in at least one of the two queues, and can be run again."""
    names = {f"letter-{n}" for n in range(3000)}
    bury(network, *names)
    requeue = subprocess.Popen([LOKAL, "dead", "requeue", QUEUE, "--all"], env=network.environment)
    wait_until(lambda: network.depth(QUEUE) > 50, "the first letters", 60)
    requeue.kill()
    requeue.wait()
    left, came = network.ids_in(DEAD), network.ids_in(QUEUE)
    assert left, "it was killed too late to prove anything"
    assert {*left, *came} == names
    network.lokal("dead", "requeue", QUEUE, "--all")
    assert network.ids_in(DEAD) == []
    assert {*network.ids_in(QUEUE)} == names


def test_what_nobody_vouches_for_stays(network: Network) -> None:
    """An event that was refused for its sender, or laid here without one, goes back only when somebody names it."""
    for name, reason, named in (("forged", "sender", True), ("smuggled", "refused", False), ("good", "refused", True)):
        letter = aio_pika.Message(message_of(contact()), message_id=name, headers={"reason": reason}, delivery_mode=2)
        network.publish("", DEAD, letter, named=named)
    said = network.lokal("dead", "requeue", QUEUE, "--all")
    assert "1 brought back" in said
    assert "2 left" in said
    assert network.ids_in(DEAD) == ["forged", "smuggled"]
    assert "2 brought back" in network.lokal("dead", "requeue", QUEUE, "--id", "forged", "--id", "smuggled")
    assert network.ids_in(QUEUE) == ["good", "forged", "smuggled"]
    assert {letter.user_id for letter in network.lie_in(QUEUE)} == {user_of(network.url)}


def test_what_cannot_go_back_stays(network: Network) -> None:
    """Where the queue is gone, the broker cannot confirm: the letter stays a dead letter, and the command fails."""
    network.on_channel(lambda channel: channel.declare_queue("city.gone.queue.dead", durable=True))
    bury(network, "homeless", queue="city.gone.queue.dead")
    assert "stay dead letters" in network.lokal("dead", "requeue", "city.gone.queue", "--all", status=1)
    assert network.ids_in("city.gone.queue.dead") == ["homeless"]


def test_dropping_asks_and_says_what_was_dropped(network: Network) -> None:
    """Without a yes nothing is dropped; what is dropped is logged by id and reason, the others stay."""
    bury(network, "one", "two", "three")
    network.lokal("dead", "drop", QUEUE, "--id", "two", status=1, stdin="n\n")
    assert network.ids_in(DEAD) == ["one", "two", "three"]
    said = network.lokal("dead", "drop", QUEUE, "--id", "two", stdin="y\n")
    assert "dead_letter_dropped" in said
    assert "message_id=two" in said
    assert network.ids_in(DEAD) == ["one", "three"]
    assert "2 dropped" in network.lokal("dead", "drop", QUEUE, "--all", "--yes")
    assert network.depth(DEAD) == 0


def test_an_unknown_letter_or_queue_fails(network: Network) -> None:
    """Exit status 1 and the name of what is not there; without a choice of letters it is a misuse."""
    bury(network, "one")
    assert "two" in network.lokal("dead", "requeue", QUEUE, "--id", "two", status=1)
    assert "city.nobody.here" in network.lokal("dead", "drop", "city.nobody.here", "--all", "--yes", status=1)
    network.lokal("dead", "requeue", QUEUE, status=2)
    network.lokal("dead", "drop", QUEUE, "--yes", status=2)
    assert network.ids_in(DEAD) == ["one"]


def test_what_the_broker_gave_up_is_listed_too(network: Network) -> None:
    """A message that the broker itself dead-letters has no reason of ours, and goes back like the others."""

    async def reject(channel: aio_pika.abc.AbstractChannel) -> None:
        queue = await channel.declare_queue(QUEUE, passive=True)
        await (await queue.get()).reject(requeue=False)

    network.publish("", QUEUE, aio_pika.Message(b"rejected", message_id="rejected", delivery_mode=2))
    network.on_channel(reject)
    wait_until(lambda: network.depth(DEAD) == 1, "the broker's dead letter", 30)
    (listed,) = json.loads(network.lokal("dead", "list", "--json"))
    assert (listed["message_id"], listed["reason"]) == ("rejected", "given up by the broker")
    assert listed["since"]
    network.lokal("dead", "requeue", QUEUE, "--id", "rejected")
    assert network.ids_in(QUEUE) == ["rejected"]
