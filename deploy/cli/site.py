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

from deploy import opening
from deploy.cli import Failed, app
from deploy.cli.environment import database_url, local_folder, management_url, public_url, virtual_host
from services.intake.consumers import letters_queue
from services.reporting.commands import roll_out
from services.reporting.commands.sites import OpenSite, change_keys, open_site, tell_register
from services.reporting.queries.sites import planned_sites, register
from shared.contracts.kinds import WeeklyTime
from shared.contracts.reporting import PublicKey
from shared.contracts.words import CITY, RESERVED_SLUGS, District, Funding, PartnerState
from shared.database import Database
from shared.messaging import Publisher
from shared.messaging.management import Management
from shared.messaging.topology import RETRY_PAUSES, dead_letters_of, retry_exchange
from shared.refusals import Invalid, Refused
from shared.web import german
from shared.web.keys import drop_older, letter_key_file, public_jwk, public_jwks, rotate

console = Console()
site = typer.Typer(no_args_is_help=True, help="The register of sites.")
app.add_typer(site, name="site")

Result = TypeVar("Result")
DatabaseUrl = Annotated[str | None, typer.Option(help="Reporting's database, where it is not in the environment.")]
Json = Annotated[bool, typer.Option("--json", help="For programs.")]
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_HOURS = re.compile(r"(mon|tue|wed|thu|fri|sat|sun)=(\d\d:\d\d)-(\d\d:\d\d)")


@site.command("open")
def open_(
    slug: Annotated[str, typer.Argument(help="The site's slug, e.g. brackel-aplerbeck.")],
    district: Annotated[
        list[District] | None, typer.Option(help="District that it serves; repeatable. Without it those of its plan.")
    ] = None,
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

    A district that another site served in the meantime goes over to this one, and so do its files. On a local host that
    runs, the site's database, keys, queues and broker user are made first, and its intake starts beside the others.
    """
    if slug in RESERVED_SLUGS or not _SLUG.fullmatch(slug):
        raise typer.BadParameter(f"{slug} is reserved or no slug", param_hint="SLUG")
    hours = tuple(_weekly_time(text) for text in office_hours or ())
    first_day = opened_on.date() if opened_on else None

    async def may_open(session: AsyncSession) -> list[District]:
        served = district or await roll_out.planned_districts(session, slug)
        await roll_out.refuse_before_the_grant(session, slug, served, first_day or german.today())
        return served

    districts = _in_reporting(database, may_open)
    joins = key_file is None and opening.joins(slug)
    if joins:
        opening.prepare(slug)
        console.print(f"{slug}: database, keys, queues and broker user stand")
    wanted = [
        OpenSite(slug=CITY, public_keys=_keys(CITY, None)),
        OpenSite(
            slug=slug,
            districts=districts,
            interim_districts=interim_district or [],
            public_keys=_keys(slug, key_file),
            office_hours=hours,
            opened_on=first_day,
        ),
    ]

    async def enter(session: AsyncSession) -> list[str]:
        return [changed for entry in wanted for changed in await open_site(session, entry)]

    changed = _in_reporting(database, enter)
    for name in changed:
        console.print(f"{name}: published")
    if not changed:
        console.print("nothing has changed")
    if joins:
        # It has heard nothing of the others yet: its queue is new.
        _in_reporting(database, tell_register)
        with console.status(f"{slug}: its intake starts"):
            address = opening.start(slug)
        console.print(f"{slug}: {address}")


@site.command("add")
def add(
    slug: Annotated[str, typer.Argument(help="The site's slug, e.g. hoerde-hombruch.")],
    district: Annotated[list[District], typer.Option(help="District that it shall serve; repeatable.")],
    partner: Annotated[str | None, typer.Option(help="Slug of the welfare association that shall run it.")] = None,
    partner_name: Annotated[str | None, typer.Option(help="Its name; without it the slug.")] = None,
    partner_state: Annotated[
        PartnerState | None, typer.Option(help="How far the talks are; without it `interested` for a named partner.")
    ] = None,
    funding: Annotated[Funding, typer.Option(help="Who pays for it.")] = Funding.MUNICIPAL,
    extension_funding: Annotated[
        Funding | None, typer.Option(help="Who shall pay when the time it is opened for is over.")
    ] = None,
    planned_for: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="When it shall open.")] = None,
    database: DatabaseUrl = None,
) -> None:
    """Plan a site, or change its plan. It serves nobody before `lokal site open`; with AMIF not before the grant."""
    usual = PartnerState.INTERESTED if partner else PartnerState.NONE
    if not _SLUG.fullmatch(slug):
        raise typer.BadParameter("lower case letters, digits and single hyphens", param_hint="SLUG")
    wanted = roll_out.AddSite(
        slug=slug,
        districts=district,
        partner=partner,
        partner_name=partner_name,
        partner_state=partner_state or usual,
        funding=funding,
        extension_funding=extension_funding,
        planned_for=planned_for.date() if planned_for else None,
    )
    changed = _in_reporting(database, lambda session: roll_out.add_site(session, wanted))
    console.print(f"{slug}: planned" if changed else "nothing has changed")


@site.command("approve")
def approve(
    slug: Annotated[str, typer.Argument(help="The site's slug.")],
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day of the grant; without it today.")
    ] = None,
    database: DatabaseUrl = None,
) -> None:
    """Enter that the grant was approved: for the opening, or for the continuation of a running site."""
    today = german.today()
    day = on.date() if on else today
    _in_reporting(database, lambda session: roll_out.approve_site(session, slug, day, today))
    console.print(f"{slug}: approved on {day}")


@site.command("extend")
def extend(
    slug: Annotated[str, typer.Argument(help="The site's slug.")],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Last day.")],
    funding: Annotated[Funding | None, typer.Option(help="Who pays, if not what was planned.")] = None,
    database: DatabaseUrl = None,
) -> None:
    """Let a running site go on beyond the time it was opened for; with AMIF not before the grant."""
    _in_reporting(database, lambda session: roll_out.extend_site(session, slug, until.date(), german.today(), funding))
    console.print(f"{slug}: extended until {until.date()}")


@site.command("list")
def list_(as_json: Json = False, database: DatabaseUrl = None) -> None:
    """Show the sites with their districts, keys and office hours, and those that are planned."""

    async def read(session: AsyncSession) -> list[dict[str, Any]]:
        plans = await planned_sites(session)
        registered = await register(session)
        planned = [
            {
                "site": plan.slug,
                "state": plan.state,
                "districts": plan.districts,
                "interim_districts": [],
                "keys": [],
                "office_hours": [],
                "opened_on": None,
            }
            for plan in plans
            if plan.slug not in {entry.slug for entry, _ in registered}
        ]
        states = {plan.slug: plan.state for plan in plans}
        return [
            {
                "site": entry.slug,
                "state": states.get(entry.slug, "open"),
                "districts": [d.district for d in districts if not d.interim],
                "interim_districts": [d.district for d in districts if d.interim],
                "keys": [key["kid"] for key in entry.public_keys],
                "office_hours": entry.office_hours,
                "opened_on": entry.opened_on.isoformat() if entry.opened_on else None,
            }
            for entry, districts in registered
        ] + planned

    found = _in_reporting(database, read)
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    table = Table("site", "state", "districts", "in the meantime", "office hours", "opened on", "keys")
    for row in found:
        hours = [f"{h['weekday']} {h['from']}–{h['to']}" for h in row["office_hours"]]
        table.add_row(
            row["site"],
            row["state"],
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
