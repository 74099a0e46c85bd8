"""`lokal demo pilot`: the pilot's half year, entered by synthetic families through the public API."""

import asyncio
import time
from datetime import datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.cli import Failed, app
from deploy.cli.environment import variable
from deploy.cli.moments import BERLIN
from deploy.cli.token import issue_token
from deploy.demo.load import Loader, Refused, calls_in_all
from deploy.demo.notice import say_so
from shared.contracts.words import SITES
from shared.web.tokens import Role

console = Console()
demo = typer.Typer(no_args_is_help=True, help="Demonstration data.")
app.add_typer(demo, name="demo")

ACCOUNT = "vorfuehrdaten"
"""In whose name the data are entered: the access log and each file show it."""


@demo.callback()
def _verbs() -> None:
    """Keeps `pilot` a verb of its own (Typer makes a single one the command itself)."""


@demo.command()
def pilot(
    gateway: Annotated[
        str | None, typer.Option(envvar="GATEWAY_URL", help="The pilot site's address; else as in .local/env.")
    ] = None,
    today: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day around which the further files lie.")
    ] = None,
) -> None:
    """Enter the pilot's half year and a few files around today; doing it again changes nothing, or continues."""
    url = gateway or variable("GATEWAY_URL")
    token = issue_token(Role.TEAM, SITES[0], ACCOUNT, timedelta(hours=1), display_name="Vorführdaten")
    coordinator = issue_token(Role.COORDINATOR, None, ACCOUNT, timedelta(hours=1), display_name="Vorführdaten")
    day = (today or datetime.now(BERLIN)).date()
    begun = time.monotonic()

    async def load(progress: Progress) -> int:
        total = calls_in_all(day)
        task = progress.add_task("the pilot's half year", total=total)

        def one_more() -> None:
            progress.advance(task)
            done = int(progress.tasks[task].completed)
            # A bar is drawn on a terminal only; the local host passes on lines.
            if not console.is_terminal and done % (total // 10) == 0:
                console.print(f"{done} of {total} calls", highlight=False)

        loader = Loader(url, token, one_more)
        try:
            await say_so(url, coordinator)  # first, so that nobody reads the figures without it
            await loader.tell_everything(day)
        finally:
            await loader.close()
        return loader.written

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=console, refresh_per_second=4) as progress:
            written = asyncio.run(load(progress))
    except Refused as refused:
        raise Failed(f"{refused}. Running it again continues.") from None
    if written:
        console.print(f"{written} calls made in {time.monotonic() - begun:.0f} s", highlight=False)
    else:
        console.print("everything was there already; nothing was changed")
