"""`lokal partner`: partners' own systems join, get new passwords, leave; what the broker has is compared and mended."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import httpx
import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlmodel.ext.asyncio.session import AsyncSession

from deploy import partners
from deploy.cli import Failed, app
from deploy.cli.environment import database_url, management_url, public_url, rabbitmq_url
from deploy.cli.plain import plain
from deploy.rehearsal import rehearse
from services.referrals.commands import access, majors
from services.referrals.commands.access import Access
from services.referrals.commands.acting import service
from services.referrals.tables import Via
from shared.contracts.asyncapi import name_of
from shared.contracts.base import published_majors
from shared.contracts.words import CITY, PartnerKind
from shared.database import Database
from shared.messaging import Publisher
from shared.messaging.link import BROKER_FAULTS, NotConfirmed
from shared.messaging.partners import COMMANDS, command_queue, partner_queue, rights_of_partner, routing_keys
from shared.refusals import Invalid, Refused

console = Console()
notes = Console(stderr=True)
partner = typer.Typer(no_args_is_help=True, help="Partners' own systems: who may read what, and send commands.")
app.add_typer(partner, name="partner")

Result = TypeVar("Result")
Slug = Annotated[str, typer.Argument(help="The partner's slug, e.g. projekt-ankommen.")]
DatabaseUrl = Annotated[str | None, typer.Option(help="Referrals' database, where it is not in the environment.")]
Json = Annotated[bool, typer.Option("--json", help="For programs.")]


@partner.command()
def add(
    slug: Slug,
    name: Annotated[str | None, typer.Option(help="Its name; needed if it is not in the directory yet.")] = None,
    kind: Annotated[PartnerKind, typer.Option(help="What it is, if it is not in the directory yet.")] = (
        PartnerKind.ASSOCIATION
    ),
    site: Annotated[list[str] | None, typer.Option(help="Site that it works with; repeatable.")] = None,
    all_sites: Annotated[bool, typer.Option("--all-sites", help="It works with all sites.")] = False,
    catch_up: Annotated[
        bool, typer.Option("--catch-up", help="Fill its queue with what the log holds, before live events follow.")
    ] = False,
    as_json: Json = False,
    database: DatabaseUrl = None,
) -> None:
    """Connect a partner's system: user, queue, bindings, rights and limits. Prints the URL, with its password, once.

    The same again brings what is missing and changes nothing else; a new password: `lokal partner rotate`.
    """
    broker = _broker()

    async def enter(session: AsyncSession) -> Access:
        by = service(datetime.now(UTC), Via.API)
        return await access.grant(session, by, slug, name=name, kind=kind, sites=site or [], all_sites=all_sites)

    entered = _in_referrals(database, enter)
    was_there = _run(partners.has_user(broker, slug))
    brought = 0
    if catch_up:
        _run(partners.bring(broker, entered, bound=False))
        with _counting(f"events to {partner_queue(slug)}") as progress:
            done = lambda count: progress.update(progress.task_ids[0], completed=count)  # noqa: E731
            brought = _run(partners.catch_up(broker, entered, done))
    url = _run(partners.mend(broker, entered))
    if as_json:
        told = {"partner": slug, "queue": partner_queue(slug), "url": url, "caught_up": brought}
        typer.echo(json.dumps(told))
        return
    console.print(f"{slug}: {'is connected' if was_there else 'connected'}", highlight=False)
    if catch_up:
        console.print(f"{brought:,} events of the log brought to its queue", highlight=False)
    if url is None:
        notes.print("Its password stays as it is; for another one: lokal partner rotate " + slug, highlight=False)
        return
    _print_url(slug, url)


@partner.command("list")
def list_(
    revoked: Annotated[bool, typer.Option("--revoked", help="Also those that were revoked.")] = False,
    as_json: Json = False,
    database: DatabaseUrl = None,
) -> None:
    """Show the partners whose systems are connected, and what lies in their queues."""

    async def read(session: AsyncSession) -> list[Access]:
        return await access.accesses(session, revoked=revoked)

    found = _in_referrals(database, read)
    former = _in_referrals(database, _former)
    queues = _run(_queues())
    rows = [_row(each, queues, former) for each in found]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table("partner", "name", "sites", "waiting", "readers", "commands waiting", "former majors")
    for row in rows:
        sites = "all" if row["all_sites"] else ", ".join(row["sites"])
        gone = " (revoked)" if row["revoked"] else ""
        counts = [str(row[key]) for key in ("waiting", "readers", "commands_waiting")]
        table.add_row(plain(row["partner"] + gone), plain(row["name"]), sites, *counts, ", ".join(row["former_majors"]))
    console.print(table)


@partner.command()
def show(slug: Slug, as_json: Json = False, database: DatabaseUrl = None) -> None:
    """Show one partner's system: its user, what it is bound to, its rights, what waits, and what is amiss."""
    broker = _broker()
    entered = _entered(database, slug)
    rights = rights_of_partner(slug)
    told = {
        **_row(entered, _run(_queues()), _in_referrals(database, _former)),
        "user": broker.user(slug),
        "queue": partner_queue(slug),
        "commands": f"exchange {COMMANDS}, routing key {slug}.<command>.v1",
        "bindings": list(routing_keys(slug, entered.sites, entered.all_sites)),
        "rights": {"configure": rights.configure, "write": rights.write, "read": rights.read},
        "limits": {"connections": rights.max_connections, "channels": rights.max_channels},
        "drift": [] if entered.revoked else _run(partners.drift(broker, entered)),
    }
    if as_json:
        typer.echo(json.dumps(told, indent=2))
        return
    for key, value in told.items():
        lines = value if isinstance(value, list) else [value]
        console.print(f"{key:<17}", *(plain(str(line)) for line in lines), highlight=False, soft_wrap=True)


@partner.command()
def simulate(
    slug: Slug,
    seconds: Annotated[float, typer.Option(min=1, help="How long it may take to read and to answer.")] = 20.0,
    as_json: Json = False,
    database: DatabaseUrl = None,
) -> None:
    """Send a partner's running system one of everything and look at what comes back; exit status 1 if it is amiss.

    The referrals in it do not exist: commands about them are refused as `not_found`.
    """
    if _entered(database, slug).revoked:
        raise Failed(f"{slug} is not connected.")
    checks = _run(rehearse(_broker(), slug, seconds))
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in checks], indent=2))
    else:
        for each in checks:
            mark = {True: "passed", False: "FAILED", None: "-"}[each.passed]
            _say(f"{mark:<7} {each.what}{': ' if each.found else ''}{each.found}")
    if any(each.passed is False for each in checks):
        raise typer.Exit(1)


@partner.command()
def rotate(slug: Slug, as_json: Json = False, database: DatabaseUrl = None) -> None:
    """Give a partner's user another password, and cut what was opened with the old one. Prints the URL once."""
    broker = _broker()

    async def enter(session: AsyncSession) -> Access:
        return await access.rotated(session, service(datetime.now(UTC), Via.API), slug)

    _in_referrals(database, enter)
    url = _run(partners.new_password(broker, slug))
    if as_json:
        typer.echo(json.dumps({"partner": slug, "queue": partner_queue(slug), "url": url}))
        return
    _print_url(slug, url)


@partner.command()
def revoke(slug: Slug, database: DatabaseUrl = None) -> None:
    """Cut a partner's system off at once: connections, user, queues. The partner itself stays in the directory."""
    broker = _broker()

    async def enter(session: AsyncSession) -> Access:
        return await access.revoke(session, service(datetime.now(UTC), Via.API), slug)

    _in_referrals(database, enter)
    unread = _run(partners.take_away(broker, slug))
    console.print(f"{slug}: cut off; {unread:,} unread messages dropped with its queue", highlight=False)


@partner.command()
def move(
    slug: Slug,
    version: Annotated[str, typer.Argument(help="Event and major, e.g. referral-cancelled.v2.")],
    database: DatabaseUrl = None,
) -> None:
    """Tell a partner's program in another major of an event from now on, while there are two; also back again.

    What lies in its queue or in the log stays as it was written.
    """

    async def enter(session: AsyncSession) -> str:
        wanted = await majors.move(session, service(datetime.now(UTC), Via.API), slug, version)
        return wanted.event

    event = _in_referrals(database, enter)
    _say(f"{slug}: reads {version} from now on")
    for former, readers in _in_referrals(database, _former).items():
        if former.rpartition(".")[0] == event:
            _say(_how_it_ends(former, readers))


@partner.command()
def check(
    slug: Annotated[str | None, typer.Argument(help="Only this partner.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what is amiss.")] = False,
    database: DatabaseUrl = None,
) -> None:
    """Compare what the broker has with what it should have, and mend it; exit status 1 while something is amiss."""
    broker = _broker()

    async def read(session: AsyncSession) -> list[Access]:
        return await access.accesses(session)

    connected = _in_referrals(database, read)
    if slug is not None and slug not in {each.slug for each in connected}:
        raise Failed(f"{slug} is not connected: lokal partner list --revoked")
    left = 0
    for each in connected:
        if slug in (None, each.slug):
            left += _check_one(broker, each, dry_run)
    if slug is None:
        for stranger in _run(partners.strangers(broker, [each.slug for each in connected])):
            _say(f"{stranger}: has a user on the broker and is not connected")
            if dry_run:
                left += 1
            else:
                _run(partners.take_away(broker, stranger))
                _say(f"{stranger}: cut off")
    for version, readers in _in_referrals(database, _former).items():
        _say(_how_it_ends(version, readers))
    if left:
        raise typer.Exit(1)
    console.print("all is as it should be", highlight=False)


def _check_one(broker: partners.Broker, each: Access, dry_run: bool) -> int:
    found = _run(partners.drift(broker, each))
    for what in found:
        _say(f"{each.slug}: {what}")
    if dry_run or not found:
        return len(found)
    url = _run(partners.mend(broker, each))
    left: list[str] = _run(partners.drift(broker, each))
    for what in left:
        _say(f"{each.slug}: cannot be mended while it is in use: {what}")
    if not left:
        _say(f"{each.slug}: mended")
    if url is not None:
        _print_url(each.slug, url)
    return len(left)


async def _former(session: AsyncSession) -> dict[str, list[str]]:
    """Former majors, with the partners that are still told in them."""
    return {name_of(event): slugs for event, slugs in (await majors.readers(session)).items()}


def _how_it_ends(version: str, readers: list[str]) -> str:
    until = next(each.ending for each in published_majors(version.rpartition(".")[0]) if name_of(each) == version)
    if readers:
        return f"{version}, published until {until}: still read by {', '.join(readers)}"
    return f"{version}, published until {until}: read by no partner any more, it can end"


def _say(what: str) -> None:
    console.print(plain(what), highlight=False, markup=False, soft_wrap=True)


def _print_url(slug: str, url: str) -> None:
    notes.print(f"The URL with the password of {slug}, shown this once:", highlight=False)
    typer.echo(url)


def _row(each: Access, queues: dict[str, tuple[int, int]], former: dict[str, list[str]]) -> dict[str, Any]:
    waiting, readers = queues.get(partner_queue(each.slug), (0, 0))
    return {
        "partner": each.slug,
        "name": each.name,
        "sites": list(each.sites),
        "all_sites": each.all_sites,
        "revoked": each.revoked,
        "waiting": waiting,
        "readers": readers,
        "commands_waiting": queues.get(command_queue(each.slug), (0, 0))[0],
        "former_majors": [version for version, slugs in former.items() if each.slug in slugs],
    }


async def _queues() -> dict[str, tuple[int, int]]:
    async with _broker().management() as management:
        return {queue.name: (queue.messages, queue.consumers) for queue in await management.queues()}


def _entered(database: str | None, slug: str) -> Access:
    async def read(session: AsyncSession) -> list[Access]:
        return await access.accesses(session, revoked=True)

    for each in _in_referrals(database, read):
        if each.slug == slug:
            return each
    raise Failed(f"{slug} is not connected: lokal partner list")


def _broker() -> partners.Broker:
    return partners.Broker(rabbitmq_url(), management_url())


def _counting(what: str) -> Progress:
    progress = Progress(
        SpinnerColumn(), TextColumn("{task.completed:,.0f} " + what), TimeElapsedColumn(), console=notes, transient=True
    )
    progress.add_task(what, total=None)
    return progress


def _run(work: Coroutine[Any, Any, Result]) -> Result:
    try:
        return asyncio.run(work)
    except httpx.HTTPError as fault:
        raise Failed(f"The broker's management API does not answer: {type(fault).__name__}") from None
    except NotConfirmed as fault:
        raise Failed(f"The broker has not confirmed everything ({fault}). The same command may be run again.") from None
    except partners.StillConnected as fault:
        raise Failed(f"{fault} is still connected; try again.") from None
    except BROKER_FAULTS as fault:
        raise Failed(f"The broker does not answer: {fault}") from None


def _in_referrals(url: str | None, work: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        database = Database(url or database_url("referrals"), Publisher(CITY, "referrals", public_url()))
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
