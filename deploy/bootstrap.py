"""Installs what a machine lacks to run, test or check the project; asks nothing; does nothing twice.

Runs on the system's Python (3.11 or later) with the standard library alone, before anything else is installed.
What cannot be installed is named with the command that would do it.
"""

import argparse
import contextlib
import fcntl
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements.lock"
INSTALLERS_LOCK = ROOT / "deploy" / "installers.lock"  # uv
NODE_LOCK = ROOT / "deploy" / "node.lock"  # Node and npm as a wheel

# Debian's package, and a file that tells that it is there.
POSTGRESQL = ("postgresql", "/usr/lib/postgresql/*/bin/initdb")
RABBITMQ = ("rabbitmq-server", "/usr/lib/rabbitmq/bin/rabbitmq-server")
CHROMIUM = ("chromium", "/usr/bin/chromium")
# What the Java example of the partner guide is run with.
JAVA = (
    ("openjdk-17-jdk-headless", "/usr/lib/jvm/java-*/bin/javac"),
    ("librabbitmq-client-java", "/usr/share/java/amqp-client.jar"),
    ("libgoogle-gson-java", "/usr/share/java/gson.jar"),
    ("libslf4j-java", "/usr/share/java/slf4j-api.jar"),
)
GUIDE = ROOT / "tests" / "guide"  # what its JavaScript example is run with


class Impossible(Exception):
    """Something is missing that we may not or cannot install; the text says what would."""


def main() -> None:
    """Install for one purpose: `check` needs Python packages only, `run` also servers and assets, `test` a browser."""
    purpose = argparse.ArgumentParser(description=__doc__)
    purpose.add_argument("purpose", choices=["check", "run", "test"])
    wanted = purpose.parse_args().purpose
    try:
        if not (3, 11) <= sys.version_info < (3, 14):
            raise Impossible("Python 3.11, 3.12 or 3.13 is needed; with another name: make PYTHON=python3.11 …")
        with alone():
            if wanted != "check":
                debian_packages(missing_packages(for_tests=wanted == "test"))
            python_packages()
            if wanted != "check":
                web_assets()
            if wanted == "test":
                guide_packages()
    except Impossible as why:
        sys.exit(f"Set-up is not complete. {why}")
    except subprocess.CalledProcessError as failed:
        sys.exit(f"Set-up is not complete. This failed: {' '.join(map(str, failed.cmd))}\n{failed.output or ''}")


def missing_packages(for_tests: bool) -> list[str]:
    """Debian packages for servers that are neither given by their URL nor to be had as containers."""
    wanted = [CHROMIUM, *JAVA] if for_tests else []
    if not engine_answers():
        wanted += [] if os.environ.get("DATABASE_URL") else [POSTGRESQL]
        wanted += [] if os.environ.get("RABBITMQ_URL") else [RABBITMQ]
    return [name for name, file in wanted if not any(Path("/").glob(file.lstrip("/")))]


def engine_answers() -> bool:
    """Whether containers are to be had; the socket of an engine that is off, or not ours to use, is none."""
    if os.environ.get("DOCKER_HOST"):
        return True
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex("/var/run/docker.sock") == 0


def debian_packages(names: list[str]) -> None:
    """Install with apt-get, without starting any server that a package brings."""
    if not names:
        return
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    install = ["apt-get", "install", "-y", "--no-install-recommends", *names]
    impossible = Impossible(f"Run as root: {' '.join(install)}")
    if not shutil.which("apt-get"):
        raise Impossible(f"This is no Debian system; install by hand: {' '.join(names)}")
    if as_root and (not shutil.which("sudo") or run(["sudo", "-n", "true"], check=False).returncode):
        raise impossible
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    command = [*as_root, *environment, *install, "-o", "DPkg::Lock::Timeout=300"]
    with step(f"installing {', '.join(names)}"), no_servers_started(as_root):
        if run(command, check=False).returncode == 0:
            return
        # The lists are missing or too old. Not refreshed before: that takes longer than most installs.
        run([*as_root, "apt-get", "update", "-qq"], check=False)
        if (done := run(command, check=False)).returncode:
            raise Impossible(f"{impossible}\n{done.stdout}")


@contextlib.contextmanager
def no_servers_started(as_root: list[str]) -> Iterator[None]:
    """Packages' scripts ask /usr/sbin/policy-rc.d whether they may start a service: 101 means no."""
    policy, aside = Path("/usr/sbin/policy-rc.d"), Path("/usr/sbin/policy-rc.d.lokal-aside")
    was_there = policy.exists()
    if was_there:
        run([*as_root, "mv", policy, aside])
    try:
        run([*as_root, "sh", "-c", f"printf '#!/bin/sh\\nexit 101\\n' > {policy} && chmod 755 {policy}"])
        yield
    finally:
        run([*as_root, "mv", aside, policy] if was_there else [*as_root, "rm", "-f", policy])


def python_packages() -> None:
    """The virtual environment, exactly as locked, and the project itself in it (editable)."""
    stamp = VENV / ".installed"
    state = digest(LOCK, ROOT / "pyproject.toml", INSTALLERS_LOCK)
    if stamp.exists() and stamp.read_text() == state:
        return
    if not PYTHON.exists():
        if run([sys.executable, "-c", "import ensurepip"], check=False).returncode:
            debian_packages([f"python3.{sys.version_info.minor}-venv"])
        with step("making a virtual environment"):
            run([sys.executable, "-m", "venv", VENV])
    with step("installing Python packages"):
        # Compiled here once: else every start pays for it where PYTHONDONTWRITEBYTECODE is set (4 s a service).
        pip_install("--require-hashes", "-r", INSTALLERS_LOCK)
        uv_sync: list[str | Path] = [
            VENV / "bin" / "uv",
            "--quiet",
            "pip",
            "sync",
            "--require-hashes",
            "--compile-bytecode",
            LOCK,
        ]
        if run(uv_sync, check=False).returncode:
            # uv does not read pip's configuration, which on some machines is what knows the way to the packages.
            pip_install("--require-hashes", "-r", LOCK)
        pip_install("--no-deps", "--no-build-isolation", "--editable", ROOT)
    stamp.write_text(state)


def pip_install(*arguments: str | Path) -> None:
    """pip in our environment."""
    run([PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", *arguments])


def web_assets() -> None:
    """Style sheets, fonts and scripts that the pages are made of; npm as a wheel where the machine has none."""
    run([PYTHON, "-m", "shared.web.vendor"], env=with_node())


def guide_packages() -> None:
    """What the partner guide's JavaScript example needs, as locked."""
    stamp, lock = GUIDE / "node_modules" / ".installed", GUIDE / "package-lock.json"
    if stamp.exists() and stamp.read_text() == digest(lock):
        return
    environment = with_node()
    npm = shutil.which("npm", path=environment["PATH"])
    if npm is None:
        raise Impossible("npm is missing: apt-get install npm")
    with step("installing what the partner guide's examples need"):
        run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", GUIDE], env=environment)
    stamp.write_text(digest(lock))


def with_node() -> dict[str, str]:
    """The environment with npm on its path; it comes as a wheel where the machine has none."""
    environment = {"PATH": "", **os.environ}
    node = VENV / "node"
    if not shutil.which("npm"):
        if not node.exists():
            with step("installing Node"):
                pip_install("--require-hashes", "--target", node, "-r", NODE_LOCK)
        environment["PATH"] = f"{node / 'bin'}{os.pathsep}{environment['PATH']}"
        environment["PYTHONPATH"] = str(node)
    return environment


def digest(*files: Path) -> str:
    """Changes when one of the files or the Python version does."""
    whole = hashlib.sha256(f"{sys.version_info[:2]}{VENV}".encode())
    for file in files:
        whole.update(file.read_bytes())
    return whole.hexdigest()


def run(
    command: Sequence[str | Path], check: bool = True, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run quietly; what it printed is in the result."""
    return subprocess.run(
        command,
        check=check,
        cwd=ROOT,
        env=env,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


@contextlib.contextmanager
def step(what: str) -> Iterator[None]:
    """Say what is going on, and how long it took."""
    print(f"· {what} …", flush=True)
    started = time.monotonic()
    yield
    print(f"  done in {time.monotonic() - started:.0f} s", flush=True)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Two `make` in one checkout must not install into one environment at once."""
    (ROOT / ".local").mkdir(exist_ok=True)
    with (ROOT / ".local" / "bootstrap.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    main()
