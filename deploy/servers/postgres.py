"""A private PostgreSQL from Debian's package: own data, own port, loopback only."""

import hashlib
import os
import pwd
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from deploy.servers.process import Program, ServerError, free_port, secret, wait_until

USER = "lokal"


def newest_programs() -> Path | None:
    """The folder with the newest installed server's programs (Debian keeps several versions side by side)."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@dataclass
class PrivatePostgres:
    """One instance whose files lie in `folder`/postgres.

    `throwaway` leaves out the flushes to the disk: what was committed still survives the server's end, even by SIGKILL,
    but not the machine's.
    """

    folder: Path
    throwaway: bool = False
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self._program = Program("postgres", self.folder, orphan_signal=signal.SIGQUIT)
        self._drop = _drop_to_other_user() if os.geteuid() == 0 else []

    @property
    def url(self) -> str:
        return f"postgresql://{USER}:{secret(self.folder, 'postgres')}@127.0.0.1:{self.port}/lokal"

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self._program.running

    def start(self) -> None:
        """Start it, after creating the data when there is none; `wait` says when it answers."""
        programs = newest_programs()
        if programs is None:
            raise ServerError("PostgreSQL is not installed: apt-get install postgresql")
        self._program.end_left_behind()
        data = self._data_folder()
        if not (data / "PG_VERSION").exists():
            self._create(programs, data)
        _refuse_other_version(programs, data)
        # Left by a machine that was switched off; the server would refuse to start if the number is in use again.
        (data / "postmaster.pid").unlink(missing_ok=True)
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "300",
            "timezone": "UTC",
            # Client data must not reach the log with a failed statement.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
        }
        if self.throwaway:
            settings |= {"fsync": "off", "full_page_writes": "off"}
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._program.start([*self._drop, str(programs / "postgres"), "-D", str(data), *flags], cwd=Path("/"))

    def wait(self, seconds: float = 30) -> None:
        """Return when it takes connections (it says so in the last line of postmaster.pid, which pg_ctl reads too)."""
        pid_file = self._data_folder() / "postmaster.pid"

        def ready() -> bool:
            try:
                return pid_file.read_text().rstrip().endswith("ready")
            except FileNotFoundError:
                return False

        wait_until(ready, "PostgreSQL", seconds, self._program)

    def end_left_behind(self) -> None:
        """End the instance that a killed run has left."""
        self._program.end_left_behind()

    def stop(self) -> None:
        """Fast shutdown: clients are disconnected, the data is written."""
        if self.throwaway:
            self.kill()
        else:
            self._program.stop(signal.SIGINT, seconds=30)

    def kill(self) -> None:
        """As by a power cut; its workers notice within moments that the server is gone, and end too."""
        self._program.kill()

    def restart(self) -> None:
        """Fast shutdown and start on the same port with the same data."""
        self._program.stop(signal.SIGINT, seconds=30)
        self.start()
        self.wait()

    def remove_data(self) -> None:
        """Delete all its files, also those outside of `folder`."""
        shutil.rmtree(self._data_folder(), ignore_errors=True)

    def _create(self, programs: Path, data: Path) -> None:
        if self._drop:
            user = pwd.getpwnam(self._drop[1].partition("=")[2])
            os.chown(data, user.pw_uid, user.pw_gid)
        self._as_server_user(
            str(programs / "initdb"),
            f"--pgdata={data}",
            f"--username={USER}",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )
        # Before it ever listens: a password, and nothing but the loopback with that password.
        password = secret(self.folder, "postgres")
        (data / "pg_hba.conf").write_text("host all all 127.0.0.1/32 scram-sha-256\n")
        self._as_server_user(
            *(str(programs / "postgres"), "--single", "-D", str(data), "-c", "fsync=off", "postgres"),
            statements=(
                f"ALTER ROLE {USER} PASSWORD '{password}'",
                f"CREATE DATABASE lokal OWNER {USER}",  # where clients connect before their own database exists
            ),
        )

    def _as_server_user(self, *command: str, statements: tuple[str, ...] = ()) -> None:
        done = subprocess.run(
            [*self._drop, *command],
            input="".join(f"{statement}\n" for statement in statements),
            capture_output=True,
            text=True,
            cwd="/",
        )
        if done.returncode or "ERROR:" in done.stderr:
            shutil.rmtree(self._data_folder(), ignore_errors=True)
            raise ServerError(f"{Path(command[0]).name} failed:\n{done.stderr}")

    def _data_folder(self) -> Path:
        """`folder`/postgres; where the server's user may not enter `folder`, a link to a place where it may."""
        wanted = self.folder / "postgres"
        if wanted.exists():
            return wanted.resolve()
        wanted.parent.mkdir(parents=True, exist_ok=True)
        if self._drop and subprocess.run([*self._drop, "test", "-x", str(wanted.parent.resolve())]).returncode:
            name = hashlib.sha256(str(wanted.resolve()).encode()).hexdigest()[:16]
            elsewhere = Path("/var/tmp") / f"lokal-{name}"  # noqa: S108 (ownership is checked below)
            elsewhere.mkdir(mode=0o700, exist_ok=True)
            if elsewhere.is_symlink() or elsewhere.stat().st_uid not in {0, _uid(self._drop)}:
                raise ServerError(f"{elsewhere} belongs to somebody else")
            wanted.unlink(missing_ok=True)
            wanted.symlink_to(elsewhere)
            return elsewhere
        wanted.mkdir(mode=0o700)
        return wanted.resolve()


def _drop_to_other_user() -> list[str]:
    """PostgreSQL refuses to run as root: the words that start a program as another user."""
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return ["setpriv", f"--reuid={name}", f"--regid={user.pw_gid}", "--clear-groups", "--reset-env"]
    raise ServerError("PostgreSQL refuses to run as root, and there is no user postgres or nobody")


def _uid(drop: list[str]) -> int:
    return pwd.getpwnam(drop[1].partition("=")[2]).pw_uid


def _refuse_other_version(programs: Path, data: Path) -> None:
    """A newer PostgreSQL cannot read an older one's files; better said here than in a log."""
    written_by = (data / "PG_VERSION").read_text().strip()
    found = re.search(r"/postgresql/(\d+)/", f"{programs}/")
    if found and found[1] != written_by:
        raise ServerError(
            f"The data in {data} was written by PostgreSQL {written_by}, installed is {found[1]}: "
            f"apt-get install postgresql-{written_by}, or delete the folder to begin anew"
        )
