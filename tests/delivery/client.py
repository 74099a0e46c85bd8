"""A client of the intake's HTTP API that writes down what was accepted."""

import asyncio
import random
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx

TODAY = date.today()  # noqa: DTZ011  (days near today are all that matters)


class Client:
    """Repeats a call, with the same key, until it is told that it was accepted; then it writes the id down."""

    def __init__(self, http: httpx.AsyncClient, chance: random.Random) -> None:
        self._http = http
        self._chance = chance
        self.contacts: set[UUID] = set()
        self.households: set[UUID] = set()
        self.events = 0
        """How many events the accepted calls publish."""
        self.repeated = 0
        self.pace = 0
        """How many events there shall be by now; who is ahead of it goes on slowly, so that there is always work."""
        self.may_stop = False

    async def work(self, events: int) -> None:
        """Call until so many events were accepted, and nobody needs more."""
        while self.events < events or not self.may_stop:
            if self.events > self.pace:
                await asyncio.sleep(0.4)
            await (self._contact() if self._chance.random() < 0.75 else self._household())

    async def _contact(self) -> None:
        body = {"target_group": "refugee", "channel": "office_hours"}
        answer = await self._accepted("contacts", body)
        self.contacts.add(UUID(answer["contact_id"]))
        self.events += 1

    async def _household(self) -> None:
        body = {
            "family_name": "Musterfamilie",
            "persons": [{"given_name": "Muster", "family_name": "Musterfamilie"}],
            "address": {"street": "Musterstraße 1", "postal_code": "44309", "city": "Dortmund", "district": "brackel"},
            "tenancy": "private",
            "legal_circle": "asylblg",
            "languages": ["ar"],
            "moved_on": (TODAY - timedelta(days=20)).isoformat(),
        }
        answer = await self._accepted("households", body)
        self.households.add(UUID(answer["household_id"]))
        self.events += 3  # registered, moved, first visit owed

    async def _accepted(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        key = str(UUID(int=self._chance.getrandbits(128), version=4))
        while True:
            try:
                answer = await self._http.post(f"/intake/api/v1/{path}", json=body, headers={"idempotency-key": key})
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code == 201:
                return dict(answer.json())
            # Whether the call had an effect is not known: the key makes the next one safe.
            assert answer is None or answer.status_code >= 500 or answer.status_code == 409, answer.text
            self.repeated += 1
            await asyncio.sleep(0.1)
