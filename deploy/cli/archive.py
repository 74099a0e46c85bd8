"""`lokal archive`: the city's figures made again from the archive of all events."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from deploy.cli import Failed, app
from deploy.cli.environment import database_url
from services.reporting.commands import rebuild as commands
from services.reporting.consumers import consumers
from shared.database import Database, create_database_if_missing, migrate
from shared.messaging.envelope import AgainstSchema, Unreadable

console = Console()
archive = typer.Typer(no_args_is_help=True, help="The city's archive of all events.")
app.add_typer(archive, name="archive")


@archive.command()
def rebuild(
    from_: Annotated[
        str | None, typer.Option("--from", help="Database with the archive; without it, reporting's own.")
    ] = None,
    into: Annotated[str | None, typer.Option(help="Empty database to fill; it is created if it is not there.")] = None,
    in_place: Annotated[
        bool, typer.Option("--in-place", help="Where the archive is; the old figures are shown until it is done.")
    ] = False,
) -> None:
    """Make all figures again from the archive, through the handlers that made them. The broker is not needed.

    Into another database, the register of sites, accounts and notices are taken along; point reporting to it after.
    """
    if bool(into) == in_place:
        raise typer.BadParameter("either --into URL or --in-place", param_hint="--into")
    source = from_ or database_url("reporting")
    if into:
        asyncio.run(create_database_if_missing(into))
        migrate("reporting", into)
    try:
        with _progress() as report:
            events = asyncio.run(_rebuild(source, into, report))
    except commands.NotEmpty as error:
        raise Failed(f"The database is not empty: {error} has rows. Name another one.") from None
    except (Unreadable, AgainstSchema) as error:
        raise Failed(
            f"The archive holds an event that this version cannot read ({error}). Nothing was changed."
        ) from None
    console.print(f"{events} events taken in; the figures are complete")


async def _rebuild(source: str, into: str | None, report: commands.Progress) -> int:
    reading = Database(source)
    writing = Database(into) if into else reading
    try:
        if into:
            return await commands.rebuild_into(reading, writing, consumers.handle, report)
        return await commands.rebuild_in_place(reading, consumers.handle, report)
    finally:
        await writing.dispose()
        await reading.dispose()


@contextmanager
def _progress() -> Iterator[commands.Progress]:
    columns = (TextColumn("events"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("events", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
