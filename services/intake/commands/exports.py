"""Auskunft: everything about a household, and who has received or looked at what (GDPR Art. 15, 20)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.files import File, open_file
from services.intake.commands.looks import Looking, log_look
from services.intake.commands.whole_file import dump, with_merged
from services.intake.tables.records import Look
from shared.refusals import Invalid

_ids = bindparam("ids", type_=ARRAY(Uuid))
_LETTERS = text(
    "select kind, to_site, made_at, state, confirmed_at from letter_out "
    "where household_id = any(:ids) and kind <> 'receipt' order by made_at, id"
).bindparams(_ids)
# In which role somebody looked, not who: the family has a right to the former (GDPR Art. 15(1)(c)), and the working
# day of a single employee is nobody's business.
_LOOKS = text("select at, role, look, why, via from access_log where households && :ids order by at, id").bindparams(
    _ids
)


@dataclass(frozen=True, slots=True)
class Export:
    """A household's data as they are, with the ledger.

    `tables` has every row of the file by table, as it would be handed over; releases and the recipients' looks at them
    are among them. `letters` are those that have carried it to other sites, `looks` those of the team.
    """

    household_id: UUID
    site: str
    made_at: datetime
    tables: dict[str, list[dict[str, Any]]]
    letters: list[dict[str, Any]]
    looks: list[dict[str, Any]]


async def export_file(
    session: AsyncSession, seen: Looking, site: str, household_id: UUID, reason: str | None
) -> tuple[File, Export]:
    """Read everything and write down that it was read. Closed files and those on their way can be read as well.

    Raises `Missing`, and `Invalid` for a protected household without a reason, since its address is in it.
    """
    file = await open_file(session, household_id)
    if file.household.protected and not reason:
        raise Invalid("reason", "Die Adresse dieses Haushalts ist geschützt. Bitte den Grund für die Ausgabe angeben.")
    log_look(session, seen, Look.EXPORT, reason or "Auskunft", [household_id])
    tables = await dump(session, household_id)
    ids = {"ids": await with_merged(session, household_id)}
    letters = [dict(row) for row in (await session.execute(_LETTERS, ids)).mappings()]
    looks = [dict(row) for row in (await session.execute(_LOOKS, ids)).mappings()]
    return file, Export(household_id, site, seen.now, tables, letters, looks)
