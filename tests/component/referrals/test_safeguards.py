"""What must not happen with a referral, however it comes about: nobody without a file is told of, no legal advice."""

import asyncio
from typing import Any

import pytest

from services.referrals.tables import Offer
from shared.ids import uuid7
from shared.web.identity import Role
from tests.component.referrals.conftest import API, NEIGHBOUR, Referrals
from tests.component.referrals.scene import Scene

LEGAL: dict[str, Any] = {"area": None, "topic": "legal", "need_id": None}


@pytest.fixture
async def scene(referrals: Referrals) -> Scene:
    """A centre for legal advice, and a family that agrees."""
    return await Scene(referrals).set_up(kind="counselling", legal_advice=True)


async def change(scene: Scene, **offer: Any) -> None:
    """The partner's offer is another one now."""
    async with scene.helper() as helper:
        answer = await helper.patch(f"{API}/offers/{scene.offer}", json=offer)
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("now", [{"legal_advice": False}, {"legal_advice": False, "kind": "mentoring"}])
async def test_a_draft_about_the_law_is_not_sent_where_no_advice_is_given_any_more(
    scene: Scene, now: dict[str, Any]
) -> None:
    """The offer is looked at again when it is sent, as it is then."""
    draft = await scene.draft(**LEGAL)
    await change(scene, **now)
    refused = await scene.step(draft, "send", Role.TEAM, status=422)
    assert [error["path"] for error in refused["errors"]] == ["offer_id"]
    assert await scene.state(draft) == "draft"
    assert await scene.referrals.told("referral-requested") == []


async def test_nor_while_the_offer_is_being_changed(scene: Scene) -> None:
    """Who sends waits until the change is done, and then sees it."""
    draft = await scene.draft(**LEGAL)
    waiting = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    async with asyncio.timeout(20):
        async with scene.referrals.transaction() as session:
            offer = await session.get_one(Offer, scene.offer, with_for_update=True)
            offer.legal_advice = False
            session.add(offer)
            await session.flush()
            sending = asyncio.create_task(scene.step(draft, "send", Role.TEAM, status=422))
            while not sending.done() and not await scene.referrals.rows(waiting):  # noqa: ASYNC110  (in the database)
                await asyncio.sleep(0.01)
        await sending
    assert await scene.state(draft) == "draft"


async def test_what_is_told_is_the_kind_of_the_offer_as_it_was_sent(scene: Scene) -> None:
    """An offer that has changed since the draft is told, and counted, as what it is now."""
    draft = await scene.draft()
    await change(scene, legal_advice=False, kind="mentoring")
    await scene.step(draft, "send", Role.TEAM)
    assert {event["data"]["kind"] for event in await scene.referrals.told("referral-requested")} == {"mentoring"}


async def test_nobody_without_a_file_is_told_of(scene: Scene) -> None:
    """The partner learns that somebody comes with a slip, and of what; no id of theirs, on no way, until the end."""
    contact = uuid7()
    nobody = {"household_id": None, "need_id": None, "legal_basis": None, "area": None, "topic": "housing"}
    referral = await scene.sent(contact_id=str(contact), **nobody)
    for step, body in (("accept", {}), ("start", {}), ("complete", {"outcome": "got_help"})):
        await scene.step(referral, step, **body)
    copies = await scene.referrals.told(audience=scene.partner)
    assert [copy["event"] for copy in copies] == [
        "referral-requested",
        "referral-accepted",
        "referral-started",
        "referral-completed",
    ]
    async with scene.helper() as helper, scene.referrals.browser(Role.PARTNER, scene.partner) as looking:
        seen = [
            (await helper.get(f"{API}/referrals/{referral}")).text,
            (await helper.get(f"{API}/referrals")).text,
            (await helper.get(f"{API}/deletions")).text,
            (await looking.get("/referrals/own")).text,
            (await looking.get(f"/referrals/referrals/{referral}")).text,
        ]
    for told in [*map(str, copies), *seen]:
        assert str(contact) not in told
        assert "person_ref" not in told or '"person_ref":null' in told.replace(" ", "")
    assert await scene.referrals.rows("select 1 from person_ref") == []
    assert await scene.referrals.rows("select 1 from deletion_request") == []
    async with scene.referrals.client(Role.TEAM, site=NEIGHBOUR) as other:
        assert (await other.get(f"{API}/referrals/{referral}")).status_code == 404
