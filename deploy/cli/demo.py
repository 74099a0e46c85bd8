"""`lokal demo`: the pilot's half year, entered by synthetic families by calls, and authorities that answer."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

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

AUTHORITIES = {"jobcenter": "Jobcenter", "auslaenderbehoerde": "Ausländerbehörde"}
_PROGRAMS = Path(__file__).resolve().parents[1] / "demo" / "authorities"
_LOKAL = Path(sys.executable).parent / "lokal"
ACCOUNT = "vorfuehrdaten"
"""In whose name the data are entered: the access log and each file show it."""


@demo.command()
def authorities() -> None:
    """Run a simulated Jobcenter and a simulated Ausländerbehörde, programs of their own, until it is stopped.

    Each is connected like any partner; an access that is there already gets a new password, since nobody has the old.
    """
    stopped = threading.Event()
    for stop_signal in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop_signal, lambda *_: stopped.set())
    programs: list[subprocess.Popen[bytes]] = []
    try:
        for slug, name in AUTHORITIES.items():
            if not stopped.is_set():
                programs.append(_start(slug, name))
        console.print(f"{' and '.join(AUTHORITIES)} answer", highlight=False)
        while not stopped.wait(0.2):
            if any(program.poll() is not None for program in programs):
                raise Failed("An authority's program has ended by itself; its last words are above.")
    finally:
        for program in programs:
            program.terminate()
        for program in programs:
            program.wait()


def _start(slug: str, name: str) -> subprocess.Popen[bytes]:
    """Connect an authority and start its program, which gets the URL and its slug and nothing else of ours."""
    entry = ("--name", name, "--kind", "authority", "--all-sites", "--json")
    is_new = slug not in {each["partner"] for each in _told("list", "--json")}
    added = _told("add", slug, *entry, *(["--catch-up"] if is_new else []))
    url = added["url"] or _told("rotate", slug, "--json")["url"]
    environment = {name: os.environ[name] for name in ("PATH", "LOKAL_OFFICE_PAUSE") if name in os.environ}
    program = _PROGRAMS / f"{slug.replace('-', '_')}.py"
    return subprocess.Popen(
        [sys.executable, program],
        env={**environment, "LOKAL_URL": url, "LOKAL_PARTNER": slug},
        stdin=subprocess.DEVNULL,
    )


def _told(*arguments: str) -> Any:
    """What `lokal partner` says, as programs get it."""
    done = subprocess.run([_LOKAL, "partner", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise Failed(done.stderr.strip() or done.stdout.strip())
    return json.JSONDecoder().raw_decode(done.stdout)[0]


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
