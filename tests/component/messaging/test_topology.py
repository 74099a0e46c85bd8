"""What must stand on the broker, as data."""

from urllib.parse import urlsplit

import aio_pika
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.management import Management
from shared.messaging.topology import (
    EVENTS,
    LOG,
    Binding,
    Exchange,
    Queue,
    Topology,
    backbone,
    consumer_queue,
    declare,
    matches,
    retry_exchange,
)
from tests.component.messaging.stage import QUEUE, Hands

PATTERNS = [
    "#",
    "*",
    "",
    "*.*.*.*.internal",
    "*.*.*.*.public",
    "*.reporting.site-opened.v1.public",
    "brackel-aplerbeck.#",
    "#.public",
    "#.intake.#",
    "*.intake.#.internal",
    "#.*",
    "*.#",
    "#.#",
    "#.v1.*",
    "a.*.c",
]
KEYS = [
    "",
    "a",
    "a.b",
    "a.b.c",
    "a..c",
    ".",
    "public",
    "brackel-aplerbeck.intake.household-moved.v1.internal",
    "brackel-aplerbeck.intake.contact-recorded.v1.public",
    "city.reporting.site-opened.v1.public",
    "city.reporting.site-opened.v2.public",
    "brackel-aplerbeck.referrals.referral-requested.v1.projekt-ankommen",
    "brackel-aplerbeck",
    "intake",
    "x.intake.internal",
]


async def test_patterns_match_as_the_broker_says(vhost_url: str, hands: Hands) -> None:
    """Every pattern with every routing key, asked of a real topic exchange."""
    exchange = await hands.channel.declare_exchange("topics", "topic")
    for number, pattern in enumerate(PATTERNS):
        queue = await hands.channel.declare_queue(f"q{number}")
        await queue.bind(exchange, pattern)
    for key in KEYS:
        await exchange.publish(aio_pika.Message(key.encode()), key, mandatory=False)
    for number, pattern in enumerate(PATTERNS):
        expected = [key for key in KEYS if matches(pattern, key)]
        taken = await hands.take(f"q{number}", len(expected)) if expected else []
        assert [message.body.decode() for message in taken] == expected, pattern
        assert await hands.depth(f"q{number}") == 0, pattern


_word = st.sampled_from(["a", "b", "c"])


@given(st.lists(_word, min_size=1), st.data())
def test_a_key_matches_itself_with_words_replaced(words: list[str], data: st.DataObject) -> None:
    """`*` for any word, `#` for any run of words: the pattern made from a key matches the key."""
    pattern = []
    rest = list(words)
    while rest:
        match data.draw(st.sampled_from(["word", "*", "#"])):
            case "word":
                pattern.append(rest.pop(0))
            case "*":
                rest.pop(0)
                pattern.append("*")
            case _:
                del rest[: data.draw(st.integers(0, len(rest)))]
                pattern.append("#")
                if not rest:
                    break
    assert matches(".".join(pattern), ".".join(words))


@pytest.fixture
def description() -> Topology:
    """Backbone and one consumer."""
    return backbone() + consumer_queue(QUEUE, "*.*.*.*.internal", "*.*.*.*.public")


async def _missing(management_url: str, amqp_url: str, description: Topology) -> list[str]:
    async with Management(management_url, urlsplit(amqp_url).path[1:]) as management:
        return await management.missing(description)


async def test_a_declared_broker_lacks_nothing(
    vhost_url: str, rabbitmq_management_url: str, description: Topology
) -> None:
    """Declaring brings the broker to the description, also from the middle, and twice."""
    everything = await _missing(rabbitmq_management_url, vhost_url, description)
    assert len(everything) == len(description.exchanges) + len(description.queues) + len(description.bindings)
    await declare(vhost_url, consumer_queue(QUEUE) + Topology(exchanges=(Exchange(EVENTS, "topic"),)))
    await declare(vhost_url, description)
    await declare(vhost_url, description)
    assert await _missing(rabbitmq_management_url, vhost_url, description) == []


async def test_each_kind_of_hole_is_found(
    vhost_url: str, rabbitmq_management_url: str, description: Topology, hands: Hands
) -> None:
    """A missing exchange, queue or binding, and a queue or exchange that is not as described."""
    await declare(vhost_url, description)
    log = await hands.channel.get_queue(LOG, ensure=False)
    await log.unbind(EVENTS, "#")
    await hands.channel.queue_delete(f"{QUEUE}.dead")
    await hands.channel.exchange_delete(retry_exchange(5))
    await hands.channel.queue_delete(retry_exchange(30))
    await hands.channel.declare_queue(retry_exchange(30), durable=True)
    await hands.channel.exchange_delete(retry_exchange(120))
    await hands.channel.declare_exchange(retry_exchange(120), "direct", durable=True)
    missing = await _missing(rabbitmq_management_url, vhost_url, description)
    assert set(missing) == {
        f"binding {EVENTS} → {LOG} (#)",
        f"queue {QUEUE}.dead",
        f"exchange {retry_exchange(5)}",
        f"binding {retry_exchange(5)} → {retry_exchange(5)} (#)",
        f"queue {retry_exchange(30)} as described: x-dead-letter-exchange, x-dead-letter-strategy, x-message-ttl, "
        "x-overflow, x-queue-type",
        f"binding {retry_exchange(30)} → {retry_exchange(30)} (#)",
        f"exchange {retry_exchange(120)} as described: fanout",
        f"binding {retry_exchange(120)} → {retry_exchange(120)} (#)",
    }


def test_two_descriptions_are_one() -> None:
    """`a + b` is both."""
    one = Topology((Exchange("e", "topic"),), (Queue("q", {}),), (Binding("e", "q", "#"),))
    assert (one + Topology(queues=(Queue("r", {}),))).queues == (Queue("q", {}), Queue("r", {}))
    assert (one + Topology()) == one
