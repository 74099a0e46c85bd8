"""Calls that go out to an address which somebody else has named: only to public addresses, whatever names resolve to.

The address is looked up once for each connection, and the very one that was checked is connected to: a name that
answers otherwise the next time (DNS rebinding) gains nothing. Redirects are not followed.
"""

import asyncio
import socket
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

_NAT64 = IPv6Network("64:ff9b::/96")


class NotPublic(OSError):
    """The name leads to an address that is nobody's business outside: private, loopback, link-local …"""


def is_public(address: str) -> bool:
    """Whether an address is reachable for everybody; one that holds an IPv4 address is judged by that."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1]
        if inner is None and found in _NAT64:
            inner = IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast


def check_url(url: str, private_hosts: Collection[str] = ()) -> str | None:
    """What is wrong with an address to call, in a German sentence; None if nothing is seen before it is looked up."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host:
        return "Bitte eine vollständige Adresse angeben, zum Beispiel https://beispiel.de/lokal."
    if parts.username is not None or parts.fragment:
        return "Bitte die Adresse ohne Zugangsdaten und ohne # angeben."
    if not host.isascii():  # other digits and dots would be read as an address after this check (UTS 46)
        return "Bitte die Adresse in lateinischer Schrift angeben, einen Namen mit Umlaut als xn--…"
    if host in private_hosts:
        return None if parts.scheme in ("http", "https") else "Die Adresse muss mit https:// beginnen."
    if parts.scheme != "https":
        return "Die Adresse muss mit https:// beginnen."
    try:
        literal = is_public(host)
    except ValueError:
        return None  # a name
    return None if literal else "Diese Adresse ist nicht öffentlich erreichbar."


class PublicOnly(AbstractResolver):
    """Looks names up and refuses those that lead inside, unless operations have named the host."""

    def __init__(self, private_hosts: Collection[str] = ()) -> None:
        self._private_hosts = frozenset(private_hosts)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """All addresses of a name. Raises `NotPublic` if one of them is not public, `OSError` if there is none."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        if host not in self._private_hosts and not all(is_public(str(address[0])) for *_, address in found):
            raise NotPublic("the name leads to an address that is not public")
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST,
            )
            for kind, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        """Nothing is held."""


def client(private_hosts: Collection[str] = (), seconds: float = 10.0) -> aiohttp.ClientSession:
    """A client that connects to public addresses only, each for one call; to be closed by whoever asked for it."""
    connector = aiohttp.TCPConnector(resolver=PublicOnly(private_hosts), use_dns_cache=False, force_close=True)
    return aiohttp.ClientSession(
        connector=connector, timeout=aiohttp.ClientTimeout(total=seconds), cookie_jar=aiohttp.DummyCookieJar()
    )
