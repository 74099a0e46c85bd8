"""Broker users: each site has one, which may do exactly what its intake does, and alone reads the site's queues.

Users are broker-wide while rights are held per virtual host; so the name tells the virtual host as well, unless it is
the usual one.
"""

import asyncio
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from shared.contracts import Event
from shared.messaging.envelope import Received
from shared.messaging.management import Management
from shared.messaging.topology import EVENTS

MAX_CONNECTIONS = 20
"""Of one site: its intake holds six, and a second one runs beside it while it is replaced."""
MAX_CHANNELS = 100
SITE_SERVICE = "intake"
"""The service that uses a site's user."""
SITES, PARTNERS = "site", "partner"
"""Whose users there are besides the administration's; their names begin so."""
_EVERYBODY = r"[a-z0-9-]+"
DEFAULT_VHOST = "/"
CUT_SECONDS = 10.0
"""How long is waited for the last connection of a user to be gone."""


class StillConnected(Exception):
    """The broker has not cut all connections of a user in time."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What a user may do on a virtual host, as the broker's patterns; all are anchored."""

    configure: str
    write: str
    read: str
    topics: tuple[tuple[str, str, str], ...] = ()
    """(exchange, routing keys that may be written, routing keys that may be bound)."""
    max_connections: int = MAX_CONNECTIONS
    max_channels: int = MAX_CHANNELS


def rights_of_site(site: str, letters_exchange: str) -> Rights:
    """What the intake of a site needs: declare nothing, publish its own events and letters, read its own queues.

    Besides its own events it acknowledges erasures, whose routing key begins with the site that has asked. The default
    exchange is for dead letters.
    """
    own = re.escape(site)
    return Rights(
        configure="^$",
        write=rf"^(lokal\.events|{re.escape(letters_exchange)}|lokal\.retry\.[0-9.]+s|amq\.default)$",
        read=rf"^{own}\.intake\.(register|letters)$",
        topics=((EVENTS, rf"^({own}\.intake\.|{_EVERYBODY}\.intake\.erasure-acknowledged\.v[0-9]+\.internal$)", "^$"),),
    )


def user_of_kind(kind: str, slug: str, vhost: str = DEFAULT_VHOST) -> str:
    """The name of a site's or a partner's user on a virtual host."""
    return f"{kind}-{slug}" if vhost == DEFAULT_VHOST else f"{vhost}-{kind}-{slug}"


def site_user(site: str, vhost: str = DEFAULT_VHOST) -> str:
    """The name of a site's user on a virtual host."""
    return user_of_kind(SITES, site, vhost)


@dataclass(frozen=True, slots=True)
class Senders:
    """Which user may speak for whom on a virtual host, as the consumer of a queue sees it.

    The broker vouches for the user that a message names (`user_id`), not for the message's source.

    `own` is the consumer's user: what has waited for another attempt comes back with its name. A site's user speaks
    for the site's intake alone. All others are the administration's (the city's stack, the operators' commands), which
    brings again what others have published: they may speak for anybody.
    """

    own: str
    vhost: str

    def fault(self, user: str | None, event: Received[Any]) -> str | None:
        """Why the event is not believed, in words that quote nothing of it; None if it is."""
        if not user:
            return "no sender is named"
        if user == self.own:
            return None
        if user.startswith(self._prefix(PARTNERS)):
            return "a partner's system may not publish events"
        site = self._site_of(user)
        if site is None:
            return None
        if event.source != f"/sites/{site}/{SITE_SERVICE}":
            return "the sender may not speak for this source"
        if isinstance(event.data, Event):
            if event.data.publisher not in (SITE_SERVICE, ""):
                return "the sender may not tell this event"
            if event.site != (event.data.concerned_site or site):
                return "the sender may not speak for this site"
        return None

    def _site_of(self, user: str) -> str | None:
        prefix = self._prefix(SITES)
        return user.removeprefix(prefix) if user.startswith(prefix) else None

    def _prefix(self, kind: str) -> str:
        return user_of_kind(kind, "", self.vhost)


def as_user(url: str, name: str, password: str) -> str:
    """The broker's URL with another login."""
    parts = urlsplit(url)
    where = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(name, safe='')}:{quote(password, safe='')}@{where}"))


def vhost_of(url: str) -> str:
    """The virtual host that a broker's URL names (none: `/`)."""
    return unquote(urlsplit(url).path.removeprefix("/")) or DEFAULT_VHOST


async def bring_user(management: Management, name: str, password: str, rights: Rights) -> None:
    """Make the user, or give it this password and these rights and no others. Raises `httpx.HTTPError`."""
    await management.put(f"/users/{quote(name, safe='')}", {"password": password, "tags": ""})
    await bring_rights(management, name, rights)


async def bring_rights(management: Management, name: str, rights: Rights) -> None:
    """Give a user these rights on the virtual host and these limits. Raises `httpx.HTTPError`."""
    here = f"{management.vhost}/{quote(name, safe='')}"
    await management.put(
        f"/permissions/{here}", {"configure": rights.configure, "write": rights.write, "read": rights.read}
    )
    for exchange, write, read in rights.topics:
        await management.put(f"/topic-permissions/{here}", {"exchange": exchange, "write": write, "read": read})
    for limit, value in _limits(rights).items():
        await management.put(f"/user-limits/{quote(name, safe='')}/{limit}", {"value": value})


async def differing(management: Management, name: str, rights: Rights) -> str | None:
    """What is wrong with a user's rights on the virtual host, in words; None if they are as described."""
    user = quote(name, safe="")
    if not await management.has(f"/users/{user}"):
        return f"broker user {name}"
    found = await management.get(f"/users/{user}/permissions")
    wanted = {"configure": rights.configure, "write": rights.write, "read": rights.read}
    here = [row for row in found if quote(row["vhost"], safe="") == management.vhost]
    topics = {
        (row["exchange"], row["write"], row["read"])
        for row in await management.get(f"/users/{user}/topic-permissions")
        if quote(row["vhost"], safe="") == management.vhost
    }
    # A rule about a further topic exchange could only take rights away.
    if [{key: row[key] for key in wanted} for row in here] != [wanted] or not set(rights.topics) <= topics:
        return f"broker user {name} with exactly its rights"
    if (await management.get(f"/users/{user}"))["tags"] not in ("", []):
        return f"broker user {name} without tags"
    limits = [row["value"] for row in await management.get(f"/user-limits/{user}")]
    return None if limits == [_limits(rights)] else f"broker user {name} with exactly its limits"


async def cut_connections(management: Management, name: str) -> None:
    """Close every connection of a user, and wait until none is left. Raises `StillConnected`, `httpx.HTTPError`."""
    clock = asyncio.get_running_loop()
    until = clock.time() + CUT_SECONDS
    # By user, which the broker knows at once; the list of all connections is some seconds behind.
    path = f"/connections/username/{quote(name, safe='')}"
    while await management.get(path):
        if clock.time() > until:
            raise StillConnected(name)
        await management.delete(path)
        await asyncio.sleep(0.1)


async def silence(management: Management, name: str) -> None:
    """Take from a user what it may write, and close its connections; it may come again to read.

    `lokal partner check` shows it, and gives the right back. Raises `httpx.HTTPError`.
    """
    user = quote(name, safe="")
    here = f"/permissions/{management.vhost}/{user}"
    rights = await management.get(here)
    await management.put(here, {"configure": rights["configure"], "write": "^$", "read": rights["read"]})
    # A channel remembers what it was allowed; one that has written in between is met by the second time.
    for _ in range(2):
        await management.delete(f"/connections/username/{user}")
        await asyncio.sleep(0.5)


def _limits(rights: Rights) -> dict[str, int]:
    return {"max-connections": rights.max_connections, "max-channels": rights.max_channels}
