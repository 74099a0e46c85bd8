"""A site is planned and opened while everything runs, and nothing is restarted or lost.

Meanwhile two sites register families, move some of them to the new one's districts, and ask three partners for help,
whose programs are those of the partner guide, each in its language. In the end every referral is closed, every family
has one site, every partner's copy is deleted, and the figures say so.
"""

import json
import os
import re
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from deploy.cli.moments import BERLIN
from deploy.servers import Servers
from deploy.servers.process import wait_until
from tests.component.intake.samples import family
from tests.component.referrals.test_partner_guide import command
from tests.journeys.conftest import SITE, Stack, running_stack

OTHER, NEW = "mengede-huckarde", "hoerde-hombruch"
PARTNERS = {"projekt-ankommen": "python", "planerladen": "javascript", "st-clemens": "java"}
INTAKE, REFERRALS = "/intake/api/v1", "/referrals/api/v1"
SECONDS = 120
NOT_WITHHELD = 5
"""From here on a number is in the figures."""
TODAY = datetime.now(BERLIN).date()
_IN_CHARGE = "select coalesce(string_agg(id::text, ' '), '') from household where standing = 'in_charge'"

pytestmark = pytest.mark.timeout(600)


class Desk:
    """A site's desk at work: new families, referrals and moves, one after the other, until it is told to stop."""

    def __init__(self, client: httpx.Client, site: str, district: str, offers: dict[str, str]) -> None:
        self.client, self.site, self.district = client, site, district
        self.there: set[str] = set()
        self.here: set[str] = set()
        self.asked: Counter[str] = Counter()
        self.faults: list[str] = []
        self._offers = cycle(sorted(offers.items()))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> "Desk":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        try:
            while not self._stop.wait(0.5):  # as fast as a busy desk, so that the files of a few dozen families go
                self.here.add(stays := self.register(self.district))
                self.ask(stays)
                self.move(self.register(self.district), "hombruch")
        except Exception as fault:
            self.faults.append(repr(fault))

    def register(self, district: str) -> str:
        """A new family; its id."""
        body = family(address={**family()["address"], "district": district, "neighbourhood": None})
        return str(self.post(f"{INTAKE}/households", body)["household_id"])

    def move(self, household: str, district: str) -> None:
        """It moves there, whoever serves that now."""
        address = {**family()["address"], "district": district, "neighbourhood": None}
        body = {"address": address, "tenancy": "private", "moved_on": (TODAY - timedelta(days=1)).isoformat()}
        self.post(f"{INTAKE}/households/{household}/moves", body)
        self.there.add(household)

    def ask(self, household: str) -> None:
        """Ask the next partner to help it, with its consent, as soon as the city has heard of both."""
        partner, offer = next(self._offers)
        need = self.post(f"{INTAKE}/households/{household}/needs", {"area": "language"})["need_id"]
        consent = {"recipient": {"kind": "partner", "slug": partner}, "purpose": "referral"}
        self.post(f"{INTAKE}/households/{household}/consents", consent)
        matches = {"need_id": need}
        wait_until(lambda: self.client.get(f"{REFERRALS}/matches", params=matches).is_success, "the need", SECONDS)
        wanted = {"household_id": household, "need_id": need, "area": "language", "offer_id": offer}
        referral = self.post(f"{REFERRALS}/referrals", {**wanted, "legal_basis": {"kind": "consent"}})["referral_id"]
        self.post(f"{REFERRALS}/referrals/{referral}/send", {})
        self.asked[partner] += 1

    def close_what_is_accepted(self) -> bool:
        """Start and complete the site's accepted referrals; whether none is open any more."""
        rows = self.client.get(f"{REFERRALS}/referrals", params={"limit": 200}).raise_for_status().json()["items"]
        for row in rows:
            if row["state"] == "accepted":
                self.post(f"{REFERRALS}/referrals/{row['referral_id']}/start", {})
                self.post(f"{REFERRALS}/referrals/{row['referral_id']}/complete", {"outcome": "got_help"})
        return all(row["state"] == "completed" for row in rows)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to a call that must succeed."""
        answer = self.client.post(path, json=body, headers={"idempotency-key": str(uuid4())})
        assert answer.is_success, answer.text
        return dict(answer.json())


@pytest.fixture(scope="module")
def two(running_servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The city with two sites."""
    with running_stack(running_servers, tmp_path_factory.mktemp("two"), (SITE, OTHER)) as stack:
        yield stack


@pytest.fixture
def offers(two: Stack, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Three partners, each with a program in another language that reads its queue; the offer of each."""
    made: dict[str, str] = {}
    with two.client() as team, _programs(two, tmp_path) as partners:
        for slug in partners:
            offer = {"partner": slug, "kind": "german_course", "title": {"de": f"Deutsch bei {slug}"}}
            made[slug] = team.post(f"{REFERRALS}/offers", json=offer).raise_for_status().json()["offer_id"]
        yield made


@contextmanager
def _programs(two: Stack, folder: Path) -> Iterator[list[str]]:
    """The guide's programs, as three partners run them."""
    running = []
    try:
        for slug, language in PARTNERS.items():
            told = two.lokal("partner", "add", slug, "--name", slug.title(), "--all-sites", "--json")
            place = folder / slug
            place.mkdir()
            variables = {"LOKAL_URL": json.loads(told.splitlines()[0])["url"], "LOKAL_PARTNER": slug}
            with (place / "output").open("wb") as output:
                program = subprocess.Popen(
                    command(language, place), cwd=place, env={**os.environ, **variables}, stdout=output, stderr=output
                )
            running.append(program)
        yield list(PARTNERS)
    finally:
        for program in running:
            program.kill()
            program.wait()


@pytest.fixture
def desks(two: Stack, offers: dict[str, str]) -> Iterator[tuple[Desk, Desk]]:
    """Two sites' desks; the first looks after five families in Hörde meanwhile, who are being helped."""
    with two.client() as pilot, two.client(site=OTHER) as other:
        made = Desk(pilot, SITE, "brackel", offers), Desk(other, OTHER, "mengede", offers)
        for _ in range(5):
            made[0].there.add(interim := made[0].register("hoerde"))
            made[0].ask(interim)
        yield made


def test_a_site_opens_while_everything_runs(two: Stack, desks: tuple[Desk, Desk]) -> None:
    """Refused before its grant; then its files and moves go to it, every referral is closed, and nothing restarts."""
    plan = ("--district", "hoerde", "--district", "hombruch", "--partner", "awo", "--partner-state", "offered")
    two.lokal("site", "add", NEW, *plan, "--funding", "amif")
    refused = two.command("site", "open", NEW)
    assert "vor der Bewilligung" in re.sub(r"\s+", " ", refused.communicate()[1])
    assert refused.returncode == 1
    assert not (two.folder / "secrets" / f"{NEW}.key").exists(), "nothing was made for it"

    before = _processes(two)
    first, second = desks
    with first, second:
        wait_until(lambda: min(len(first.there) - 5, len(second.there)) > 2, "families that move", SECONDS)
        two.lokal("site", "approve", NEW, "--on", (TODAY - timedelta(days=1)).isoformat())
        two.lokal("site", "open", NEW)
        moved = len(first.there), len(second.there)
        wait_until(lambda: len(first.there) > moved[0] + 2, "families that move", SECONDS)
        wait_until(lambda: len(second.there) > moved[1] + 2, "families that move", SECONDS)
        wait_until(lambda: min((first.asked + second.asked).values()) >= NOT_WITHHELD, "referrals", SECONDS)
    assert first.faults + second.faults == []

    there = first.there | second.there
    wait_until(lambda: _in_charge(two, NEW) == there, "the new site has its files", SECONDS)
    for desk in desks:
        wait_until(lambda desk=desk: _in_charge(two, desk.site) == desk.here, f"{desk.site} has the others", SECONDS)
    wait_until(lambda: _caretaken(two) == 0, "nobody is caretaker any more", SECONDS)
    assert {name: pid for name, pid in _processes(two).items() if name in before} == before
    assert f"intake-{NEW}" in {path.stem for path in two.folder.glob("*.pid")}

    with two.client(site=NEW) as client:
        third = Desk(client, NEW, "hoerde", {})
        assert client.get(f"{INTAKE}/households/{min(there)}").status_code == 200
        for desk in (first, second, third):
            wait_until(desk.close_what_is_accepted, f"all that {desk.site} has asked for is completed", SECONDS)
    asked = first.asked + second.asked
    wait_until(lambda: _completed(two) == asked, "the figures", SECONDS)
    wait_until(lambda: _deletions(two) == (asked.total(), 0), "every partner has deleted its copies", SECONDS)
    assert two.count("referrals", "select count(*) from refused_command") == 0


def _processes(stack: Stack) -> dict[str, Any]:
    """Every program that the host keeps running, with its process."""
    return {path.stem: path.read_text() for path in Path(stack.folder).glob("*.pid")}


def _in_charge(stack: Stack, site: str) -> set[str]:
    return set(stack.ask(f"intake-{site}", _IN_CHARGE).split())


def _caretaken(stack: Stack) -> int:
    query = "select count(*) from household where standing <> 'in_charge'"
    return sum(stack.count(f"intake-{site}", query) for site in (SITE, OTHER, NEW))


def _completed(stack: Stack) -> Counter[str]:
    """By partner, how many referrals the city's figures count; zero for all if one of them is not completed."""
    period = {"from": "2016-10-01", "to": TODAY.isoformat()}
    with stack.client("coordinator") as city:

        def by(key: str) -> dict[str, int]:
            answer = city.get("/reporting/api/v1/referrals", params={**period, "by": key}).raise_for_status()
            return {row["key"]: row["count"] or 0 for row in answer.json()["rows"]}

        counted = Counter(by("partner"))
        return counted if by("state")["completed"] == counted.total() else Counter()


def _deletions(stack: Stack) -> tuple[int, int]:
    """How many deletions were confirmed, and how many were not."""
    count = "select count(*) from deletion_request where confirmed_at is {}"
    return stack.count("referrals", count.format("not null")), stack.count("referrals", count.format("null"))
