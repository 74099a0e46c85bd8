"""Contacts in the figures: the state with the highest sequence counts, whichever arrives first (report, §4)."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.reporting.commands.bulk import insert_many, insert_rows
from services.reporting.tables import Contact as ContactRow
from services.reporting.tables import metadata
from shared.contracts.intake.contacts import Contact
from shared.messaging import Received

_COLUMNS = [column.name for column in ContactRow.__table__.columns if column.computed is None]  # type: ignore[attr-defined]
_UPSERT = insert_many(
    metadata.tables["contact"],
    _COLUMNS,
    "on conflict (contact_id) do update set "
    + ", ".join(f'"{column}" = excluded."{column}"' for column in _COLUMNS if column != "contact_id")
    + " where excluded.sequence > contact.sequence",
)


async def take_contacts(session: AsyncSession, events: Sequence[Received[Contact]]) -> None:
    """Count recorded contacts, replace corrected ones, take void ones out."""
    newest: dict[UUID, Received[Contact]] = {}
    for event in events:
        known = newest.get(event.data.contact_id)
        if known is None or event.sequence > known.sequence:
            newest[event.data.contact_id] = event  # one statement may not touch the same row twice
    rows = [
        {**event.data.__dict__, "sequence": event.sequence, "site": event.site}
        # In the order of the ids, so that two groups that share contacts wait for each other and never both.
        for _, event in sorted(newest.items())
    ]
    await insert_rows(session, _UPSERT, _COLUMNS, rows)
