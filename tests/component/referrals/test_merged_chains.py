"""Files that are merged one after the other, in whatever order it is told: everything is with the file that goes on."""

from itertools import permutations
from uuid import UUID

import pytest

from services.referrals.commands.households import current_id
from shared.contracts.intake import HouseholdErased, HouseholdMerged, HouseholdUnmerged
from shared.ids import uuid7
from tests.component.referrals.conftest import Referrals
from tests.component.referrals.scene import Scene

WHOSE = "select r.household_id, p.household_id from referral r join person_ref p on p.id = r.person_ref order by r.id"
NO_IDS = ("outbox", "erased_household", "subject_sequence", "alembic_version")


@pytest.fixture
async def scene(referrals: Referrals) -> Scene:
    """A partner with an offer, and family A."""
    return await Scene(referrals).set_up()


async def merge(scene: Scene, absorbed: UUID, kept: UUID, sequence: int | None = None) -> None:
    """One file goes on as another one."""
    state = scene.registered(household_id=kept).model_dump()
    await scene.referrals.hear(HouseholdMerged(**state, merged_household_id=absorbed), sequence=sequence)


async def undo(scene: Scene, restored: UUID, kept: UUID, sequence: int | None = None) -> None:
    """It goes on by itself again."""
    state = scene.registered(household_id=kept).model_dump()
    await scene.referrals.hear(HouseholdUnmerged(**state, restored_household_id=restored), sequence=sequence)


async def erase(scene: Scene, household: UUID, *merged: UUID) -> None:
    """Nothing may say any more whom it was about."""
    await scene.referrals.hear(
        HouseholdErased(household_id=household, erasure_id=uuid7(), person_ids=(), merged_household_ids=merged)
    )


async def left_of(scene: Scene, secret: UUID) -> list[str]:
    """The tables in which an id still stands."""
    tables = await scene.referrals.rows("select tablename from pg_tables where schemaname = 'public'")
    return [
        table
        for (table,) in tables
        if table not in NO_IDS
        and await scene.referrals.rows(f"select 1 from {table} t where t::text like '%{secret}%'")
    ]


async def test_a_chain_undone_and_erased_leaves_no_id(scene: Scene) -> None:
    """A into B, B into C, the latter undone: A's referral is with B; B erased, nothing of A and B is left."""
    referral, b, c = await scene.sent(), uuid7(), uuid7()
    [(person_ref,)] = await scene.referrals.rows("select person_ref from referral")
    await merge(scene, scene.household, b)
    await merge(scene, b, c)
    assert await scene.referrals.rows(WHOSE) == [(c, c)]
    await undo(scene, b, c)
    assert await scene.referrals.rows(WHOSE) == [(b, b)]
    assert await scene.state(referral) == "requested"
    await erase(scene, b, scene.household)
    for secret in (scene.household, b, scene.need, scene.consent):
        assert await left_of(scene, secret) == [], secret
    assert await left_of(scene, person_ref) == ["deletion_request"]
    assert await scene.referrals.rows("select household_id from known_household") == [(c,)]


async def test_what_is_told_of_a_file_in_a_chain_goes_to_its_end(scene: Scene) -> None:
    """In every order of the two merges; and a circle, which no site makes, stops nothing."""
    a = scene.household
    for order in permutations((0, 1)):
        b, c = uuid7(), uuid7()
        steps = [(a, b), (b, c)]
        for number in order:
            await merge(scene, *steps[number])
        await scene.give_consent()
        assert await scene.referrals.rows("select household_id from known_need") == [(c,)]
        assert await scene.referrals.rows("select household_id from known_consent") == [(c,)]
        await undo(scene, a, b)
        assert await scene.referrals.rows("select household_id from known_need") == [(a,)]
        await merge(scene, c, b)
        async with scene.referrals.transaction() as session:
            assert await current_id(session, b) == b


async def test_a_file_that_was_restored_can_be_merged_into_another(scene: Scene) -> None:
    """Numbers compare within one other file alone; what is told late of the earlier merge changes nothing."""
    referral, b, c = await scene.sent(), uuid7(), uuid7()
    await merge(scene, scene.household, b, 10)
    await undo(scene, scene.household, b, 11)
    await merge(scene, scene.household, c, 2)
    assert await scene.referrals.rows(WHOSE) == [(c, c)]
    await undo(scene, scene.household, b, 11)
    assert await scene.referrals.rows(WHOSE) == [(c, c)]
    assert await scene.state(referral) == "requested"


async def test_each_file_takes_its_own_pseudonym_back(scene: Scene) -> None:
    """A and B were both known to the partner; after a chain is undone each has its own again."""
    await scene.sent()
    other = Scene(scene.referrals, partner=scene.partner, offer=scene.offer, partner_id=scene.partner_id)
    await other.set_up_family()
    await other.sent()
    before, c = await scene.referrals.rows(WHOSE), uuid7()
    await merge(scene, scene.household, other.household)
    await merge(scene, other.household, c)
    assert {row[0] for row in await scene.referrals.rows(WHOSE)} == {c}
    await undo(scene, other.household, c)
    await undo(scene, scene.household, other.household)
    assert await scene.referrals.rows(WHOSE) == before
