"""`lokal run`: the local host."""

from typing import Annotated

import typer

from deploy.cli import Failed, app
from deploy.cli.environment import local_folder
from shared.contracts.words import SITES


@app.command()
def run(
    site: Annotated[list[str] | None, typer.Option(help="Site to start; repeatable. Without it, the pilot.")] = None,
    port: Annotated[int, typer.Option(envvar="LOKAL_PORT", help="The gateway's port.")] = 8080,
    demo: Annotated[bool, typer.Option(help="Pilot data and a demo account on first start.")] = True,
) -> None:
    """Start the city and its sites on this machine, with a real RabbitMQ and PostgreSQL; Ctrl-C stops everything."""
    from deploy.local_host import LocalHost
    from deploy.servers import ServerError

    # The pilot first, if it is among them: its data are told through the gateway's own address.
    sites = sorted(dict.fromkeys(site or [SITES[0]]), key=lambda slug: slug != SITES[0])
    if unknown := [slug for slug in sites if slug not in SITES]:
        raise typer.BadParameter(f"{', '.join(unknown)}: not one of {', '.join(SITES)}", param_hint="--site")
    try:
        LocalHost(local_folder(), port, sites, demo).run()
    except ServerError as error:
        raise Failed(str(error)) from None
