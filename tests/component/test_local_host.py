"""The local host: `lokal run` on free ports with a folder of its own."""

import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from deploy.servers.postgres import newest_programs
from deploy.servers.process import Program, free_port, listens, wait_until
from deploy.servers.rabbitmq import SERVER

pytestmark = [
    pytest.mark.skipif(newest_programs() is None or not SERVER.exists(), reason="the servers are not installed here"),
    pytest.mark.timeout(300),
]
LOKAL = str(Path(sys.executable).parent / "lokal")


@dataclass
class Host:
    """A running local host."""

    folder: Path
    port: int
    program: Program

    @property
    def env(self) -> dict[str, str]:
        """What `.local/env` says, read as a shell would."""
        lines = (self.folder / "env").read_text().splitlines()
        return {name: shlex.split(value)[0] for name, value in (line.split("=", 1) for line in lines)}

    def pairs(self, name: str) -> dict[str, str]:
        """A variable with space-separated `name=value` pairs."""
        return dict(pair.split("=", 1) for pair in self.env[name].split())

    def processes(self) -> set[int]:
        """Every process that has the host's folder in its command line, environment or working folder."""
        mark = str(self.folder).encode()
        found = set()
        for process in Path("/proc").glob("[0-9]*"):
            try:
                told = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
            except OSError:
                continue
            if mark in told and process.name != str(os.getpid()):
                found.add(int(process.name))
        return found

    def get(self, path: str, host: str = "127.0.0.1") -> httpx.Response:
        """Ask the gateway."""
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", headers={"Host": host}, timeout=30)


def start(folder: Path) -> Host:
    """Start a local host without demo data, with the private servers, and wait until it says that it is ready."""
    port = free_port()
    without = {"RABBITMQ_URL", "DATABASE_URL", "DOCKER_HOST", "LOKAL_PORT"}
    env = {name: value for name, value in os.environ.items() if name not in without}
    program = Program("lokal-run", folder.with_name(f"{folder.name}-host"), signal.SIGTERM)
    program.start([LOKAL, "run", "--no-demo", "--port", str(port)], env={**env, "LOKAL_HOME": str(folder)})
    host = Host(folder, port, program)
    wait_until((folder / "env").exists, "the local host", 120, program)
    return host


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """One host for this module's tests, which the last of them stops."""
    with tempfile.TemporaryDirectory(prefix="lokal-host-test-", dir="/var/tmp") as place:
        Path(place).chmod(0o711)
        running = start(Path(place) / "local")
        yield running
        running.program.stop(seconds=40)


def test_the_pages_of_site_and_city_are_behind_one_gateway(host: Host) -> None:
    """Both sign-ins answer at one origin, also by the site's own host name."""
    assert host.get("/sign-in").status_code == 200
    assert host.get("/sign-in", "brackel-aplerbeck.localhost").status_code == 200
    assert host.get("/reporting/sign-in").status_code == 200


@pytest.mark.parametrize("path", ["/health/ready", "/metrics", "//metrics", "/%6detrics", "/health", "/admin"])
def test_what_is_not_for_the_outside_does_not_pass_the_gateway(host: Host, path: str) -> None:
    """Health, metrics and unknown paths get the gateway's own page."""
    answer = host.get(path)
    assert answer.status_code == 404
    assert "Diese Seite gibt es nicht" in answer.text


def test_the_environment_file_tells_where_everything_is(host: Host) -> None:
    """Its variables lead to the gateway, the metrics and the processes."""
    assert host.env["GATEWAY_URL"] == f"http://127.0.0.1:{host.port}"
    assert set(host.pairs("METRICS_URLS")) == {"reporting", "referrals", "volunteers", "intake/brackel-aplerbeck"}
    for url in host.pairs("METRICS_URLS").values():
        assert "lokal_" in httpx.get(url).text
    for pid in host.pairs("LOKAL_PIDS").values():
        assert b"services." in Path(f"/proc/{pid}/cmdline").read_bytes()
    assert httpx.get(f"{host.env['RABBITMQ_MANAGEMENT_URL']}/api/overview").status_code == 200
    assert host.env["DATABASE_URL_REPORTING"].endswith("/lokal_reporting")
    assert host.env["DATABASE_URL_REFERRALS"].endswith("/lokal_referrals")
    assert host.env["DATABASE_URL_INTAKE_BRACKEL_APLERBECK"].endswith("/lokal_intake_brackel_aplerbeck")


def test_while_reporting_is_killed_its_pages_say_so_and_it_is_started_again(host: Host) -> None:
    """SIGKILL: a German page instead of an error, another process soon after, and the file names it."""
    killed = int(host.pairs("LOKAL_PIDS")["reporting"])
    os.kill(killed, signal.SIGKILL)
    shown = None
    answer = host.get("/reporting/sign-in")
    if answer.status_code == 502:
        shown = answer.text
        assert host.get("/sign-in").status_code == 200, "the site's own pages go on"
    wait_until(lambda: int(host.pairs("LOKAL_PIDS")["reporting"]) != killed, "a new process", 60)
    wait_until(lambda: host.get("/reporting/sign-in").status_code == 200, "reporting", 60)
    assert shown is not None
    assert "Die Stadt ist gerade nicht erreichbar" in shown


def test_a_second_host_in_the_same_folder_is_refused(host: Host) -> None:
    """It says that another one runs, and disturbs nothing."""
    second = subprocess.run(
        [LOKAL, "run", "--port", str(free_port())],
        env={**os.environ, "LOKAL_HOME": str(host.folder)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert second.returncode == 1
    assert "Another process" in second.stderr
    assert host.get("/sign-in").status_code == 200


def test_a_port_in_use_is_named_with_the_way_out(host: Host, tmp_path: Path) -> None:
    """The message says which port, and how to take another."""
    second = subprocess.run(
        [LOKAL, "run", "--port", str(host.port)],
        env={**os.environ, "LOKAL_HOME": str(tmp_path / "other")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert second.returncode == 1
    assert f"Port {host.port} is in use" in second.stderr
    assert "LOKAL_PORT=" in second.stderr


def test_sigterm_stops_everything_and_leaves_no_process(host: Host) -> None:
    """Services, gateway, servers, epmd and workers are gone, and so is the environment file."""
    assert host.processes()
    host.program.ask_to_stop()
    wait_until(lambda: not host.program.running, "the end", 60)
    wait_until(lambda: not host.processes(), "the end of all processes", 20)
    assert not listens(host.port)
    assert not (host.folder / "env").exists()


def test_a_killed_host_leaves_no_process_either_and_the_next_one_starts(host: Host) -> None:
    """SIGKILL to the host alone: its guards end what it has started; the data is used again."""
    again = start(host.folder)
    assert again.program.process
    again.program.process.kill()
    again.program.process.wait()
    wait_until(lambda: not again.processes(), "the end of all processes", 30)
    again.program.stop()
