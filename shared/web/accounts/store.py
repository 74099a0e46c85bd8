"""Who may sign in to this stack."""

import asyncio
import re
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.web.accounts import passwords
from shared.web.accounts.sessions import revoke_all
from shared.web.accounts.tables import ACCOUNT_NAME
from shared.web.tokens import Role


class AccountError(ValueError):
    """The account cannot be made or changed so; the message is for operators."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account without its secret."""

    name: str
    display_name: str
    role: Role
    site: str | None
    disabled: bool
    has_password: bool


_FIND = text(
    "select name, display_name, role, site, disabled_at is not null, password_hash is not null from account "
    "where cast(:name as text) is null or name = :name order by name"
)
_ADD = text(
    "insert into account (name, display_name, role, site, password_hash) "
    "values (:name, :display_name, :role, :site, :password_hash) on conflict (name) do nothing returning name"
)


async def list_accounts(session: AsyncSession, name: str | None = None) -> list[Account]:
    """All accounts by name, or the one of this name."""
    rows = await session.execute(_FIND, {"name": name})
    return [Account(n, d, Role(r), s, bool(x), bool(p)) for n, d, r, s, x, p in rows]


async def add_account(
    session: AsyncSession, name: str, role: Role, site: str | None, display_name: str, password: str | None
) -> None:
    """Make an account; without a password it can hold tokens and not sign in. Raises `AccountError`."""
    if not re.fullmatch(ACCOUNT_NAME, name):
        raise AccountError("An account's name has 2 to 60 characters: a-z, 0-9, dot, hyphen, underscore.")
    password_hash = await _hash(password) if password is not None else None
    added = await session.execute(
        _ADD,
        {
            "name": name,
            "display_name": display_name,
            "role": str(role),
            "site": site,
            "password_hash": password_hash,
        },
    )
    if added.scalar_one_or_none() is None:
        raise AccountError("There is an account of this name already.")


async def set_password(session: AsyncSession, name: str, password: str) -> None:
    """Set a new password and end all sessions of the account, as whoever knew the old one may hold one."""
    changed = await session.execute(
        text("update account set password_hash = :hash where name = :name returning name"),
        {"name": name, "hash": await _hash(password)},
    )
    if changed.scalar_one_or_none() is None:
        raise AccountError("There is no account of this name.")
    await revoke_all(session, name)


async def disable_account(session: AsyncSession, name: str) -> None:
    """Nobody signs in with this account any more, and whoever is signed in with it is no longer."""
    changed = await session.execute(
        text("update account set disabled_at = coalesce(disabled_at, now()) where name = :name returning name"),
        {"name": name},
    )
    if changed.scalar_one_or_none() is None:
        raise AccountError("There is no account of this name.")
    await revoke_all(session, name)


async def _hash(password: str) -> str:
    if not passwords.MIN_LENGTH <= len(password) <= passwords.MAX_LENGTH:
        raise AccountError(f"A password has {passwords.MIN_LENGTH} to {passwords.MAX_LENGTH} characters.")
    return await asyncio.to_thread(passwords.hash_password, password)
