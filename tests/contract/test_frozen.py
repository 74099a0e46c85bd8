"""An event's fields are frozen when a service publishes it for the first time."""

import re
from pathlib import Path

import pytest

import services
from shared.contracts import Event, compatibility
from shared.contracts.schemas import file_name
from tests.contract.events import EVENTS, name

SERVICES = Path(services.__file__).parent


def published_by(event: type[Event], folder: Path) -> list[str]:
    """The files of the publishing service (of any, if each may) that make this event."""
    made = re.compile(rf"\b{event.__name__}\(")
    files = (folder / event.publisher).rglob("*.py")
    return [str(file.relative_to(folder)) for file in files if made.search(file.read_text())]


@pytest.mark.parametrize("event", EVENTS, ids=name)
def test_what_a_service_publishes_is_frozen(event: type[Event]) -> None:
    """No service publishes an event whose fields could still be changed under its consumers."""
    if makers := published_by(event, SERVICES):
        assert (compatibility.FOLDER / file_name(event)).exists(), (
            f"{makers} publish it: run `python -m shared.contracts.compatibility --publish {event.event}`"
        )


def test_the_scan_finds_a_publisher(tmp_path: Path) -> None:
    """The scan above would notice a service that makes an event, and not one that merely reads it."""
    for service, line in (("intake", "HouseholdMoved(household_id=h)"), ("reporting", "consumers.on(HouseholdMoved)")):
        (tmp_path / service / "commands").mkdir(parents=True)
        (tmp_path / service / "commands" / "moves.py").write_text(line)
    moved = next(event for event in EVENTS if event.event == "household-moved")
    assert published_by(moved, tmp_path) == ["intake/commands/moves.py"]
