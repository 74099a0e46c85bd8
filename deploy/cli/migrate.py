"""`lokal migrate`: databases, keys, the broker's queues and users, brought to what this version needs."""

import asyncio
from typing import Annotated

import httpx
import typer
from rich.console import Console

from deploy.cli import Failed, app
from deploy.cli.environment import (
    CITY_SERVICES,
    database_url,
    local_folder,
    management_url,
    public_url,
    rabbitmq_url,
)
from deploy.cli.erase import tell
from deploy.restoring import compare_with_archive
from deploy.topology import bring_site_users, network
from shared.contracts.words import CITY, SITES
from shared.database import create_database_if_missing
from shared.database import migrate as migrate_database
from shared.messaging.topology import declare
from shared.web.keys import ensure_letter_key, ensure_signing_key

console = Console()

PILOT = SITES[0]


@app.command()
def migrate(
    site: Annotated[list[str] | None, typer.Option(help="Site whose stack is here; repeatable.")] = None,
    city: Annotated[bool, typer.Option(help="Also the city's stack.")] = True,
    databases: Annotated[bool, typer.Option(help="Databases and keys.")] = True,
    broker: Annotated[bool, typer.Option(help="Exchanges, queues, bindings and users.")] = True,
) -> None:
    """Create and update databases, keys, and the broker's queues and users; doing it again changes nothing."""
    sites = site or [PILOT]
    if databases:
        stacks = [("intake", slug) for slug in sites] + ([(service, CITY) for service in CITY_SERVICES] if city else [])
        for service, slug in stacks:
            url = database_url(service, slug)
            created = asyncio.run(create_database_if_missing(url))
            migrate_database(service, url)
            ensure_keys(slug)
            console.print(f"database {service} ({slug}): {'created' if created else 'up to date'}")
        _compare(sites, city)
    if broker:
        asyncio.run(declare(rabbitmq_url(), network(sites)))
        console.print("broker: exchanges, queues and bindings stand")
        bring_users(sites)


def _compare(sites: list[str], city: bool) -> None:
    """A database that was restored must not undo what has happened since; before the services open."""
    for slug in sites if city else ():
        done, further = asyncio.run(
            compare_with_archive(database_url("intake", slug), slug, database_url("reporting"), public_url())
        )
        tell(slug, done, further)
    if not city:
        console.print("erasures: reporting's database is not here; after a restore: `lokal erase again --from-log`")


def ensure_keys(stack: str) -> None:
    """The stack's keys, made where they are missing."""
    secrets = local_folder() / "secrets"
    ensure_signing_key(secrets / f"{stack}.key")
    if stack != CITY:
        ensure_letter_key(secrets, stack)


def bring_users(sites: list[str]) -> None:
    """The sites' users on the broker, as far as its management API answers."""
    try:
        asyncio.run(bring_site_users(management_url(), rabbitmq_url(), sites, local_folder()))
    except (httpx.HTTPError, Failed):
        # A broker that is given without it: the services then need another login, with the rights that they need.
        console.print(
            "[yellow]broker: its management API does not answer, so the sites' own users were neither made nor "
            "changed[/] (RABBITMQ_MANAGEMENT_URL)"
        )
    else:
        console.print(f"broker: a user of its own for {', '.join(sites)}")
