"""A recipient looks at a release: signed in, or once with a code from a mail. Each look stands in the ledger."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.files import open_file, write_down
from services.intake.commands.looks import Looking, log_look
from services.intake.commands.releases import release_of
from services.intake.domain.days import day_of
from services.intake.domain.releases import CODE_LASTS, is_over
from services.intake.queries.releases import Shared, shared
from services.intake.tables.records import Look
from services.intake.tables.releases import Release, ReleaseCode, ReleaseLook
from shared.refusals import Conflict
from shared.web.tickets import Ticket

_USE = text(
    "update release_code set used_at = :now where hash = :hash and release_id = :release_id "
    "and used_at is null and expires_at > :now returning true"
)
"""One statement: of two that come in the same moment the second waits for the first and then finds it used."""


@dataclass(frozen=True, slots=True)
class NewCode:
    """A one-time code as it is told once; only its hash is kept."""

    code: str
    expires_at: datetime


async def make_code(session: AsyncSession, by: Acting, household_id: UUID, release_id: UUID) -> NewCode:
    """A fresh code for a release that still holds; an older one that nobody has used is worth nothing any more."""
    file = await open_file(session, household_id)
    file.require_open()
    release = await release_of(session, household_id, release_id)
    if is_over(release.ended_at is not None, release.ends_on, by.today):
        raise Conflict("Die Freigabe ist beendet. Es wurde kein Zugangslink erstellt.")
    unused = delete(ReleaseCode).where(col(ReleaseCode.release_id) == release.id, col(ReleaseCode.used_at).is_(None))
    await session.exec(unused)
    made = NewCode(secrets.token_urlsafe(16), by.now + CODE_LASTS)
    session.add(
        ReleaseCode(hash=_hash(made.code), release_id=release.id, household_id=household_id, expires_at=made.expires_at)
    )
    write_down(
        session,
        by,
        household_id,
        "release_code",
        recipient_kind=release.recipient_kind,
        recipient=release.recipient_slug,
    )
    return made


async def use_code(session: AsyncSession, release_id: UUID, code: str, now: datetime) -> Release | None:
    """The release that this code opens, once; None if it opens nothing (any more)."""
    release = await session.get(Release, release_id)
    if release is None or is_over(release.ended_at is not None, release.ends_on, day_of(now)):
        return None
    used = await session.execute(_USE, {"hash": _hash(code), "release_id": release_id, "now": now})
    return release if used.scalar_one_or_none() else None


async def use_ticket(session: AsyncSession, release_id: UUID, ticket: Ticket, now: datetime) -> Release | None:
    """The release for which the city has given this ticket, once; None if it opens nothing (any more)."""
    release = await session.get(Release, release_id)
    if release is None or ticket.grant_id != release.id:
        return None
    if is_over(release.ended_at is not None, release.ends_on, day_of(now)):
        return None
    used = insert(ReleaseCode).values(
        hash=_hash(str(ticket.id)),
        release_id=release.id,
        household_id=release.household_id,
        expires_at=ticket.expires_at,
        used_at=now,
    )
    first = await session.execute(used.on_conflict_do_nothing().returning(col(ReleaseCode.hash)))
    return release if first.scalar_one_or_none() else None


async def look_at(session: AsyncSession, release: Release, by: Looking) -> Shared | None:
    """What the recipient sees now, written into the ledger and the access log; None if there is nothing to see."""
    seen = await shared(session, release, day_of(by.now))
    if seen is None:
        return None
    session.add(
        ReleaseLook(
            release_id=release.id,
            household_id=release.household_id,
            at=by.now,
            who=by.who,
            fields=[*seen.fields],
            basis=release.basis,
        )
    )
    log_look(session, by, Look.RELEASE, f"Freigabe {release.id}", [release.household_id])
    return seen


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
