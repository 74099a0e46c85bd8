"""The programs of docs/partners.md, word for word: each receives a referral, accepts it and confirms the deletion."""

import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from shared.messaging.partners import partner_queue
from shared.web.identity import Role
from tests.component.referrals.connected import System, Systems
from tests.component.referrals.scene import Scene
from tests.component.referrals.test_partner_systems import HELPER, systems
from tests.waiting import eventually

__all__ = ["systems"]

ROOT = Path(__file__).parents[3]
GUIDE = ROOT / "docs" / "partners.md"
MODULES = ROOT / "tests" / "guide"
JARS = ("amqp-client", "gson", "slf4j-api")
LONGEST = 40
"""Lines that an example may have."""


def example(language: str) -> str:
    """The guide's program in a language."""
    found = re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert len(found) == 1
    return str(found[0])


def node() -> str:
    """Node, which is a wheel of ours where the machine has none."""
    ours = ROOT / ".venv" / "node" / "bin"
    found = shutil.which("node", path=f"{os.environ.get('PATH', '')}{os.pathsep}{ours}")
    assert found, "make setup-test installs Node"
    return found


def command(language: str, folder: Path) -> list[str]:
    """How the guide's program is started, written into a folder."""
    match language:
        case "python":
            (folder / "partner.py").write_text(example(language))
            return [sys.executable, "partner.py"]
        case "careless":
            (folder / "partner.py").write_text(BAD)
            return [sys.executable, "partner.py"]
        case "javascript":
            (folder / "partner.js").write_text(example(language))
            (folder / "node_modules").symlink_to(MODULES / "node_modules")
            return [node(), "partner.js"]
    (folder / "Partner.java").write_text(example(language))
    java = shutil.which("java")
    assert java, "openjdk-17-jdk-headless is missing"
    return [java, "-cp", ":".join(f"/usr/share/java/{jar}.jar" for jar in JARS), "Partner.java"]


@asynccontextmanager
async def running(language: str, system: System, folder: Path) -> AsyncIterator[None]:
    """The partner's program runs meanwhile; what it says is told if something fails."""
    environment = {**os.environ, "LOKAL_URL": system.url, "LOKAL_PARTNER": system.slug}
    with (folder / "output").open("wb") as output:
        program = await asyncio.create_subprocess_exec(
            *command(language, folder), cwd=folder, env=environment, stdout=output, stderr=output
        )
        try:
            yield
        except BaseException:
            print((folder / "output").read_text())  # noqa: T201
            raise
        finally:
            if program.returncode is None:
                program.kill()
            await program.wait()


@pytest.mark.parametrize("language", ["python", "javascript", "java"])
async def test_the_guides_program(systems: Systems, language: str, tmp_path: Path) -> None:
    """Nothing but the URL and the slug, and the loop is closed."""
    assert len(example(language).splitlines()) < LONGEST
    scene = await Scene(systems.referrals).set_up()
    system = await systems.connect(HELPER)
    async with systems.heard(), running(language, system, tmp_path):
        referral = await scene.sent()
        await eventually(lambda: _is(scene, referral, "accepted"), seconds=40)
        await scene.step(referral, "cancel", Role.TEAM, reason="sender")
        await eventually(lambda: _deletion_confirmed(systems), seconds=40)
        async with systems.broker.management() as management:

            async def all_is_read() -> bool:
                queues = {queue.name: queue.messages for queue in await management.queues()}
                return not queues[partner_queue(HELPER)]

            await eventually(all_is_read)
    said = (tmp_path / "output").read_text()
    assert "referral-requested.v1" in said
    assert "referral-accepted.v1" in said


BAD = """
import asyncio, json, os
import aio_pika

async def main():
    connection = await aio_pika.connect(os.environ["LOKAL_URL"])
    channel = await connection.channel()
    queue = await channel.get_queue("partner." + os.environ["LOKAL_PARTNER"], ensure=False)
    commands = await channel.get_exchange("lokal.partner", ensure=False)
    async with queue.iterator() as messages:
        async for message in messages:
            event = json.loads(message.body)
            if event["type"].endswith("referral-requested.v1"):
                body = {"specversion": "1.0", "id": event["id"], "source": "/", "data": {"referral": "?"},
                        "type": "de.dortmund.lokal-willkommen.accept-referral.v1"}
                key = os.environ["LOKAL_PARTNER"] + ".accept.v1"
                await commands.publish(aio_pika.Message(json.dumps(body).encode()), key)

asyncio.run(main())
"""
"""A program as it should not be: it names no user, knows no schema, and acknowledges nothing."""


async def test_a_rehearsal(systems: Systems, tmp_path: Path) -> None:
    """The guide's program passes; a careless one is told what is wrong with it; nobody at all is told as well."""
    system = await systems.connect(HELPER)
    assert "FAILED  somebody reads" in await systems.lokal("partner", "simulate", HELPER, "--seconds", "7", status=1)
    async with systems.heard():
        async with running("python", system, tmp_path):
            await eventually(lambda: _is_read(systems))
            told = await systems.lokal("partner", "simulate", HELPER)
        assert "FAILED" not in told
        assert "came" in told
        careless = tmp_path / "careless"
        careless.mkdir()
        async with running("careless", system, careless):
            await eventually(lambda: _is_read(systems))
            told = await systems.lokal("partner", "simulate", HELPER, "--seconds", "7", status=1)
    for what in ("were acknowledged", "name your user", "as the contract has them: against_schema referral_id"):
        assert f"FAILED  {what}" in told or f"{what}" in told, told
    assert told.count("FAILED") == 3, told


async def _is_read(systems: Systems) -> bool:
    async with systems.broker.management() as management:
        return any(queue.consumers for queue in await management.queues() if queue.name == partner_queue(HELPER))


async def _is(scene: Scene, referral: str, state: str) -> bool:
    return await scene.state(referral) == state


async def _deletion_confirmed(systems: Systems) -> bool:
    return bool(await systems.referrals.rows("select 1 from deletion_request where confirmed_at is not null"))
