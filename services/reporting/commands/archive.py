"""The archive of all events, kept as they were received."""

from collections.abc import Sequence
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from services.reporting.commands.bulk import insert_many, insert_rows
from services.reporting.tables import metadata
from shared.messaging import Received

_COLUMNS = ["id", "type", "source", "site", "subject", "sequence", "time", "body"]
_INSERT = insert_many(metadata.tables["event_archive"], _COLUMNS, "on conflict (id) do nothing")


async def archive(session: AsyncSession, events: Sequence[Received[Any]]) -> None:
    """Keep these events; one that is there already stays as it is."""
    rows = [{column: getattr(event, column) for column in _COLUMNS} for event in events]
    await insert_rows(session, _INSERT, _COLUMNS, rows)
