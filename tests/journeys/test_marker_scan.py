"""No personal data leaves the site's database: unique markers in every personal field are found nowhere else.

The scan is shown to see: a mark of another kind is planted in each place, and is found there before the others are
looked for.
"""

import asyncio
import json
import re
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aio_pika
import httpx
import pytest

from deploy.cli.moments import BERLIN
from deploy.servers import Servers
from deploy.servers.process import wait_until
from shared.messaging.log import entries
from shared.messaging.topology import EVENTS, LOG
from tests.journeys.browser_without_scripts import Browser
from tests.journeys.conftest import SITE, Stack

TODAY = datetime.now(BERLIN).date()
SECONDS = 60
SPY = "spy.all.events"

PLANTED = "plantedmark"
WORDS = (
    "Xqfamilie",
    "Xqvorname",
    "Xqnachname",
    "Xqstrasse",
    "Xqwohnort",
    "XQAKTENZEICHEN",
    "Xqnotiz",
    "Xqzweck",
    "Xqgrund",
    "Xqsuche",
    "Xqhelfer",
)
"""The beginnings of the marks that are written into free fields; each goes on with a number."""
BIRTH, POSTAL_CODE, PHONE = "1907-03-29", "99987", "0977 31415926"
HELPERS_PHONE = "0977 27182818"
SHAPED = (
    BIRTH,
    "29.03.1907",
    f"(?<![0-9A-Za-z]){POSTAL_CODE}(?![0-9A-Za-z])",
    PHONE,
    "097731415926",
    HELPERS_PHONE,
    "Xqlosung",
)
"""Marks in fields that must have a form of their own."""
MARKS = re.compile("|".join([*WORDS, *SHAPED]).encode(), re.IGNORECASE)

Places = dict[str, bytes]
"""What was read in each place."""


def test_no_personal_data_outside_of_the_sites_database(stack: Stack, running_servers: Servers) -> None:
    """Markers in every personal field are in no queue, log stream, file of the broker, dead letter, log or metric."""
    asyncio.run(_declare_spy(stack.rabbitmq_url))
    _plant(stack)
    _use_everything(stack)
    wait_until(lambda: stack.all_told(others=1), "every event and the planted one in the archive", SECONDS)

    kept = [match.decode() for match in MARKS.findall(_in_the_sites_database(stack))]
    elsewhere = ("Xqgrund", "Xqsuche", "Xqhelfer")
    written = {mark for mark in (*WORDS, BIRTH, POSTAL_CODE, PHONE) if mark not in elsewhere}
    assert {*kept} >= written, "all marks are where they belong"

    places = asyncio.run(_read_broker(stack)) | _read_files(stack, running_servers) | _read_metrics(stack)
    assert {name for name, read in places.items() if PLANTED.encode() not in read} == set()
    found = {name: sorted({match.decode() for match in MARKS.findall(read)}) for name, read in places.items()}
    assert {name: marks for name, marks in found.items() if marks} == {}


def test_volunteers_are_in_their_register_alone(stack: Stack) -> None:
    """Who a volunteer is stands in the service's own database; of the others none has a mark of theirs."""
    _use_the_register(stack)
    wait_until(lambda: stack.all_told(others=1), "every event and the planted one in the archive", SECONDS)
    (ours, *others) = ("volunteers", "reporting", "referrals", f"intake-{SITE}")
    assert {"Xqhelfer", HELPERS_PHONE} <= set(_marks_of_helpers(_everything(stack, ours)))
    for service in others:
        read = _everything(stack, service)
        assert "alembic_version" in read, "the whole database was read"
        assert _marks_of_helpers(read) == [], service
    broker = asyncio.run(_read_broker(stack))
    logs = b"".join(log.read_bytes() for log in (stack.folder / "logs").glob("*.log"))
    assert _marks_of_helpers((b"".join(broker.values()) + logs).decode(errors="replace")) == []


def test_a_dead_letters_headers_quote_nothing(stack: Stack) -> None:
    """Why an event was refused is told with the names of its fields, never with what stood in them."""
    letters = json.loads(stack.lokal("dead", "list", "--json"))
    queues = [letter["queue"] for letter in letters if letter["message_id"] == "against"]
    assert queues
    for queue in queues:
        shown = stack.lokal("dead", "show", queue, "against")
        reason = shown[: shown.index("content type")]
        assert "against-schema" in reason
        assert "persons" in reason
        assert PLANTED not in reason


# ---- what is done ------------------------------------------------------------------------------------------------


def _mark(word: str, numbers: Iterator[int]) -> str:
    return f"{word}{next(numbers)}"


def _household(numbers: Iterator[int], **more: Any) -> dict[str, Any]:
    persons = [
        {
            "given_name": _mark("Xqvorname", numbers),
            "family_name": _mark("Xqnachname", numbers),
            "birth_date": BIRTH,
            "legal_circle": "asylblg",
        }
        for _ in range(2)
    ]
    return {
        "family_name": _mark("Xqfamilie", numbers),
        "persons": persons,
        "address": _address(numbers, "brackel"),
        "tenancy": "private",
        "languages": ["ar"],
        "phone": PHONE,
        "case_number": _mark("XQAKTENZEICHEN", numbers),
        "moved_on": (TODAY - timedelta(days=10)).isoformat(),
        **more,
    }


def _address(numbers: Iterator[int], district: str) -> dict[str, str]:
    return {
        "street": _mark("Xqstrasse", numbers),
        "postal_code": POSTAL_CODE,
        "city": _mark("Xqwohnort", numbers),
        "district": district,
    }


def _use_everything(stack: Stack) -> None:
    """Every call that takes personal data, well-formed, malformed and searched for; and the same on pages."""
    numbers = iter(range(100, 10_000))
    with stack.client() as team:

        def post(path: str, body: dict[str, Any], status: int = 201) -> dict[str, Any]:
            answer = team.post(
                f"/intake/api/v1/{path}", json=body, headers={"idempotency-key": _mark("Xqsuche", numbers)}
            )
            assert answer.status_code == status, f"{path}: {answer.text}"
            return dict(answer.json())

        first = post("households", _household(numbers))
        household, person, visit = first["household_id"], first["person_ids"][0], first["first_visit_id"]
        hour_ago = (datetime.now(BERLIN) - timedelta(hours=1)).isoformat()
        post(f"first-visits/{visit}/schedule", {"at": hour_ago, "language": "ar"}, 200)
        post(f"first-visits/{visit}/missed", {"note": _mark("Xqnotiz", numbers)}, 200)
        post(f"first-visits/{visit}/complete", {"note": _mark("Xqnotiz", numbers)}, 200)
        need = post(
            f"households/{household}/needs", {"area": "school", "person_id": person, "note": _mark("Xqnotiz", numbers)}
        )
        post(f"needs/{need['need_id']}/met", {}, 200)
        consent = {"recipient": {"kind": "partner", "slug": "planerladen"}, "purpose": _mark("Xqzweck", numbers)}
        given = post(f"households/{household}/consents", consent)
        post(f"households/{household}/consents/{given['consent_id']}/withdraw", {}, 200)
        post(f"households/{household}/persons/{person}/legal-circle", {"legal_circle": "sgb2", "on": TODAY.isoformat()})
        corrected = team.patch(
            f"/intake/api/v1/households/{household}",
            json={
                "family_name": _mark("Xqfamilie", numbers),
                "phone": PHONE,
                "persons": [{"person_id": person, "given_name": _mark("Xqvorname", numbers)}],
            },
        )
        assert corrected.is_success, corrected.text
        contact = post("contacts", {"target_group": "refugee", "household_id": household, "person_id": person})
        post(f"contacts/{contact['contact_id']}/corrections", {"topic": "health"}, 200)
        moved = post(
            f"households/{household}/moves",
            {"address": _address(numbers, "aplerbeck"), "tenancy": "private", "moved_on": TODAY.isoformat()},
        )
        post(f"first-visits/{moved['first_visit_id']}/refuse", {"note": _mark("Xqnotiz", numbers)}, 200)

        protected = post("households", _household(numbers, protected=True))["household_id"]
        reason = {"reason": _mark("Xqgrund", numbers)}
        assert team.get(f"/intake/api/v1/households/{protected}", params=reason).is_success
        left = post("households", _household(numbers))["household_id"]
        post(f"households/{left}/moves", {"left_city": True})
        post(f"households/{left}/needs", {"area": "school", "note": _mark("Xqnotiz", numbers)}, 409)

        # Refused ones: what is wrong must not be quoted in a log either.
        post("households", {**_household(numbers), "moved_on": "1907-03-29"}, 422)
        post("households", {**_household(numbers), _mark("Xqvorname", numbers): "x"}, 422)
        post("households", {**_household(numbers), "family_name": f"{_mark('Xqfamilie', numbers)}\x00"}, 422)
        post("households", {**_household(numbers), "legal_circle": _mark("Xqnotiz", numbers), "persons": PHONE}, 422)
        assert team.get("/intake/api/v1/households", params={"q": _mark("Xqsuche", numbers)}).is_success
        assert team.get("/intake/api/v1/households", params={_mark("Xqsuche", numbers): "x"}).status_code == 422
        assert team.get(f"/intake/api/v1/households/{_mark('Xqfamilie', numbers)}").status_code == 422
        assert team.get(f"/{_mark('Xqfamilie', numbers)}").status_code == 404
        broken = team.post(
            "/intake/api/v1/households", content=f'{{"family_name": "{_mark("Xqfamilie", numbers)}'.encode()
        )
        assert broken.status_code == 422
        _use_pages(stack, household, numbers)


def _use_the_register(stack: Stack) -> None:
    """A volunteer is entered, changed, asked and answers; what is malformed, too."""
    numbers = iter(range(20_000, 30_000))
    person = {
        "given_name": _mark("Xqhelfervorname", numbers),
        "family_name": _mark("Xqhelfername", numbers),
        "email": f"{_mark('xqhelfer', numbers)}@beispiel.example",
        "phone": HELPERS_PHONE,
        "kinds": ["companion"],
        **{name: _mark("Xqhelfer", numbers) for name in ("skills", "wishes", "limits", "note")},
    }
    at = datetime.now(BERLIN) + timedelta(days=2)
    times = {"starts_at": at.isoformat(), "ends_at": (at + timedelta(hours=1)).isoformat()}
    week = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    with stack.client() as team:

        def call(path: str, body: dict[str, Any], status: int = 201, method: str = "POST") -> dict[str, Any]:
            answer = team.request(
                method, f"/volunteers/api/v1/{path}", json=body, headers={"idempotency-key": str(uuid.uuid4())}
            )
            assert answer.status_code == status, f"{path}: {answer.text}"
            return dict(answer.json())

        number = call("volunteers", person)["volunteer_id"]
        whole = [{"weekday": day, "starts": "00:00", "ends": "00:00"} for day in week]
        call(f"volunteers/{number}/times", {"available": whole}, 200, "PUT")
        wanted = {"kind": "companion", "title": _mark("Xqhelferwofuer", numbers), "asks_by_itself": False}
        request = call("requests", {**wanted, "district": "brackel", **times})["request_id"]
        asked = call(f"requests/{request}/assignments", {"volunteer_id": number})["assignment_id"]
        call(f"assignments/{asked}/accept", {}, 200)
        call("volunteers", {**person, "kinds": [_mark("Xqhelfer", numbers)]}, 422)
        call("volunteers", person, 422)  # this address is in the register


def _use_pages(stack: Stack, household: str, numbers: Iterator[int]) -> None:
    """The desk: a failed sign-in with a secret, a search, a file."""
    stack.lokal("user", "add", "amal", "--site", SITE, "--password-stdin", stdin="Xqlosung-Xqlosung-1\n")
    browser = Browser(stack.variables()["GATEWAY_URL"])
    with pytest.raises(httpx.HTTPStatusError):
        browser.sign_in("amal", "Xqlosung-Xqlosung-2")
    browser.sign_in("amal", "Xqlosung-Xqlosung-1")
    browser.open(f"/intake/households?q={_mark('Xqsuche', numbers)}")
    browser.open(f"/intake/households/{household}")
    assert "Xqfamilie" in browser.page


# ---- what is planted ---------------------------------------------------------------------------------------------


def _plant(stack: Stack) -> None:
    """A mark in every place that will be looked through, put there in the way in which data would get there."""
    event = {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": f"/sites/{SITE}/intake",
        "type": "de.dortmund.lokal-willkommen.household-registered.v1",
        "subject": str(uuid.uuid4()),
        "time": "2026-01-01T00:00:00.000000Z",
        "datacontenttype": "application/json",
        "site": SITE,
        "sequence": "0000000001",
        "data": {"persons": PLANTED},
    }
    # Against the schema: a dead letter. Queue, stream and the broker's files have it on the way.
    key = f"{SITE}.intake.household-registered.v1.internal"
    stack.publish(json.dumps(event).encode(), key, message_id="against")
    # Of no known type, but concerning a site of that name: reporting's metrics have a label of it.
    unknown = {**event, "id": str(uuid.uuid4()), "site": PLANTED, "type": "de.dortmund.lokal-willkommen.unheard-of.v1"}
    stack.publish(json.dumps(unknown).encode(), f"{PLANTED}.intake.unheard-of.v1.internal")
    for log in (stack.folder / "logs").glob("*.log"):
        with log.open("a") as lines:
            lines.write(f"{PLANTED}\n")
    # Nobody must write to a service's metrics from outside; the intake has no label that could carry a mark.


# ---- what is read ------------------------------------------------------------------------------------------------


async def _declare_spy(url: str) -> None:
    """A queue that keeps a copy of all that passes: the services' own queues are empty again at once."""
    connection = await aio_pika.connect(url)
    async with connection:
        queue = await (await connection.channel()).declare_queue(SPY, durable=True)
        await queue.bind(EVENTS, "#")


def _whole(message: aio_pika.abc.AbstractIncomingMessage) -> bytes:
    """A message with everything that is written on it."""
    properties = (message.routing_key, message.message_id, message.correlation_id, message.app_id, message.headers)
    return message.body + repr(properties).encode()


async def _read_broker(stack: Stack) -> Places:
    """All queues, the dead letters among them, without taking anything out; the stream from its beginning."""
    vhost = urlsplit(stack.rabbitmq_url).path[1:]
    management = stack.environment["RABBITMQ_MANAGEMENT_URL"]
    async with httpx.AsyncClient(timeout=30) as client:
        queues = [queue["name"] for queue in (await client.get(f"{management}/api/queues/{vhost}")).json()]
    assert {SPY, LOG, "city.reporting.projection.dead"} <= {*queues}
    places: Places = {}
    connection = await aio_pika.connect(stack.rabbitmq_url)
    async with connection:
        dead = b""
        for name in queues:
            if name == LOG:
                continue
            channel = await connection.channel()
            queue = await channel.declare_queue(name, passive=True)
            read = b""
            while message := await queue.get(fail=False):
                read += _whole(message)
            await channel.close()  # unacknowledged: everything goes back to its place
            if name == SPY:
                places["queues"] = read
            else:
                dead += read
        places["dead letters and waiting rooms"] = dead
    places["stream"] = b"".join([_whole(entry) async for entry in entries(stack.rabbitmq_url)])
    return places


def _read_files(stack: Stack, servers: Servers) -> Places:
    """Logs of services, gateway and command line; and the broker's files, where they are on this machine."""
    places: Places = {}
    logs = sorted((stack.folder / "logs").glob("*.log"))
    assert {log.stem for log in logs} >= {"reporting", f"intake-{SITE}", "gateway"}
    for log in logs:
        places[f"log of {log.stem}"] = log.read_bytes()
        assert b'"event"' in places[f"log of {log.stem}"] or log.stem == "gateway"
    folder: Path | None = getattr(servers.rabbitmq, "folder", None)
    files = [file for file in (folder / "rabbitmq").rglob("*") if file.is_file()] if folder else []
    if files:
        assert any(file.suffix == ".segment" for file in files), "the stream's segments are among them"
        places["files of the broker"] = b"".join(file.read_bytes() for file in files)
    return places


def _read_metrics(stack: Stack) -> Places:
    """Every service's metrics in one place: the mark is in reporting's."""
    pages = [httpx.get(f"{url}/metrics", timeout=30).content for url in stack.services.values()]
    assert all(b"lokal_http_request_seconds" in page for page in pages)
    return {"metrics": b"".join(pages)}


def _in_the_sites_database(stack: Stack) -> bytes:
    """The household tables of the site, where the marks belong."""
    tables = ("household", "person", "residence", "need", "first_visit", "consent")
    union = " || ".join(f"(select coalesce(string_agg(t::text, ' '), '') from {table} t)" for table in tables)
    return str(stack.ask(f"intake-{SITE}", f"select {union}")).encode()


def _everything(stack: Stack, service: str) -> str:
    """Every row of every table of a service."""
    names = stack.ask(
        service, "select array_agg(tablename::text order by 1) from pg_tables where schemaname = 'public'"
    )
    union = " || ".join(f"(select coalesce(string_agg(t::text, ' '), '') from \"{name}\" t)" for name in names)
    return " ".join(names) + str(stack.ask(service, f"select {union}"))


def _marks_of_helpers(read: str) -> list[str]:
    return sorted({match.capitalize() for match in re.findall(f"xqhelfer|{HELPERS_PHONE}", read, re.IGNORECASE)})
