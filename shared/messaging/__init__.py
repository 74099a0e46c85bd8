"""Delivery of events: at least once on the way, exactly once in effect, in no promised order.

`outbox.add` writes an event in the transaction of its change; the relay brings it to the broker; an inbox takes it
from its queue and gives it one effect in the consumer. What cannot be handled is retried with growing pauses or lies,
visible, in the queue's dead letters.
"""

from shared.messaging.consumers import Consumers, Permanent
from shared.messaging.envelope import Received
from shared.messaging.publisher import Publisher
from shared.messaging.running import Messaging
from shared.messaging.tables import delivery_tables

__all__ = ["Consumers", "Messaging", "Permanent", "Publisher", "Received", "delivery_tables"]
