"""Three sites on one machine, as `lokal run --site … --site … --site …` starts them: a family moves between them.

The site that the file goes to is killed while it takes it; keys are changed in between. Afterwards the marks of the
family are in the database of the site in charge alone, and in no letter that was on the wire.
"""

import asyncio
import os
import re
import signal
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import aio_pika
import httpx
import pytest
from joserfc import jwe, jws
from joserfc.jwk import OKPKey

from deploy.cli.moments import BERLIN
from deploy.servers import Servers
from deploy.servers.process import wait_until
from services.intake.consumers import LETTERS, letters_queue
from shared.contracts.words import SITES
from shared.letters.sealing import ALGORITHM, SIGNED
from shared.web.keys import letter_key_file, public_jwk, public_jwks
from tests.journeys import test_marker_scan as scan
from tests.journeys.conftest import Stack, running_stack
from tests.unit.intake.hurtful_lists import csv_of, row

HERE, THERE, BEYOND = SITES[0], "hoerde-hombruch", "innenstadt"
CALL = "/intake/api/v1"
SECONDS = 60
TODAY = datetime.now(BERLIN).date()

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def three(running_servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The city and three sites, without data."""
    with running_stack(running_servers, tmp_path_factory.mktemp("three"), (HERE, THERE, BEYOND)) as stack:
        yield stack


def test_each_site_serves_its_districts_and_the_pilot_the_rest(three: Stack) -> None:
    """The register has all of them, with a key to sign and a key for letters, and nothing is wrong."""
    told = three.lokal("site", "keys")
    for site in (HERE, THERE, BEYOND):
        assert len(re.findall(rf"^{site} +(?:letters|signatures) +\S{{43}}$", told, re.M)) == 2
    wait_until(lambda: _status(three) == "", "nothing wrong", SECONDS)
    for site in (THERE, BEYOND):
        answer = httpx.get(
            f"{three.variables()['GATEWAY_URL']}/sign-in", headers={"host": f"{site}.localhost:{_port(three)}"}
        )
        assert answer.status_code == 200


def test_a_family_moves_from_site_to_site(three: Stack, running_servers: Servers) -> None:
    """To a site that is killed over it, on to the third with other keys, and back; no mark is left where it passed."""
    asyncio.run(_spy(three))
    scan._plant(three)
    numbers = iter(range(100, 10_000))
    with three.client() as here, three.client(site=THERE) as there, three.client(site=BEYOND) as beyond:
        household = _post(here, "households", scan._household(numbers))["household_id"]
        need = {"area": "school", "note": scan._mark("Xqnotiz", numbers)}
        _post(here, f"households/{household}/needs", need)

        os.kill(_pid(three, THERE), signal.SIGKILL)
        moved = _post(here, f"households/{household}/moves", _move(numbers, "hoerde", 6))
        assert (moved["handed_over_to"], moved["first_visit_id"]) == (THERE, None)
        _arrives(three, household, THERE)
        assert _get(here, household).status_code == 404
        file = _get(there, household).json()
        assert len(file["persons"]) == 2
        assert [visit["state"] for visit in _visits(there, household)] == ["owed"]

        three.lokal("site", "rotate-keys", BEYOND)
        three.lokal("site", "rotate-keys", THERE)
        _post(there, f"households/{household}/moves", _move(numbers, "innenstadt-nord", 4))
        _arrives(three, household, BEYOND)
        _post(beyond, f"households/{household}/moves", _move(numbers, "hombruch", 2))
        _arrives(three, household, THERE)
        assert _get(there, household).status_code == 200

    wait_until(lambda: _quiet(three), "all letters and events", SECONDS)
    for site in (BEYOND, THERE):
        wait_until(partial(_finished, three, site), f"the last receipt to {site}", SECONDS)
    kept = {site: scan.MARKS.findall(_file(three, site, household)) for site in (HERE, THERE, BEYOND)}
    assert {site for site, marks in kept.items() if marks} == {THERE}
    assert {mark.decode()[:6] for mark in kept[THERE]} >= {"Xqfami", "Xqvorn", "Xqstra", "Xqnoti"}

    places = (
        asyncio.run(scan._read_broker(three)) | scan._read_files(three, running_servers) | scan._read_metrics(three)
    )
    assert {name for name, read in places.items() if scan.PLANTED.encode() not in read} == set()
    sealed = re.findall(rb"eyJ[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", places["queues"])
    assert len(sealed) >= 6, "three letters and three receipts were on the wire"
    found = {name: sorted({match.decode() for match in scan.MARKS.findall(read)}) for name, read in places.items()}
    assert {name: marks for name, marks in found.items() if marks} == {}


def test_another_site_takes_a_list_from_the_command_line(three: Stack, tmp_path: Path) -> None:
    """At its own address: what it serves gets a file there, a row of the pilot's goes there, and its list is its own.

    The address is the service's, since not every machine finds names below `localhost`.
    """
    day = f"{TODAY - timedelta(days=6):%d.%m.%Y}"
    changes = {"Umzug am": day, "Geburtsdatum": ""}
    theirs = row(Aktenzeichen="81/1", Vorname="Nura", Stadtbezirk="Hörde", PLZ="44263", **changes)
    (file := tmp_path / "zweite.csv").write_bytes(csv_of(theirs, row(Aktenzeichen="81/2", **changes)))
    at = ("--site", THERE, "--gateway", three.services[f"intake/{THERE}"])
    assert "2 taken" in three.lokal("imports", "add", str(file), *at)
    assert "zweite.csv" in three.lokal("imports", "list", *at)
    assert "zweite.csv" not in three.lokal("imports", "list", "--site", HERE)
    known = "select case_number from household where case_number like '81/%'"
    wait_until(lambda: three.ask(f"intake-{HERE}", known) == "81/2", "the row of the pilot's", SECONDS)
    assert three.ask(f"intake-{THERE}", known) == "81/1"


def test_a_forged_letter_is_refused_and_seen(three: Stack) -> None:
    """Signed by nobody who may: it has no effect, stands in the metric, and `lokal status` tells of its dead letter."""
    before = _refused(three, HERE)
    asyncio.run(_send(three, HERE, _forged(three)))
    wait_until(lambda: _refused(three, HERE) == before + 1, "the metric", SECONDS)
    wait_until(lambda: f"dead letters in {letters_queue(HERE)}.dead" in _status(three), "the status", SECONDS)
    (letter,) = re.findall(r"forged.*", three.lokal("dead", "list", letters_queue(HERE)))
    assert letter
    assert three.count(f"intake-{HERE}", "select count(*) from letter_refused where reason = 'forged'") == 1
    three.lokal("dead", "drop", letters_queue(HERE), "--all", "--yes")


def test_a_handover_that_hangs_is_told_and_repeated(three: Stack) -> None:
    """After an hour `lokal status` is red; the same letter, sent once more, is taken once."""
    numbers = iter(range(20_000, 30_000))
    asyncio.run(_delete(three, letters_queue(THERE)))
    with three.client() as here:
        household = _post(here, "households", scan._household(numbers))["household_id"]
        _post(here, f"households/{household}/moves", _move(numbers, "hoerde", 6))
    wait_until(lambda: _in_transit(three, HERE) == 1, "one in transit", SECONDS)
    wait_until(partial(_hangs, three, household), "the status", SECONDS)
    (letter,) = re.findall(r'"id": "(\S+)"', three.lokal("handover", "list", "--site", HERE, "--json"))
    sites = [word for site in three.sites for word in ("--site", site)]
    three.lokal("migrate", "--no-databases", *sites)
    assert "1 letters" in three.lokal("handover", "repeat", "--site", HERE, "--letter", letter)
    _arrives(three, household, THERE)
    assert "nothing is on its way" in three.lokal("handover", "list", "--site", HERE)
    assert "no open file belongs there" in three.lokal("handover", "start", "--from", HERE, "--to", THERE, "--yes")


# ---- hands -------------------------------------------------------------------------------------------------------


def _port(stack: Stack) -> str:
    return stack.environment["LOKAL_PORT"]


def _pid(stack: Stack, site: str) -> int:
    pairs = (pair.split("=") for pair in stack.variables()["LOKAL_PIDS"].split())
    return int(dict(pairs)[f"intake/{site}"])


def _status(stack: Stack) -> str:
    """What `lokal status` finds wrong."""
    command = stack.command("status")
    said, _ = command.communicate(timeout=60)
    return "" if command.returncode == 0 else " ".join(said.split())


def _post(client: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(f"{CALL}/{path}", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def _get(client: httpx.Client, household: str) -> httpx.Response:
    return client.get(f"{CALL}/households/{household}")


def _visits(client: httpx.Client, household: str) -> list[dict[str, Any]]:
    answer = client.get(f"{CALL}/first-visits", params={"state": "open"})
    assert answer.status_code == 200, answer.text
    return [visit for visit in answer.json()["items"] if visit["household_id"] == household]


def _move(numbers: Iterator[int], district: str, days: int) -> dict[str, Any]:
    moved_on = (TODAY - timedelta(days=days)).isoformat()
    return {"address": scan._address(numbers, district), "tenancy": "private", "moved_on": moved_on}


def _arrives(stack: Stack, household: str, site: str) -> None:
    """Wait until the site is in charge, and the others have given the file up."""

    def there() -> bool:
        holders = {
            each: stack.ask(f"intake-{each}", f"select standing from household where id = '{household}'")
            for each in stack.sites
        }
        return holders == {each: "in_charge" if each == site else None for each in stack.sites}

    wait_until(there, f"the file at {site}", SECONDS)


def _finished(stack: Stack, site: str) -> bool:
    """Whether the old key is given up, which is refused as long as a letter may be sealed for it."""
    command = stack.command("site", "rotate-keys", site, "--finish")
    command.communicate(timeout=60)
    return command.returncode == 0


def _hangs(stack: Stack, household: str) -> bool:
    """Whether the status tells of the household's letter, as if it had been written more than an hour ago."""
    written = "update letter_out set made_at = now() - interval '61 minutes'"
    stack.ask(f"intake-{HERE}", f"{written} where household_id = '{household}' and state in ('waiting', 'sent')")
    return "not answered within 60 minutes" in _status(stack)


def _quiet(stack: Stack) -> bool:
    letters = "select count(*) from letter_out where state = 'waiting' or state = 'sent' and kind <> 'receipt'"
    waiting = f"select (select count(*) from outbox) + ({letters})"
    return not any(stack.count(f"intake-{site}", waiting) for site in stack.sites)


def _file(stack: Stack, site: str, household: str) -> bytes:
    """Everything in a site's database, the household's and what stands elsewhere."""
    tables = ("household", "person", "residence", "need", "first_visit", "timeline", "letter_out", "idempotency")
    union = " || ".join(f"(select coalesce(string_agg(t::text, ' '), '') from {table} t)" for table in tables)
    return str(stack.ask(f"intake-{site}", f"select {union}")).encode()


def _metric(stack: Stack, site: str, pattern: str) -> float:
    page = httpx.get(f"{stack.services[f'intake/{site}']}/metrics", timeout=30).text
    found = re.search(rf"^{pattern} (\S+)$", page, re.M)
    return float(found[1]) if found else 0.0


def _refused(stack: Stack, site: str) -> float:
    return _metric(stack, site, rf'lokal_letters_refused_total\{{reason="forged",site="{site}"\}}')


def _in_transit(stack: Stack, site: str) -> float:
    return _metric(stack, site, rf'lokal_handovers_in_transit\{{site="{site}"\}}')


def _forged(stack: Stack) -> bytes:
    """Sealed for the pilot, and signed by somebody else in the neighbour's name."""
    secrets = stack.folder / "secrets"
    kid = public_jwk(secrets / f"{THERE}.key")["kid"]
    signed = jws.serialize_compact(
        {"alg": ALGORITHM, "kid": kid, "typ": SIGNED}, b"{}", OKPKey.generate_key("Ed25519"), algorithms=[ALGORITHM]
    )
    assert letter_key_file(secrets, HERE).exists()
    (ours,) = [key for key in public_jwks(secrets, HERE) if key["crv"] == "X25519"]
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": ours["kid"], "cty": SIGNED}
    public = OKPKey.import_key({name: ours[name] for name in ("kty", "crv", "x")})
    return jwe.encrypt_compact(header, signed, public).encode()


async def _send(stack: Stack, site: str, body: bytes) -> None:
    connection = await aio_pika.connect(stack.rabbitmq_url)
    async with connection:
        exchange = await (await connection.channel()).get_exchange(LETTERS)
        await exchange.publish(aio_pika.Message(body, delivery_mode=2), site)


async def _delete(stack: Stack, queue: str) -> None:
    connection = await aio_pika.connect(stack.rabbitmq_url)
    async with connection:
        await (await connection.channel()).queue_delete(queue)


async def _spy(stack: Stack) -> None:
    """A copy of all events and of all letters."""
    await scan._declare_spy(stack.rabbitmq_url)
    connection = await aio_pika.connect(stack.rabbitmq_url)
    async with connection:
        queue = await (await connection.channel()).get_queue(scan.SPY)
        for site in stack.sites:
            await queue.bind(LETTERS, site)
