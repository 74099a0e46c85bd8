"""`lokal migrate`: databases, signing keys and the broker's queues, brought to what this version needs."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from deploy.cli import app
from deploy.cli.environment import database_url, local_folder, rabbitmq_url
from deploy.topology import network
from shared.contracts.words import CITY, SITES
from shared.database import create_database_if_missing
from shared.database import migrate as migrate_database
from shared.messaging.topology import declare
from shared.web.keys import ensure_signing_key

console = Console()

PILOT = SITES[0]


@app.command()
def migrate(
    site: Annotated[list[str] | None, typer.Option(help="Site whose stack is here; repeatable.")] = None,
    city: Annotated[bool, typer.Option(help="Also the city's stack.")] = True,
    databases: Annotated[bool, typer.Option(help="Databases and signing keys.")] = True,
    broker: Annotated[bool, typer.Option(help="Exchanges, queues and bindings.")] = True,
) -> None:
    """Create and update databases, signing keys and the broker's queues; doing it again changes nothing."""
    sites = site or [PILOT]
    if databases:
        stacks = [("intake", slug) for slug in sites] + ([("reporting", CITY)] if city else [])
        for service, slug in stacks:
            url = database_url(service, slug)
            created = asyncio.run(create_database_if_missing(url))
            migrate_database(service, url)
            ensure_signing_key(local_folder() / "secrets" / f"{slug}.key")
            console.print(f"database {service} ({slug}): {'created' if created else 'up to date'}")
    if broker:
        asyncio.run(declare(rabbitmq_url(), network(sites)))
        console.print("broker: exchanges, queues and bindings stand")
