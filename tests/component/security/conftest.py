"""What the tests of attacks share, and the line about the fuzzer in the summary."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import requests

from tests.component.intake.conftest import (  # noqa: F401  (fixtures: the intake with its database)
    api,
    browser,
    fresh_intake,
    intake,
    intake_url,
    migrated_template,
    new_migrated,
)
from tests.component.intake.samples import family
from tests.component.security import fuzzing, served


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """With what seed the calls were made up, so that the same run can be had again."""
    if fuzzing.sent:
        terminalreporter.write_line(fuzzing.summary())


def pytest_sessionfinish(session: pytest.Session) -> None:
    """The fuzzer keeps a cache beside the project that nothing here uses."""
    cache = Path(session.config.rootpath) / ".schemathesis"
    if fuzzing.sent and cache.is_dir():
        shutil.rmtree(cache, ignore_errors=True)


@dataclass
class Running:
    """The running services, a token for everybody at each of them, and what is known to exist there."""

    urls: dict[str, str]
    tokens: dict[str, dict[str, str | None]]
    known: fuzzing.Known = field(default_factory=fuzzing.Known)
    session: requests.Session = field(default_factory=requests.Session)


@pytest.fixture(scope="session")
def running(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """All services on real databases, with a few families."""
    folder = served.Folder(tmp_path_factory.mktemp("keys"))
    databases = served.databases(database_url)
    tokens = asyncio.run(served.fill(folder, databases))
    apps = served.apps(folder.path, databases)
    with ExitStack() as serving:
        urls = {service: serving.enter_context(served.serve(app)) for service, app in apps.items()}
        running = Running(urls, tokens)
        _enter_families(running)
        yield running
    asyncio.run(served.drop(database_url, databases))


def _enter_families(running: Running) -> None:
    headers = {"authorization": f"Bearer {running.tokens['intake']['team']}"}
    with httpx.Client(base_url=f"{running.urls['intake']}/intake/api/v1", headers=headers) as team:
        for days in (40, 20, 3):
            moved_on = (datetime.now(UTC).date() - timedelta(days=days)).isoformat()
            registered = team.post("/households", json=family(moved_on=moved_on))
            assert registered.status_code == 201, registered.text
            household = registered.json()["household_id"]
            consent = {"recipient": {"kind": "partner", "slug": "projekt-ankommen"}, "purpose": "language"}
            for answer in (
                registered,
                team.post(f"/households/{household}/needs", json={"area": "language"}),
                team.post(f"/households/{household}/consents", json=consent),
                team.post("/contacts", json={"target_group": "refugee", "household_id": household}),
            ):
                assert answer.status_code == 201, answer.text
                running.known.learn(answer.json())
