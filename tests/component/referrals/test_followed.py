"""What sites tell of a household reaches its open referrals at once, in whatever order and however often it comes."""

import pytest

from services.referrals.commands import referrals as commands
from services.referrals.tables import Offer
from shared.contracts.intake import (
    GrantEnded,
    GrantIssued,
    HouseholdClosed,
    HouseholdErased,
    HouseholdHandedOver,
    HouseholdMerged,
    HouseholdMoved,
    HouseholdUnmerged,
    Recipient,
)
from shared.ids import uuid7
from shared.web.identity import Role
from tests.component.referrals.conftest import API, NEIGHBOUR, SITE, Referrals
from tests.component.referrals.scene import DAY, Scene


@pytest.fixture
async def scene(referrals: Referrals, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A partner whose offer serves Brackel and Hörde, and a family in Brackel."""
    monkeypatch.setattr(commands, "WAIT_SECONDS", 0.2)
    return await Scene(referrals).set_up(districts=["brackel", "hoerde"])


def moved(scene: Scene, district: str | None, **more: object) -> HouseholdMoved:
    """The family lives elsewhere."""
    return HouseholdMoved(
        household_id=scene.household,
        to_district=district,
        left_city=district is None,
        from_tenancy="private",
        to_tenancy="private",
        moved_on=DAY,
        persons=4,
        minors=2,
        languages=["ar"],
        legal_circles={"sgb2": 4},
        **more,
    )


async def told_reasons(referrals: Referrals) -> list[tuple[str, str]]:
    """What partners were told to end and to delete, and why."""
    events = await referrals.told("referral-cancelled", "deletion-requested", audience="projekt-ankommen")
    return [(event["event"], event["data"]["reason"]) for event in events]


async def test_a_withdrawn_consent_ends_what_rests_on_it(scene: Scene) -> None:
    """Cancelled at once, the partner is told what to delete; told twice, it happens once. A draft stays."""
    referral, draft = await scene.sent(), await scene.draft(need_id=None)
    for _ in range(2):
        await scene.withdraw_consent()
    assert await scene.state(referral) == "cancelled"
    assert await scene.state(draft) == "draft"
    assert await told_reasons(scene.referrals) == [
        ("referral-cancelled", "consent_withdrawn"),
        ("deletion-requested", "consent_withdrawn"),
    ]
    await scene.step(draft, "send", Role.TEAM, status=409)


async def test_another_consent_carries_on(scene: Scene) -> None:
    """A second consent to the same partner keeps the referral."""
    referral = await scene.sent()
    first, scene.consent = scene.consent, uuid7()
    await scene.give_consent()
    scene.consent, second = first, scene.consent
    await scene.withdraw_consent()
    assert await scene.state(referral) == "requested"
    assert [row[0] for row in await scene.referrals.rows("select consent_id from referral")] == [second]


async def test_a_move_goes_along_or_ends_it(scene: Scene) -> None:
    """Served in the new district: it goes on and the board says so; not served, or left: moved_away."""
    served = await scene.sent()
    await scene.referrals.hear(moved(scene, "hoerde", to_site=SITE))
    assert await scene.referrals.rows("select state, district, moved from referral") == [("requested", "hoerde", True)]
    await scene.referrals.hear(moved(scene, "mengede"))
    assert await scene.state(served) == "cancelled"
    assert ("deletion-requested", "moved_away") in await told_reasons(scene.referrals)


@pytest.mark.parametrize(
    ("closed", "reason"),
    [("moved_away", "moved_away"), ("declined", "household_declined"), ("no_longer_needed", "file_closed")],
)
async def test_a_closed_file_ends_it(scene: Scene, closed: str, reason: str) -> None:
    """Each reason for closing has its reason for the partner."""
    await scene.sent()
    event = HouseholdClosed(household_id=scene.household, reason=closed, on=DAY, district="brackel", charge=1)
    await scene.referrals.hear(event)
    assert [row[0] for row in await scene.referrals.rows("select reason from referral")] == [reason]


async def test_an_older_word_changes_nothing(scene: Scene) -> None:
    """A move that is overtaken by a newer one is not applied when it arrives late."""
    referral = await scene.sent()
    await scene.referrals.hear(moved(scene, "hoerde"), sequence=9)
    await scene.referrals.hear(moved(scene, "mengede"), sequence=8)
    assert await scene.state(referral) == "requested"


async def test_a_handover_tells_the_new_site_how_it_stands(scene: Scene) -> None:
    """The new site sees the referral, and is told its state under its own name; the old one sees nothing more."""
    referral = await scene.sent()
    await scene.step(referral, "accept")
    handed = {"letter_id": uuid7(), "from_site": SITE, "to_site": NEIGHBOUR, "charge": 2, "district": "hoerde"}
    for stage in ("sent", "accepted"):
        event = HouseholdHandedOver(household_id=scene.household, stage=stage, on=DAY, **handed)
        await scene.referrals.hear(event, site=SITE if stage == "sent" else NEIGHBOUR)
    sites = [event["to_site"] for event in await scene.referrals.told("referral-accepted", audience="internal")]
    assert sites == [SITE, NEIGHBOUR]
    async with scene.referrals.client(Role.TEAM, site=NEIGHBOUR) as new, scene.team() as old:
        assert (await new.get(f"{API}/referrals/{referral}")).json()["state"] == "accepted"
        assert (await old.get(f"{API}/referrals/{referral}")).status_code == 404


async def test_what_ends_on_the_way_is_told_to_the_new_site(scene: Scene) -> None:
    """The old site could not enter it any more; and a release that the new one has issued meanwhile ends."""
    referral, grant = await scene.sent(), uuid7()
    await scene.step(referral, "decline", reason="no_capacity")
    handed = {"letter_id": uuid7(), "from_site": SITE, "to_site": NEIGHBOUR, "charge": 2, "district": "hoerde"}
    event = HouseholdHandedOver(household_id=scene.household, stage="accepted", on=DAY, **handed)
    for _ in range(2):
        await scene.referrals.hear(event, site=NEIGHBOUR)
    sites = [event["to_site"] for event in await scene.referrals.told("referral-declined", audience="internal")]
    assert sites == [SITE, NEIGHBOUR]
    assert len(await scene.referrals.told("referral-declined", audience="projekt-ankommen")) == 1
    async with scene.referrals.client(Role.TEAM, site=NEIGHBOUR) as new:
        assert (await new.get(f"{API}/referrals/{referral}")).json()["state"] == "declined"
    issued = GrantIssued(
        household_id=scene.household,
        grant_id=grant,
        referral_id=referral,
        recipient=Recipient(kind="partner", slug=scene.partner),
        purpose="referral",
        basis="consent",
    )
    await scene.referrals.hear(issued, site=NEIGHBOUR)
    assert len(await scene.referrals.told("referral-declined", audience="internal")) == 3


async def test_a_merge_takes_referrals_along_and_gives_them_back(scene: Scene) -> None:
    """They belong to the file that goes on, under the same pseudonym, and go back when the merge is undone."""
    referral = await scene.sent()
    kept = uuid7()
    state = scene.registered(household_id=kept).model_dump()
    await scene.referrals.hear(HouseholdMerged(**state, merged_household_id=scene.household))
    absorbed = HouseholdClosed(household_id=scene.household, reason="merged", on=DAY, district="brackel", charge=1)
    await scene.referrals.hear(absorbed)
    whose = "select r.household_id, p.household_id from referral r join person_ref p on p.id = r.person_ref"
    assert await scene.referrals.rows(whose) == [(kept, kept)]
    assert await scene.state(referral) == "requested"
    await scene.referrals.hear(HouseholdUnmerged(**state, restored_household_id=scene.household))
    assert await scene.referrals.rows(whose) == [(scene.household, scene.household)]


async def test_a_grant_is_known_by_its_id_alone(scene: Scene) -> None:
    """Issued, the partner finds the way to it; ended, no longer; the end of another one changes nothing."""
    referral, grant = await scene.sent(), uuid7()
    common = {
        "household_id": scene.household,
        "recipient": Recipient(kind="partner", slug="projekt-ankommen"),
        "purpose": "referral",
        "referral_id": referral,
    }
    await scene.referrals.hear(GrantIssued(**common, grant_id=grant, basis="consent"))
    await scene.referrals.hear(GrantEnded(**common, grant_id=uuid7(), reason="handed_over"))
    known = "select grant_id, grant_site from referral"
    assert await scene.referrals.rows(known) == [(grant, SITE)]
    await scene.referrals.hear(GrantEnded(**common, grant_id=grant, reason="completed"))
    assert await scene.referrals.rows(known) == [(None, None)]


async def test_a_grant_that_has_ended_is_not_opened_by_its_beginning(scene: Scene) -> None:
    """The end comes first, or the beginning comes again: no dead id stays; the next release counts."""
    referral, grant, following = await scene.sent(), uuid7(), uuid7()
    common = {
        "household_id": scene.household,
        "recipient": Recipient(kind="partner", slug="projekt-ankommen"),
        "purpose": "referral",
        "referral_id": referral,
    }
    await scene.referrals.hear(GrantEnded(**common, grant_id=grant, reason="completed"), sequence=9)
    await scene.referrals.hear(GrantIssued(**common, grant_id=grant, basis="consent"), sequence=8)
    known = "select grant_id from referral"
    assert await scene.referrals.rows(known) == [(None,)]
    await scene.referrals.hear(GrantIssued(**common, grant_id=following, basis="consent"))
    assert await scene.referrals.rows(known) == [(following,)]
    await scene.referrals.hear(HouseholdErased(household_id=scene.household, erasure_id=uuid7(), person_ids=()))
    assert await scene.referrals.rows("select 1 from ended_grant") == []


async def test_a_move_next_door_goes_on_where_matching_would_propose_it(scene: Scene) -> None:
    """The offer is held next to where they live now, for there: the same rule as for a new referral."""
    async with scene.referrals.transaction() as session:
        offer = await session.get_one(Offer, scene.offer)
        offer.district, offer.districts = "brackel", ["brackel"]
        session.add(offer)
    referral = await scene.sent()
    await scene.referrals.hear(moved(scene, "aplerbeck"))
    assert await scene.state(referral) == "requested"
    async with scene.team() as team:
        asked = {"area": "language", "district": "aplerbeck"}
        proposed = (await team.get(f"{API}/matches", params=asked)).text
    assert str(scene.offer) in proposed
    await scene.referrals.hear(moved(scene, "mengede"))
    assert await scene.state(referral) == "cancelled"


async def test_an_erasure_leaves_no_id_behind(scene: Scene) -> None:
    """Cancelled, to be deleted by the partner, acknowledged; no table but that of the erased holds the family's ids."""
    await scene.sent()
    await scene.draft(need_id=None)
    erased = HouseholdErased(household_id=scene.household, erasure_id=uuid7(), person_ids=(scene.person,))
    for _ in range(2):
        await scene.referrals.hear(erased)
    assert len(await scene.referrals.told("erasure-acknowledged")) == 2
    assert ("deletion-requested", "erased") in await told_reasons(scene.referrals)
    tables = await scene.referrals.rows(
        "select tablename from pg_tables where schemaname = 'public' "
        "and tablename not in ('outbox', 'erased_household', 'subject_sequence')"
    )
    for (table,) in tables:
        for secret in (scene.household, scene.person, scene.need, scene.consent):
            for shape in (str(secret), str(secret).encode().hex()):
                found = await scene.referrals.rows(f"select 1 from {table} t where t::text like '%{shape}%'")
                assert found == [], table
            found = await scene.referrals.rows(
                f"select 1 from {table} t where t::text like '%{str(secret).encode().hex()}%'"
            )
            assert found == [], table
    await scene.referrals.hear(scene.registered())
    assert await scene.referrals.rows("select 1 from known_household") == []


async def test_a_site_that_is_not_in_charge_erases_nothing(scene: Scene) -> None:
    """It is not acknowledged, and everything stays."""
    referral = await scene.sent()
    erased = HouseholdErased(household_id=scene.household, erasure_id=uuid7(), person_ids=())
    await scene.referrals.hear(erased, site=NEIGHBOUR)
    assert await scene.referrals.told("erasure-acknowledged") == []
    assert await scene.state(referral) == "requested"
