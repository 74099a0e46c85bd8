"""The AsyncAPI document: valid for the official parser, complete, with examples that hold, and without secrets."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from shared.contracts import asyncapi, catalogue
from shared.contracts.commands import COMMANDS

ROOT = Path(__file__).parents[2]
MODULES = ROOT / "tests" / "guide"
CHECK = """
const { Parser } = require("@asyncapi/parser");
const text = require("fs").readFileSync(process.argv[1], "utf8");
new Parser().parse(text).then(({ document, diagnostics }) => console.log(JSON.stringify({
  valid: Boolean(document),
  messages: document ? document.messages().all().length : 0,
  faults: diagnostics.filter((each) => each.severity < 2).map((each) => `${each.path.join(".")}: ${each.message}`),
})));
"""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document as it is generated."""
    return asyncapi.document()


def test_the_official_parser_takes_it() -> None:
    """No error and no warning."""
    node = shutil.which("node", path=f"{os.environ.get('PATH', '')}{os.pathsep}{ROOT / '.venv' / 'node' / 'bin'}")
    assert node, "deploy/bootstrap.py test installs Node"
    done = subprocess.run([node, "-e", CHECK, asyncapi.FILE], cwd=MODULES, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said == {"valid": True, "messages": len(catalogue()) + len(COMMANDS), "faults": []}


def test_it_is_committed_as_generated() -> None:
    """Also `make check` says so."""
    assert asyncapi.FILE.read_bytes() == asyncapi.rendered()


def test_every_message_has_an_example_that_holds(document: dict[str, Any]) -> None:
    """The example is what the message's schema says, envelope and data."""
    for name, message in document["components"]["messages"].items():
        (example,) = message["examples"]
        schema = {**message["payload"], "components": document["components"]}
        faults = [fault.message for fault in Draft7Validator(schema).iter_errors(example["payload"])]
        assert not faults, (name, faults)


def test_partners_are_told_what_their_queues_may_hold(document: dict[str, Any]) -> None:
    """Their own copies and what is public, and nothing of a household's file."""
    received = set(document["channels"]["partner"]["messages"])
    assert {"referral-requested.v1", "deletion-requested.v1", "command-refused.v1", "offer-published.v1"} <= received
    assert not any(name.startswith(("household-", "need-", "contact-", "first-visit-")) for name in received)


def test_it_holds_no_credentials() -> None:
    """No user information in any address, no password."""
    text = asyncapi.FILE.read_text()
    assert not re.search(r"://[^/\s]+:[^/\s]+@", text)
    assert "127.0.0.1:5672" not in text
