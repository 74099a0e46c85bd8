"""What partners are asked to delete: when the last help for somebody is over, and nothing is left of the asking."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.referrals.commands.acting import Acting
from services.referrals.commands.referrals import decline
from services.referrals.commands.timers import run_due
from services.referrals.tables import Via
from shared.contracts.intake import HouseholdErased
from shared.contracts.words import DeclineReason
from shared.ids import uuid7
from shared.web.tokens import Role
from tests.component.referrals.conftest import API, Referrals
from tests.component.referrals.scene import Scene

EIGHT_DAYS = timedelta(days=8)


@pytest.fixture
async def scene(referrals: Referrals) -> Scene:
    """A partner, an offer, a family that agrees."""
    return await Scene(referrals).set_up()


async def asked(scene: Scene) -> list[dict[str, Any]]:
    """What the partner was told to delete."""
    told = await scene.referrals.told("deletion-requested", audience=scene.partner)
    return [event["data"] for event in told]


async def erase(scene: Scene) -> None:
    """The family is erased."""
    await scene.referrals.hear(HouseholdErased(household_id=scene.household, erasure_id=uuid7(), person_ids=()))


async def confirm(scene: Scene, deletion: str) -> None:
    """The partner has deleted."""
    async with scene.helper() as helper:
        assert (await helper.post(f"{API}/deletions/{deletion}/confirm")).status_code == 200


async def test_who_is_still_helped_is_deleted_when_the_last_help_is_over(scene: Scene) -> None:
    """One of two declined: nothing is to be deleted yet. The other completed: now it is, once."""
    first, second = await scene.sent(), await scene.sent(need_id=None)
    await scene.step(first, "decline", reason="other")
    assert await asked(scene) == []
    await scene.step(second, "accept")
    await scene.step(second, "start")
    await scene.step(second, "complete", outcome="got_help")
    [deletion] = await asked(scene)
    assert deletion["referral_id"] == second


async def test_help_that_begins_anew_stops_the_asking(scene: Scene) -> None:
    """Asked to delete and not done yet, then asked to help again: no reminder until that is over."""
    await scene.step(await scene.sent(), "decline", reason="no_capacity")
    assert len(await asked(scene)) == 1
    again = await scene.sent(need_id=None)
    await scene.step(again, "accept")
    async with scene.referrals.transaction() as session:
        await run_due(session, datetime.now(UTC) + EIGHT_DAYS)
    assert len(await asked(scene)) == 1
    await scene.step(again, "fail", outcome="could_not_contact")
    assert {deletion["referral_id"] for deletion in (await asked(scene))[1:]} == {again}


async def test_expired_together_it_is_asked_for_once(scene: Scene) -> None:
    """Two that expire in one round are one person to delete."""
    await scene.sent()
    await scene.sent(need_id=None)
    async with scene.referrals.transaction() as session:
        await run_due(session, datetime.now(UTC) + timedelta(days=60))
    assert len(await asked(scene)) == 1


async def test_two_that_end_at_the_same_moment_leave_nobody_unasked(scene: Scene) -> None:
    """Each transaction would see the other referral open: the second waits for the first, and then asks."""
    first, second = await scene.sent(), await scene.sent(need_id=None)
    by = Acting("test", Role.PARTNER, None, scene.partner, datetime.now(UTC), Via.API)
    async with asyncio.timeout(20):
        async with scene.referrals.transaction() as session:
            await decline(session, by, UUID(first), DeclineReason.OTHER)
            other = asyncio.create_task(scene.step(second, "decline", reason="other"))
            waiting = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            while not other.done() and not await scene.referrals.rows(waiting):  # noqa: ASYNC110  (in the database)
                await asyncio.sleep(0.01)
        await other
    assert len(await asked(scene)) == 1


async def test_the_erased_are_deleted_everywhere_at_once(scene: Scene) -> None:
    """Whatever still runs ends, and the pseudonym of the asking goes with its confirmation."""
    both = {await scene.sent(), await scene.sent(need_id=None)}
    await erase(scene)
    told = await asked(scene)
    assert {deletion["referral_id"] for deletion in told if deletion["reason"] == "erased"} == both
    for deletion in {deletion["deletion_id"] for deletion in told}:
        await confirm(scene, deletion)
    assert await scene.referrals.rows("select 1 from deletion_request where person_ref is not null") == []
    assert await scene.referrals.rows("select 1 from deletion_request where confirmed_at is null") == []


async def test_what_was_confirmed_before_an_erasure_says_nothing_either(scene: Scene) -> None:
    """The pseudonym of an earlier asking goes with the erasure; the partner is not asked again."""
    await scene.step(await scene.sent(), "decline", reason="other")
    [deletion] = await asked(scene)
    await confirm(scene, deletion["deletion_id"])
    await erase(scene)
    assert len(await asked(scene)) == 1
    assert await scene.referrals.rows("select person_ref from deletion_request") == [(None,)]
