"""What the local host does when it starts for the first time: the sites' entries, demo accounts, the pilot's data.

Everything goes through the operators' own commands, which change nothing when they are run again.
"""

import json
import secrets
import subprocess
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from deploy import opening
from deploy.cli import Failed
from deploy.cli import site as register_commands
from deploy.cli.environment import CITY_SERVICES
from deploy.cli.site import publish_keys
from deploy.cli.user import in_database
from deploy.servers.process import stop_requested
from shared.contracts.words import CITY, SITES, District
from shared.web import accounts

if TYPE_CHECKING:
    from deploy.local_host import LocalHost

PILOT = SITES[0]
OFFICE_HOURS = {PILOT: ("mon=09:00-12:00", "tue=09:00-12:00", "thu=14:00-17:00", "fri=09:00-12:00")}
"""Wednesday closed (report, §2.3). The other sites have told none yet."""
DISTRICTS = {
    PILOT: (District.BRACKEL, District.APLERBECK),
    "hoerde-hombruch": (District.HOERDE, District.HOMBRUCH),
    "mengede-huckarde": (District.MENGEDE, District.HUCKARDE),
    "eving-scharnhorst": (District.EVING, District.SCHARNHORST),
    "innenstadt": (District.INNENSTADT_WEST, District.INNENSTADT_NORD, District.INNENSTADT_OST),
    "luetgendortmund": (District.LUETGENDORTMUND,),
}
ACCOUNT = "demo"


def open_sites(host: "LocalHost") -> None:
    """Enter each site into the register, once; the pilot also serves the districts that have no site yet.

    What operators have changed since stays; only the keys are entered again where they are others.
    """
    known = [site for site in host.sites if _opened(host, site).exists()]
    new = [site for site in host.sites if site not in known]
    # The pilot last: it then takes what is left, and nothing need be told twice.
    for site in sorted(new, key=lambda site: site == PILOT):
        if _open(host, site):
            _opened(host, site).touch()
    before = _was_open_before(host, new)
    # Whose queues are new has not heard what was told before: a site's intake, or a service of the city added later.
    heard = host.folder / f"told-{'-'.join(CITY_SERVICES)}"
    if before and (new or not heard.exists()):
        _told(host, "the register not told again", register_commands.tell)
    heard.touch()
    for site in [CITY, *known]:
        _told(host, f"{site}: keys not entered into the register", partial(publish_keys, site))


def _opened(host: "LocalHost", site: str) -> Path:
    return opening.entered(host.folder, site)


def _was_open_before(host: "LocalHost", new: list[str]) -> bool:
    return any(file not in [_opened(host, site) for site in new] for file in host.folder.glob("site-opened*"))


def _open(host: "LocalHost", site: str) -> bool:
    districts, hours = list(DISTRICTS[site]), list(OFFICE_HOURS.get(site, ()))
    interim = [district for district in District if district not in districts] if site == PILOT else []
    return _told(
        host, f"{site}: not entered into the register", lambda: register_commands.open_(site, districts, interim, hours)
    )


def _told(host: "LocalHost", otherwise: str, do: Callable[[], object]) -> bool:
    """Whether a command, called here, has done it; what is wrong is told."""
    try:
        do()
    except Failed as failed:
        host.say(f"[red]{otherwise}:[/] {failed}")
        return False
    return True


def begin(host: "LocalHost") -> Callable[[], None]:
    """Accounts, data and authorities that answer, while the pages can already be used; returns what ends it."""
    loading = host.program("demo", always_shown=True)
    authorities = host.program("authorities")

    def work() -> None:
        for site in host.sites:
            _tell_account(host, site)
        done = host.folder / "demo-loaded"
        # The pilot's data are told through the gateway's first site.
        if host.sites[0] != PILOT or stop_requested.is_set():
            return
        if not done.exists():
            host.say("loading the pilot's half year; the pages can be used meanwhile")
            host.quiet = True
            loading.start([*host.lokal, "demo", "pilot"])
            process = loading.process
            if process and process.wait() == 0:
                done.touch()
                host.say("the pilot's half year is loaded")
            host.quiet = False
        if done.exists() and not stop_requested.is_set():
            authorities.start([*host.lokal, "demo", "authorities"])

    thread = threading.Thread(target=work, name="first start", daemon=True)
    thread.start()

    def end() -> None:
        loading.stop()
        authorities.stop()
        thread.join(timeout=10)

    return end


def make_account(host: "LocalHost", site: str) -> None:
    """The demo account of a site that was opened while the host runs; others do not wait for it."""
    threading.Thread(target=_tell_account, args=(host, site), name="demo account", daemon=True).start()


def _tell_account(host: "LocalHost", site: str) -> None:
    name, password = _demo_account(host, site)
    host.say(f"[bold]sign in at {host.public_url(site)} with the account {name} and the password {password}[/]")


def _demo_account(host: "LocalHost", site: str) -> tuple[str, str]:
    """Name and password; made at the first start, with a password of its own for this machine and site."""
    file = host.folder / ("demo-account" if site == PILOT else f"demo-account-{site}")
    known = in_database(site, None, lambda session: accounts.list_accounts(session, ACCOUNT))
    if known and file.exists():
        password = str(json.loads(file.read_text())["password"])
    else:
        password = secrets.token_urlsafe(9)
        what = ["password"] if known else ["add", "--role", "team", "--name", "Demo-Team"]
        _lokal(host, "user", *what, ACCOUNT, "--site", site, "--password-stdin", stdin=password)
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
