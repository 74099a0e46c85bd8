"""„Betrieb" looks at a real broker: what is unattended, what lies dead and why, what is missing."""

from pathlib import Path

import aio_pika
import pytest

from services.reporting.consumers import queue, topology
from services.reporting.operations import DeadLetters, State, look
from services.reporting.settings import Settings
from shared.messaging.topology import EVENTS, backbone, dead_letters_of, declare
from tests.waiting import eventually

QUEUE = queue("city")


@pytest.fixture
def settings(vhost_url: str, rabbitmq_management_url: str) -> Settings:
    return Settings(
        site="city",
        database_url="postgresql://nobody@127.0.0.1:1/nothing",
        rabbitmq_url=vhost_url,
        rabbitmq_management_url=rabbitmq_management_url,
        signing_key_file=Path("/nonexistent"),
        port=1,
        services="intake/brackel-aplerbeck=http://127.0.0.1:1",
    )


async def look_until_counted(settings: Settings) -> State:
    """The broker counts its messages every few seconds only."""

    async def counted() -> State | None:
        state = await look(settings)
        return state if sum(letters.count for letters in state.dead) == 4 else None

    state = await eventually(counted)
    assert state is not None
    return state


async def test_what_is_wrong(settings: Settings) -> None:
    """A queue that nobody reads, dead letters by reason, a missing binding and a silent service are all told."""
    await declare(settings.rabbitmq_url, backbone() + topology("city"))
    connection = await aio_pika.connect(settings.rabbitmq_url)
    async with connection:
        channel = await connection.channel()
        for reason in ("unreadable", "unreadable", "refused", None):
            message = aio_pika.Message(b"secret", headers={"reason": reason} if reason else {})
            await channel.default_exchange.publish(message, dead_letters_of(QUEUE))
        taken = await channel.get_queue(QUEUE)
        await taken.unbind(EVENTS, "*.*.*.*.public")

    state = await look_until_counted(settings)

    assert state.broker_answers
    assert not state.well
    assert state.unattended == {QUEUE}
    assert state.dead == [
        DeadLetters(QUEUE, "given up by the broker", 1),
        DeadLetters(QUEUE, "refused", 1),
        DeadLetters(QUEUE, "unreadable", 2),
    ]
    assert [what for what in state.missing if "public" in what] == state.missing != []
    assert [service.answers for service in state.services] == [False]
    assert (await look_until_counted(settings)).dead == state.dead  # looking takes nothing


async def test_broker_away(settings: Settings) -> None:
    """A broker that does not answer is a finding, not a fault."""
    state = await look(settings.model_copy(update={"rabbitmq_management_url": "http://guest:guest@127.0.0.1:1"}))
    assert (state.broker_answers, state.well) == (False, False)
