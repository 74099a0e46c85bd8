"""`lokal erase`: erasures of a site and who has not acknowledged them; done again after a restore. Ids alone."""

import asyncio
import getpass
import json
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from deploy.cli import app
from deploy.cli.environment import database_url, public_url, rabbitmq_url
from deploy.cli.moments import shown
from deploy.restoring import compare_with_archive, compare_with_log
from services.intake.commands.erasures import waive as waived
from services.intake.commands.restore import DoneAgain
from services.intake.queries.erasures import ErasureStand, erasures
from shared.database import Database
from shared.refusals import Refused

console = Console()
erase = typer.Typer(no_args_is_help=True, help="Erasures, and who has not acknowledged them.")
app.add_typer(erase, name="erase")

Site = Annotated[str, typer.Option("--site", help="The site that has asked for them.")]


@erase.command("list")
def list_(site: Site, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """The newest erasures of a site; exit status 1 if one of them is not complete."""
    stands = asyncio.run(_stands(site))
    if as_json:
        typer.echo(json.dumps([_as_json(stand) for stand in stands], default=str, indent=2))
    elif not stands:
        console.print("nothing was erased")
    else:
        table = table_of_erasures()
        for stand in stands:
            table.add_row(shown(stand.erasure.erased_at), ", ".join(stand.missing) or "complete", str(stand.erasure.id))
        console.print(table)
    if any(stand.erasure.completed_at is None for stand in stands):
        raise typer.Exit(1)


@erase.command()
def waive(
    erasure: Annotated[UUID, typer.Argument(help="The erasure's id: lokal erase list.")],
    source: Annotated[str, typer.Argument(help="Who does not exist any more, as lokal erase list names it.")],
    site: Site,
    why: Annotated[str, typer.Option("--why", help="The reason; it stands on the erasure's page.")],
) -> None:
    """Wait no longer for a service or a site that was given up and can never acknowledge an erasure."""
    if not why.strip():
        raise typer.BadParameter("say why, e.g. --why 'site was closed on …'")
    try:
        complete = asyncio.run(_waived(site, erasure, source, why.strip()))
    except Refused as refused:
        console.print(f"[red]{refused.message}[/] See: lokal erase list --site {site}")
        raise typer.Exit(1) from None
    console.print("the erasure is complete" if complete else "noted; others have not acknowledged it yet")


@erase.command()
def again(
    site: Site,
    from_log: Annotated[
        bool, typer.Option("--from-log", help="By the broker's event log, where reporting's database is not here.")
    ] = False,
) -> None:
    """Do again what a restored older database of a site lacks. `lokal migrate` does it where reporting is, too."""
    intake = database_url("intake", site)
    if from_log:
        done, further = asyncio.run(compare_with_log(intake, site, rabbitmq_url(), public_url())), 0
    else:
        done, further = asyncio.run(compare_with_archive(intake, site, database_url("reporting"), public_url()))
    tell(site, done, further)


def tell(site: str, done: DoneAgain, further: int) -> None:
    """What was done again, if anything was."""
    for number, what in (
        (done.erased, "erased again"),
        (done.given_up, "given up again: another site holds a higher number"),
        (done.asked, "erasures asked for again, which the archive did not know"),
        (further, "subjects counted on where the archive had got further"),
    ):
        if number:
            console.print(f"intake ({site}): [yellow]{number} {what}[/]")
    for household in done.left_alone:
        console.print(
            f"intake ({site}): [red]household {household} was erased by another site, and this one holds its number; "
            "nothing was done[/]"
        )


def table_of_erasures() -> Table:
    """Its last column, the id, is whole at any width, so that it can be copied."""
    table = Table("when", "not acknowledged by")
    table.add_column("erasure", no_wrap=True, min_width=36)
    return table


async def _waived(site: str, erasure: UUID, source: str, why: str) -> bool:
    database = Database(database_url("intake", site))
    try:
        async with database.transaction() as session:
            return (
                await waived(session, erasure, source, f"lokal ({getpass.getuser()})", why)
            ).completed_at is not None
    finally:
        await database.dispose()


async def _stands(site: str) -> list[ErasureStand]:
    database = Database(database_url("intake", site))
    try:
        async with database.transaction() as session:
            return await erasures(session, site, limit=200)
    finally:
        await database.dispose()


def _as_json(stand: ErasureStand) -> dict[str, Any]:
    return {
        "erasure_id": stand.erasure.id,
        "household_id": stand.erasure.household_id,
        "erased_at": stand.erasure.erased_at,
        "completed_at": stand.erasure.completed_at,
        "missing": stand.missing,
    }
