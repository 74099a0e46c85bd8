"""The servers that tests and the local host run on."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import aio_pika
import asyncpg
import pytest

from deploy.servers import Servers
from deploy.servers.given import GivenServer
from deploy.servers.postgres import PrivatePostgres, newest_programs
from deploy.servers.process import Program, ServerError, listens, wait_until

private = pytest.mark.skipif(newest_programs() is None, reason="PostgreSQL is not installed here")


async def answer(url: str) -> int:
    """What a working PostgreSQL says."""
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT 42"))
    finally:
        await connection.close()


async def test_a_fresh_database_is_empty_and_ones_own(new_database: Callable[[], str]) -> None:
    """Two databases of one test do not see each other's tables."""
    first, second = [await asyncpg.connect(new_database()) for _ in range(2)]
    try:
        await first.execute("CREATE TABLE household (id int)")
        assert await second.fetchval("SELECT to_regclass('household')") is None
    finally:
        await first.close()
        await second.close()


async def test_the_broker_takes_letters_but_nothing_larger_than_eight_mebibytes(vhost_url: str) -> None:
    """A message of 8 MiB passes, one byte more is refused."""
    async with await aio_pika.connect(vhost_url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("letters", durable=True)
        await channel.default_exchange.publish(aio_pika.Message(b"x" * 8 * 1024 * 1024), queue.name)
        message = await queue.get()
        assert len(message.body) == 8 * 1024 * 1024
        await message.ack()
        with pytest.raises(aio_pika.exceptions.AMQPError, match="larger than"):
            await channel.default_exchange.publish(aio_pika.Message(b"x" * (8 * 1024 * 1024 + 1)), queue.name)


async def test_a_broker_that_is_restarted_still_has_what_it_confirmed(
    running_servers: Servers, new_vhost: Callable[[], str]
) -> None:
    """After a restart at the same address, a message of a quorum queue is still there."""
    broker = running_servers.rabbitmq
    if isinstance(broker, GivenServer):
        pytest.skip("the broker was given by its URL")
    url = new_vhost()
    quorum = {"x-queue-type": "quorum"}
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("kept", durable=True, arguments=quorum)
        persistent = aio_pika.Message(b"here", delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await channel.default_exchange.publish(persistent, queue.name)
    broker.restart()
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("kept", durable=True, arguments=quorum)
        message = await queue.get(timeout=20)
        assert message.body == b"here"
        await message.ack()


async def test_a_database_killed_and_restarted_still_has_what_was_committed(
    running_servers: Servers, empty_database_url: str
) -> None:
    """After SIGKILL and after an orderly restart, at the same address, the committed row is there."""
    postgres = running_servers.postgres
    if isinstance(postgres, GivenServer):
        pytest.skip("the database server was given by its URL")
    connection = await asyncpg.connect(empty_database_url)
    await connection.execute("CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)")
    postgres.kill()
    postgres.start()
    postgres.wait()
    connection = await asyncpg.connect(empty_database_url)
    assert await connection.fetchval("SELECT id FROM kept") == 7
    await connection.close()
    postgres.restart()
    connection = await asyncpg.connect(empty_database_url)
    assert await connection.fetchval("SELECT id FROM kept") == 7
    await connection.close()


@pytest.fixture
def folder_for_root_only(tmp_path: Path) -> Path:
    """As `mktemp -d` makes them: a place that other users cannot enter."""
    tmp_path.chmod(0o700)
    return tmp_path / "data"


@private
async def test_postgres_runs_from_a_folder_that_its_user_may_not_enter(folder_for_root_only: Path) -> None:
    """The data then lies elsewhere, a link says where, and nothing is left of it afterwards."""
    postgres = PrivatePostgres(folder_for_root_only, throwaway=True)
    try:
        postgres.start()
        postgres.wait()
        assert await answer(postgres.url) == 42
        lies_at = (folder_for_root_only / "postgres").resolve()
    finally:
        postgres.stop()
        postgres.remove_data()
    assert not lies_at.exists()


@private
async def test_an_instance_that_a_killed_run_left_is_ended_at_the_next_start(folder_for_root_only: Path) -> None:
    """The data can be used again although nobody has stopped the first server."""
    left = PrivatePostgres(folder_for_root_only, throwaway=True)
    left.start()
    left.wait()
    next_one = PrivatePostgres(folder_for_root_only, throwaway=True)
    try:
        next_one.start()
        next_one.wait()
        assert await answer(next_one.url) == 42
        assert not left.running
    finally:
        next_one.stop()
        left.stop()
        next_one.remove_data()


def test_a_process_that_merely_has_the_number_of_one_left_behind_is_left_alone(tmp_path: Path) -> None:
    """Numbers are given anew; only a process that started at the noted moment is ours."""
    (tmp_path / "sleeper.pid").write_text(f"{os.getpid()} 1\n")
    Program("sleeper", tmp_path, orphan_signal=signal.SIGKILL).end_left_behind()
    assert not (tmp_path / "sleeper.pid").exists()


def test_a_program_ends_with_the_process_that_started_it_even_if_that_is_killed(tmp_path: Path) -> None:
    """SIGKILL to us ends what we have started."""
    script = (
        "import sys, time; from pathlib import Path; from deploy.servers.process import Program, free_port\n"
        "port = free_port(); program = Program('listener', Path(sys.argv[1]))\n"
        "program.start([sys.executable, '-m', 'http.server', '--bind', '127.0.0.1', str(port)])\n"
        "print(port, flush=True); time.sleep(600)"
    )
    owner = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert owner.stdout
    port = int(owner.stdout.readline())
    wait_until(lambda: listens(port), "the listener", 20)
    owner.kill()
    owner.wait()
    wait_until(lambda: not listens(port), "the listener's end", 20)
    owner.stdout.close()


def test_a_program_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    """The error says which program ended, and what it wrote last."""
    program = Program("broken", tmp_path)
    program.start(["sh", "-c", "echo no such configuration >&2; exit 3"])
    with pytest.raises(ServerError, match="no such configuration"):
        wait_until(lambda: False, "broken", 10, program)
    program.stop()
