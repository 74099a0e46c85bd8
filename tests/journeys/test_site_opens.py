"""A site is planned and opened while everything runs: moves come in meanwhile, and nothing is restarted or lost."""

import re
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.cli.moments import BERLIN
from deploy.servers.process import wait_until
from tests.component.intake.samples import family
from tests.journeys.conftest import SITE, Stack

NEW = "hoerde-hombruch"
CALL = "/intake/api/v1"
SECONDS = 60
TODAY = datetime.now(BERLIN).date()
_IN_CHARGE = "select coalesce(string_agg(id::text, ' '), '') from household where standing = 'in_charge'"

pytestmark = pytest.mark.timeout(600)


class Desk:
    """The pilot's desk at work: new families and moves, one after the other, until it is told to stop."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.there: set[str] = set()
        self.here: set[str] = set()
        self.faults: list[str] = []
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
            while not self._stop.wait(0.3):  # as fast as a busy desk, so that the files of a few dozen families go
                self.here.add(self.register("brackel"))
                self.move(self.register("brackel"), "hombruch")
        except Exception as fault:
            self.faults.append(repr(fault))

    def register(self, district: str) -> str:
        """A new family; its id."""
        body = family(address={**family()["address"], "district": district, "neighbourhood": None})
        answer = self.client.post(f"{CALL}/households", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["household_id"])

    def move(self, household: str, district: str) -> None:
        """It moves there, whoever serves that now."""
        address = {**family()["address"], "district": district, "neighbourhood": None}
        body = {"address": address, "tenancy": "private", "moved_on": (TODAY - timedelta(days=1)).isoformat()}
        answer = self.client.post(f"{CALL}/households/{household}/moves", json=body)
        assert answer.status_code == 201, answer.text
        self.there.add(household)


@pytest.fixture
def desk(stack: Stack) -> Iterator[Desk]:
    """A desk with five families in Hörde, which the pilot looks after meanwhile."""
    with stack.client() as client:
        made = Desk(client)
        made.there |= {made.register("hoerde") for _ in range(5)}
        yield made


def test_a_site_opens_while_moves_come_in(stack: Stack, desk: Desk) -> None:
    """Refused before its grant; then its files and moves go to it, each family has one site, and nothing restarts."""
    plan = ("--district", "hoerde", "--district", "hombruch", "--partner", "awo", "--partner-state", "offered")
    stack.lokal("site", "add", NEW, *plan, "--funding", "amif")
    refused = stack.command("site", "open", NEW)
    assert "vor der Bewilligung" in re.sub(r"\s+", " ", refused.communicate()[1])
    assert refused.returncode == 1
    assert not (stack.folder / "secrets" / f"{NEW}.key").exists(), "nothing was made for it"

    before = _processes(stack)
    with desk:
        wait_until(lambda: len(desk.there) > 7, "families that move", SECONDS)
        stack.lokal("site", "approve", NEW, "--on", (TODAY - timedelta(days=1)).isoformat())
        stack.lokal("site", "open", NEW)
        moved = len(desk.there)
        wait_until(lambda: len(desk.there) > moved + 2, "families that move", SECONDS)
    assert desk.faults == []

    wait_until(lambda: _in_charge(stack, NEW) == desk.there, "the new site has its files", SECONDS)
    wait_until(lambda: _in_charge(stack, SITE) == desk.here, "the pilot has the others alone", SECONDS)
    wait_until(lambda: _caretaken(stack) == 0, "nobody is caretaker any more", SECONDS)
    assert {name: pid for name, pid in _processes(stack).items() if name in before} == before
    with stack.client(site=NEW) as there:
        file = there.get(f"{CALL}/households/{min(desk.there)}")
    assert file.status_code == 200, file.text
    assert f"intake-{NEW}" in {path.stem for path in stack.folder.glob("*.pid")}


def _processes(stack: Stack) -> dict[str, Any]:
    """Every program that the host keeps running, with its process."""
    return {path.stem: path.read_text() for path in Path(stack.folder).glob("*.pid")}


def _in_charge(stack: Stack, site: str) -> set[str]:
    return set(stack.ask(f"intake-{site}", _IN_CHARGE).split())


def _caretaken(stack: Stack) -> int:
    count = partial(stack.count, query="select count(*) from household where standing <> 'in_charge'")
    return count(f"intake-{SITE}") + count(f"intake-{NEW}")
