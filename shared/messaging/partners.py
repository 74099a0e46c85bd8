"""How a partner's own system is connected: its queue, what it may do on the broker, and how it is heard.

Each partner has a queue `partner.<slug>` to read and a bounded queue of its own for its commands, so that whoever
floods the network fills its own queue only (RabbitMQ knows no rate per user).
"""

import re
from collections.abc import Iterable

from shared.contracts.words import CITY
from shared.messaging.topology import EVENTS, Binding, Exchange, Queue, Topology, consumer_queue, dead_letters_of
from shared.messaging.users import DEFAULT_VHOST, PARTNERS, Rights, user_of_kind

COMMANDS = "lokal.partner"
"""Topic exchange of the partners' commands; routing key `<slug>.<command>.v<major>`."""
UNROUTED = "lokal.partner.unrouted"
"""Where commands go whose routing key is nobody's: they are seen, not lost."""

MAX_COMMANDS = 1_000
"""Commands of one partner that may wait; further ones are refused by the broker (the publisher's confirm says no)."""
MAX_COMMAND_BYTES = 16 * 1024 * 1024
MAX_UNROUTED = 10_000
MAX_CONNECTIONS = 5
MAX_CHANNELS = 20


def partner_queue(slug: str) -> str:
    """The queue that a partner reads."""
    return f"partner.{slug}"


def command_queue(slug: str) -> str:
    """The queue in which a partner's commands wait."""
    return f"{CITY}.referrals.commands.{slug}"


def partner_user(slug: str, vhost: str = DEFAULT_VHOST) -> str:
    """The name of a partner's user on a virtual host."""
    return user_of_kind(PARTNERS, slug, vhost)


def partner_of_user(user: str, vhost: str = DEFAULT_VHOST) -> str | None:
    """Whose user this is; None if it is no partner's."""
    prefix = partner_user("", vhost)
    return user.removeprefix(prefix) if user.startswith(prefix) else None


def desk() -> Topology:
    """What stands once for all partners: the exchange for commands and the place of those that nobody takes."""
    # Dropped at its end the oldest goes: it is there to be looked at, and a flood must not stop the broker.
    unrouted = {"x-queue-type": "quorum", "x-max-length": MAX_UNROUTED, "x-overflow": "drop-head"}
    return Topology(
        exchanges=(Exchange(UNROUTED, "fanout"), Exchange(COMMANDS, "topic", {"alternate-exchange": UNROUTED})),
        queues=(Queue(UNROUTED, unrouted),),
        bindings=(Binding(UNROUTED, UNROUTED, ""),),
    )


def of_partner(slug: str, sites: Iterable[str], all_sites: bool) -> Topology:
    """What stands for one partner: its queue with what is addressed to it and what is public, and its commands'."""
    read = consumer_queue(partner_queue(slug), *routing_keys(slug, sites, all_sites))
    heard = consumer_queue(command_queue(slug))
    bounds = {"x-max-length": MAX_COMMANDS, "x-max-length-bytes": MAX_COMMAND_BYTES}
    return Topology(
        queues=(
            *read.queues,
            *(Queue(queue.name, queue.arguments | _bounds(queue, slug, bounds)) for queue in heard.queues),
        ),
        bindings=(*read.bindings, Binding(COMMANDS, command_queue(slug), f"{slug}.*.*")),
    )


def routing_keys(slug: str, sites: Iterable[str], all_sites: bool) -> tuple[str, ...]:
    """What of the events a partner gets: what is addressed to it, and what is public at its sites and the city."""
    public = ("*",) if all_sites else (*sorted(set(sites)), CITY)
    return (f"*.*.*.*.{slug}", *(f"{site}.*.*.*.public" for site in public))


def rights_of_partner(slug: str) -> Rights:
    """Read its own queue, write commands under its own name; nothing else."""
    own = re.escape(slug)
    return Rights(
        configure="^$",
        write=r"^lokal\.partner$",
        read=rf"^partner\.{own}$",
        topics=((COMMANDS, rf"^{own}\.", "^$"), (EVENTS, "^$", "^$")),
        max_connections=MAX_CONNECTIONS,
        max_channels=MAX_CHANNELS,
    )


def _bounds(queue: Queue, slug: str, bounds: dict[str, int]) -> dict[str, int]:
    return {} if queue.name == dead_letters_of(command_queue(slug)) else bounds
