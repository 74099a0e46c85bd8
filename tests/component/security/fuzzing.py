"""How the fuzzer is set up: how many examples, from which seed, with which checks left out and why."""

import os
import secrets
import tempfile
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import schemathesis
from schemathesis import Case, checks
from schemathesis.config import SchemathesisConfig

from tests.component.security import served

FULL = os.environ.get("LOKAL_FUZZ") == "full"
SEED = int(os.environ.get("LOKAL_FUZZ_SEED") or secrets.randbelow(2**32))
sent: Counter[str] = Counter()
"""Requests by service and by status, over the whole run."""

checks.load_all_checks()
EXCLUDED = [
    # What is right by the schema may be wrong by a rule that no schema says: dates in order, a household that exists.
    checks.positive_data_acceptance,
    # Nobody's access is an identity of its own here, with more cases than this check would send.
    checks.ignored_auth,
    # Nothing can be deleted by a call.
    checks.use_after_free,
    checks.ensure_resource_availability,
]


def summary() -> str:
    """One line: seed, examples, statuses."""
    statuses = ", ".join(f"{status}: {number}" for status, number in sorted(sent.items()) if status.isdecimal())
    calls = ", ".join(f"{sent[service]} calls of {service}" for service in served.SERVICES)
    return f"fuzzed {calls} ({statuses}); LOKAL_FUZZ_SEED={SEED}"


def schemas(short: int) -> dict[str, schemathesis.BaseSchema]:
    """The documents as the apps give them out; no server is needed to read them.

    `short` is the number of examples of an operation in the short form.
    """
    loaded = {}
    with tempfile.TemporaryDirectory() as name:
        folder = served.Folder(Path(name))
        nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
        for service, app in served.apps(folder.path, dict.fromkeys(served.SERVICES, nowhere)).items():
            config = SchemathesisConfig(seed=SEED)
            project = config.projects.default
            # Of these three times as many calls, for more people; most are refused before anything is read.
            few = max(2, short // 3) if service in ("referrals", "volunteers") else short
            project.generation.max_examples = 200 if FULL else few
            project.generation.database = "none"
            # Some hundreds of cases an operation besides: each limit of each field, each kind of wrong type.
            project.phases.coverage.enabled = FULL
            loaded[service] = schemathesis.openapi.from_dict(app.openapi(), config=config)
    return loaded


class Known:
    """Ids of things that exist, learnt from answers, so that calls get further than 404."""

    def __init__(self) -> None:
        self.ids: dict[str, list[str]] = {}

    def learn(self, found: Any) -> None:
        """Remember the ids in an answer."""
        if isinstance(found, dict):
            for name, value in found.items():
                if name.endswith("_id") and isinstance(value, str):
                    self._keep(name, value)
                elif name.endswith("_ids") and isinstance(value, list):
                    for one in value:
                        self._keep(name[:-1], one)
                else:
                    self.learn(value)
        elif isinstance(found, list):
            for one in found[:5]:
                self.learn(one)

    def _keep(self, name: str, value: str) -> None:
        known = self.ids.setdefault({"first_visit_id": "visit_id"}.get(name, name), [])
        if value not in known:
            known.append(value)
            del known[:-20]

    def put_into(self, case: Case) -> None:
        """Known ids in place of most invented ones, and days of this year in place of some of the ninth century."""
        for part in (case.path_parameters, case.body):
            if isinstance(part, dict):
                for name, value in part.items():
                    if isinstance(value, str) and (better := self._better(name, value)) is not None:
                        part[name] = better

    def _better(self, name: str, value: str) -> str | None:
        try:
            if known := self.ids.get(name):
                number = UUID(value).int
                return known[number % len(known)] if number % 4 else None
            if name in ("on", "moved_on"):
                number = date.fromisoformat(value).toordinal()
                return (date.today() - timedelta(days=number % 120)).isoformat() if number % 3 else None  # noqa: DTZ011
        except ValueError:
            pass  # meant to be wrong
        return None
