"""When the old key for letters may go."""

from typing import Any, Self

import pytest

from deploy.cli import Failed
from deploy.cli import site as site_commands
from services.intake.consumers import letters_queue
from shared.messaging.management import QueueState
from shared.messaging.topology import RETRY_PAUSES, dead_letters_of, retry_exchange

SITE = "hoerde-hombruch"


class _Broker:
    def __init__(self, *lying: str) -> None:
        self.lying = lying

    def __call__(self, *_: Any) -> Self:
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing to close."""

    async def queues(self) -> list[QueueState]:
        return [QueueState(name, 1, 0, "quorum") for name in self.lying]


@pytest.fixture(autouse=True)
def broker_urls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the command would ask; nobody does."""
    monkeypatch.setenv("RABBITMQ_URL", "amqp://localhost")
    monkeypatch.setenv("RABBITMQ_MANAGEMENT_URL", "http://localhost:15672")


@pytest.mark.parametrize(
    "queue", [letters_queue(SITE), dead_letters_of(letters_queue(SITE)), *map(retry_exchange, RETRY_PAUSES)]
)
def test_the_old_key_is_kept_while_a_letter_may_lie(queue: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in the waiting rooms for retries, where a letter to the site may wait for its next attempt."""
    monkeypatch.setattr(site_commands, "Management", _Broker(queue))
    with pytest.raises(Failed, match="old key"):
        site_commands._refuse_while_letters_lie(SITE)


def test_the_old_key_may_go_when_nothing_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Letters to another site keep nobody waiting."""
    monkeypatch.setattr(site_commands, "Management", _Broker(letters_queue("mengede-huckarde")))
    site_commands._refuse_while_letters_lie(SITE)
