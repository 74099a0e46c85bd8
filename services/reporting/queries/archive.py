"""How much the archive holds, and how recent it is."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession


@dataclass(frozen=True, slots=True)
class ArchiveState:
    """Events in the archive, the room they take, and when the last one that came in was recorded."""

    events: int
    bytes: int
    last: datetime | None


async def archive_state(session: AsyncSession) -> ArchiveState:
    """Look at the archive."""
    found = await session.execute(
        text(
            "select count(*), pg_total_relation_size('event_archive'), "
            "(select time from event_archive order by position desc limit 1) from event_archive"
        )
    )
    return ArchiveState(*found.one())
