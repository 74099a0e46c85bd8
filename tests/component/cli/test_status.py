"""`lokal status` says what is wrong and what to do, and exits with 1."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aio_pika

from deploy.servers.process import wait_until
from shared.messaging.topology import EVENTS
from tests.component.cli.conftest import DEAD, QUEUE, Network


def test_what_is_wrong_is_named(network: Network, new_database: Callable[[], str]) -> None:
    """A database that is not migrated, one that is away, a lost binding, queues without consumers, a dead letter."""

    async def unbind(channel: aio_pika.abc.AbstractChannel) -> None:
        await (await channel.declare_queue(QUEUE, passive=True)).unbind(EVENTS, "*.*.*.*.public")

    network.on_channel(unbind)
    network.publish("", DEAD, aio_pika.Message(b"", delivery_mode=aio_pika.DeliveryMode.PERSISTENT))
    reporting = new_database()
    away = urlunsplit(urlsplit(reporting)._replace(path="/not_there"))
    databases = {
        "DATABASE_URL_REPORTING": reporting,
        "DATABASE_URL_REFERRALS": reporting,
        "DATABASE_URL_VOLUNTEERS": reporting,
        "DATABASE_URL_INTAKE_BRACKEL_APLERBECK": away,
    }
    found: dict[str, Any] = {}

    def dead_letter_is_counted() -> bool:  # the broker counts every few seconds
        found.update(
            json.loads(
                network.lokal(
                    "status",
                    "--json",
                    status=1,
                    METRICS_URLS="intake/brackel-aplerbeck=http://127.0.0.1:1/metrics",
                    **databases,
                )
            )
        )
        return any("dead letters" in problem for problem in found["problems"])

    wait_until(dead_letter_is_counted, "the dead letter", 60)
    problems = "\n".join(found["problems"])
    assert found["ok"] is False
    assert "database reporting (city): not migrated: `lokal migrate`" in problems
    assert "database intake (brackel-aplerbeck): does not answer" in problems
    assert f"binding lokal.events → {QUEUE} (*.*.*.*.public) is missing" in problems
    assert f"nobody consumes {QUEUE}" in problems
    assert f"1 dead letters in {DEAD}" in problems
    assert "intake/brackel-aplerbeck: does not answer" in problems


def test_a_broker_that_is_away_is_a_problem_and_no_crash(network: Network, new_database: Callable[[], str]) -> None:
    """Everything else is still looked at."""
    said = network.lokal(
        "status", status=1, RABBITMQ_MANAGEMENT_URL="http://x:y@127.0.0.1:1", DATABASE_URL=new_database()
    )
    assert "the management API does not answer" in said
    assert "reporting" in said
