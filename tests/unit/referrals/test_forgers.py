"""When somebody who writes in others' names has gone too far."""

import asyncio
import time

import pytest

from services.referrals.background import forgers
from services.referrals.background.forgers import MOST, WITHIN_SECONDS, Forgers


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that it is, to be changed."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_a_few_are_told_of_and_more_are_too_many(clock: list[float]) -> None:
    """Each sender has its own count, and a minute later it begins anew."""
    kept = Forgers(None, "/")
    assert [kept.notice("planerladen") for _ in range(MOST + 2)] == [False] * MOST + [True] * 2
    assert not kept.notice("projekt-ankommen")
    clock[0] += WITHIN_SECONDS + 1
    assert not kept.notice("planerladen")


async def test_silenced_once_for_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many come in the same moment, the broker is asked once, for the user on this virtual host."""
    asked: list[str] = []

    async def silence(_management: object, name: str) -> None:
        asked.append(name)

    monkeypatch.setattr(forgers, "silence", silence)
    kept = Forgers("http://nobody:x@127.0.0.1:1", "/")
    for _ in range(MOST + 50):
        kept.notice("planerladen")
    for _ in range(10):
        await asyncio.sleep(0)
    assert asked == ["partner-planerladen"]
