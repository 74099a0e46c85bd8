"""`lokal deletion`: what the deletion periods have reached, counted first and removed only when told so."""

import asyncio
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from deploy.cli import Failed, app
from deploy.cli.environment import database_url, public_url
from deploy.restoring import existing_services
from services.intake.commands import Acting, NotKnownYet
from services.intake.commands.deletions import Due, closed_files, delete_rows, due, erase_closed_file, note_run
from services.intake.domain.erasures import Kind
from services.intake.settings import Settings
from shared.database import Database
from shared.messaging import Publisher

console = Console()
deletion = typer.Typer(no_args_is_help=True, help="What the deletion periods have reached.")
app.add_typer(deletion, name="deletion")

WHO = "loeschlauf"
"""Who has erased a file whose period was over, in place of an account."""


@deletion.command()
def run(
    site: Annotated[str, typer.Option("--site", help="The site whose records are meant.")],
    for_good: Annotated[
        bool, typer.Option("--for-good/--dry-run", help="Delete; without it, everything is only counted.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Count what has reached the end of its period, or delete it. An interrupted run can be repeated.

    The periods are `LOKAL_DELETION_MONTHS`, as JSON; a kind that is not named there is kept.
    """
    try:
        found, deleted = asyncio.run(_run(site, _periods(), for_good))
    except NotKnownYet:
        raise Failed(f"{site} does not know yet who serves which district; `lokal site open` tells it.") from None
    if as_json:
        rows = [{"kind": each.kind.value, "months": each.months, "due": each.count} for each in found]
        typer.echo(json.dumps({"due": rows, "deleted": deleted}, indent=2))
        return
    table = Table("kind", "months", "due", "deleted")
    for each in found:
        table.add_row(each.kind.value, str(each.months), str(each.count), str((deleted or {}).get(each.kind, "-")))
    console.print(table)
    if deleted is None:
        console.print("nothing was deleted; `--for-good` does it")


async def _run(site: str, periods: Mapping[str, int], for_good: bool) -> tuple[list[Due], dict[str, int] | None]:
    database = Database(database_url("intake", site), Publisher(site, "intake", public_url()))
    now = datetime.now(UTC)
    try:
        async with database.transaction() as session:
            found = await due(session, periods, now)
        return found, await _delete(database, site, periods, now) if for_good else None
    finally:
        await database.dispose()


async def _delete(database: Database, site: str, periods: Mapping[str, int], now: datetime) -> dict[str, int]:
    by = Acting(WHO, site, now)
    async with database.transaction() as session:
        files = await closed_files(session, periods, now)
    erased = 0
    for household_id in files:
        async with database.transaction() as session:
            await erase_closed_file(session, by, household_id, existing_services())
        erased += 1
    async with database.transaction() as session:
        deleted = {Kind.CLOSED_FILES.value: erased, **await delete_rows(session, periods, now)}
        await note_run(session, WHO, now, deleted)
    return deleted


def _periods() -> dict[str, int]:
    """The same setting as the intake's, with the same default."""
    told = os.environ.get("LOKAL_DELETION_MONTHS")
    try:
        periods: dict[str, int] = json.loads(told) if told else dict(Settings.model_fields["deletion_months"].default)
        assert all(kind in {*Kind} and months >= 0 for kind, months in periods.items())  # noqa: S101  (told below)
    except (ValueError, TypeError, AttributeError, AssertionError):
        kinds = ", ".join(kind.value for kind in Kind)
        raise Failed(f'LOKAL_DELETION_MONTHS: write e.g. {{"closed_files": 36}}; the kinds are {kinds}.') from None
    return periods
