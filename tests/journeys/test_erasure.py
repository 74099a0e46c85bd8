"""Families are erased in the running system: no mark is found, whatever is killed, and no backup brings them back.

That the scan sees is shown by the marks that it finds before; in queues, stream and logs by `test_marker_scan`.
"""

import asyncio
import os
import re
import signal
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from deploy.servers import Servers
from deploy.servers.process import wait_until
from tests.journeys import test_marker_scan as scan
from tests.journeys.conftest import SITE, Stack, running_stack

SECONDS = 60
INTAKE = f"intake-{SITE}"
MARKS = re.compile(
    "|".join([*(word for word in scan.WORDS if word != "Xqsuche"), scan.BIRTH, scan.PHONE]).encode(), re.IGNORECASE
)
"""Without the words of a search and of a request's key: they belong to whoever has searched and asked."""
REPORTING_TABLES = [
    "event_archive",
    "household",
    "household_fact",
    "household_period",
    "first_visit",
    "need",
    "contact",
]


@pytest.fixture(scope="module")
def stack(running_servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A city of its own: what is erased here would be missing to others."""
    with running_stack(running_servers, tmp_path_factory.mktemp("erasure")) as stack:
        yield stack


def test_erased_everywhere_and_for_good(stack: Stack, running_servers: Servers) -> None:
    """Killed between commit and acknowledgement it goes on; no place holds a mark; nor after a restore."""
    asyncio.run(scan._declare_spy(stack.rabbitmq_url))
    scan._plant(stack)
    scan._use_everything(stack)
    wait_until(lambda: stack.all_told(others=1), "every event in the archive", SECONDS)
    urls = {name: url for name, url in stack.variables().items() if name.startswith("DATABASE_URL_")}
    assert {match.decode() for match in MARKS.findall(_databases(urls))} >= {scan.BIRTH, scan.PHONE}
    figures = _figures(stack)
    backup = _with_stack_stopped(stack, lambda: asyncio.run(_copy(urls)))
    stack.start()

    households = [str(id) for id in stack.ask(INTAKE, "select array_agg(id) from household")]
    persons = [str(id) for id in stack.ask(INTAKE, "select array_agg(id) from person")]
    _erase_while_dying(stack, households)
    wait_until(lambda: _open(stack) == 0, "every erasure complete", SECONDS)

    _assert_gone(stack, running_servers, urls, households, persons)
    assert _figures(stack) == figures

    _with_stack_stopped(stack, lambda: asyncio.run(_restore(urls, backup)))
    assert MARKS.search(_databases(urls)), "the backup has brought the family back"
    stack.start()
    assert "erased again" in (stack.folder / "run.log").read_text(errors="replace")
    wait_until(lambda: _open(stack) == 0, "every erasure complete again", SECONDS)
    _assert_gone(stack, running_servers, urls, households, persons)


def _erase_while_dying(stack: Stack, households: list[str]) -> None:
    """Reporting stands still while the intake erases; the intake is killed before it can hear an answer."""
    pids = {
        name: int(pid) for name, _, pid in (pair.partition("=") for pair in stack.variables()["LOKAL_PIDS"].split())
    }
    os.kill(pids["reporting"], signal.SIGSTOP)
    try:
        with stack.client() as team:
            for household in households:
                answer = team.post(f"/intake/api/v1/households/{household}/erasure", json={"because": "asked"})
                assert answer.status_code == 201, answer.text
                city = ("referrals", "reporting", "volunteers")
                assert sorted(answer.json()["missing"]) == [f"/sites/city/{service}" for service in city]
        os.kill(pids[f"intake/{SITE}"], signal.SIGKILL)
        time.sleep(0.5)
        assert _open(stack) == len(households)
    finally:
        os.kill(pids["reporting"], signal.SIGCONT)
    before = pids[f"intake/{SITE}"]
    wait_until(lambda: f"intake/{SITE}={before}" not in stack.variables()["LOKAL_PIDS"], "a new intake", SECONDS)


def _open(stack: Stack) -> int:
    return stack.count(INTAKE, "select count(*) from erasure where completed_at is null")


def _figures(stack: Stack) -> list[Any]:
    """What reporting counts, without the days since the erasure has closed the files."""
    return [
        stack.ask("reporting", query)
        for query in (
            "select count(*) from household where counted",
            "select sum(persons) from household",
            "select count(*) from contact where not void",
            "select count(*) from need",
            "select count(*) from first_visit",
            "select count(*) from event_archive where type like '%contact%'",
        )
    ]


def _assert_gone(
    stack: Stack, servers: Servers, urls: dict[str, str], households: list[str], persons: list[str]
) -> None:
    """No mark in any database, queue, stream, log or metric; no id in what reporting keeps of its households."""
    places = {"databases": _databases(urls)}
    places |= asyncio.run(scan._read_broker(stack)) | scan._read_files(stack, servers) | scan._read_metrics(stack)
    found = {name: sorted({match.decode() for match in MARKS.findall(read)}) for name, read in places.items()}
    assert {name: marks for name, marks in found.items() if marks} == {}
    for table in REPORTING_TABLES:
        body = "convert_from(t.body, 'UTF8')" if table == "event_archive" else "t::text"
        kept = "where t.type not like '%eras%'" if table == "event_archive" else ""
        text = stack.ask("reporting", f"select coalesce(string_agg({body}, ' '), '') from {table} t {kept}")
        assert [id for id in (*households, *persons) if id in text] == [], table
    with stack.client() as team:
        for household in households:
            assert team.get(f"/intake/api/v1/households/{household}").status_code == 404
            assert team.get(f"/intake/api/v1/households/{household}/export").status_code == 404
        assert team.get("/intake/api/v1/households", params={"closed": "true"}).json()["items"] == []


def _with_stack_stopped(stack: Stack, work: Any) -> Any:
    stack.stop()
    return work()


def _databases(urls: dict[str, str]) -> bytes:
    """Every row of every table of every database of the run, bytes as they are."""
    return b"".join(asyncio.run(_read(url)) for url in urls.values())


async def _read(url: str) -> bytes:
    connection = await asyncpg.connect(url)
    try:
        read = []
        for table in await connection.fetch("select tablename from pg_tables where schemaname = 'public'"):
            for row in await connection.fetch(f'select * from "{table[0]}"'):
                read += [value if isinstance(value, bytes) else str(value).encode() for value in row.values()]
        return b" ".join(read)
    finally:
        await connection.close()


def _intake_url(urls: dict[str, str]) -> str:
    (url,) = [url for name, url in urls.items() if "INTAKE" in name]
    return url


async def _copy(urls: dict[str, str]) -> str:
    """A copy of the intake's database as it is now."""
    name = urlsplit(_intake_url(urls)).path[1:]
    await _on_server(urls, f'create database "{name}_backup" template "{name}"')
    return f"{name}_backup"


async def _restore(urls: dict[str, str], backup: str) -> None:
    name = urlsplit(_intake_url(urls)).path[1:]
    await _on_server(urls, f'drop database "{name}" with (force)', f'alter database "{backup}" rename to "{name}"')


async def _on_server(urls: dict[str, str], *statements: str) -> None:
    connection = await asyncpg.connect(urlunsplit(urlsplit(_intake_url(urls))._replace(path="/postgres")))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
