"""Checking a password without becoming an oracle: attempts are counted in the database, for all processes at once."""

import ipaddress
import math
from datetime import timedelta

from sqlalchemy import text

from shared.database import Database
from shared.web.accounts import passwords
from shared.web.accounts.store import Account, list_accounts

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 5
PER_CLIENT = 20
"""An office shares one address: higher than for an account."""


class WrongCredentials(Exception):
    """No such account, wrong password or disabled: which of them is not said."""


class Throttled(Exception):
    """Too many attempts; `wait` is how long until the next one."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__("too many attempts")
        self.wait = wait

    @property
    def minutes(self) -> int:
        """The waiting time in whole minutes, rounded up."""
        return max(1, math.ceil(self.wait.total_seconds() / 60))


# Both locks are taken in one order, so that attempts wait for each other instead of deadlocking.
_LOCK = text(
    "select pg_advisory_xact_lock(hashtextextended(k, 7410992)) from unnest(cast(:keys as text[])) k order by k"
)
_SWEEP = text("delete from sign_in_failure where at < now() - cast(:window as interval)")
_LIMITS = text(
    """
    select greatest(
        (select at from sign_in_failure where account = :account order by at desc offset :per_account limit 1),
        (select at from sign_in_failure where client = :client order by at desc offset :per_client limit 1)
    ) + cast(:window as interval) - now()
    """
)
_COUNT = text("insert into sign_in_failure (account, client) values (:account, :client) returning id")


def client_key(address: str | None) -> str:
    """The address that attempts are counted by: of IPv6 the /64, since one machine may choose any address in it."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


async def authenticate(database: Database, name: str, password: str, address: str | None) -> Account:
    """The account that this name and password belong to. Raises `WrongCredentials` or `Throttled`.

    An attempt is counted before the password is looked at: a hundred guesses sent at the same moment are a hundred
    attempts. A right password takes back what was counted against its account.
    """
    name = name.strip().lower()[:60]
    if "\x00" in name or "\x00" in password or len(password) > passwords.MAX_LENGTH:
        password = ""  # cannot be anybody's; still counted, still takes as long
        name = name.replace("\x00", "")
    attempt = await _count_attempt(database, name, client_key(address))
    async with database.transaction() as session:
        found = await list_accounts(session, name)
        password_hash = (
            await session.execute(text("select password_hash from account where name = :name"), {"name": name})
        ).scalar_one_or_none()
    right = await passwords.matches(password_hash, password)
    if not right or not found or found[0].disabled:
        raise WrongCredentials
    async with database.transaction() as session:
        await session.execute(
            text("delete from sign_in_failure where account = :account or id = :attempt"),
            {"account": name, "attempt": attempt},
        )
        if password_hash is not None and passwords.needs_rehash(password_hash):
            await session.execute(
                text("update account set password_hash = :hash where name = :name"),
                {"name": name, "hash": passwords.hash_password(password)},
            )
    return found[0]


async def _count_attempt(database: Database, account: str, client: str) -> int:
    async with database.transaction() as session:
        await session.execute(_LOCK, {"keys": [f"account {account}", f"client {client}"]})
        await session.execute(_SWEEP, {"window": WINDOW})
        wait = (
            await session.execute(
                _LIMITS,
                {
                    "account": account,
                    "client": client,
                    "per_account": PER_ACCOUNT - 1,
                    "per_client": PER_CLIENT - 1,
                    "window": WINDOW,
                },
            )
        ).scalar_one_or_none()
        if wait is not None:
            raise Throttled(wait)
        return int((await session.execute(_COUNT, {"account": account, "client": client})).scalar_one())
