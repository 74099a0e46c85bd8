"""A private RabbitMQ from Debian's package: own node, own ports, own epmd, loopback only."""

import base64
import json
import os
import shutil
import signal
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

from deploy.servers.process import Program, ServerError, free_port, listens, secret, wait_until

USER = "lokal"
# Not /usr/sbin/rabbitmq-server: that wrapper changes to the user rabbitmq and to the system-wide folders.
SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
PLUGINS = ("rabbitmq_management",)
# Letters between sites are larger than events (256 KiB); anything above is an attack or an error.
MAX_MESSAGE_SIZE = 8 * 1024 * 1024


@dataclass
class PrivateRabbitMQ:
    """One node whose files lie in `folder`/rabbitmq. `throwaway`: its data need not survive `stop`."""

    folder: Path
    throwaway: bool = False
    port: int = field(default_factory=free_port)
    management_port: int = field(default_factory=free_port)
    epmd_port: int = field(default_factory=free_port)
    distribution_port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self._home = self.folder / "rabbitmq"
        self._server = Program("rabbitmq", self.folder)
        # The server would start an epmd by itself, and leave it behind.
        self._epmd = Program("epmd", self.folder)

    @property
    def url(self) -> str:
        return f"amqp://{USER}:{secret(self.folder, 'rabbitmq')}@127.0.0.1:{self.port}/"

    @property
    def management_url(self) -> str:
        return f"http://{USER}:{secret(self.folder, 'rabbitmq')}@127.0.0.1:{self.management_port}"

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self._server.running

    def start(self) -> None:
        """Start it; `wait` says when it answers."""
        if not SERVER.exists():
            raise ServerError("RabbitMQ is not installed: apt-get install rabbitmq-server")
        self._server.end_left_behind()
        self._home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._write_configuration()
        env = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "LANG": "C.UTF-8",
            "HOME": str(self._home),
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": "lokal@localhost",
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_CONFIG_FILE": str(self._home / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._home / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(self._home / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self._home / "log"),
            "RABBITMQ_LOGS": "-",
            # /etc/rabbitmq/rabbitmq-env.conf belongs to the system-wide server.
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_SCRIPTS_DIR": str(self._slim_installation()),
            # The start script then becomes the server instead of waiting beside it.
            "RUNNING_UNDER_SYSTEMD": "true",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }
        self._epmd.start(["epmd"], env=env)
        self._server.start([str(SERVER)], env=env, cwd=self._home)

    def wait(self, seconds: float = 60) -> None:
        """Return when AMQP and the management API answer."""
        wait_until(
            lambda: listens(self.port) and management_answers(self.management_url), "RabbitMQ", seconds, self._server
        )

    def end_left_behind(self) -> None:
        """End the instance that a killed run has left."""
        self._server.end_left_behind()
        self._epmd.end_left_behind()

    def stop(self) -> None:
        """Orderly shutdown (about 6 s, of which the management plugin waits 5); at once when throwaway."""
        self._server.stop(signal.SIGKILL if self.throwaway else signal.SIGTERM, seconds=20)
        self._epmd.stop()

    def kill(self) -> None:
        """As by a power cut: confirmed messages survive.

        But a quorum queue that was declared in the last five seconds may come back without a leader (seen on 3.10).
        """
        self._server.kill()
        self._epmd.stop()

    def restart(self) -> None:
        """Orderly shutdown and start on the same ports with the same data; connections break."""
        self._server.stop(signal.SIGTERM, seconds=20)
        self._epmd.stop()
        self.start()
        self.wait()

    def remove_data(self) -> None:
        """Delete all its files."""
        shutil.rmtree(self._home, ignore_errors=True)

    def _slim_installation(self) -> Path:
        """The installation as links, without the plugins that we do not use; the folder of its scripts.

        For every module that it loads the server looks through all plugins' folders: with forty fewer of them it
        starts in half the time.
        """
        installed, slim = SERVER.resolve().parent.parent, self._home / "installation"
        shutil.rmtree(slim, ignore_errors=True)
        (slim / "plugins").mkdir(parents=True)
        for name in ("sbin", "escript"):
            (slim / name).symlink_to(installed / name)
        needed = (*PLUGINS, "rabbitmq_management_agent", "rabbitmq_web_dispatch", "rabbitmq_prelaunch")
        for plugin in (installed / "plugins").iterdir():
            name = plugin.name.rpartition("-")[0]
            if not name.startswith("rabbitmq_") or name in needed:
                (slim / "plugins" / plugin.name).symlink_to(plugin)
        return slim / "sbin"

    def _write_configuration(self) -> None:
        (self._home / "enabled_plugins").write_text(f"[{','.join(PLUGINS)}].\n")
        (self._home / "rabbitmq.conf").write_text(
            f"listeners.tcp.local = 127.0.0.1:{self.port}\n"
            f"management.tcp.ip = 127.0.0.1\n"
            f"management.tcp.port = {self.management_port}\n"
            f"max_message_size = {MAX_MESSAGE_SIZE}\n"
            f"default_user = {USER}\n"
            f"default_pass = {secret(self.folder, 'rabbitmq')}\n"
        )


def management_answers(url: str) -> bool:
    """Whether the management API at this address (login included) answers, and every stream has its leader again.

    After a start the broker takes connections some moments before its streams; who declares one in between is told
    that it is "down or inaccessible".
    """
    try:
        for queue in json.loads(_call(url, "GET", "/api/queues")):
            if queue.get("type") == "stream":
                same = {"durable": queue["durable"], "arguments": queue["arguments"]}
                _call(url, "PUT", f"/api/queues/{quote(queue['vhost'], safe='')}/{quote(queue['name'], safe='')}", same)
    except OSError:
        return False
    return True


def _call(url: str, method: str, path: str, body: object = None) -> bytes:
    parts = urlsplit(url)
    request = urllib.request.Request(f"http://{parts.hostname}:{parts.port}{path}", method=method)
    login = base64.b64encode(f"{parts.username}:{parts.password}".encode()).decode()
    request.add_header("Authorization", f"Basic {login}")
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, json.dumps(body).encode() if body else None, timeout=5) as answer:  # noqa: S310 (always http)
        return bytes(answer.read())
