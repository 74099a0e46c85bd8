"""What households do changes what lies ahead of them: they move, get children, merge, close, are erased."""

from datetime import date

import pytest

from services.volunteers.domain.asking import AssignmentState, RequestState
from shared.contracts.intake import (
    HouseholdChanged,
    HouseholdClosed,
    HouseholdErased,
    HouseholdHandedOver,
    HouseholdMerged,
    HouseholdUnmerged,
)
from shared.contracts.referrals import ReferralAccepted, ReferralCancelledV2, ReferralCompleted
from shared.ids import uuid7
from tests.component.volunteers.conftest import NEIGHBOUR, SITE, Volunteers
from tests.component.volunteers.scene import Scene

STATE = {
    "persons": 3,
    "minors": 1,
    "languages": ["ar"],
    "legal_circles": {"asylblg": 3},
    "tenancy": "private",
    "district": "brackel",
    "charge": 1,
    "on": date(2026, 11, 9),
}


@pytest.fixture
def scene(volunteers: Volunteers) -> Scene:
    return Scene(volunteers)


async def test_a_child_is_born(scene: Scene) -> None:
    """Whoever has promised to come without a certificate is called off when a minor lives there; another is asked."""
    plain = await scene.helper("Ohne", certificate_inspected_on=None, certificate_due_on=None)
    household = await scene.family()
    number = await scene.wish(household_id=household)
    await scene.time_passes()
    (assignment,) = await scene.asked(number)
    assert assignment.volunteer_id == plain
    await scene.accept(assignment)
    certified = await scene.helper("Mit")
    await scene.volunteers.hear(HouseholdChanged(household_id=household, change="birth", **STATE))
    await scene.time_passes()
    next_one, first = await scene.asked(number)
    assert (first.state, first.cancel_reason) == (AssignmentState.CANCELLED, "not_allowed")
    assert next_one.volunteer_id == certified


async def test_a_mentorship_follows_to_another_site(scene: Scene) -> None:
    """A family that moves keeps its mentor: the new site is told of the mentorship and opens anew."""
    salma = await scene.helper()
    household = await scene.family()
    await _mentored(scene, household)
    sites = {"from_site": SITE, "to_site": NEIGHBOUR, "letter_id": uuid7()}
    handed = {"household_id": household, **sites, "charge": 2, "district": "hoerde"}
    await scene.volunteers.hear(HouseholdHandedOver(**handed, on="2026-11-20", stage="sent"))
    assert len(await scene.volunteers.told("mentorship-started")) == 1
    await scene.volunteers.hear(HouseholdHandedOver(**handed, on="2026-11-20", stage="accepted"), site=NEIGHBOUR)
    again = (await scene.volunteers.told("mentorship-started"))[-1]
    assert (again["site"], again["data"]["volunteer_id"]) == (NEIGHBOUR, str(salma))


async def test_a_file_is_closed(scene: Scene) -> None:
    """With the file what lies ahead ends: nobody is asked, the mentorship ends."""
    await scene.helper()
    household = await scene.family()
    await _mentored(scene, household)
    number = await scene.wish(household_id=household)
    closed = {"household_id": household, "district": "brackel", "charge": 1, "on": "2026-11-20"}
    await scene.volunteers.hear(HouseholdClosed(**closed, reason="no_longer_needed"))
    assert (await scene.request(number)).state is RequestState.WITHDRAWN
    (over,) = await scene.volunteers.told("mentorship-ended")
    assert over["data"]["reason"] == "file_closed"


async def test_two_files_of_one_family(scene: Scene) -> None:
    """What belongs to a file that was merged belongs to the one that goes on, and goes back with the undoing."""
    await scene.helper()
    kept, absorbed = await scene.family(), await scene.family()
    await _mentored(scene, absorbed)
    both = {"household_id": kept, **STATE}
    await scene.volunteers.hear(HouseholdMerged(**both, merged_household_id=absorbed))
    assert [row.household_id for row in await scene.volunteers.rows("select household_id from mentorship")] == [kept]
    await scene.volunteers.hear(HouseholdUnmerged(**both, restored_household_id=absorbed))
    rows = await scene.volunteers.rows("select household_id, original_household_id from mentorship")
    assert [tuple(row) for row in rows] == [(absorbed, None)]


async def test_erased(scene: Scene) -> None:
    """Erasure leaves no id of the family, ends what lies ahead, keeps the hours, and is acknowledged, also again."""
    await scene.helper()
    household = await scene.family()
    await _mentored(scene, household)
    await scene.wish(household_id=household)
    erased = HouseholdErased(household_id=household, erasure_id=uuid7(), person_ids=[], merged_household_ids=[])
    await scene.volunteers.hear(erased)
    await scene.volunteers.hear(erased)
    acknowledged = await scene.volunteers.told("erasure-acknowledged")
    assert [each["data"]["service"] for each in acknowledged] == ["volunteers", "volunteers"]
    assert (await scene.volunteers.told("mentorship-ended"))[0]["data"]["reason"] == "erased"
    tables = await scene.volunteers.rows(
        "select tablename as name from pg_tables where schemaname = 'public' and tablename not in "
        "('outbox', 'erased_household', 'subject_sequence', 'inbox')"
    )
    for table in tables:
        found = await scene.volunteers.rows(
            f'select 1 from "{table.name}" t where t::text like :id', id=f"%{household}%"
        )
        assert found == [], table.name
    await scene.wish(household_id=household)
    assert await scene.volunteers.rows("select 1 from help_request where state = 'open'") == []


async def test_only_the_site_in_charge_erases(scene: Scene) -> None:
    """Another site's word erases nothing."""
    household = await scene.family()
    erased = HouseholdErased(household_id=household, erasure_id=uuid7(), person_ids=[], merged_household_ids=[])
    await scene.volunteers.hear(erased, site=NEIGHBOUR)
    assert await scene.volunteers.rows("select 1 from known_household") != []
    assert await scene.volunteers.told("erasure-acknowledged") == []


async def test_a_referral_to_mentors(scene: Scene) -> None:
    """An association that finds a mentor is suggested to the team; its own volunteers alone are meant."""
    await scene.helper("Fremd")
    ours = await scene.helper("Eigene", organisation="projekt-ankommen")
    household = await scene.family()
    referral = {
        "referral_id": uuid7(),
        "site": SITE,
        "partner": "projekt-ankommen",
        "partner_kind": "association",
        "kind": "mentoring",
        "on": "2026-11-20",
        "household_id": household,
    }
    accepted = ReferralAccepted(**referral, state="accepted", days_to_answer=1)
    await scene.volunteers.hear(accepted, site="city")
    await scene.volunteers.hear(accepted, site="city")
    (row,) = await scene.volunteers.rows("select id, state, organisation from help_request")
    assert (row.state, row.organisation) == ("suggested", "projekt-ankommen")
    async with scene.volunteers.client() as client:
        await client.post(f"/volunteers/api/v1/requests/{row.id}/take-up")
    await scene.time_passes()
    assert [each.volunteer_id for each in await scene.asked(row.id)] == [ours]
    await scene.volunteers.hear(ReferralCancelledV2(**referral, state="cancelled", reason="sender"), site="city")
    assert (await scene.request(row.id)).state is RequestState.WITHDRAWN


async def test_a_referral_that_is_over(scene: Scene) -> None:
    """What an association has done without us is no suggestion any more."""
    referral = {
        "referral_id": uuid7(),
        "site": SITE,
        "partner": "projekt-ankommen",
        "partner_kind": "association",
        "kind": "mentoring",
        "on": "2026-11-20",
        "household_id": await scene.family(),
    }
    await scene.volunteers.hear(ReferralAccepted(**referral, state="accepted", days_to_answer=1), site="city")
    await scene.volunteers.hear(ReferralCompleted(**referral, state="completed", outcome="got_help"), site="city")
    (row,) = await scene.volunteers.rows("select state from help_request")
    assert row.state == "withdrawn"


async def _mentored(scene: Scene, household: object) -> None:
    """A volunteer stands by the household."""
    async with scene.volunteers.client() as client:
        wanted = {"kind": "mentor", "household_id": str(household)}
        number = (await client.post("/volunteers/api/v1/requests", json=wanted)).json()["request_id"]
    await scene.time_passes()
    (asked,) = await scene.asked(number)
    await scene.accept(asked)
