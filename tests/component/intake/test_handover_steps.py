"""A file goes from one site to another, whatever crashes at whichever step, and nothing of it is lost."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.intake import commands
from services.intake.commands.whole_file import dump
from services.intake.inputs import MoveHousehold
from shared.letters import steps
from tests.component.intake.samples import ASSELN, days_ago
from tests.component.intake.three_sites import BRACKEL, DISTRICTS, HOERDE, MENGEDE, Crash, Network, Site, three_sites


@pytest.fixture
async def network(new_migrated: Callable[[], str], tmp_path: Path) -> AsyncIterator[Network]:
    """Three sites of this test alone."""
    async with three_sites({name: new_migrated() for name in DISTRICTS}, tmp_path) as network:
        yield network


async def move(site: Site, household_id: UUID, district: str, street: str = "Neue Straße 1") -> commands.Moved:
    """The family moves today."""
    address = {**ASSELN, "district": district, "neighbourhood": None, "street": street}
    wanted = MoveHousehold.model_validate(
        {"address": address, "tenancy": "private", "moved_on": datetime.now(UTC).date().isoformat()}
    )
    moved = await site.do(lambda session: commands.move_household(session, site.by, household_id, wanted))
    steps.reached("T1")
    return moved


async def checked(network: Network, household_id: UUID) -> Site:
    """The one site in charge; nobody is caretaker and nothing waits."""
    found = {name: await site.standing(household_id) for name, site in network.sites.items()}
    holding = {name: standing for name, standing in found.items() if standing}
    assert [standing for standing, _ in holding.values()] == ["in_charge"], found
    for site in network.sites.values():
        assert not await site.rows(
            "select id from letter_out where state = 'waiting' or (state = 'sent' and kind <> 'receipt')"
        )
    return network.sites[next(iter(holding))]


async def test_the_file_arrives_whole(network: Network) -> None:
    """All that stood in the file stands in it at the other site; the first site keeps only where it went."""
    old, new = network.sites[BRACKEL], network.sites[HOERDE]
    household_id = await old.register()
    moved = await move(old, household_id, "hoerde")
    assert moved == commands.Moved(handed_to=HOERDE)
    before = await old.do(lambda session: dump(session, household_id))
    await network.settle()
    assert await checked(network, household_id) is new
    after = await new.do(lambda session: dump(session, household_id))

    assert _fields(after["household"], "charge", "standing", "handed_to", "handed_at", "owner") == _fields(
        before["household"], "charge", "standing", "handed_to", "handed_at", "owner"
    )
    for table in before.keys() - {"household", "timeline", "first_visit"}:
        assert after[table] == before[table], table
    assert after["timeline"][: len(before["timeline"])] == before["timeline"]
    assert [line["kind"] for line in after["timeline"][len(before["timeline"]) :]] == ["arrived"]
    assert (await new.rows("select state from first_visit where household_id = :id", id=household_id))[-1][0] == "owed"
    assert await old.rows("select charge, to_site from passed_on") == [(2, HOERDE)]
    assert not await old.rows("select id from person")


def _fields(rows: list[dict[str, Any]], *without: str) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name not in without} for row in rows]


async def test_the_handover_is_dated_by_its_own_day(network: Network) -> None:
    """A move that is told of later keeps its day; that the file went and came stands under the day of the doing."""
    old, new = network.sites[BRACKEL], network.sites[HOERDE]
    household_id = await old.register()
    address = {**ASSELN, "district": "hoerde", "neighbourhood": None}
    wanted = MoveHousehold.model_validate({"address": address, "tenancy": "private", "moved_on": days_ago(1)})
    await old.do(lambda session: commands.move_household(session, old.by, household_id, wanted))
    await network.settle()
    found = await new.rows("select kind, \"on\" from timeline where kind in ('moved', 'handed_over', 'arrived')")
    days = {kind: on.isoformat() for kind, on in found}
    assert days == {"moved": days_ago(1), "handed_over": days_ago(0), "arrived": days_ago(0)}


async def test_numbers_of_events_go_on(network: Network) -> None:
    """The second site goes on counting where the first has stopped, so that others know new from old."""
    old, new = network.sites[BRACKEL], network.sites[HOERDE]
    household_id = await old.register()
    await move(old, household_id, "hoerde")
    await network.settle()
    of_household = [
        event["sequence"]
        for site in (old, new)
        for event in await site.events()
        if event["subject"] == str(household_id)
    ]
    assert of_household == list(range(1, len(of_household) + 1))


async def test_a_crash_at_any_step_loses_nothing(network: Network) -> None:
    """Whoever crashes right after a step, both sides end as if nobody had."""
    old, new = network.sites[BRACKEL], network.sites[HOERDE]
    for step in steps.STEPS:
        household_id = await old.register()
        network.crashing.at, network.crashing.crashed = step, False
        for _ in range(3):
            try:
                if (await old.standing(household_id)) == ("in_charge", 1):
                    await move(old, household_id, "hoerde")
                await network.settle()
            except Crash:
                continue
        assert network.crashing.crashed, step
        assert await checked(network, household_id) is new, step
        persons = await new.rows("select id from person where household_id = :id", id=household_id)
        assert len(persons) == 4, step


async def test_the_family_is_back_before_the_receipt(network: Network) -> None:
    """A return letter that overtakes the receipt brings the file back; the late receipt ends nothing."""
    old, new = network.sites[BRACKEL], network.sites[HOERDE]
    household_id = await old.register()
    await move(old, household_id, "hoerde")
    await old.send()
    await network.deliver()
    await move(new, household_id, "brackel", "Zurück 2")
    await new.send()
    receipt, back = network.wire.letters
    network.wire.letters[:] = [back, receipt]
    await network.deliver()
    assert await old.standing(household_id) == ("in_charge", 3)
    await network.settle()
    assert await checked(network, household_id) is old


async def test_the_family_moves_on_before_its_file_has_arrived(network: Network) -> None:
    """The next move is told to the caretaker, goes after the file, and the file follows it to the third site."""
    old = network.sites[BRACKEL]
    household_id = await old.register()
    await move(old, household_id, "hoerde")
    assert await move(old, household_id, "mengede", "Weiter 3") == commands.Moved(handed_to=HOERDE)
    await old.send()
    network.wire.letters.reverse()  # the supplement comes before the file
    await network.settle()
    third = await checked(network, household_id)
    assert third is network.sites[MENGEDE]
    homes = await third.rows("select street from residence where household_id = :id", id=household_id)
    assert {street for (street,) in homes} == {"Musterweg 7", "Neue Straße 1", "Weiter 3"}


async def test_a_letter_is_repeated_safely(network: Network) -> None:
    """A letter that was lost is sent again, one that was not has its effect once; its receipt comes again, too."""
    old = network.sites[BRACKEL]
    household_id = await old.register()
    await move(old, household_id, "hoerde")
    await old.send()
    network.wire.letters.clear()
    letter = (await old.rows("select id from letter_out"))[0].id
    for lost in (False, True):
        await old.do(lambda session: commands.repeat_letter(session, letter))
        await old.send()
        await network.deliver()
        await network.send_all()
        if lost:
            network.wire.letters.clear()
            await old.do(lambda session: commands.repeat_letter(session, letter))
        else:
            network.wire.letters.clear()
    await network.settle()
    await checked(network, household_id)
    assert (await network.sites[HOERDE].rows("select repeats from letter_in"))[0].repeats == 2
