"""Acknowledges messages in as few frames as possible, without ever covering one that is still being worked on."""

from collections.abc import Iterable
from weakref import WeakKeyDictionary

from aio_pika.abc import AbstractIncomingMessage
from aiormq.abc import AbstractChannel
from aiormq.exceptions import ChannelInvalidStateError


class Acknowledgements:
    """Counts what is settled on each channel of one consumer.

    AMQP numbers the deliveries of a channel from 1; an acknowledgement with `multiple` covers all of them up to its
    own. It is used only as far as there is no gap: every message below is settled already, or is of this very group.
    For a quorum queue that is one entry in its log instead of one for each message.

    All messages of the channels have to be settled here, else the gap stays and each is acknowledged by itself.
    """

    def __init__(self) -> None:
        self._channels: WeakKeyDictionary[AbstractChannel, _Settled] = WeakKeyDictionary()

    async def acknowledge(self, messages: Iterable[AbstractIncomingMessage]) -> None:
        """Acknowledge these messages. Raises what aio-pika raises when the broker is away; the rest comes again."""
        by_channel: dict[AbstractChannel, dict[int, AbstractIncomingMessage]] = {}
        for message in messages:
            by_channel.setdefault(message.channel, {})[_tag(message)] = message
        for channel, group in by_channel.items():
            settled = self._settled(channel)
            through = settled.through_with(group)
            covered = [tag for tag in group if tag <= through]
            if covered:
                await group[max(covered)].ack(multiple=True)
                settled.add(covered)
            for tag in group.keys() - covered:
                await group[tag].ack()
                settled.add([tag])

    async def give_back(self, message: AbstractIncomingMessage) -> None:
        """Let the broker deliver this message again. Raises as `acknowledge` does."""
        await message.nack(requeue=True)
        self._settled(message.channel).add([_tag(message)])

    def is_settled(self, message: AbstractIncomingMessage) -> bool:
        """Whether the message was acknowledged or given back; never once its channel is closed: it may come again."""
        try:
            return self._settled(message.channel).has(_tag(message))
        except ChannelInvalidStateError:
            return False

    def _settled(self, channel: AbstractChannel) -> "_Settled":
        return self._channels.setdefault(channel, _Settled())


class _Settled:
    """The settled deliveries of one channel: all up to `through`, and some above it."""

    def __init__(self) -> None:
        self.through = 0
        self._above: set[int] = set()

    def through_with(self, tags: Iterable[int]) -> int:
        """How far everything would be settled if these were."""
        settled, through = self._above.union(tags), self.through
        while through + 1 in settled:
            through += 1
        return through

    def add(self, tags: Iterable[int]) -> None:
        self._above.update(tags)
        while self.through + 1 in self._above:
            self.through += 1
            self._above.discard(self.through)

    def has(self, tag: int) -> bool:
        return tag <= self.through or tag in self._above


def _tag(message: AbstractIncomingMessage) -> int:
    if message.delivery_tag is None:
        raise ValueError("a message that was fetched without acknowledgement cannot be settled")
    return message.delivery_tag
