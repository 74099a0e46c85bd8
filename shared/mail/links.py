"""One-time links in mails: who has the code may do one thing, once, until it expires.

A code is 128 random bits; only its SHA-256 is kept. It is not guessed at by trying, so attempts are not counted.
"""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.mail.box import as_json

_MAKE = text(
    "insert into mail_link (hash, kind, about, expires_at) values (:hash, :kind, cast(:about as jsonb), :expires_at)"
)
_FIND = text("select kind, about from mail_link where hash = :hash and used_at is null and expires_at > :now")
_USE = text(
    "update mail_link set used_at = :now where hash = :hash and used_at is null and expires_at > :now "
    "returning kind, about"
)
"""One statement: of two that come in the same moment the second waits for the first and then finds it used."""
_DROP = text("delete from mail_link where about ->> :name = any(cast(:ids as text[]))")
_EXTEND = text(
    "update mail_link set expires_at = greatest(expires_at, :until) "
    "where kind = :kind and about ->> :name = cast(:id as text) and used_at is null"
)
_FORGET = text("delete from mail_link where expires_at < :before")


@dataclass(frozen=True, slots=True)
class Link:
    """What a code is good for: what may be done, and with which ids."""

    kind: str
    about: Mapping[str, str]


async def make(session: AsyncSession, kind: str, lasts: timedelta, now: datetime, **about: UUID | str) -> str:
    """A new code; it is told to whom the mail goes, and nowhere kept."""
    code = secrets.token_urlsafe(16)
    values = {"hash": _hash(code), "kind": kind, "about": as_json(about), "expires_at": now + lasts}
    await session.execute(_MAKE, values)
    return code


async def find(session: AsyncSession, code: str, now: datetime) -> Link | None:
    """What the code is good for, without using it up: programs that check mails open their links, too."""
    return _link((await session.execute(_FIND, {"hash": _hash(code), "now": now})).one_or_none())


async def use(session: AsyncSession, code: str, now: datetime) -> Link | None:
    """What the code is good for, once; None for all who come later, or too late."""
    return _link((await session.execute(_USE, {"hash": _hash(code), "now": now})).one_or_none())


async def drop_all(session: AsyncSession, name: str, ids: Iterable[UUID]) -> None:
    """Every link that is about these (`name` says of which kind the ids are) is worthless from now on."""
    await session.execute(_DROP, {"name": name, "ids": [str(each) for each in ids]})


async def extend(session: AsyncSession, kind: str, name: str, of: UUID, until: datetime) -> None:
    """Links of a kind about this are good until then at least."""
    await session.execute(_EXTEND, {"kind": kind, "name": name, "id": str(of), "until": until})


async def forget(session: AsyncSession, before: datetime) -> None:
    """Remove what was worth nothing any more at that moment."""
    await session.execute(_FORGET, {"before": before})


def _link(row: object) -> Link | None:
    return Link(*row) if row is not None else None  # type: ignore[misc]


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
