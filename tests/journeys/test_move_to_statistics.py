"""A household moves, and everyone who should know, knows: from a click at the desk to the city's figures."""

import json
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import httpx
import pytest

from deploy.cli.moments import BERLIN
from deploy.servers.process import wait_until
from tests.journeys.browser_without_scripts import Browser
from tests.journeys.conftest import SITE, Stack

TODAY = datetime.now(BERLIN).date()
SECONDS = 30
"""Far more than an event needs: a condition that does not come true fails then."""


@pytest.fixture(scope="module")
def team(stack: Stack) -> Iterator[httpx.Client]:
    """A program in the name of the site's team."""
    with stack.client() as client:
        yield client


@pytest.fixture(scope="module")
def coordination(stack: Stack) -> Iterator[httpx.Client]:
    """A program in the name of the city's coordination."""
    with stack.client("coordinator") as client:
        yield client


@pytest.fixture(scope="module")
def desk(stack: Stack) -> Browser:
    """Somebody of the team at the desk, signed in."""
    stack.lokal(
        "user", "add", "amal", "--site", SITE, "--name", "Amal", "--password-stdin", stdin="Eine-lange-Losung-1\n"
    )
    browser = Browser(stack.variables()["GATEWAY_URL"])
    browser.sign_in("amal", "Eine-lange-Losung-1")
    return browser


def household(**more: Any) -> dict[str, Any]:
    """A household of five persons that moved to Brackel ten days ago."""
    persons = [{"given_name": f"Muster-{n}", "family_name": "Musterfamilie"} for n in range(5)]
    return {
        "family_name": "Musterfamilie",
        "persons": persons,
        "address": {"street": "Musterstraße 1", "postal_code": "44309", "city": "Dortmund", "district": "brackel"},
        "tenancy": "private",
        "legal_circle": "asylblg",
        "languages": ["ar"],
        "moved_on": (TODAY - timedelta(days=10)).isoformat(),
        **more,
    }


def posted(client: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Post it to the intake and return the answer."""
    answer = client.post(f"/intake/api/v1/{path}", json=body, headers={"idempotency-key": str(uuid.uuid4())})
    assert answer.is_success, answer.text
    return dict(answer.json())


def circles(client: httpx.Client, on: date) -> dict[tuple[str, str], int | None]:
    """Persons per district and legal circle on a day."""
    rows = (
        client.get("/reporting/api/v1/legal-circles", params={"on": on.isoformat()}).raise_for_status().json()["rows"]
    )
    return {(row["district"], row["legal_circle"]): row["count"] for row in rows}


def figures(client: httpx.Client, begin: date = TODAY - timedelta(days=30)) -> dict[str, int | None]:
    """The figures since a day."""
    period = {"from": begin.isoformat(), "to": TODAY.isoformat()}
    rows = client.get("/reporting/api/v1/figures", params=period).raise_for_status().json()["rows"]
    return {row["key"]: row["count"] for row in rows}


@contextmanager
def listening(stack: Stack, routing_key: str) -> Iterator["Queue[dict[str, Any]]"]:
    """What the independent consumer receives."""
    program = Path(__file__).parent / "independent_consumer.py"
    process = subprocess.Popen(
        [sys.executable, program, stack.rabbitmq_url, routing_key], stdout=subprocess.PIPE, text=True, cwd="/"
    )
    assert process.stdout
    assert process.stdout.readline() == "listening\n"
    received: Queue[dict[str, Any]] = Queue()
    lines = process.stdout
    Thread(target=lambda: [received.put(json.loads(line)) for line in lines], daemon=True).start()
    try:
        yield received
    finally:
        process.kill()
        process.wait()


def test_a_move_at_the_desk_reaches_an_independent_consumer_within_a_second(
    stack: Stack, team: httpx.Client, desk: Browser
) -> None:
    """A program with aio-pika and the CloudEvents SDK alone has HouseholdMoved a second after the click."""
    registered = posted(team, "households", household())
    move = f"/intake/households/{registered['household_id']}/move"
    took = []
    with listening(stack, f"{SITE}.intake.household-moved.v1.internal") as received:
        for days_ago, district in enumerate(("aplerbeck", "brackel", "aplerbeck"), -3):
            desk.open(move)
            clicked = time.time()
            desk.submit(
                move,
                moved_on=(TODAY + timedelta(days=days_ago)).isoformat(),
                tenancy="private",
                address__street="Musterweg 2",
                address__postal_code="44287",
                address__city="Dortmund",
                address__district=district,
            )
            event = received.get(timeout=SECONDS)
            took.append(event["at"] - clicked)
            assert event["type"] == "de.dortmund.lokal-willkommen.household-moved.v1"
            assert event["subject"] == registered["household_id"]
            assert event["data"]["to_district"] == district
            assert "Musterweg" not in json.dumps(event)
    assert statistics.median(took) < 1

    def moved_in_the_figures() -> bool:
        return (
            circles(team, TODAY - timedelta(days=4))["brackel", "asylblg"] == 5
            and circles(team, TODAY)["aplerbeck", "asylblg"] == 5
            and circles(team, TODAY)["brackel", "asylblg"] == 0
        )

    wait_until(moved_in_the_figures, "persons per district on any day", SECONDS)


def test_a_tap_at_the_office_hours_is_counted(team: httpx.Client, desk: Browser) -> None:
    """One tap is one contact in the city's figures; undone, it is none."""
    counted = figures(team)["contacts"]
    assert counted is not None
    desk.open("/intake/office-hours")
    desk.submit("/intake/office-hours/contacts", target_group="host_society")
    wait_until(lambda: figures(team)["contacts"] == counted + 1, "the contact", SECONDS)
    undo = next(part for part in desk.page.split('"') if part.endswith("/undo"))
    desk.submit(undo)
    wait_until(lambda: figures(team)["contacts"] == counted, "the contact's end", SECONDS)


def test_a_first_visit_goes_from_owed_to_done(team: httpx.Client) -> None:
    """A move owes a visit; overdue it is seen; made, the household is reached and the visit is a contact as well."""
    before = figures(team)
    moved_on = TODAY - timedelta(days=20)
    registered = posted(team, "households", household(moved_on=moved_on.isoformat()))

    def grown(**by: int) -> bool:
        now = figures(team)
        return all(now[name] == (before[name] or 0) + more for name, more in by.items())

    wait_until(lambda: grown(first_visits_open=1, first_visits_overdue=1, households_reached=0), "the visit", SECONDS)
    posted(team, f"first-visits/{registered['first_visit_id']}/complete", {})
    wait_until(
        lambda: grown(
            first_visits_open=0, first_visits_overdue=0, first_visits_done=1, households_reached=1, contacts=1
        ),
        "the visit's end",
        SECONDS,
    )


def test_a_legal_circle_changes_on_its_day(team: httpx.Client) -> None:
    """From the day on which a person's legal circle changes, and not before, the person counts in the new one."""
    since = TODAY - timedelta(days=5)
    registered = posted(team, "households", household())
    before = circles(team, TODAY)
    path = f"households/{registered['household_id']}/persons/{registered['person_ids'][0]}/legal-circle"
    posted(team, path, {"legal_circle": "sgb2", "on": since.isoformat()})

    def counted() -> bool:
        earlier, now = circles(team, since - timedelta(days=1)), circles(team, TODAY)
        return earlier["brackel", "sgb2"] == 0 and now["brackel", "sgb2"] == 1

    assert before["brackel", "sgb2"] == 0
    wait_until(counted, "the legal circle", SECONDS)


def test_the_city_sees_no_count_from_one_to_four(team: httpx.Client, coordination: httpx.Client) -> None:
    """What the team sees as one person, the coordination sees as withheld."""
    assert circles(team, TODAY)["brackel", "sgb2"] == 1
    assert circles(coordination, TODAY)["brackel", "sgb2"] is None


def test_one_trace_and_one_correlation_go_through_the_story(stack: Stack, team: httpx.Client) -> None:
    """The caller's trace is in the events that follow, and all events of one click share one correlation id."""
    trace = uuid.uuid4().hex
    answer = team.post(
        "/intake/api/v1/households", json=household(), headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    )
    subject = answer.json()["household_id"]
    wait_until(stack.all_told, "every event in the archive", SECONDS)
    lines = stack.lokal("events", "tail", "--subject", subject, "--json").splitlines()
    events = [json.loads(line) for line in lines]
    assert {event["type"].split(".")[-2] for event in events} == {
        "household-registered",
        "household-moved",
        "first-visit-owed",
    }
    assert {event["traceparent"].split("-")[1] for event in events} == {trace}
    assert len({event["correlationid"] for event in events}) == 1
    told = stack.lokal("events", "tail", "--correlation", events[0]["correlationid"])
    assert len(told.splitlines()) == len(events)


def test_a_dead_letter_is_seen_and_brought_back(stack: Stack) -> None:
    """What cannot be read lies in the dead letters, `lokal status` exits with 1, and dropping it makes all well."""
    queue = "city.reporting.projection"
    stack.publish(b'{"no": "event"}', f"{SITE}.intake.contact-recorded.v1.internal", message_id="no-event")
    listed = lambda: json.loads(stack.lokal("dead", "list", "--json"))  # noqa: E731
    wait_until(lambda: bool(listed()), "the dead letter", SECONDS)
    (letter,) = listed()
    assert (letter["queue"], letter["message_id"], letter["reason"]) == (f"{queue}.dead", "no-event", "unreadable")
    assert [letter] == listed(), "looking takes nothing"
    assert '"no": "event"' in stack.lokal("dead", "show", queue, "no-event")
    wait_until(lambda: "dead letters" in stack.lokal("status", status=1), "the broker's own count", SECONDS)

    assert "1 brought back" in stack.lokal("dead", "requeue", queue, "--id", "no-event")
    wait_until(lambda: bool(listed()), "its second death", SECONDS)
    stack.lokal("dead", "drop", queue, "--id", "somebody-else", "--yes", status=1)
    assert "1 dropped" in stack.lokal("dead", "drop", queue, "--id", "no-event", "--yes")
    assert listed() == []
