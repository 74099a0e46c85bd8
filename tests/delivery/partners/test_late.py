# ruff: noqa: T201  (what has happened to a run is its answer)
"""A partner that is added late, while events flow, ends in the same state as one that was there from the start."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from aio_pika.abc import AbstractIncomingMessage

from shared.contracts import PREFIX, Event
from shared.contracts.referrals import OfferChanged, OfferConfirmed, OfferWithdrawn
from shared.contracts.words import CITY, OfferKind
from shared.messaging import outbox
from shared.messaging.partners import partner_queue
from tests.component.referrals.connected import System
from tests.delivery.partners.conftest import FULL, City
from tests.waiting import eventually

EARLY, LATE = "projekt-ankommen", "planerladen"
BEFORE, AFTER = (5_000, 3_000) if FULL else (300, 120)
"""Events before the late partner is added, and after it; in between as many as there is time for."""
SUBJECTS = 300 if FULL else 40
BATCH = 40
PAUSE_SECONDS = 0.0 if FULL else 0.3
MOST_WAITING = 500
"""So many may be in the outbox: the writer is as fast as the relay, and not faster."""
_EVENTS = (OfferChanged, OfferConfirmed, OfferWithdrawn)
_NAMES = {f"{PREFIX}{event.event}.v{event.major}" for event in _EVENTS}


@dataclass
class Reader:
    """A partner's program: keeps the ids that it has had, and of each offer the latest that it was told."""

    ids: set[str] = field(default_factory=set)
    latest: dict[str, tuple[str, Any]] = field(default_factory=dict)
    doubled: int = 0

    async def take(self, message: AbstractIncomingMessage) -> None:
        """One message, as the guide tells to treat it."""
        event = orjson.loads(message.body)
        if event["type"] in _NAMES:
            self.doubled += event["id"] in self.ids
            self.ids.add(event["id"])
            known = self.latest.get(event["subject"], ("", None))
            self.latest[event["subject"]] = max(known, (event["sequence"], event["data"]), key=lambda each: each[0])
        await message.ack()

    @asynccontextmanager
    async def reading(self, system: System) -> AsyncIterator[None]:
        """It runs meanwhile."""
        async with system.channel() as channel:
            await channel.set_qos(prefetch_count=200)
            await (await channel.get_queue(partner_queue(system.slug), ensure=False)).consume(self.take)
            yield


@dataclass
class Writer:
    """Tells the network of offers, as fast as its relay brings it away."""

    city: City
    written: dict[str, str] = field(default_factory=dict)
    """What each public event said, by its id."""
    until: int | None = None
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    subjects: list[UUID] = field(default_factory=lambda: [uuid4() for _ in range(SUBJECTS)])

    async def work(self) -> None:
        """Write until there are as many as there shall be; beside each a copy that is nobody's else."""
        while self.until is None or len(self.written) < self.until:
            async with self.city.referrals.transaction() as session:
                told = [self._event() for _ in range(BATCH)]
                # In one order, so that nobody waits crosswise.
                told.sort(key=lambda event: str(event.subject))
                ids = await outbox.add_many(session, [(event, "public") for event in told])
                await outbox.add_many(session, [(event, "internal") for event in told[:5]])
                await outbox.add_many(session, [(event, "somebody-else") for event in told[:5]])
            self.written |= {str(each): str(event.subject) for each, event in zip(ids, told, strict=True)}
            await asyncio.sleep(PAUSE_SECONDS)
            await eventually(self._is_brought_away)

    def _event(self) -> Event:
        return self.chance.choice(_EVENTS)(
            offer_id=self.chance.choice(self.subjects),
            partner=EARLY,
            site=CITY,
            kind=OfferKind.GERMAN_COURSE,
            on=date(2017, 1, 9),
            confirmed_on=date(2017, 1, 9),
            free=self.chance.randrange(100),
        )

    async def _is_brought_away(self) -> bool:
        rows = await self.city.referrals.rows("select count(*) from outbox")
        return bool(rows[0][0] < MOST_WAITING)


@pytest.mark.timeout(600 if FULL else 300)
async def test_the_same_in_the_end(city: City) -> None:
    """All ids, and the latest of each offer, are the same; nothing is missing and nothing else came."""
    city.systems.patience = 250
    early, late, writer = Reader(), Reader(), Writer(city)
    loop = asyncio.get_running_loop()
    async with early.reading(await city.systems.connect(EARLY)):
        began = loop.time()
        writing = asyncio.create_task(writer.work())
        await eventually(lambda: len(writer.written) >= BEFORE or writing.done(), 120)
        before = len(writer.written)
        system = await city.systems.add(LATE, "--all-sites", "--catch-up")
        meanwhile = len(writer.written) - before
        writer.until = len(writer.written) + AFTER
        async with late.reading(system):
            await writing
            took = loop.time() - began
            await eventually(lambda: set(writer.written) == early.ids, 120)
            await eventually(lambda: set(writer.written) == late.ids, 120)
    print(
        f"{len(writer.written)} events, {len(writer.written) / took:.0f} a second; {before} before the late partner was"
        f" added, {meanwhile} meanwhile; {late.doubled} came to it twice"
    )
    assert meanwhile
    assert late.latest == early.latest
    assert set(late.latest) == set(writer.written.values())
