"""`lokal site`: the register of sites, which tells everyone who serves a district and whose signatures to trust."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from sqlmodel.ext.asyncio.session import AsyncSession

from deploy.cli import Failed, app
from deploy.cli.environment import database_url, local_folder, public_url
from services.reporting.commands.sites import OpenSite, open_site
from services.reporting.queries.sites import register
from shared.contracts.kinds import WeeklyTime
from shared.contracts.reporting import PublicKey
from shared.contracts.words import CITY, RESERVED_SLUGS, District
from shared.database import Database
from shared.messaging import Publisher
from shared.refusals import Invalid, Refused
from shared.web.keys import public_jwk

console = Console()
site = typer.Typer(no_args_is_help=True, help="The register of sites.")
app.add_typer(site, name="site")

Result = TypeVar("Result")
DatabaseUrl = Annotated[str | None, typer.Option(help="Reporting's database, where it is not in the environment.")]
Json = Annotated[bool, typer.Option("--json", help="For programs.")]
_HOURS = re.compile(r"(mon|tue|wed|thu|fri|sat|sun)=(\d\d:\d\d)-(\d\d:\d\d)")


@site.command("open")
def open_(
    slug: Annotated[str, typer.Argument(help="The site's slug, e.g. brackel-aplerbeck.")],
    district: Annotated[list[District], typer.Option(help="District that it serves; repeatable.")],
    interim_district: Annotated[
        list[District] | None, typer.Option(help="District that it serves until that has a site; repeatable.")
    ] = None,
    office_hours: Annotated[
        list[str] | None, typer.Option(help="E.g. thu=14:00-17:00; repeatable. Without it they stay as they are.")
    ] = None,
    opened_on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day.")] = None,
    key_file: Annotated[
        Path | None, typer.Option(help="The stack's key, if not in the local folder's `secrets`.")
    ] = None,
    database: DatabaseUrl = None,
) -> None:
    """Enter a site and the city into the register, and tell everyone. Again with other keys or districts: a change.

    A district that another site served in the meantime goes over to this one.
    """
    if slug in RESERVED_SLUGS:
        raise typer.BadParameter(f"{slug} is reserved", param_hint="SLUG")
    hours = tuple(_weekly_time(text) for text in office_hours or ())
    wanted = [
        OpenSite(slug=CITY, public_keys=_keys(CITY, None)),
        OpenSite(
            slug=slug,
            districts=district,
            interim_districts=interim_district or [],
            public_keys=_keys(slug, key_file),
            office_hours=hours,
            opened_on=opened_on.date() if opened_on else None,
        ),
    ]

    async def enter(session: AsyncSession) -> list[str]:
        return [changed for entry in wanted for changed in await open_site(session, entry)]

    changed = _in_reporting(database, enter)
    for name in changed:
        console.print(f"{name}: published")
    if not changed:
        console.print("nothing has changed")


@site.command("list")
def list_(as_json: Json = False, database: DatabaseUrl = None) -> None:
    """Show the sites with their districts, keys and office hours."""

    async def read(session: AsyncSession) -> list[dict[str, Any]]:
        return [
            {
                "site": entry.slug,
                "districts": [d.district for d in districts if not d.interim],
                "interim_districts": [d.district for d in districts if d.interim],
                "keys": [key["kid"] for key in entry.public_keys],
                "office_hours": entry.office_hours,
                "opened_on": entry.opened_on.isoformat() if entry.opened_on else None,
            }
            for entry, districts in await register(session)
        ]

    found = _in_reporting(database, read)
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    table = Table("site", "districts", "in the meantime", "office hours", "opened on", "keys")
    for row in found:
        hours = [f"{h['weekday']} {h['from']}–{h['to']}" for h in row["office_hours"]]
        table.add_row(
            row["site"],
            ", ".join(row["districts"]),
            ", ".join(row["interim_districts"]),
            "\n".join(hours),
            row["opened_on"] or "",
            "\n".join(key[:8] for key in row["keys"]),
        )
    console.print(table)


def _keys(slug: str, file: Path | None) -> tuple[PublicKey, ...]:
    file = file or local_folder() / "secrets" / f"{slug}.key"
    if not file.exists():
        raise Failed(f"{file} is missing: `lokal migrate{'' if slug == CITY else f' --site {slug}'}` makes it.")
    return (PublicKey(**public_jwk(file)),)


def _weekly_time(text: str) -> WeeklyTime:
    try:
        match = _HOURS.fullmatch(text)
        assert match is not None  # noqa: S101  (told to the caller as the other faults)
        weekday, opens, closes = match.groups()
        return WeeklyTime.model_validate({"weekday": weekday, "from": opens, "to": closes})
    except (AssertionError, ValidationError):
        raise typer.BadParameter(f"{text}: write e.g. thu=14:00-17:00", param_hint="--office-hours") from None


def _in_reporting(url: str | None, work: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        database = Database(url or database_url("reporting"), Publisher(CITY, "reporting", public_url()))
        try:
            async with database.transaction() as session:
                return await work(session)
        finally:
            await database.dispose()

    try:
        return asyncio.run(run())
    except Invalid as refused:
        raise Failed("; ".join(f"{path}: {message}" for path, message in refused.errors)) from None
    except Refused as refused:
        raise Failed(refused.message) from None
