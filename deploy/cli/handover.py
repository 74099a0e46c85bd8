"""`lokal handover`: files on their way between sites. Ids and places only: operations see no names."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from deploy.cli import Failed, app
from deploy.cli.environment import database_url, public_url
from deploy.cli.moments import shown
from services.intake.commands import NotKnownYet
from services.intake.commands.acting import Acting
from services.intake.commands.dead_ends import give_up_copy, take_back
from services.intake.commands.handovers import start_for_site
from services.intake.commands.letters import repeat_letter
from shared.database import Database
from shared.messaging import Publisher
from shared.refusals import Refused

console = Console()
handover = typer.Typer(no_args_is_help=True, help="Files on their way between sites.")
app.add_typer(handover, name="handover")

Result = TypeVar("Result")
Site = Annotated[str, typer.Option("--site", help="The site that has sent them.")]

RefusedLetter = Annotated[UUID, typer.Option("--letter", help="The refused letter's id, as `list` tells it.")]
Sure = Annotated[bool, typer.Option("--yes", help="Do not ask.")]

_UNANSWERED = text(
    """
    select l.id, l.kind, l.to_site, l.household_id, l.charge, l.state, l.made_at, l.tries, l.why from letter_out l
    where l.kind <> 'receipt' and (
        l.state in ('waiting', 'sent')
        or l.state = 'refused' and l.kind = 'handover' and exists (
            select from household h where h.id = l.household_id and h.standing = 'caretaker' and h.charge < l.charge))
    order by l.made_at, l.id
    """
)


@handover.command("list")
def list_(site: Site, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """The letters of a site that were not answered yet, and those that were refused while the family waits."""

    async def read(session: AsyncSession) -> list[dict[str, Any]]:
        return [dict(row._mapping) for row in await session.execute(_UNANSWERED)]

    found = _in_intake(site, read)
    if as_json:
        typer.echo(json.dumps(found, default=str, indent=2))
        return
    table = Table("letter", "kind", "to", "household", "since", "tries", "state")
    for row in found:
        table.add_row(
            str(row["id"]),
            row["kind"],
            row["to_site"],
            str(row["household_id"] or ""),
            shown(row["made_at"])[:-4],
            str(row["tries"]),
            f"{row['state']}: {row['why']}" if row["why"] else row["state"],
        )
    console.print(table if found else "nothing is on its way")


@handover.command()
def repeat(
    site: Site,
    letter: Annotated[list[UUID] | None, typer.Option(help="A letter's id, as `list` tells it; repeatable.")] = None,
    minutes: Annotated[
        int | None, typer.Option("--older-than", min=0, help="All that were written so many minutes ago.")
    ] = None,
) -> None:
    """Send letters once more: the same letters, sealed for the other site's present key. Each has its effect once."""
    if bool(letter) == (minutes is not None):
        raise typer.BadParameter("either --letter (repeatable) or --older-than", param_hint="--letter")

    async def again(session: AsyncSession) -> int:
        wanted = letter or await _older_than(session, timedelta(minutes=minutes or 0))
        for each in wanted:
            await repeat_letter(session, each)
        return len(wanted)

    console.print(f"{_in_intake(site, again)} letters are sent once more", highlight=False)


@handover.command("give-up")
def give_up(site: Site, letter: RefusedLetter, yes: Sure = False) -> None:
    """Forget the copy of a file that the other site refuses as stale or erased: a newer one exists, or none may."""
    _decide(site, letter, yes, give_up_copy, "Forget the copy? What stands in it alone is gone")
    console.print("the copy is forgotten; the household, its number and where it went are kept", highlight=False)


@handover.command("take-back")
def take_back_(site: Site, letter: RefusedLetter, yes: Sure = False) -> None:
    """Be in charge again of a file that the other site refuses as stale, with the next free number: nobody has it."""
    _decide(site, letter, yes, take_back, "Does really no other site have this file")
    console.print(f"{site} is in charge again", highlight=False)


@handover.command()
def start(
    from_: Annotated[str, typer.Option("--from", help="The site that holds the files.")],
    to: Annotated[str, typer.Option(help="The site that serves their districts now, by the register.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Hand over all open files whose district another site serves by now.

    Not done by itself when the register changes: a wrong entry would move a whole region's families.
    """
    if not yes:
        typer.confirm(f"Hand over to {to} all open files of {from_} in its districts?", abort=True)
    by = Acting("lokal", from_, datetime.now(UTC))
    total = 0
    while handed_over := _in_intake(from_, lambda session: start_for_site(session, by, to)):
        total += handed_over
        console.print(f"{total} handed over", highlight=False)
    if not total:
        console.print("no open file belongs there")


async def _older_than(session: AsyncSession, age: timedelta) -> list[UUID]:
    written_before = datetime.now(UTC) - age
    rows = await session.execute(_UNANSWERED)
    return [row.id for row in rows if row.state in ("waiting", "sent") and row.made_at <= written_before]


def _decide(
    site: str, letter: UUID, yes: bool, way: Callable[[AsyncSession, Acting, UUID], Awaitable[Any]], question: str
) -> None:
    if not yes:
        typer.confirm(f"{question}?", abort=True)
    by = Acting("lokal", site, datetime.now(UTC))
    _in_intake(site, lambda session: way(session, by, letter))


def _in_intake(site: str, work: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        database = Database(database_url("intake", site), Publisher(site, "intake", public_url()))
        try:
            async with database.transaction() as session:
                return await work(session)
        finally:
            await database.dispose()

    try:
        return asyncio.run(run())
    except Refused as refused:
        raise Failed(refused.message) from None
    except NotKnownYet:
        raise Failed(f"The register has not told {site} its districts yet: `lokal site open {site}`.") from None
