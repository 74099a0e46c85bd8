"""`lokal site`: the register of sites, which tells everyone who serves a district and whose signatures to trust."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import httpx
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from sqlmodel.ext.asyncio.session import AsyncSession

from deploy.cli import Failed, app
from deploy.cli.environment import database_url, local_folder, management_url, public_url, virtual_host
from services.intake.consumers import letters_queue
from services.reporting.commands.sites import OpenSite, change_keys, open_site, tell_register
from services.reporting.queries.sites import register
from shared.contracts.kinds import WeeklyTime
from shared.contracts.reporting import PublicKey
from shared.contracts.words import CITY, RESERVED_SLUGS, District
from shared.database import Database
from shared.messaging import Publisher
from shared.messaging.management import Management
from shared.messaging.topology import RETRY_PAUSES, dead_letters_of, retry_exchange
from shared.refusals import Invalid, Refused
from shared.web.keys import drop_older, letter_key_file, public_jwk, public_jwks, rotate

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


@site.command("keys")
def keys(
    slug: Annotated[str | None, typer.Argument(metavar="SITE", help="Only this one's.")] = None,
    publish: Annotated[
        bool, typer.Option(help="Enter the site's own keys, as they lie here, into the register first.")
    ] = False,
    as_json: Json = False,
    database: DatabaseUrl = None,
) -> None:
    """Show the full fingerprints of the public keys that the register tells everyone.

    Operations of two sites compare them over another line (telephone): what the register says is what letters are
    sealed for and whose signatures are believed.
    """
    if publish:
        if slug is None:
            raise typer.BadParameter("say whose keys lie here", param_hint="SITE")
        publish_keys(slug, database)

    async def read(session: AsyncSession) -> list[dict[str, Any]]:
        return [
            {"site": entry.slug, "kid": key["kid"], "for": "letters" if key["crv"] == "X25519" else "signatures"}
            for entry, _ in await register(session)
            if slug in (None, entry.slug)
            for key in entry.public_keys
        ]

    found = _in_reporting(database, read)
    if slug and not found:
        raise Failed(f"The register does not know {slug}: `lokal site open {slug}`.")
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    for row in found:
        console.print(f"{row['site']:<20} {row['for']:<10} {row['kid']}", highlight=False, soft_wrap=True)


@site.command("rotate-keys")
def rotate_keys(
    slug: Annotated[str, typer.Argument(metavar="SITE", help="The site whose keys lie here.")],
    signing: Annotated[
        bool, typer.Option(help="Also the key with which it signs; its services must then be started again.")
    ] = False,
    finish: Annotated[bool, typer.Option(help="Drop the keys that were replaced, when nothing is on its way.")] = False,
    database: DatabaseUrl = None,
) -> None:
    """Replace the key for letters to a site by a new one, and tell everyone; letters on their way can still be opened.

    The old key is kept until `--finish`. What was signed with an old key is believed until then, too.
    """
    folder = local_folder() / "secrets"
    _keys(slug, None)  # that there are any
    files = [file for file in (letter_key_file(folder, slug), folder / f"{slug}.key") if file.exists()]
    if finish:
        _refuse_while_letters_lie(slug)
        dropped = sum(drop_older(file) for file in files)
        publish_keys(slug, database)
        console.print(f"{slug}: {dropped} old keys dropped")
        return
    for file in files:
        if signing or file == letter_key_file(folder, slug):
            rotate(file)
    publish_keys(slug, database)
    console.print(f"{slug}: new keys published; when the letters on their way have come: --finish")
    if signing:
        console.print(f"start the services of {slug} again: they sign with the old key until then")


@site.command("tell")
def tell(database: DatabaseUrl = None) -> None:
    """Tell the whole register again, for a site whose queue did not stand yet when the others were entered."""
    for slug in _in_reporting(database, tell_register):
        console.print(f"{slug}: told again")


def publish_keys(slug: str, database: str | None = None) -> bool:
    """Enter the public halves of a stack's keys into the register; False if they stand there. `Failed` if it cannot."""

    async def enter(session: AsyncSession) -> bool:
        return await change_keys(session, slug, _keys(slug, None))

    return _in_reporting(database, enter)


def _refuse_while_letters_lie(slug: str) -> None:
    own = {letters_queue(slug), dead_letters_of(letters_queue(slug))}
    # What waits for its next attempt lies in rooms that all queues share: any of it may be a letter to this site.
    rooms = {retry_exchange(pause) for pause in RETRY_PAUSES}

    async def count() -> tuple[int, int]:
        async with Management(management_url(), virtual_host()) as management:
            lying = {queue.name: queue.messages for queue in await management.queues()}
        return sum(lying.get(name, 0) for name in own), sum(lying.get(name, 0) for name in rooms)

    try:
        letters, retried = asyncio.run(count())
    except httpx.HTTPError as fault:
        raise Failed(f"The broker's management API does not answer: {type(fault).__name__}") from None
    if letters:
        raise Failed(
            f"{letters} letters to {slug} lie on the broker; they may be sealed for the old key. Wait until they are "
            f"taken; dead letters: `lokal dead list {letters_queue(slug)}`."
        )
    if retried:
        raise Failed(
            f"{retried} messages wait on the broker for their next attempt; letters to {slug} that are sealed for the "
            f"old key may be among them. Try again in {max(RETRY_PAUSES) / 60:g} minutes."
        )


def _keys(slug: str, file: Path | None) -> tuple[PublicKey, ...]:
    own = local_folder() / "secrets" / f"{slug}.key"
    if not (file or own).exists():
        raise Failed(f"{file or own} is missing: `lokal migrate{'' if slug == CITY else f' --site {slug}'}` makes it.")
    found = public_jwks(own.parent, slug) if file is None else [public_jwk(file), *_letter_keys_beside(file, slug)]
    return tuple(PublicKey.model_validate(key) for key in found)


def _letter_keys_beside(file: Path, slug: str) -> list[dict[str, str]]:
    own = file.parent / f"{slug}.key"
    return [key for key in public_jwks(file.parent, slug) if key["crv"] == "X25519"] if own.exists() else []


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
