"""The log of all events, read and brought to a queue again."""

import json
import signal
import subprocess
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, cast

import aio_pika
import pytest

from deploy.cli.events import Entry, Wanted
from shared.messaging import envelope
from tests.component.cli.conftest import LOKAL, QUEUE, Network

SITE = "brackel-aplerbeck"
NOW = datetime.now(UTC)
HOUSEHOLD, CONTACT, STORY = (str(uuid.uuid4()) for _ in range(3))


def event(
    name: str, subject: str, *, days_ago: int = 0, service: str = "intake", audience: str = "internal"
) -> dict[str, Any]:
    """An event as it stands in the log, and its routing key."""
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": f"/sites/{SITE}/{service}",
        "type": f"de.dortmund.lokal-willkommen.{name}.v1",
        "subject": subject,
        "time": (NOW - timedelta(days=days_ago)).isoformat(),
        "site": SITE,
        "sequence": "0000000001",
        "correlationid": STORY if subject == HOUSEHOLD else str(uuid.uuid4()),
        "data": {"household_id": subject, "persons": 3, "languages": ["ar", "fa"], "said_to": audience},
    }


EVENTS = [
    event("household-registered", HOUSEHOLD, days_ago=3),
    event("household-moved", HOUSEHOLD, days_ago=2),
    event("contact-recorded", CONTACT),
    event("offer-published", str(uuid.uuid4()), service="referrals", audience="public"),
    event("referral-requested", str(uuid.uuid4()), service="referrals", audience="planerladen"),
]


@pytest.fixture
def log(network: Network) -> Network:
    """A network in whose log these events lie, and something that is no event; reporting's queue is empty."""
    for told in EVENTS:
        name = told["type"].split(".")[-2]
        key = f"{SITE}.{told['source'].rpartition('/')[2]}.{name}.v1.{told['data']['said_to']}"
        network.publish("lokal.events", key, message(told))
    network.publish("lokal.events", f"{SITE}.x.y.v1.partner", aio_pika.Message(b"no event", message_id="no-event"))
    network.on_channel(_purge)
    return network


async def _purge(channel: aio_pika.abc.AbstractChannel) -> None:
    await (await channel.declare_queue(QUEUE, passive=True)).purge()


def message(told: dict[str, Any]) -> aio_pika.Message:
    """The event as a message."""
    return aio_pika.Message(
        json.dumps(told).encode(),
        message_id=told["id"],
        content_type="application/cloudevents+json",
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )


def test_the_log_is_read_in_lines_that_people_can_read(log: Network) -> None:
    """One line an event: day and time, site, event, subject, story and data; what is no event is told, too."""
    lines = log.lokal("events", "tail").splitlines()
    assert len(lines) == len(EVENTS) + 1
    assert f"household-moved        {HOUSEHOLD} {STORY} persons=3 languages=[ar,fa]" in lines[1]
    assert sum("unreadable entry no-event" in line for line in lines) == 1


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(names=("household-moved", "contact-recorded")), [1, 2]),
        (Wanted(subject=HOUSEHOLD), [0, 1]),
        (Wanted(correlation=STORY), [0, 1]),
        (Wanted(service="referrals"), [3, 4]),
        (Wanted(since=NOW - timedelta(days=1), site=SITE), [2, 3, 4]),
        (Wanted(until=NOW - timedelta(days=1)), [0, 1]),
        (Wanted(site="city"), []),
    ],
)
def test_filters(wanted: Wanted, found: list[int]) -> None:
    """Each filter leaves what it names."""
    entries = [Entry(envelope.read(json.dumps(told).encode(), typed=False), cast(Any, None)) for told in EVENTS]
    assert [n for n, entry in enumerate(entries) if wanted.takes(entry)] == found


def test_a_slip_in_a_name_is_told(log: Network) -> None:
    """A filter that can never match anything known is not silent."""
    told = log.lokal("events", "tail", "--event", "household-move")
    assert "no event known here is called household-move; is one of these meant: household-moved" in told


def test_follow_goes_on_with_what_is_published(log: Network) -> None:
    """With --follow the next event is a line as soon as it is published, and Ctrl-C is no failure."""
    command = [LOKAL, "events", "tail", "--follow", "--subject", HOUSEHOLD, "--json"]
    follow = subprocess.Popen(
        command,
        env=log.environment,
        stdout=subprocess.PIPE,
        text=True,
        # A shell starts its background jobs with SIGINT ignored, which children inherit: Ctrl-C would do nothing.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    assert follow.stdout
    lines: Iterator[str] = follow.stdout
    assert [json.loads(next(lines))["id"] for _ in range(2)] == [EVENTS[0]["id"], EVENTS[1]["id"]]
    new = event("household-closed", HOUSEHOLD)
    log.publish("lokal.events", f"{SITE}.intake.household-closed.v1.internal", message(new))
    assert json.loads(next(lines))["id"] == new["id"]
    follow.send_signal(signal.SIGINT)
    assert follow.wait(30) == 0


def test_replay_brings_what_the_queue_is_bound_to(log: Network) -> None:
    """Internal and public events come to the queue as they were, a partner's does not; --dry-run only counts."""
    assert "4 would be brought" in log.lokal("events", "replay", "--to", QUEUE, "--from", "7d", "--dry-run")
    assert log.ids_in(QUEUE) == []
    assert "4 brought and confirmed" in log.lokal("events", "replay", "--to", QUEUE, "--from", "7d")
    assert log.ids_in(QUEUE) == [told["id"] for told in EVENTS[:4]]
    assert [json.loads(each.body) for each in log.lie_in(QUEUE)] == EVENTS[:4]


def test_replay_of_a_part(log: Network) -> None:
    """From a time, until a time, of some events only."""
    until = (NOW - timedelta(days=1)).isoformat()
    log.lokal("events", "replay", "--to", QUEUE, "--from", "60h", "--until", until)
    assert log.ids_in(QUEUE) == [EVENTS[1]["id"]]
    log.lokal("events", "replay", "--to", QUEUE, "--from", "7d", "--event", "contact-recorded")
    assert log.ids_in(QUEUE) == [EVENTS[1]["id"], EVENTS[2]["id"]]


def test_replay_makes_nobody_believed(log: Network) -> None:
    """What names no sender stays behind, and is brought with --unnamed, as after an update."""
    old = event("household-closed", HOUSEHOLD)
    log.publish("lokal.events", f"{SITE}.intake.household-closed.v1.internal", message(old), named=False)
    log.on_channel(_purge)
    wanted = ("events", "replay", "--to", QUEUE, "--from", "7d", "--event", "household-closed")
    assert "1 left behind: no sender is named" in log.lokal(*wanted)
    assert old["id"] not in log.ids_in(QUEUE)
    log.lokal(*wanted, "--unnamed")
    assert old["id"] in log.ids_in(QUEUE)


def test_replay_to_a_queue_that_is_not_there_fails(log: Network) -> None:
    """What the broker has not confirmed is not reported as brought."""
    assert "no queue of ours" in log.lokal("events", "replay", "--to", "city.no.body", "--from", "7d", status=1)
    assert "confirmed 0" in log.lokal("events", "replay", "--to", "city.no.body", "--from", "7d", "--all", status=1)
