"""Writes that count once: the answer to an `Idempotency-Key` is kept in the transaction of its effect.

Same account, same key: one effect and the same answer, however often and however simultaneously it is sent. Keys are
not pruned; an answer may hold what the account was allowed to see and lies in the same database as the data itself.
"""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs

from sqlalchemy import Column, DateTime, Integer, LargeBinary, MetaData, Table, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from shared.refusals import Invalid
from shared.web.tokens import Principal

HEADER = "Idempotency-Key"
FORM_FIELD = "idempotency_key"
FORM = "[!-~]{1,200}"
"""What a key looks like, as a regular expression."""
_KEPT_HEADERS = ("content-type", "location", "hx-location", "hx-redirect", "hx-trigger")


def idempotency_table(metadata: MetaData) -> None:
    """Add `idempotency` to a service's metadata: who asked what under which key, and what was answered."""
    Table(
        "idempotency",
        metadata,
        Column("account", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("request", LargeBinary, nullable=False, comment="SHA-256 of method, path, query and body"),
        Column("status", Integer, comment="null only inside the transaction that answers"),
        Column("headers", JSONB),
        Column("body", LargeBinary),
        Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    )


# Whoever comes second waits here until the first has committed, and then finds the answer below.
_CLAIM = text(
    "insert into idempotency (account, key, request) values (:account, :key, :request) "
    "on conflict do nothing returning true"
)
_FIND = text("select request, status, headers, body from idempotency where account = :account and key = :key")
_KEEP = text(
    "update idempotency set status = :status, headers = cast(:headers as jsonb), body = :body "
    "where account = :account and key = :key"
)


async def once(
    request: Request,
    session: AsyncSession,
    principal: Principal,
    handle: Callable[[Request], Awaitable[Response]],
) -> Response:
    """The answer of `handle`, or the one that it gave when this key was used first.

    An answer of 400 or more is not kept: nothing happened, and the next attempt may succeed.
    """
    key = await _key(request)
    if key is None:
        return await handle(request)
    names = {"account": principal.who, "key": key}
    fingerprint = await _fingerprint(request)
    if (await session.execute(_CLAIM, {**names, "request": fingerprint})).scalar_one_or_none():
        response = await handle(request)
        if response.status_code < 400:
            headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
            kept = {"status": response.status_code, "headers": json.dumps(headers), "body": bytes(response.body)}
            await session.execute(_KEEP, {**names, **kept})
        return response
    first = (await session.execute(_FIND, names)).one()
    if first.request != fingerprint:
        raise Invalid(HEADER, "Dieser Schlüssel wurde schon für eine andere Anfrage benutzt.")
    return Response(first.body, first.status, {**first.headers, "Idempotent-Replayed": "true"})


async def _key(request: Request) -> str | None:
    key = request.headers.get(HEADER)
    if key is None and request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        try:
            fields = parse_qs((await request.body()).decode(), max_num_fields=1000)
        except ValueError:
            return None  # the form's own check says what is wrong with it
        key = fields.get(FORM_FIELD, [None])[0]
    if key is not None and not re.fullmatch(FORM, key):
        raise Invalid(HEADER, "Der Schlüssel hat 1 bis 200 druckbare ASCII-Zeichen ohne Leerzeichen.")
    return key


async def _fingerprint(request: Request) -> bytes:
    digest = hashlib.sha256()
    for part in (request.method, request.url.path, request.url.query):
        digest.update(part.encode() + b"\n")
    digest.update(await request.body())
    return digest.digest()
