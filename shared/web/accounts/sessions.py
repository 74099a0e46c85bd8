"""Open sessions: what a token refers to, and the place where revoking it takes effect."""

from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.ids import uuid7
from shared.web.tokens import Principal, Role

SIGN_IN_LASTS = timedelta(hours=12)
"""A working day: after that one signs in again, however busy one was."""
IDLE_LIMIT = timedelta(hours=1)
"""Without a request for this long, a sign-in is over (a desk that was left)."""


class SessionKind(StrEnum):
    """`sign_in` is renewed while its browser is in use; `token` stands as issued by the command line."""

    SIGN_IN = "sign_in"
    TOKEN = "token"  # noqa: S105


_OPEN = text("insert into session (id, account, kind, expires_at) values (:id, :account, :kind, now() + :lifetime)")
_CURRENT = text(
    "select s.kind, a.display_name, a.role, a.site from session s join account a on a.name = s.account "
    "where s.id = :id and a.name = :account and s.revoked_at is null and s.expires_at > now() "
    "and a.disabled_at is null"
)


async def open_session(session: AsyncSession, account: str, kind: SessionKind, lifetime: timedelta) -> UUID:
    """Begin a session of the account and sweep away those that have ended; returns its id."""
    await session.execute(text("delete from session where expires_at < now() - interval '1 day'"))
    session_id = uuid7()
    await session.execute(_OPEN, {"id": session_id, "account": account, "kind": str(kind), "lifetime": lifetime})
    return session_id


async def current_account(session: AsyncSession, principal: Principal) -> tuple[SessionKind, Principal] | None:
    """The session's kind and who it belongs to *now* (a changed role counts at once); None if it is over."""
    row = (await session.execute(_CURRENT, {"id": principal.session_id, "account": principal.account})).one_or_none()
    if row is None:
        return None
    kind, display_name, role, site = row
    now = Principal(principal.account, Role(role), site, principal.session_id, principal.issuer, display_name)
    return SessionKind(kind), now


async def revoke_session(session: AsyncSession, session_id: UUID) -> None:
    """End one session."""
    await session.execute(
        text("update session set revoked_at = now() where id = :id and revoked_at is null"), {"id": session_id}
    )


async def revoke_all(session: AsyncSession, account: str) -> int:
    """End every session and token of an account; returns how many were open."""
    ended = await session.execute(
        text(
            "update session set revoked_at = now() "
            "where account = :account and revoked_at is null and expires_at > now() returning id"
        ),
        {"account": account},
    )
    return len(ended.all())
