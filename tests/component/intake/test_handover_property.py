"""Three sites, a wire in no order, crashes at any step: whatever happens, one site ends up in charge of each family.

A state machine (hypothesis) lets families move between the sites, on before their file has arrived, back, and out of
the city, while letters are delayed, doubled, reordered, lost and repeated, spoilt, and either side crashes at any
numbered step of the protocol. The checker holds after each rule what must always hold, and at the end the rest.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from services.intake import commands
from services.intake.inputs import GiveConsent, IdentifyNeed, MoveHousehold, RecordContact
from shared.letters import steps
from shared.refusals import Refused
from tests.component.intake.samples import ASSELN
from tests.component.intake.three_sites import DISTRICTS, Crash, Network, Site, three_sites

Result = TypeVar("Result")

EXAMPLES = int(os.environ.get("LOKAL_HANDOVER_EXAMPLES", "12"))
"""Lives of families; more in the long run (docs/architecture/handover.md)."""
RULES = 30
NAMES = tuple(DISTRICTS)
FAMILIES = ("first", "second")
CRASHES = st.sampled_from((None, None, *steps.STEPS))


@dataclass
class Family:
    """What was entered anywhere of a family, and has to be in its file at the end."""

    id: UUID
    streets: set[str] = field(default_factory=lambda: {ASSELN["street"]})
    moves: int = 0
    contacts: set[UUID] = field(default_factory=set)
    needs: set[UUID] = field(default_factory=set)
    met: set[UUID] = field(default_factory=set)
    consents: dict[UUID, bool] = field(default_factory=dict)
    """Whether it was withdrawn."""


@dataclass
class World:
    """The network with the loop in which it lives; kept over all examples, since migrating is slow."""

    network: Network
    runner: asyncio.Runner

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run to the end."""
        return self.runner.run(work)


class Handovers(RuleBasedStateMachine):
    """What can happen to two families and the letters about them."""

    world: World

    @property
    def network(self) -> Network:
        """The three sites."""
        return self.world.network

    @initialize()
    def register(self) -> None:
        """Two families get their files, at different sites."""
        wire = self.network.wire
        wire.letters.clear()
        wire.dead.clear()
        wire.aside.clear()
        self.spoilt = 0
        self.refused_before = self._refused()
        self.families = {
            name: Family(self.world.run(site.register()))
            for name, site in zip(FAMILIES, self.network.sites.values(), strict=False)
        }

    @rule(name=st.sampled_from(FAMILIES), to=st.sampled_from((*NAMES, *NAMES, None)), crash=CRASHES)
    def move(self, name: str, to: str | None, crash: str | None) -> None:
        """The family moves, or leaves the city (`to` is None); whoever has its file enters it."""
        family = self.families[name]
        site = self._at(family, caretaker_first=False)
        family.moves += 1
        street = f"Straße {family.moves}"
        move: dict[str, Any] = {"left_city": True}
        if to is not None:
            address = {**ASSELN, "street": street, "district": DISTRICTS[to], "neighbourhood": None}
            today = datetime.now(UTC).date().isoformat()
            move = {"address": address, "tenancy": "private", "moved_on": today}
        wanted = MoveHousehold.model_validate(move)
        done = self._do(site, crash, lambda session: commands.move_household(session, site.by, family.id, wanted))
        if done is not None and to is not None:
            family.streets.add(street)

    @rule(name=st.sampled_from(FAMILIES), to=st.sampled_from((*NAMES, None)))
    def tell_the_caretaker(self, name: str, to: str | None) -> None:
        """The next move is told to the site that still looks after the family."""
        family = self.families[name]
        if self._standing(family, "caretaker"):
            site = self._at(family, caretaker_first=True)
            family.moves += 1
            street = f"Straße {family.moves}"
            move: dict[str, Any] = {"left_city": True}
            if to is not None:
                address = {**ASSELN, "street": street, "district": DISTRICTS[to], "neighbourhood": None}
                today = datetime.now(UTC).date().isoformat()
                move = {"address": address, "tenancy": "private", "moved_on": today}
            wanted = MoveHousehold.model_validate(move)
            done = self._do(site, None, lambda session: commands.move_household(session, site.by, family.id, wanted))
            if done is not None and to is not None:
                family.streets.add(street)

    @rule(name=st.sampled_from(FAMILIES), caretaker=st.booleans())
    def meet(self, name: str, caretaker: bool) -> None:
        """A contact is recorded, also by the caretaker."""
        family = self.families[name]
        site = self._at(family, caretaker_first=caretaker)
        tap = RecordContact.model_validate({"target_group": "refugee", "household_id": str(family.id)})
        contact = self._do(site, None, lambda session: commands.record_contact(session, site.by, tap))
        if contact is not None:
            family.contacts.add(contact.id)

    @rule(name=st.sampled_from(FAMILIES))
    def need(self, name: str) -> None:
        """A need is entered where the file is."""
        family = self.families[name]
        site = self._at(family, caretaker_first=False)
        wanted = IdentifyNeed.model_validate({"area": "language"})
        need = self._do(site, None, lambda session: commands.identify_need(session, site.by, family.id, wanted))
        if need is not None:
            family.needs.add(need.id)

    @rule(name=st.sampled_from(FAMILIES), caretaker=st.booleans())
    def meet_needs(self, name: str, caretaker: bool) -> None:
        """Needs are met where the file is; a caretaker is told to leave that to the next site."""
        family = self.families[name]
        site = self._at(family, caretaker_first=caretaker)
        for need_id in sorted(family.needs):
            if self._do(
                site,
                None,
                lambda session, one=need_id: commands.meet_need(session, site.by, one, None),  # type: ignore[misc]
            ):
                family.met.add(need_id)

    @rule(name=st.sampled_from(FAMILIES))
    def consent(self, name: str) -> None:
        """The family gives its consent."""
        family = self.families[name]
        site = self._at(family, caretaker_first=False)
        said = {"recipient": {"kind": "partner", "slug": "ein-verein"}, "purpose": "referral"}
        wanted = GiveConsent.model_validate(said)
        consent = self._do(site, None, lambda session: commands.give_consent(session, site.by, family.id, wanted))
        if consent is not None:
            family.consents[consent.id] = False

    @rule(name=st.sampled_from(FAMILIES), caretaker=st.booleans())
    def withdraw(self, name: str, caretaker: bool) -> None:
        """The family takes a consent back, also at the caretaker."""
        family = self.families[name]
        site = self._at(family, caretaker_first=caretaker)
        for consent_id in family.consents:
            done = self._do(
                site,
                None,
                lambda session, one=consent_id: commands.withdraw_consent(session, site.by, family.id, one),  # type: ignore[misc]
            )
            if done is not None:
                family.consents[consent_id] = True

    @rule(name=st.sampled_from(NAMES), crash=CRASHES)
    def send(self, name: str, crash: str | None) -> None:
        """A site's courier sends what waits."""
        self._crashing(crash, self.network.sites[name].send())

    @rule(number=st.integers(0, 50), keep=st.booleans(), crash=CRASHES)
    def deliver(self, number: int, keep: bool, crash: str | None) -> None:
        """Any letter of the wire is delivered, perhaps once more later."""
        letters = self.network.wire.letters
        if letters:
            self._crashing(crash, self.network.deliver(number % len(letters), keep=keep))

    @rule(number=st.integers(0, 50))
    def lose(self, number: int) -> None:
        """A letter is gone for good."""
        letters = self.network.wire.letters
        if letters:
            letters.pop(number % len(letters))

    @rule(number=st.integers(0, 50), byte=st.integers(0, 10_000))
    def spoil(self, number: int, byte: int) -> None:
        """A changed copy of a letter is delivered, or a whole one to a site that it is not for."""
        letters = self.network.wire.letters
        if letters:
            to_site, body = letters[number % len(letters)]
            if byte % 3 == 0:
                to_site = next(name for name in NAMES if name != to_site)
            else:
                place = byte % len(body)
                body = body[:place] + b"?" + body[place + 1 :]
            assert self.world.run(self.network.sites[to_site].receive(body))
            self.spoilt += 1

    @rule(name=st.sampled_from(NAMES))
    def repeat(self, name: str) -> None:
        """Somebody at the desk sends again what has not been answered."""
        self.world.run(self._repeat(self.network.sites[name]))

    @invariant()
    def one_in_charge_and_nobody_dropped(self) -> None:
        """Never two sites in charge, never two with one number, and always one that looks after the family."""
        for family in self.families.values():
            found = self.world.run(self._found(family))
            in_charge = [charge for standing, charge in found.values() if standing == "in_charge"]
            assert len(in_charge) <= 1, found
            assert found, "nobody has the file"
            assert not in_charge or in_charge[0] >= max(charge for _, charge in found.values()), found

    def teardown(self) -> None:
        """Everything arrives at last; then the rest holds, too."""
        if not hasattr(self, "families"):
            return
        self.network.crashing.at = None
        self.world.run(self._settle())
        for family in self.families.values():
            self.world.run(self._check(family))
        assert self._refused() == self.refused_before + self.spoilt
        assert len(self.network.wire.dead) == self.spoilt
        assert not self.network.wire.aside

    async def _settle(self) -> None:
        await self.network.settle()
        for _ in range(20):
            open_before = [await self._repeat(site) for site in self.network.sites.values()]
            await self.network.settle()
            if not any(open_before):
                return
        raise AssertionError("letters stay without an answer")

    async def _check(self, family: Family) -> None:
        found = await self._found(family)
        assert [standing for standing, _ in found.values()] == ["in_charge"], found
        site = self.network.sites[next(iter(found))]
        for table, entered in (("contact", family.contacts), ("need", family.needs), ("consent", set(family.consents))):
            rows = await site.rows(f"select id from {table} where household_id = :id", id=family.id)
            assert {row.id for row in rows} >= entered, table
        withdrawn = await site.rows("select id from consent where withdrawn_on is not null")
        assert {row.id for row in withdrawn} >= {one for one, is_withdrawn in family.consents.items() if is_withdrawn}
        met = await site.rows("select id from need where met_on is not null")
        assert {row.id for row in met} >= family.met
        persons = await site.rows("select id from person where household_id = :id", id=family.id)
        assert len(persons) == 4
        homes = {r.street for r in await site.rows("select street from residence where household_id = :i", i=family.id)}
        supplements = Counter[str]()
        for one in self.network.sites.values():
            rows = await one.rows("select id, state from supplement where household_id = :id", id=family.id)
            supplements.update(row.state for row in rows)
        assert not supplements["parked"]
        unfit = await site.rows(
            "select id from timeline where kind = 'supplement_unfit' and household_id = :id", id=family.id
        )
        assert len(family.streets - homes) <= len(unfit) == supplements["unfit"]
        await self._check_events(family)

    async def _check_events(self, family: Family) -> None:
        """No number was given twice, and who took over went on counting where the other had stopped."""
        told = [
            (event["sequence"], event["event"], event["data"])
            for site in self.network.sites.values()
            for event in await site.events()
            if event["subject"] == str(family.id)
        ]
        numbers = sorted(sequence for sequence, _, _ in told)
        assert numbers == list(range(1, len(numbers) + 1))
        handed = [
            (data["charge"], sequence, data["stage"])
            for sequence, event, data in told
            if event == "household-handed-over"
        ]
        in_order = sorted(handed, key=lambda one: one[1])
        assert [charge for charge, _, _ in in_order] == sorted(charge for charge, _, _ in handed)
        assert [stage for _, _, stage in in_order] == ["sent", "accepted"] * (len(handed) // 2)

    async def _repeat(self, site: Site) -> int:
        unanswered = await site.rows("select id from letter_out where state = 'sent' and kind <> 'receipt'")
        for row in unanswered:
            await site.do(lambda session, one=row.id: commands.repeat_letter(session, one))  # type: ignore[misc]
        return len(unanswered)

    async def _found(self, family: Family) -> dict[str, tuple[str, int]]:
        standings = {name: await site.standing(family.id) for name, site in self.network.sites.items()}
        return {name: standing for name, standing in standings.items() if standing is not None}

    def _standing(self, family: Family, wanted: str) -> list[str]:
        return [name for name, (standing, _) in self.world.run(self._found(family)).items() if standing == wanted]

    def _at(self, family: Family, *, caretaker_first: bool) -> Site:
        order = ("caretaker", "in_charge") if caretaker_first else ("in_charge", "caretaker")
        names = [name for standing in order for name in self._standing(family, standing)]
        return self.network.sites[names[0]]

    def _do(self, site: Site, crash: str | None, work: Callable[[Any], Any]) -> Any:
        """What a command returns; None where a rule refused it, or it crashed before its commit."""
        done: list[Any] = []

        async def command() -> None:
            done.append(await site.do(work))
            steps.reached("T1")

        try:
            self._crashing(crash, command())
        except Refused:
            return None
        return done[0] if done else None

    def _crashing(self, crash: str | None, work: Coroutine[Any, Any, None]) -> None:
        self.network.crashing.at = crash
        try:
            self.world.run(work)
        except Crash:
            pass
        finally:
            self.network.crashing.at = None

    def _refused(self) -> int:
        async def counted() -> int:
            rows = [await site.rows("select id from letter_refused") for site in self.network.sites.values()]
            return sum(map(len, rows))

        return self.world.run(counted())


@pytest.fixture
def world(new_migrated: Callable[[], str], tmp_path: Path) -> Iterator[World]:
    """Three sites in a loop of their own."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        urls = {name: new_migrated() for name in DISTRICTS}
        network = runner.run(stack.enter_async_context(three_sites(urls, tmp_path)))
        yield World(network, runner)
        runner.run(stack.aclose())


@pytest.mark.timeout(1800)
def test_one_site_in_charge_whatever_happens(world: World) -> None:
    """However letters and crashes fall, each family ends with one site in charge, no caretaker, and all of its file."""
    machine = type("HandoversHere", (Handovers,), {"world": world})
    run_state_machine_as_test(
        machine,  # type: ignore[no-untyped-call]
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=RULES,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
