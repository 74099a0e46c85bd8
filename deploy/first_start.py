"""What the local host does when it starts for the first time: the pilot's site, a demo account, the pilot's data.

Everything goes through the operators' own commands, which change nothing when they are run again.
"""

import json
import secrets
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.cli.user import in_database
from deploy.servers.process import stop_requested
from shared.contracts.words import SITES, District
from shared.web import accounts

if TYPE_CHECKING:
    from deploy.local_host import LocalHost

PILOT = SITES[0]
PILOT_OFFICE_HOURS = ("mon=09:00-12:00", "tue=09:00-12:00", "thu=14:00-17:00", "fri=09:00-12:00")
"""Wednesday closed (report, §2.3)."""
PILOT_DISTRICTS = (District.BRACKEL, District.APLERBECK)
ACCOUNT = "demo"


def open_pilot_site(host: "LocalHost") -> None:
    """Enter the pilot into the site register; until other sites open, it also serves their districts."""
    done = host.folder / "site-opened"
    if PILOT not in host.sites or done.exists():
        return
    districts = [option for district in PILOT_DISTRICTS for option in ("--district", district)]
    others = [district for district in District if district not in PILOT_DISTRICTS]
    interim = [option for district in others for option in ("--interim-district", district)]
    hours = [option for time in PILOT_OFFICE_HOURS for option in ("--office-hours", time)]
    if _lokal(host, "site", "open", PILOT, *districts, *interim, *hours):
        done.touch()


def begin(host: "LocalHost") -> Callable[[], None]:
    """Account and data, while the pages can already be used; returns what ends it."""
    loading = host.program("demo", always_shown=True)

    def work() -> None:
        if host.sites[0] != PILOT:
            return
        name, password = _demo_account(host)
        host.say(f"[bold]sign in at {host.gateway_url} with the account {name} and the password {password}[/]")
        done = host.folder / "demo-loaded"
        if done.exists() or stop_requested.is_set():
            return
        host.say("loading the pilot's half year; the pages can be used meanwhile")
        host.quiet = True
        loading.start([*host.lokal, "demo", "pilot"])
        process = loading.process
        if process and process.wait() == 0:
            done.touch()
            host.say("the pilot's half year is loaded")
        host.quiet = False

    thread = threading.Thread(target=work, name="first start", daemon=True)
    thread.start()

    def end() -> None:
        loading.stop()
        thread.join(timeout=10)

    return end


def _demo_account(host: "LocalHost") -> tuple[str, str]:
    """Name and password; made at the first start, with a password of its own for this machine."""
    file = host.folder / "demo-account"
    known = in_database(PILOT, None, lambda session: accounts.list_accounts(session, ACCOUNT))
    if known and file.exists():
        password = str(json.loads(file.read_text())["password"])
    else:
        password = secrets.token_urlsafe(9)
        what = ["password"] if known else ["add", "--role", "team", "--name", "Demo-Team"]
        _lokal(host, "user", *what, ACCOUNT, "--site", PILOT, "--password-stdin", stdin=password)
        _write_private(file, json.dumps({"account": ACCOUNT, "password": password}))
    return ACCOUNT, password


def _lokal(host: "LocalHost", *arguments: str, stdin: str = "") -> bool:
    """Whether the command has done it; what is wrong is told."""
    done = subprocess.run([*host.lokal, *arguments], input=stdin, capture_output=True, text=True)
    if done.returncode:
        host.say(f"[red]lokal {' '.join(arguments)} failed:[/] {done.stderr or done.stdout}")
    return done.returncode == 0


def _write_private(file: Path, text: str) -> None:
    file.touch(mode=0o600)
    file.write_text(text)
