"""The local host: everything that a city and its sites need, on one machine, started by one command.

This page says what runs, what it depends on and where it listens:

    postgres   rabbitmq                  private instances on free ports, or containers, or given (deploy/servers)
        \\      /
         migrate                         databases, signing keys, queues and bindings
        /      \\
    reporting  referrals  volunteers    services on free ports, ready when /health/ready says so; each site has
            intake/<site> …             a database, keys and a broker user of its own
        \\      /
         gateway                         http://127.0.0.1:8080 and http://<site>.localhost:8080 (LOKAL_PORT)

Only the gateway's port is fixed; so two checkouts run side by side. All data and logs lie in `.local/`; `.local/env`
tells other programs where things are while this runs. `lokal site open` lays a new site's name into `.local/sites/`;
its intake then starts beside what runs, and the gateway takes it in without closing anything.
"""

import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from deploy import first_start, opening
from deploy.cli.environment import CITY_SERVICES, database_variable, service_database
from deploy.cli.migrate import migrate
from deploy.servers import ServerError, Servers, starting_servers
from deploy.servers.given import GivenServer
from deploy.servers.process import Interrupted, Program, free_port, listens, stop_requested, wait_until
from deploy.topology import management_answers, site_url
from shared.contracts.words import CITY

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red")


@dataclass
class Process:
    """One program that is kept running."""

    name: str
    command: Sequence[str]
    port: int
    environment: Mapping[str, str]
    ready_at: str | None  # path that answers 200 when it need not be waited for; None: when it listens
    program: Program
    started: float = 0
    failures: int = field(default=0)

    def start(self) -> None:
        """Start it; `wait` says when it is ready."""
        self.started = time.monotonic()
        self.program.start(self.command, env={**os.environ, **self.environment}, cwd=ROOT)

    def ready(self) -> bool:
        """Whether it need not be waited for any more."""
        if self.ready_at is None:
            return listens(self.port)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{self.ready_at}", timeout=5):
                return True
        except OSError:
            return False

    def pause(self) -> float:
        """Seconds to wait before it is started again: at once the first time, then growing to ten."""
        return min(10.0, 0.5 * (2.0**self.failures - 1))


class LocalHost:
    """Starts everything in order, keeps it running, stops it in the opposite order."""

    def __init__(self, folder: Path, port: int, sites: Sequence[str], demo: bool = True) -> None:
        self.folder = folder.resolve()
        self.port = port
        # Those that were opened while an earlier host ran belong to it as well.
        self.sites = list(dict.fromkeys([*sites, *opening.laid_down(self.folder)]))
        self.demo = demo
        self.console = Console(highlight=False)
        self.processes: list[Process] = []
        self.joining: list[Process] = []
        # Not below the folder: a socket's path must be short.
        self.socket_folder: str | None = None
        self.since = time.monotonic()
        # While much happens at once (start, loading of data) the services' logs go to their files only.
        self.quiet = True

    # ---- what runs, and where it listens -------------------------------------------------------------------------

    @property
    def gateway_url(self) -> str:
        """The first site; the others have host names of their own."""
        return f"http://127.0.0.1:{self.port}"

    def public_url(self, site: str) -> str:
        """Where browsers find a site."""
        return self.gateway_url if site in (CITY, self.sites[0]) else f"http://{site}.localhost:{self.port}"

    def described(self, servers: Servers) -> list[Process]:
        """The services, and the gateway before them."""
        city = {name: self._service(name, CITY, servers) for name in CITY_SERVICES}
        at = " ".join(f"{site}={self.public_url(site)}" for site in self.sites)
        sites = {"LOKAL_SITE_URLS": at, "LOKAL_SITE_URL_PATTERN": f"http://{{site}}.localhost:{self.port}"}
        for name in ("referrals", "volunteers"):
            city[name].environment = {**city[name].environment, **sites}
        intakes = {site: self._service("intake", site, servers) for site in self.sites}
        services = [*city.values(), *intakes.values()]
        # For its page „Betrieb"; a file, since sites join while it runs.
        where = {"LOKAL_SERVICES_FILE": str(self.folder / "services")}
        city["reporting"].environment = {**city["reporting"].environment, **where}
        self._tell_where(services)
        return [*services, self._gateway(city, intakes)]

    def _tell_where(self, services: Sequence[Process]) -> None:
        """Write down for reporting and the gateway where the services answer."""
        at = {service.name: service.port for service in services}
        _write_at_once(
            self.folder / "services", "".join(f"{name}=http://127.0.0.1:{port}\n" for name, port in at.items())
        )
        (self.folder / "gateway").mkdir(exist_ok=True)
        hosts = {name.removeprefix("intake/"): port for name, port in at.items() if name.startswith("intake/")}
        _write_at_once(
            self.folder / "gateway" / "sites",
            "".join(f"{site}.localhost 127.0.0.1:{port}\n" for site, port in hosts.items()),
        )

    def _service(self, service: str, site: str, servers: Servers) -> Process:
        port = free_port()
        name = service if site == CITY else f"{service}/{site}"
        environment = {
            "LOKAL_SITE": site,
            "LOKAL_DATABASE_URL": service_database(servers.database_url, service, site),
            "LOKAL_PUBLIC_URL": self.public_url(site),
            "LOKAL_SIGNING_KEY_FILE": str(self.folder / "secrets" / f"{site}.key"),
            "LOKAL_HOST": "127.0.0.1",
            "LOKAL_PORT": str(port),
            "LOKAL_LOG_FORMAT": "console" if self.console.is_terminal else "json",
            "PYTHONUNBUFFERED": "1",
            **self._broker_login(site, servers),
        }
        command = [sys.executable, "-m", f"services.{service}"]
        return Process(name, command, port, environment, "/health/ready", self.program(name))

    def _broker_login(self, site: str, servers: Servers) -> dict[str, str]:
        """A site has a user of its own on the broker; the city's stack is the administrator, and may ask about it."""
        if site == CITY:
            return {
                "LOKAL_RABBITMQ_URL": servers.rabbitmq_url,
                "LOKAL_RABBITMQ_MANAGEMENT_URL": servers.rabbitmq_management_url,
            }
        if isinstance(servers.rabbitmq, GivenServer) and not management_answers(servers.rabbitmq_management_url):
            self.say(f"[yellow]the given broker's management API does not answer: {site} uses the broker's login[/]")
            return {"LOKAL_RABBITMQ_URL": servers.rabbitmq_url}
        return {"LOKAL_RABBITMQ_URL": site_url(servers.rabbitmq_url, site, self.folder)}

    def _gateway(self, city: Mapping[str, Process], intakes: Mapping[str, Process]) -> Process:
        sites = self.folder / "gateway" / "sites"
        self.socket_folder = tempfile.mkdtemp(prefix="lokal-")
        environment = {
            "LOKAL_GATEWAY": f"http://:{self.port}",
            "LOKAL_BIND": "127.0.0.1",
            "LOKAL_INTAKE": f"127.0.0.1:{intakes[self.sites[0]].port}",
            **{f"LOKAL_{name.upper()}": f"127.0.0.1:{service.port}" for name, service in city.items()},
            "LOKAL_SITES": str(sites),
            "LOKAL_GATEWAY_ADMIN": f"unix/{self.socket_folder}/gateway|0600",
            "LOKAL_PAGES": str(ROOT / "deploy" / "gateway"),
            "XDG_DATA_HOME": str(sites.parent),
            "XDG_CONFIG_HOME": str(sites.parent),
        }
        caddyfile = str(ROOT / "deploy" / "Caddyfile")
        command = [str(BIN / "caddyserver"), "run", "--adapter", "caddyfile", "--config", caddyfile]
        return Process("gateway", command, self.port, environment, None, self.program("gateway"))

    @property
    def lokal(self) -> list[str]:
        """The operators' command line."""
        return [str(BIN / "lokal")]

    # ---- starting, keeping, stopping -----------------------------------------------------------------------------

    def run(self) -> None:
        """Until SIGINT or SIGTERM. ServerError when something cannot be had or does not start."""
        self._refuse_used_port()
        for stop_signal in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(stop_signal, lambda *_: stop_requested.set())
        env_file = self.folder / "env"
        try:
            with starting_servers(self.folder) as servers, ExitStack() as at_the_end:
                env_file.unlink(missing_ok=True)
                at_the_end.callback(env_file.unlink, missing_ok=True)
                at_the_end.callback(self._stop_processes)
                self._start(servers)
                self.quiet = False
                if self.demo:
                    at_the_end.callback(first_start.begin(self))
                while not stop_requested.wait(0.2):
                    self._keep_running(servers)
                    self._let_join(servers)
        except Interrupted:
            pass
        finally:
            self.say("stopped everything")

    def _start(self, servers: Servers) -> None:
        self.say(f"starting PostgreSQL and RabbitMQ; all logs are in {self.folder / 'logs'}")
        servers.postgres.wait()
        self._tell_commands(servers)
        self.say("PostgreSQL is ready; databases")
        migrate(site=list(self.sites), databases=True, broker=False)
        self.processes = self.described(servers)
        # Already now: they load their modules while RabbitMQ starts, and wait for it and their queues by themselves.
        for process in self.processes:
            process.start()
        servers.rabbitmq.wait()
        self.say("RabbitMQ is ready; queues and bindings")
        migrate(site=list(self.sites), databases=False, broker=True)
        for process in self.processes:
            wait_until(process.ready, process.name, 60, process.program)
            self.say(f"{process.name} is ready")
            # An intake is ready when it knows its districts, which the site register tells it.
            if process.name == "reporting":
                first_start.open_sites(self)
        self._write_env(servers)
        self.say(f"[bold]everything is ready: {self.gateway_url}[/]")

    def _keep_running(self, servers: Servers) -> None:
        for name, server in (("PostgreSQL", servers.postgres), ("RabbitMQ", servers.rabbitmq)):
            if not server.running:
                self.say(f"[red]{name} has ended; starting it again[/]")
                server.start()
        for process in self.processes:
            if process.program.running:
                continue
            if time.monotonic() - process.started > 60:
                process.failures = 0
            if stop_requested.wait(process.pause()):
                return
            process.failures += 1
            self.say(f"[red]{process.name} has ended; starting it again[/]")
            process.program.stop()
            process.start()
            self._write_env(servers)

    def _let_join(self, servers: Servers) -> None:
        """Start the intakes of sites that were opened meanwhile, beside what runs; tell of them when they are ready."""
        new = [site for site in opening.laid_down(self.folder) if site not in self.sites]
        for site in new:
            self.say(f"{site} was opened; starting its intake")
            self.sites.append(site)
            intake = self._service("intake", site, servers)
            intake.start()
            self.processes.insert(-1, intake)  # the gateway is last
            self.joining.append(intake)
        if new:
            self._tell_where([process for process in self.processes if process.ready_at])
            self._reload_gateway()
        for process in [process for process in self.joining if process.ready()]:
            self.joining.remove(process)
            self._write_env(servers)
            site = process.name.removeprefix("intake/")
            self.say(f"{process.name} is ready: {self.public_url(site)}")
            if self.demo:
                first_start.make_account(self, site)

    def _reload_gateway(self) -> None:
        """Caddy takes the new list of sites in and finishes what it is answering; its process stays the same."""
        gateway = self.processes[-1]
        address = gateway.environment["LOKAL_GATEWAY_ADMIN"].partition("|")[0]
        run, *options = gateway.command[1:]
        assert run == "run"  # noqa: S101
        done = subprocess.run(
            [gateway.command[0], "reload", *options, "--address", address],
            env={**os.environ, **gateway.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            self.say(f"[red]the gateway does not know the new site before it is started again:[/] {done.stderr}")

    def _stop_processes(self) -> None:
        self.say("stopping")
        # The gateway first, so that nobody gets half an answer; each process finishes what it holds.
        for process in reversed(self.processes):
            process.program.ask_to_stop()
        for process in reversed(self.processes):
            process.program.stop(seconds=20)
        if self.socket_folder:
            shutil.rmtree(self.socket_folder, ignore_errors=True)

    # ---- what others learn of it ---------------------------------------------------------------------------------

    def _tell_commands(self, servers: Servers) -> None:
        """The command line's verbs, called here and as programs, find the servers before `.local/env` is there."""
        os.environ |= {
            "LOKAL_HOME": str(self.folder),
            "DATABASE_URL": servers.database_url,
            "RABBITMQ_URL": servers.rabbitmq_url,
            "RABBITMQ_MANAGEMENT_URL": servers.rabbitmq_management_url,
            "GATEWAY_URL": self.gateway_url,
        }

    def _write_env(self, servers: Servers) -> None:
        services = [process for process in self.processes if process.ready_at and process not in self.joining]
        values = {
            "GATEWAY_URL": self.gateway_url,
            "RABBITMQ_URL": servers.rabbitmq_url,
            "RABBITMQ_MANAGEMENT_URL": servers.rabbitmq_management_url,
            **{database_variable(each): service_database(servers.database_url, each) for each in CITY_SERVICES},
        }
        for site in self.sites:
            values[database_variable("intake", site)] = service_database(servers.database_url, "intake", site)
        values["METRICS_URLS"] = " ".join(f"{each.name}=http://127.0.0.1:{each.port}/metrics" for each in services)
        values["LOKAL_PIDS"] = " ".join(f"{each.name}={each.program.pid}" for each in services)
        _write_at_once(self.folder / "env", "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items()))

    def program(self, name: str, always_shown: bool = False) -> Program:
        """A program whose log is shown with its name before each line."""
        colour = COLOURS[sum(name.encode()) % len(COLOURS)]

        def show(line: str) -> None:
            if self.quiet and not always_shown:
                return
            self.console.print(f"[{colour}]{name:>24}[/] │ ", end="")
            self.console.print(line, markup=False, soft_wrap=True)

        return Program(name.replace("/", "-"), self.folder, signal.SIGTERM, show)

    def _refuse_used_port(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
            except OSError:
                another = self.port + 1
                raise ServerError(
                    f"Port {self.port} is in use. Another checkout may be running there; "
                    f"with another port: LOKAL_PORT={another} make run"
                ) from None

    def say(self, what: str) -> None:
        """Tell how things go."""
        seconds = time.monotonic() - self.since
        self.console.print(f"[bold]{'lokal':>24}[/] │ {seconds:5.1f} s  {what}", soft_wrap=True)


def _write_at_once(file: Path, text: str) -> None:
    """In one step: a reader never finds half a file."""
    draft = file.with_name(f".{file.name}")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.rename(file)
