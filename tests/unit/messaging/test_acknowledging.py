"""An acknowledgement may cover several messages, but never one that is still being worked on."""

import random
from dataclasses import dataclass, field
from typing import cast

import pytest
from aio_pika.abc import AbstractIncomingMessage
from aiormq.exceptions import ChannelInvalidStateError

from shared.messaging.acknowledging import Acknowledgements


@dataclass(eq=False)
class Channel:
    """What a broker knows of a channel: which deliveries it still waits for."""

    open: set[int] = field(default_factory=set)
    frames: int = 0
    closed: bool = False


@dataclass(eq=False)
class Message:
    """As much of aio-pika's message as is needed."""

    line: Channel
    delivery_tag: int

    @property
    def channel(self) -> Channel:
        if self.line.closed:
            raise ChannelInvalidStateError
        return self.line

    async def ack(self, multiple: bool = False) -> None:
        covered = {tag for tag in self.channel.open if tag <= self.delivery_tag} if multiple else {self.delivery_tag}
        self.line.open -= covered
        self.line.frames += 1

    async def nack(self, requeue: bool = True) -> None:
        self.line.open.discard(self.delivery_tag)


def delivered(channel: Channel, count: int) -> list[AbstractIncomingMessage]:
    channel.open = set(range(1, count + 1))
    return [cast(AbstractIncomingMessage, Message(channel, tag)) for tag in range(1, count + 1)]


async def test_one_frame_for_a_group_without_gaps() -> None:
    channel, acknowledgements = Channel(), Acknowledgements()
    messages = delivered(channel, 300)
    await acknowledgements.acknowledge(messages[:200])
    await acknowledgements.acknowledge(messages[200:])
    assert (channel.open, channel.frames) == (set(), 2)


async def test_a_message_in_work_is_never_covered() -> None:
    channel, acknowledgements = Channel(), Acknowledgements()
    messages = delivered(channel, 5)
    await acknowledgements.acknowledge([*messages[:2], *messages[3:]])
    assert channel.open == {3}
    assert [acknowledgements.is_settled(message) for message in messages] == [True, True, False, True, True]
    await acknowledgements.give_back(messages[2])
    assert all(acknowledgements.is_settled(message) for message in messages)


@pytest.mark.parametrize("seed", range(50))
async def test_whatever_the_order(seed: int) -> None:
    chance = random.Random(seed)
    channel, acknowledgements = Channel(), Acknowledgements()
    messages = delivered(channel, 60)
    chance.shuffle(messages)
    in_work: set[int | None] = set(channel.open)
    while messages:
        group = [messages.pop() for _ in range(min(len(messages), chance.randint(1, 9)))]
        if chance.random() < 0.2:
            await acknowledgements.give_back(group[0])
            messages = group[1:] + messages
            group = group[:1]
        else:
            await acknowledgements.acknowledge(group)
        in_work -= {message.delivery_tag for message in group}
        assert channel.open == in_work
    assert channel.open == set()


async def test_channels_count_by_themselves_and_a_closed_one_settles_nothing() -> None:
    first, second, acknowledgements = Channel(), Channel(), Acknowledgements()
    old, new = delivered(first, 2), delivered(second, 2)
    await acknowledgements.acknowledge([old[0], new[0], new[1]])
    assert (first.open, second.open) == ({2}, set())
    first.closed = True
    assert not acknowledgements.is_settled(old[1])
    with pytest.raises(ChannelInvalidStateError):
        await acknowledgements.acknowledge([old[1]])
