"""`lokal status`: whether everything stands, runs and drains; exit status 1 when something is wrong."""

import asyncio
import json
import sys
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import httpx
import typer
from alembic.script import ScriptDirectory
from rich.console import Console
from rich.table import Table

from deploy.cli import Failed, app
from deploy.cli.environment import CITY_SERVICES, database_url, management_url, variable, virtual_host
from deploy.topology import missing_site_users, network
from shared.contracts.words import CITY, SITES
from shared.database import plain_url
from shared.messaging.management import Management
from shared.messaging.topology import dead_letters_of

console = Console()

OUTBOX_AGE_SECONDS = 60
"""An event that waits longer than this for the broker is worth a look."""
HANGING_MINUTES = 60
"""A letter between sites that was not answered by then is (as the services' setting handover_alarm_minutes)."""

_LETTERS = """
    select count(*) filter (where kind = 'handover') as in_transit,
        count(*) filter (where made_at < now() - make_interval(mins => $1)) as hanging
    from letter_out where kind <> 'receipt' and state in ('waiting', 'sent')
"""
_REFUSED = """
    select count(*) from household h where h.standing = 'caretaker' and exists (
        select from letter_out l where l.household_id = h.id and l.charge > h.charge and l.state = 'refused')
"""


@dataclass(slots=True)
class DatabaseState:
    """A service's database: at which revision it is, at which it should be, and what waits in its outbox."""

    service: str
    site: str
    revision: str | None = None
    wanted: str | None = None
    outbox_depth: int | None = None
    outbox_oldest_seconds: float | None = None
    handovers_in_transit: int | None = None
    letters_hanging: int | None = None
    handovers_refused: int | None = None
    problem: str | None = None


@dataclass(slots=True)
class ServiceState:
    """A running service by its own word."""

    name: str
    ready: bool
    problems: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Status:
    """Everything that was looked at."""

    databases: list[DatabaseState]
    queues: list[dict[str, Any]]
    missing: list[str]
    services: list[ServiceState]
    problems: list[str]


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Databases, queues, dead letters, outboxes and services; exit status 1 when something is wrong."""
    found = asyncio.run(look())
    if as_json:
        typer.echo(json.dumps({"ok": not found.problems, **asdict(found)}))
    else:
        _print(found)
    if found.problems:
        sys.exit(1)


async def look() -> Status:
    """Look at everything once."""
    urls = _service_urls()
    sites = [name.partition("/")[2] for name in urls if name.startswith("intake/")] or [SITES[0]]
    stacks = [*((service, CITY) for service in CITY_SERVICES), *(("intake", site) for site in sites)]
    found = Status([], [], [], [], [])
    found.databases = list(await asyncio.gather(*(_database(*stack) for stack in stacks)))
    found.services = list(await asyncio.gather(*(_service(name, url) for name, url in urls.items())))
    found.problems += [f"database {db.service} ({db.site}): {db.problem}" for db in found.databases if db.problem]
    found.problems += [f"{s.name}: {', '.join(s.problems) or 'not ready'}" for s in found.services if not s.ready]
    await _broker(found, sites)
    if not urls:
        found.problems.append("no service is known: METRICS_URLS is empty")
    return found


def _service_urls() -> dict[str, str]:
    try:
        pairs = (pair.partition("=") for pair in variable("METRICS_URLS").split())
    except Failed:
        return {}
    return {name: url.removesuffix("/metrics") for name, _, url in pairs}


async def _database(service: str, site: str) -> DatabaseState:
    state = DatabaseState(service, site, wanted=_newest_revision(service))
    try:
        connection = await asyncpg.connect(plain_url(database_url(service, site)), timeout=5)
        try:
            state.revision = await connection.fetchval("select version_num from alembic_version")
            state.outbox_depth, state.outbox_oldest_seconds = await connection.fetchrow(
                "select count(*), coalesce(extract(epoch from now() - min(added_at)), 0)::float from outbox"
            )
            if service == "intake":
                state.handovers_in_transit, state.letters_hanging = await connection.fetchrow(_LETTERS, HANGING_MINUTES)
                state.handovers_refused = await connection.fetchval(_REFUSED)
        finally:
            await connection.close()
    except asyncpg.UndefinedTableError:
        state.problem = "not migrated: `lokal migrate`"
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        state.problem = f"does not answer ({type(error).__name__})"
    else:
        if state.revision != state.wanted:
            state.problem = f"is at revision {state.revision}, not {state.wanted}: `lokal migrate`"
        elif (state.outbox_oldest_seconds or 0) > OUTBOX_AGE_SECONDS:
            state.problem = (
                f"{state.outbox_depth} events wait in the outbox, the oldest for {state.outbox_oldest_seconds:.0f} s"
            )
        elif state.letters_hanging:
            state.problem = (
                f"{state.letters_hanging} letters to other sites were not answered within {HANGING_MINUTES} minutes: "
                f"`lokal handover list --site {site}`"
            )
        elif state.handovers_refused:
            state.problem = (
                f"{state.handovers_refused} handovers were refused by the other site, the families wait here: "
                f"`lokal handover list --site {site}`"
            )
    return state


def _newest_revision(service: str) -> str | None:
    package = import_module(f"services.{service}")
    return ScriptDirectory(str(Path(str(package.__file__)).parent / "migrations")).get_current_head()


async def _service(name: str, url: str) -> ServiceState:
    try:
        async with httpx.AsyncClient(timeout=5) as client:
            answer = await client.get(f"{url}/health/ready")
    except httpx.HTTPError as error:
        return ServiceState(name, False, [f"does not answer ({type(error).__name__})"])
    if answer.is_success:
        return ServiceState(name, True)
    try:
        said = answer.json()
    except ValueError:
        said = {}
    return ServiceState(name, False, [str(problem) for problem in said.get("missing", [])])


async def _broker(found: Status, sites: list[str]) -> None:
    try:
        async with Management(management_url(), virtual_host()) as management:
            queues = await management.queues()
            found.missing = await management.missing(network(sites))
            found.missing += await missing_site_users(management, virtual_host(), sites)
    except httpx.HTTPError as error:
        found.problems.append(f"broker: the management API does not answer ({type(error).__name__})")
        return
    found.queues = [asdict(queue) for queue in queues]
    found.problems += [f"broker: {what} is missing: `lokal migrate`" for what in found.missing]
    names = {queue.name for queue in queues}
    for queue in queues:
        if queue.name.endswith(dead_letters_of("")) and queue.messages:
            found.problems.append(f"{queue.messages} dead letters in {queue.name}: `lokal dead list`")
        elif dead_letters_of(queue.name) in names and not queue.consumers:
            found.problems.append(f"nobody consumes {queue.name} ({queue.messages} messages)")


def _print(found: Status) -> None:
    databases = Table("database", "site", "revision", "outbox", "in transit")
    for db in found.databases:
        in_transit = "" if db.handovers_in_transit is None else str(db.handovers_in_transit)
        databases.add_row(db.service, db.site, db.revision or "-", str(db.outbox_depth or 0), in_transit)
    queues = Table("queue", "messages", "consumers")
    for queue in found.queues:
        queues.add_row(queue["name"], str(queue["messages"]), str(queue["consumers"]))
    services = Table("service", "ready")
    for service in found.services:
        services.add_row(service.name, "yes" if service.ready else "[red]no[/]")
    for table in (databases, queues, services):
        console.print(table)
    for problem in found.problems:
        console.print(f"[red]wrong:[/] {problem}", highlight=False)
    if not found.problems:
        console.print("[green]nothing is wrong[/]")
