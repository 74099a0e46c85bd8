"""The closed loop over HTTP: what each step needs, who may take it, and what is told to whom."""

import pytest

from services.referrals.commands import referrals as commands
from shared.web.identity import Role
from tests.component.referrals.conftest import API, NEIGHBOUR, Referrals
from tests.component.referrals.scene import Scene

OURS = {"household_id", "person_id", "contact_id", "need_id", "replaces"}


@pytest.fixture
async def scene(referrals: Referrals, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A partner, an offer with two places, a family that agrees. Nobody waits long for what does not come."""
    monkeypatch.setattr(commands, "WAIT_SECONDS", 0.2)
    return await Scene(referrals).set_up(places=2, free=2)


async def test_from_the_question_to_help_that_arrived(scene: Scene) -> None:
    """Sent, accepted, begun, done: each step has its event, and the partner a copy without any of our ids."""
    referral = await scene.sent()
    for what, more in (("accept", {}), ("start", {}), ("complete", {"outcome": "got_help"})):
        await scene.step(referral, what, **more)
    names = ["referral-requested", "referral-accepted", "referral-started", "referral-completed"]
    ours = await scene.referrals.told(*names, audience="internal")
    copies = await scene.referrals.told(*names, audience="projekt-ankommen")
    assert [event["event"] for event in ours] == [event["event"] for event in copies] == names
    for event, copy in zip(ours, copies, strict=True):
        assert event["data"]["household_id"] == str(scene.household)
        assert "person_ref" not in event["data"]
        assert copy["data"]["person_ref"]
        assert not OURS & copy["data"].keys()
        assert not {"correlationid", "causationid", "traceparent"} & copy.keys()
        assert event["site"] == copy["site"] == "brackel-aplerbeck"
    assert ours[1]["data"]["days_to_answer"] == 0
    assert ours[3]["data"]["outcome"] == "got_help"
    assert [(row.free, row.places) for row in await scene.referrals.rows("select free, places from offer")] == [(1, 2)]


async def test_the_site_and_the_partner_see_it_each_in_its_own_words(scene: Scene) -> None:
    """The team sees its ids, the partner its pseudonym; a team of another site and another partner see nothing."""
    referral = await scene.sent()
    async with scene.team() as team, scene.helper() as helper:
        seen = (await team.get(f"{API}/referrals/{referral}")).json()
        theirs = (await helper.get(f"{API}/referrals/{referral}")).json()
        assert (await helper.get(f"{API}/referrals")).json()["items"] == [theirs]
    assert (seen["household_id"], seen["person_ref"]) == (str(scene.household), None)
    assert theirs["person_ref"]
    assert not any(theirs[name] for name in OURS)
    for client in (
        scene.referrals.client(Role.TEAM, site=NEIGHBOUR),
        scene.referrals.client(Role.PARTNER, "planerladen"),
    ):
        async with client as stranger:
            assert (await stranger.get(f"{API}/referrals/{referral}")).status_code == 404
            assert (await stranger.post(f"{API}/referrals/{referral}/accept")).status_code == 404
            assert (await stranger.get(f"{API}/referrals")).json()["items"] == []
    assert await scene.state(referral) == "requested"


async def test_a_draft_is_nobodys_but_the_teams(scene: Scene) -> None:
    """The partner learns nothing of a draft, and a draft can be deleted; what was sent cannot."""
    draft = await scene.draft()
    async with scene.helper() as helper, scene.team() as team:
        assert (await helper.get(f"{API}/referrals/{draft}")).status_code == 404
        assert await scene.referrals.told() == []
        assert (await team.delete(f"{API}/referrals/{draft}")).status_code == 204
        sent = await scene.sent()
        assert (await team.delete(f"{API}/referrals/{sent}")).status_code == 409


async def test_without_consent_nothing_is_sent(referrals: Referrals, monkeypatch: pytest.MonkeyPatch) -> None:
    """No consent, or one that was withdrawn, for this very partner: 409, nothing told; with it, it is sent."""
    monkeypatch.setattr(commands, "WAIT_SECONDS", 0.2)
    scene = await Scene(referrals).set_up(consent=False)
    draft = await scene.draft()
    refused = await scene.step(draft, "send", Role.TEAM, status=409)
    assert "keine Einwilligung" in str(refused)
    await scene.withdraw_consent()
    await scene.give_consent()
    await scene.step(draft, "send", Role.TEAM, status=409)
    assert await referrals.told() == []
    scene.consent = scene.need
    await scene.give_consent()
    await scene.step(draft, "send", Role.TEAM)


async def test_another_legal_basis_needs_a_reference(scene: Scene) -> None:
    """Statutory or vital interest: with a reference it goes without consent, without one it is 422."""
    async with scene.team() as team:
        answer = await team.post(f"{API}/referrals", json=scene.wanted(legal_basis={"kind": "statutory"}))
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["path"] == "legal_basis.reference"
    await scene.sent(legal_basis={"kind": "statutory", "reference": "§ 24 SGB VIII"})
    (event,) = await scene.referrals.told("referral-requested", audience="internal")
    assert event["data"]["basis"] == "statutory"


async def test_legal_topics_go_to_advice_centres_alone(scene: Scene) -> None:
    """A German course gives no legal advice: the field and what to do are named."""
    async with scene.team() as team:
        answer = await team.post(f"{API}/referrals", json=scene.wanted(area=None, topic="legal", need_id=None))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "offer_id"


async def test_people_without_a_file_get_a_slip(scene: Scene) -> None:
    """A neighbour: no basis, no ids, no person_ref; a code on paper, and nothing to delete afterwards."""
    contact = "00000000-0000-7000-8000-0000000000c1"
    referral = await scene.sent(household_id=None, need_id=None, legal_basis=None, contact_id=contact)
    async with scene.team() as team:
        slip = (await team.get(f"{API}/referrals/{referral}")).json()["slip_code"]
    assert len(slip) == 8
    assert not set(slip) & set("0O1I")
    (copy,) = await scene.referrals.told("referral-requested", audience="projekt-ankommen")
    assert not {"person_ref", "contact_id", "basis"} & copy["data"].keys()
    await scene.step(referral, "decline", reason="no_capacity")
    assert await scene.referrals.told("deletion-requested") == []


async def test_a_waiting_list_is_a_hold_and_returns_where_it_came_from(scene: Scene) -> None:
    """Held with a position from `requested`, it can only go back there; deadlines run anew."""
    referral = await scene.sent()
    held = await scene.step(referral, "hold", position=4)
    assert (held["state"], held["held_from"], held["position"], held["expire_at"]) == ("on_hold", "requested", 4, None)
    await scene.step(referral, "accept", status=409)
    resumed = await scene.step(referral, "resume")
    assert (resumed["state"], resumed["position"]) == ("requested", None)
    assert resumed["remind_at"] < resumed["escalate_at"] < resumed["expire_at"]


async def test_the_team_enters_what_it_was_told_on_an_earlier_day(scene: Scene) -> None:
    """`on` is the team's alone, not ahead and not before the last step; figures follow it, and who entered it stays."""
    referral = await scene.draft()
    await scene.step(referral, "send", Role.TEAM, on="2017-01-09")
    await scene.step(referral, "accept", Role.TEAM, status=422, on="2017-01-08")
    await scene.step(referral, "accept", status=422, on="2017-01-12")
    accepted = await scene.step(referral, "accept", Role.TEAM, on="2017-01-12")
    assert accepted["told_by"] == "test-team"
    (event,) = await scene.referrals.told("referral-accepted", audience="internal")
    assert (event["data"]["on"], event["data"]["days_to_answer"]) == ("2017-01-12", 3)


async def test_what_came_to_nothing_is_tried_again_once(scene: Scene) -> None:
    """A declined one is replaced by a new referral, once; an open one is not."""
    first = await scene.sent()
    async with scene.team() as team:
        again = scene.wanted(replaces=first)
        assert (await team.post(f"{API}/referrals", json=again)).status_code == 409
        await scene.step(first, "decline", reason="no_capacity")
        assert (await team.post(f"{API}/referrals", json=again)).status_code == 201
        assert (await team.post(f"{API}/referrals", json=again)).status_code == 409


async def test_what_is_over_the_partner_is_to_delete(scene: Scene) -> None:
    """After a decline the partner is asked to delete; it confirms, and both are told."""
    referral = await scene.sent()
    await scene.step(referral, "decline", reason="no_capacity")
    async with scene.helper() as helper, scene.team() as team:
        (asked,) = (await helper.get(f"{API}/deletions")).json()["items"]
        assert asked["reason"] == "over"
        assert (await team.get(f"{API}/deletions")).json()["items"][0]["person_ref"] is None
        for _ in range(2):
            assert (await helper.post(f"{API}/deletions/{asked['deletion_id']}/confirm")).status_code == 200
        assert (await team.get(f"{API}/deletions")).json()["items"] == []
    assert len(await scene.referrals.told("deletion-confirmed")) == 1


async def test_several_are_accepted_at_once_or_none(scene: Scene) -> None:
    """One that cannot be accepted leaves all as they were."""
    first, second = await scene.sent(), await scene.sent(need_id=None)
    await scene.step(second, "decline", reason="other")
    async with scene.helper() as helper:
        assert (await helper.post(f"{API}/referrals/accept-many", json={"ids": [first, second]})).status_code == 409
        assert await scene.state(first) == "requested"
        assert (await helper.post(f"{API}/referrals/accept-many", json={"ids": [first]})).status_code == 200
