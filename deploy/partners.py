"""Partners' systems on the broker: user, queues, bindings, rights and limits, brought, compared, filled and taken away.

Who is connected is entered in the referrals' database; here it becomes true on the broker.
"""

import secrets
from collections.abc import Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from urllib.parse import quote

from aio_pika.abc import AbstractIncomingMessage

from services.referrals.commands.access import Access
from shared.messaging import envelope
from shared.messaging.envelope import Unreadable
from shared.messaging.link import Link, NotConfirmed, Outgoing, user_of
from shared.messaging.log import entries, offset_of
from shared.messaging.management import Management
from shared.messaging.partners import (
    command_queue,
    desk,
    of_partner,
    partner_queue,
    partner_user,
    rights_of_partner,
    routing_keys,
)
from shared.messaging.topology import Topology, dead_letters_of, declare, matches
from shared.messaging.users import (
    PARTNERS,
    Senders,
    StillConnected,
    as_user,
    bring_rights,
    cut_connections,
    differing,
    user_of_kind,
    vhost_of,
)

__all__ = ["StillConnected"]

BATCH = 200


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is: both URLs with an administrator's login."""

    url: str
    management_url: str

    @property
    def vhost(self) -> str:
        """The virtual host in which everything stands."""
        return vhost_of(self.url)

    def management(self) -> Management:
        """The management API."""
        return Management(self.management_url, self.vhost)

    def user(self, slug: str) -> str:
        """The name of a partner's user."""
        return partner_user(slug, self.vhost)


async def has_user(broker: Broker, slug: str) -> bool:
    """Whether a partner has a user on the broker."""
    async with broker.management() as management:
        return await management.has(f"/users/{quote(broker.user(slug), safe='')}")


async def bring(broker: Broker, access: Access, *, bound: bool = True) -> None:
    """Make queues and bindings, and the rights of a user that is there. What is too much is not taken away here."""
    wanted = of_partner(access.slug, access.sites, access.all_sites)
    if not bound:
        to_queue = [binding for binding in wanted.bindings if binding.queue != partner_queue(access.slug)]
        wanted = Topology(wanted.exchanges, wanted.queues, tuple(to_queue))
    await declare(broker.url, desk() + wanted)


async def new_password(broker: Broker, slug: str) -> str:
    """Make the partner's user, or give it another password, and exactly its rights; returns its URL.

    Connections that were opened with the password before are cut.
    """
    password = secrets.token_urlsafe(24)
    name = broker.user(slug)
    async with broker.management() as management:
        await management.put(f"/users/{quote(name, safe='')}", {"password": password, "tags": ""})
        await bring_rights(management, name, rights_of_partner(slug))
        await cut_connections(management, name)
    return as_user(broker.url, name, password)


async def take_away(broker: Broker, slug: str) -> int:
    """Cut the partner's connections, and remove its user and queues; how many unread messages were dropped.

    Raises `StillConnected`.
    """
    name = broker.user(slug)
    own = (partner_queue(slug), command_queue(slug))
    async with broker.management() as management:
        await management.delete(f"/users/{quote(name, safe='')}")
        await cut_connections(management, name)
        lying = {queue.name: queue.messages for queue in await management.queues()}
        for queue in own:
            await management.delete(f"/queues/{management.vhost}/{quote(queue, safe='')}")
            if not lying.get(dead_letters_of(queue)):
                await management.delete(f"/queues/{management.vhost}/{quote(dead_letters_of(queue), safe='')}")
    return lying.get(partner_queue(slug), 0)


async def drift(broker: Broker, access: Access) -> list[str]:
    """What of one partner is on the broker otherwise than it should be, in words."""
    wanted = of_partner(access.slug, access.sites, access.all_sites)
    async with broker.management() as management:
        found = await management.missing(desk() + wanted)
        for row in await _too_much(management, wanted):
            found.append(f"binding too much: {row['source']} → {row['destination']} ({row['routing_key']})")
        user = await differing(management, broker.user(access.slug), rights_of_partner(access.slug))
        elsewhere = await _rights_elsewhere(management, broker.user(access.slug))
    return [*found, *([user] if user else []), *elsewhere]


async def strangers(broker: Broker, connected: Iterable[str]) -> list[str]:
    """Partners' users on the broker that belong to nobody who is connected."""
    known = {broker.user(slug) for slug in connected}
    prefix = user_of_kind(PARTNERS, "", broker.vhost)
    async with broker.management() as management:
        names = [row["name"] for row in await management.get("/users")]
    return sorted(name.removeprefix(prefix) for name in names if name.startswith(prefix) and name not in known)


async def mend(broker: Broker, access: Access) -> str | None:
    """Bring one partner's things to what they should be; the new URL if its user was gone, else None.

    A queue whose arguments differ is left alone: it would have to be deleted with what lies in it.
    """
    await bring(broker, access)
    wanted = of_partner(access.slug, access.sites, access.all_sites)
    name = broker.user(access.slug)
    async with broker.management() as management:
        for row in await _too_much(management, wanted):
            key = quote(row["properties_key"], safe="")
            where = f"e/{quote(row['source'], safe='')}/q/{quote(row['destination'], safe='')}/{key}"
            await management.delete(f"/bindings/{management.vhost}/{where}")
        if not await management.has(f"/users/{quote(name, safe='')}"):
            return await new_password(broker, access.slug)
        known = await management.get(f"/users/{quote(name, safe='')}")
        same = {key: known[key] for key in ("password_hash", "hashing_algorithm")}
        await management.put(f"/users/{quote(name, safe='')}", {**same, "tags": ""})
        await bring_rights(management, name, rights_of_partner(access.slug))
        for row in await management.get(f"/users/{quote(name, safe='')}/permissions"):
            if (vhost := quote(row["vhost"], safe="")) != management.vhost:
                await management.delete(f"/permissions/{vhost}/{quote(name, safe='')}")
    return None


async def catch_up(broker: Broker, access: Access, progress: Callable[[int], None]) -> int:
    """Fill a new partner's queue from the log, then bind it; how many events were brought.

    The queue stands and is not bound yet. First all that is in the log goes in; then the queue is bound, and what came
    meanwhile follows. So none is missing; at the seam an event may come twice, with the same id. Raises
    `NotConfirmed`, after which the same may be done again.
    """
    link = Link(broker.url, name="lokal partner catch-up")
    try:
        brought, last = await _bring_logged(link, broker, access, after=-1, progress=progress)
        await bring(broker, access)
        more, _ = await _bring_logged(link, broker, access, after=last, progress=lambda n: progress(brought + n))
        return brought + more
    finally:
        await link.close()


async def _bring_logged(
    link: Link, broker: Broker, access: Access, *, after: int, progress: Callable[[int], None]
) -> tuple[int, int]:
    keys = routing_keys(access.slug, access.sites, access.all_sites)
    senders = Senders(user_of(broker.url), broker.vhost)
    queue, brought, last = partner_queue(access.slug), 0, after
    batch: list[Outgoing] = []

    async def send() -> None:
        nonlocal brought
        if not all(await link.publish_all(batch)):
            raise NotConfirmed(queue)
        brought += len(batch)
        batch.clear()
        progress(brought)

    async with aclosing(entries(broker.url, after=after)) as log:
        async for entry in log:
            last = offset_of(entry)
            if any(matches(key, entry.routing_key or "") for key in keys) and _believed(senders, entry):
                batch.append(
                    Outgoing("", queue, entry.body, entry.message_id, entry.content_type or envelope.CONTENT_TYPE)
                )
            if len(batch) == BATCH:
                await send()
    if batch:
        await send()
    return brought, last


def _believed(senders: Senders, entry: AbstractIncomingMessage) -> bool:
    try:
        return senders.fault(entry.user_id, envelope.read(entry.body, typed=False)) is None
    except Unreadable:
        return False


async def _too_much(management: Management, wanted: Topology) -> list[dict[str, str]]:
    """Bindings of the partner's queues that it should not have; that of the default exchange everybody has."""
    own = {queue.name for queue in wanted.queues}
    right = {(binding.exchange, binding.queue, binding.routing_key) for binding in wanted.bindings}
    rows = await management.get(f"/bindings/{management.vhost}")
    return [
        row
        for row in rows
        if row["destination"] in own
        and row["source"]
        and (row["source"], row["destination"], row["routing_key"]) not in right
    ]


async def _rights_elsewhere(management: Management, name: str) -> list[str]:
    if not await management.has(f"/users/{quote(name, safe='')}"):
        return []
    rows = await management.get(f"/users/{quote(name, safe='')}/permissions")
    return [
        f"broker user {name} has rights on another virtual host: {row['vhost']}"
        for row in rows
        if quote(row["vhost"], safe="") != management.vhost
    ]
