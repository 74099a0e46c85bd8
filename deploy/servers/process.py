"""One program that must not outlive us, and free ports for it.

A server that is left behind keeps its port, its memory and the lock on its data; so every program here is ended in
three ways: by `Program.stop`, by a small guard process when we die without having stopped it (even by SIGKILL), and by
its pid file at the next start when the guard was killed as well.
"""

import contextlib
import os
import random
import secrets
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

# The guard holds the reading end of a pipe that only we write to: it wakes when we are gone, however that happened.
# PR_SET_PDEATHSIG would not do: it fires when the *thread* that started the program ends.
_GUARD = 'read -r _; kill -s "$1" -- "-$2" 2>/dev/null; sleep 5; kill -s KILL -- "-$2" 2>/dev/null'


class ServerError(RuntimeError):
    """A server cannot be had or did not start; the message says why and what would help."""


_handed_out: set[int] = set()


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on, never the same twice.

    Below the kernel's range for outgoing connections (32768 and up), so that none of those takes it before the
    server has bound it.
    """
    while True:
        port = random.randrange(20_000, 32_000)  # noqa: S311 (not a secret)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in _handed_out:
            _handed_out.add(port)
            return port


def secret(folder: Path, name: str) -> str:
    """A password that lies in `folder`/secrets, readable by us only; made when it is first asked for."""
    file = folder / "secrets" / name
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(24))
    return file.read_text()


def listens(port: int) -> bool:
    """Whether something accepts connections on this port of the loopback."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Interrupted(Exception):
    """Somebody asked us to stop while we were waiting for a server."""


stop_requested = threading.Event()
"""Set by whoever handles signals: every wait below then ends with `Interrupted`."""


def wait_until(condition: Callable[[], bool], what: str, seconds: float, program: "Program | None" = None) -> None:
    """Return as soon as `condition` holds; ServerError after `seconds`, or at once when `program` has ended."""
    deadline = time.monotonic() + seconds
    while not condition():
        if program and not program.running:
            raise ServerError(f"{program.name} ended instead of starting:\n{program.last_log_lines()}")
        if time.monotonic() > deadline:
            log = f":\n{program.last_log_lines()}" if program else ""
            raise ServerError(f"{what} was not ready within {seconds:.0f} s{log}")
        if stop_requested.wait(0.03):
            raise Interrupted


@dataclass
class Program:
    """A child process in a session of its own, with log, pid file and guard; `on_line` hears its log as well."""

    name: str
    folder: Path
    orphan_signal: signal.Signals = signal.SIGKILL
    on_line: Callable[[str], None] | None = field(default=None, repr=False)
    process: subprocess.Popen[bytes] | None = None
    _guard: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def log_file(self) -> Path:
        return self.folder / "logs" / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        return self.folder / f"{self.name}.pid"

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        if self.process is None:
            raise ServerError(f"{self.name} was not started")
        return self.process.pid

    def start(self, command: Sequence[str], env: Mapping[str, str] | None = None, cwd: Path | None = None) -> None:
        """Start the program; ends the one that a killed run has left behind."""
        self.end_left_behind()
        for file in (self.log_file, self.pid_file):
            file.parent.mkdir(parents=True, exist_ok=True)
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if self.on_line else log,
                stderr=subprocess.STDOUT,
                env=env,
                cwd=cwd,
                start_new_session=True,
            )
        if self.on_line:
            threading.Thread(target=self._pass_on, args=(self.process, self.on_line), daemon=True).start()
        self.pid_file.write_text(f"{self.process.pid} {_started_at(self.process.pid)}\n")
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, f"guard-{self.name}", self.orphan_signal.name[3:], str(self.process.pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def ask_to_stop(self) -> None:
        """SIGTERM without waiting, so that several programs can finish at once."""
        if self.process is not None and self.running:
            _signal_group(self.process.pid, signal.SIGTERM)

    def stop(self, stop_signal: signal.Signals = signal.SIGTERM, seconds: float = 10) -> None:
        """End the program and its process group; SIGKILL after `seconds`."""
        if self.process is None:
            return
        if self.running:
            _signal_group(self.process.pid, stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
        # What the program has started and left in its group goes with it.
        _signal_group(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._dismiss_guard()
        self.pid_file.unlink(missing_ok=True)
        self.process = None

    def kill(self) -> None:
        """End it as a power cut would."""
        self.stop(signal.SIGKILL)

    def end_left_behind(self) -> None:
        """End the program that an earlier, killed run has left; a process that only has its number is left alone."""
        try:
            pid, started_at = self.pid_file.read_text().split()
        except (FileNotFoundError, ValueError):
            return
        if _started_at(int(pid)) == started_at:
            _signal_group(int(pid), self.orphan_signal)
            deadline = time.monotonic() + 10
            while _started_at(int(pid)) == started_at:
                if time.monotonic() > deadline:
                    _signal_group(int(pid), signal.SIGKILL)
                time.sleep(0.05)
        self.pid_file.unlink(missing_ok=True)

    def last_log_lines(self, lines: int = 15) -> str:
        """The end of the log, for an error message."""
        if not self.log_file.exists():
            return ""
        return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-lines:])

    def _pass_on(self, process: subprocess.Popen[bytes], on_line: Callable[[str], None]) -> None:
        assert process.stdout  # noqa: S101 (it was asked for)
        with self.log_file.open("ab") as log, process.stdout as lines:
            for line in lines:
                log.write(line)
                log.flush()
                on_line(line.decode(errors="replace").rstrip("\n"))

    def _dismiss_guard(self) -> None:
        if self._guard is None:
            return
        # Before its pipe is closed: it would signal a group whose number may by then belong to somebody else.
        self._guard.kill()
        self._guard.wait()
        if self._guard.stdin:
            self._guard.stdin.close()
        self._guard = None


def _signal_group(pid: int, what: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, what)


def _started_at(pid: int) -> str:
    """When the process was started, in clock ticks since boot (proc(5), field 22); "" when it is gone or a zombie."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if after_name[0] == "Z" else after_name[19]
