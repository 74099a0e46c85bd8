"""A move, a first visit with an interpreter, the hours in the figures; the volunteers' service killed at every step."""

import os
import re
import signal
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from deploy.cli.moments import BERLIN
from deploy.servers import Servers
from deploy.servers.process import free_port, wait_until
from tests.journeys.browser_without_scripts import Browser
from tests.journeys.conftest import SITE, Stack, running_stack
from tests.journeys.test_move_to_statistics import household, posted

SECONDS = 60
TODAY = datetime.now(BERLIN).date()
NAMES = ("Salma", "Omid")


class Mailbox:
    """What volunteers have received: to whom, and what."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, str]] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802  (aiosmtpd's)
        """One mail arrives."""
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append((envelope.rcpt_tos[0], f"{message['subject']}\n{message.get_content()}"))
        return "250 OK"

    def to(self, name: str, subject: str) -> list[str]:
        """The mails to somebody with this subject."""
        return [text for address, text in self.mails if address.startswith(name.lower()) and text.startswith(subject)]

    def link(self, name: str, subject: str) -> str:
        """The path of the link in the newest such mail, as soon as there is one."""
        wait_until(lambda: bool(self.to(name, subject)), f"the mail „{subject}“ to {name}", SECONDS)
        found = re.search(r"http://[^/]+(/volunteers/\S+\?code=\S+)", self.to(name, subject)[-1])
        assert found
        return found[1]


@pytest.fixture(scope="module")
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    """A mail server, and its address."""
    box = Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=(port := free_port()))
    server.start()
    yield box, f"smtp://127.0.0.1:{port}"
    server.stop()


@pytest.fixture(scope="module")
def city(
    mailbox: tuple[Mailbox, str], running_servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """The city and its pilot site, which send their mails to the box."""
    with running_stack(running_servers, tmp_path_factory.mktemp("city"), LOKAL_SMTP_URL=mailbox[1]) as stack:
        yield stack


def test_from_the_move_to_the_hours(mailbox: tuple[Mailbox, str], city: Stack) -> None:
    """The first declines by link, the second accepts, sees where to go, was there: one hour and a half in the figures.

    Between any two steps the volunteers' service is killed; nothing happens twice, nothing is lost, no mail names
    the family.
    """
    box, _ = mailbox
    with city.client() as team, city.client("coordinator") as coordination:
        for name in NAMES:
            _helper(team, name)
        _kill(city)
        family = posted(team, "households", household())["household_id"]
        (visit,) = city.ask(
            f"intake-{SITE}", f"select array_agg(id::text) from first_visit where household_id = '{family}'"
        )
        _kill(city)
        wish = {"interpreter_wanted": True, "language": "ar", "consent_in_advance": True, "minutes": 90}
        at = datetime.now(BERLIN).replace(microsecond=0) + timedelta(hours=3)
        posted(team, f"first-visits/{visit}/schedule", {"at": at.isoformat(), **wish})
        _kill(city)
        first = _first_asked(box)
        second = next(name for name in NAMES if name != first)
        Browser(city.variables()["GATEWAY_URL"]).open(box.link(first, "Können Sie helfen?"))
        _kill(city)
        browser = Browser(city.variables()["GATEWAY_URL"])
        browser.open(box.link(first, "Können Sie helfen?"))
        browser.submit("/volunteers/answer", does="no")
        assert "Wir fragen jemand anderen" in browser.page
        _kill(city)
        browser.open(box.link(second, "Können Sie helfen?"))
        browser.submit("/volunteers/answer", does="yes")
        assert "Danke, dass Sie kommen" in browser.page
        _kill(city)
        browser.open(box.link(second, "Wohin Sie kommen"))
        browser.submit("/volunteers/answer", does="where")
        _kill(city)
        browser.submit(re.findall(r'action="(/intake/shared/[^"]+)"', browser.page)[0])
        assert "Musterfamilie" in browser.page
        assert "Musterstraße 1" in browser.page
        posted(team, f"first-visits/{visit}/complete", {"at": datetime.now(BERLIN).isoformat()})
        _kill(city)
        wait_until(lambda: _minutes(coordination) == 90, "the hours in the figures", SECONDS)
        wait_until(lambda: _open_releases(city, family) == 0, "the end of the release", SECONDS)
        told = "select count(*) from outbox where routing_key like '%.assignment-completed.%'"
        assert city.count("volunteers", told) <= 1
        assert city.count("volunteers", "select count(*) from assignment") == 2

    for name in NAMES:
        assert len(box.to(name, "Können Sie helfen?")) == 1
    assert not [text for _, text in box.mails if "Muster" in text or family in text]


def _helper(team: httpx.Client, name: str) -> str:
    """Somebody who interprets, entered by the team with everything that the rules ask for."""
    entered = _post(
        team,
        "volunteers",
        {
            "given_name": name,
            "family_name": "Beispiel",
            "email": f"{name.lower()}@beispiel.example",
            "kinds": ["interpreter"],
            "max_a_month": 10,
            "languages": [{"language": "ar", "level": "native"}],
            "certificate": {"inspected_on": TODAY.isoformat()},
            "confidentiality_on": TODAY.isoformat(),
        },
    )
    number = str(entered["volunteer_id"])
    week = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    whole = [{"weekday": day, "starts": "00:00", "ends": "00:00"} for day in week]
    answer = team.put(f"/volunteers/api/v1/volunteers/{number}/times", json={"available": whole})
    assert answer.is_success, answer.text
    return number


def _post(team: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = team.post(f"/volunteers/api/v1/{path}", json=body, headers={"idempotency-key": str(uuid.uuid4())})
    assert answer.is_success, answer.text
    return dict(answer.json())


def _first_asked(box: Mailbox) -> str:
    wait_until(lambda: any(box.to(name, "Können Sie helfen?") for name in NAMES), "the first mail", SECONDS)
    return next(name for name in NAMES if box.to(name, "Können Sie helfen?"))


def _kill(city: Stack) -> None:
    """Kill the volunteers' service, and go on when another one answers.

    Not while a mail is on its way: whether it has arrived nobody knows then, and it comes again after five minutes.
    """
    waiting = "select count(*) from mail where state = 'waiting'"
    wait_until(lambda: city.count("volunteers", waiting) == 0, "the mails", SECONDS)
    pids = dict(pair.split("=") for pair in city.variables()["LOKAL_PIDS"].split())
    os.kill(int(pids["volunteers"]), signal.SIGKILL)
    old = f"volunteers={pids['volunteers']}"
    wait_until(lambda: old not in city.variables()["LOKAL_PIDS"].split(), "another service", SECONDS)
    address = city.variables()["GATEWAY_URL"]

    def answers() -> bool:
        try:
            return httpx.get(f"{address}/volunteers/mine", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    wait_until(answers, "the new service", SECONDS)


def _minutes(coordination: httpx.Client) -> int:
    days = {"from": (TODAY - timedelta(days=1)).isoformat(), "to": (TODAY + timedelta(days=1)).isoformat()}
    answer = coordination.get("/reporting/api/v1/assignments", params={**days, "by": "language"})
    assert answer.is_success, answer.text
    return sum(row["minutes"] for row in answer.json()["rows"] if row["key"] == "ar")


def _open_releases(city: Stack, family: str) -> int:
    open_ones = f"select count(*) from release where household_id = '{family}' and ended_at is null"
    return city.count(f"intake-{SITE}", open_ones)
