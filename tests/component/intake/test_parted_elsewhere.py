"""A merged file goes to another site, is parted there, and this site still looks after the family as it was."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import UUID

import pytest

from services.intake.commands.erasures import erase_elsewhere, erase_household
from services.intake.commands.merges import merge_households, undo_merge
from services.intake.domain.erasures import Because
from shared.contracts.intake import HouseholdErased
from shared.contracts.words import Service
from tests.component.intake.test_handover_steps import move
from tests.component.intake.three_sites import BRACKEL, DISTRICTS, HOERDE, Network, three_sites


@pytest.fixture
async def network(new_migrated: Callable[[], str], tmp_path: Path) -> AsyncIterator[Network]:
    """Three sites of this test alone."""
    async with three_sites({name: new_migrated() for name in DISTRICTS}, tmp_path) as network:
        yield network


async def _parted(network: Network) -> tuple[UUID, UUID]:
    """Both files arrived at Hörde and parted there, with the receipt for Brackel still on its way."""
    old, new = network.sites[BRACKEL], network.sites[HOERDE]
    kept, absorbed = await old.register(), await old.register(case_number="50-7")
    merge = await old.do(lambda session: merge_households(session, old.by, kept, absorbed, {}))
    await move(old, kept, "hoerde")
    await old.send()
    await network.deliver()
    assert await new.standing(kept) == ("in_charge", 2)
    assert await old.standing(kept) == ("caretaker", 1)
    await new.do(lambda session: undo_merge(session, new.by, kept, merge.id))
    return kept, absorbed


async def test_one_of_them_comes_back_before_the_receipt(network: Network) -> None:
    """It is entered as it is there; of the other one only ids stay, as the receipt would have it."""
    kept, absorbed = await _parted(network)
    old, new = network.sites[BRACKEL], network.sites[HOERDE]
    persons = await new.rows("select id from person where household_id = :id order by id", id=absorbed)
    await move(new, absorbed, "brackel")
    await new.send()
    await network.deliver(len(network.wire.letters) - 1)
    assert await old.rows("select id, merged_into from household") == [(absorbed, None)]
    await network.settle()
    assert await old.standing(absorbed) == ("in_charge", 3)
    assert await old.rows("select id from person order by id") == persons
    assert await old.rows("select to_site from passed_on") == [(HOERDE,)]
    assert await new.standing(kept) == ("in_charge", 2)
    assert not await old.rows("select id from letter_refused")


async def test_one_of_them_is_erased_before_the_receipt(network: Network) -> None:
    """Nothing of it stays in the copy of the other one."""
    kept, absorbed = await _parted(network)
    old, new = network.sites[BRACKEL], network.sites[HOERDE]
    erasure = await new.do(lambda session: erase_household(session, new.by, absorbed, Because.ASKED, (Service.INTAKE,)))
    erased = HouseholdErased(
        household_id=absorbed, erasure_id=erasure.id, person_ids=tuple(erasure.person_ids), merged_household_ids=()
    )
    await old.do(lambda session: erase_elsewhere(session, erased, HOERDE))
    assert not await old.rows("select id from person")
    assert not await old.rows("select id from household")
    await network.settle()
    assert await new.standing(kept) == ("in_charge", 2)
