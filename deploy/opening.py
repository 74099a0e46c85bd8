"""A site joins a local host that runs: what it needs is made first, then it is told of, then its intake starts.

The order matters: nobody may be sent to the site before its queues stand; its intake takes up what has waited there.
"""

import asyncio
import os
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from deploy.cli import Failed
from deploy.cli.environment import database_url, database_variable, local_folder, rabbitmq_url, variable
from shared.contracts.words import SITES
from shared.database import create_database_if_missing
from shared.database import migrate as migrate_database

SECONDS = 90.0
"""Far more than an intake needs to start."""


def laid_down(folder: Path) -> list[str]:
    """Sites that were opened while a host ran in this folder."""
    return sorted(file.name for file in (folder / "sites").glob("[a-z]*"))


def entered(folder: Path, site: str) -> Path:
    """This file stands when a site has been entered into the register, so that a start does not do it again."""
    return folder / ("site-opened" if site == SITES[0] else f"site-opened-{site}")


def joins(slug: str) -> bool:
    """Whether a local host runs here that does not know this site yet."""
    if not (local_folder() / "env").exists():
        return False
    return slug not in _running()


def prepare(slug: str) -> None:
    """Database, keys, queues and the site's user on the broker; what stands already stays as it is."""
    # Not above: `migrate` and this page would import each other.
    from deploy.cli.migrate import bring_users, ensure_keys
    from deploy.topology import network
    from shared.messaging.topology import declare

    os.environ.setdefault(database_variable("intake", slug), _beside(database_url("reporting"), slug))
    url = database_url("intake", slug)
    asyncio.run(create_database_if_missing(url))
    migrate_database("intake", url)
    ensure_keys(slug)
    asyncio.run(declare(rabbitmq_url(), network([slug])))
    bring_users([slug])


def start(slug: str) -> str:
    """Let the running host start the site's intake, and wait until it is ready; returns its address."""
    folder = local_folder()
    entered(folder, slug).touch()
    (folder / "sites").mkdir(exist_ok=True)
    (folder / "sites" / slug).touch()
    deadline = time.monotonic() + SECONDS
    while slug not in _running():
        if time.monotonic() > deadline or not (folder / "env").exists():
            raise Failed(f"{slug} is entered, but its intake does not start: {folder / 'logs'} may tell why.")
        time.sleep(0.1)
    gateway = urlsplit(variable("GATEWAY_URL"))
    return f"http://{slug}.localhost:{gateway.port}"


def _running() -> set[str]:
    file = local_folder() / "env"
    if not file.exists():
        return set()
    [pids] = [line for line in file.read_text().splitlines() if line.startswith("LOKAL_PIDS=")] or [""]
    names = {pair.partition("=")[0] for pair in pids.removeprefix("LOKAL_PIDS=").strip("'\"").split()}
    return {name.removeprefix("intake/") for name in names if name.startswith("intake/")}


def _beside(reporting_url: str, slug: str) -> str:
    """The intake's database on the server that has reporting's."""
    parts = urlsplit(reporting_url)
    name = parts.path.removesuffix("_reporting") + f"_intake_{slug.replace('-', '_')}"
    return urlunsplit(parts._replace(path=name))
