"""What is to be sent: written in the transaction of the change that it tells of, so that neither is without the other.

A row holds an address, a kind and ids. What the mail says is made when it is sent, from what is true then.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

_WRITE = text(
    "insert into mail (to_address, kind, about, next_try_at) "
    "values (:to_address, :kind, cast(:about as jsonb), :now) returning id"
)
_DROP = text("delete from mail where state = 'waiting' and about ->> :name = any(cast(:ids as text[]))")
"""By comparing texts: asking a thousand times what a document contains takes a hundred times as long."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that is to be sent; `about` has the ids that it is about, as texts."""

    id: int
    to_address: str
    kind: str
    about: Mapping[str, str]


async def write(session: AsyncSession, kind: str, to_address: str, **about: UUID | str) -> Mail:
    """Have a mail sent as soon as the session's transaction is committed."""
    ids = {name: str(value) for name, value in about.items()}
    values = {"to_address": to_address, "kind": kind, "about": as_json(ids), "now": datetime.now(UTC)}
    number = (await session.execute(_WRITE, values)).scalar_one()
    return Mail(number, to_address, kind, ids)


async def drop_all(session: AsyncSession, name: str, ids: Iterable[UUID]) -> None:
    """Do not send what is about these (`name` says of which kind the ids are) and still waits."""
    await session.execute(_DROP, {"name": name, "ids": [str(each) for each in ids]})


def as_json(about: Mapping[str, UUID | str]) -> str:
    """Ids as the column `about` has them."""
    return orjson.dumps({name: str(value) for name, value in about.items()}).decode()
