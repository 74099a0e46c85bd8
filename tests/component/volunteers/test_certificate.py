"""No certificate, no assignment with minors: tried over the call, the page, an event and the link from the mail.

The database's own guard is tried in `test_guards.py`. What was agreed before and may not be any more ends at once.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.volunteers.commands import assignments
from services.volunteers.domain.asking import AssignmentState, RequestState
from shared.contracts.intake import HouseholdChanged
from shared.contracts.words import HouseholdChange
from shared.refusals import Conflict
from tests.component.volunteers.conftest import API, Volunteers
from tests.component.volunteers.scene import Scene

NONE: dict[str, Any] = {"certificate_inspected_on": None, "certificate_due_on": None}


@pytest.fixture
def scene(volunteers: Volunteers) -> Scene:
    return Scene(volunteers)


async def _ask(scene: Scene, request_id: UUID, volunteer_id: UUID) -> Any:
    async with scene.volunteers.transaction() as session:
        return await assignments.ask(session, scene.team(), request_id, volunteer_id, 2)


async def _mentor(scene: Scene, volunteer_id: UUID, household: UUID) -> None:
    """A mentorship from a request to the yes."""
    async with scene.volunteers.client() as api:
        wanted = {"kind": "mentor", "household_id": str(household), "asks_by_itself": False}
        request = (await api.post(f"{API}/requests", json=wanted)).json()["request_id"]
        asked = await api.post(f"{API}/requests/{request}/assignments", json={"volunteer_id": str(volunteer_id)})
        assert asked.status_code == 201, asked.text
        accepted = await api.post(f"{API}/assignments/{asked.json()['assignment_id']}/accept")
        assert accepted.status_code == 200, accepted.text


async def test_by_call_and_page(scene: Scene) -> None:
    """Nobody without a certificate is asked where children are: refused over the call and on the page, in words."""
    plain = await scene.helper("Ohne", **NONE)
    number = await scene.wish(minors_present=True)
    async with scene.volunteers.client() as api:
        refused = await api.post(f"{API}/requests/{number}/assignments", json={"volunteer_id": str(plain)})
        assert (refused.status_code, "Führungszeugnis" in refused.json()["detail"]) == (409, True)
    async with scene.volunteers.browser() as browser:
        page = await browser.post(f"/volunteers/requests/{number}/ask", data={"volunteer_id": str(plain)})
        assert (page.status_code, "Führungszeugnis" in page.text) == (422, True)
    assert await scene.asked(number) == []


async def test_by_itself(scene: Scene) -> None:
    """Nor does the service ask such a one by itself: it goes on to one who may."""
    await scene.helper("Ohne", **NONE)
    salma = await scene.helper("Salma")
    number = await scene.wish(minors_present=True)
    await scene.time_passes()
    assert [assignment.volunteer_id for assignment in await scene.asked(number)] == [salma]


async def test_by_link(scene: Scene) -> None:
    """A yes from the mail comes too late when the certificate has gone meanwhile, in whatever way."""
    salma = await scene.helper()
    number = await scene.wish(minors_present=True)
    asked = await _ask(scene, number, salma)
    await scene.volunteers.rows(
        "update volunteer set certificate_inspected_on = null, certificate_due_on = null returning id"
    )
    with pytest.raises(Conflict, match="Führungszeugnis"):
        await scene.accept(asked)


async def test_taken_away(scene: Scene) -> None:
    """Who is found to have none loses what was agreed with minors and nothing else; others are asked at once."""
    salma = await scene.helper()
    with_minors, offered = (
        await scene.wish(minors_present=True),
        await scene.wish(minors_present=True, at=scene.next_week + timedelta(days=1)),
    )
    plain = await scene.wish(at=scene.next_week + timedelta(days=2))
    for number in (with_minors, plain):
        await scene.accept(await _ask(scene, number, salma))
    await _ask(scene, offered, salma)
    minors, grown = await scene.family(minors=2), await scene.family()
    for household in (minors, grown):
        await _mentor(scene, salma, household)
    async with scene.volunteers.client() as api:
        gone = await api.put(f"{API}/volunteers/{salma}/certificate", json={})
        assert gone.status_code == 200, gone.text
    states = {number: (await scene.asked(number))[0].state for number in (with_minors, offered, plain)}
    assert states == {
        with_minors: AssignmentState.CANCELLED,
        offered: AssignmentState.DECLINED,
        plain: AssignmentState.ACCEPTED,
    }
    request = await scene.request(with_minors)
    assert (request.state, request.ask_at is not None) == (RequestState.OPEN, True)
    ended = await scene.volunteers.rows("select household_id, end_reason from mentorship where ended_on is not null")
    assert [tuple(row) for row in ended] == [(minors, "not_allowed")]
    (told,) = await scene.volunteers.told("assignment-cancelled")
    assert told["data"]["reason"] == "not_allowed"


async def test_a_team_may_take_it_away_from_others_assignments(scene: Scene) -> None:
    """A rule holds in the whole city: what was agreed at another site ends as well."""
    salma = await scene.helper()
    number = await scene.wish(minors_present=True, site="hoerde-hombruch", district="hoerde")
    async with scene.volunteers.transaction() as session:
        asked = await assignments.ask(session, scene.team(site="hoerde-hombruch"), number, salma, 2)
    await scene.accept(asked)
    async with scene.volunteers.client() as api:
        assert (await api.put(f"{API}/volunteers/{salma}/certificate", json={})).status_code == 200
    assert (await scene.asked(number))[0].state is AssignmentState.CANCELLED


async def test_a_new_one_counts_five_years(scene: Scene) -> None:
    """Only two days are kept; without a day of its own a certificate counts five years."""
    plain = await scene.helper("Ohne", **NONE)
    async with scene.volunteers.client() as api:
        address = f"{API}/volunteers/{plain}/certificate"
        shown = (await api.put(address, json={"inspected_on": "2026-11-02"})).json()
        assert (shown["certificate_inspected_on"], shown["certificate_due_on"]) == ("2026-11-02", "2031-11-02")
        assert (await api.put(address, json={"inspected_on": "2026-11-02", "entries": "none"})).status_code == 422
    number = await scene.wish(minors_present=True)
    await scene.accept(await _ask(scene, number, plain))


async def test_children_come(scene: Scene) -> None:
    """By an event: children come to live with a family, and whoever has no certificate is called off."""
    plain = await scene.helper("Ohne", **NONE)
    household = await scene.family()
    number = await scene.wish(household_id=household)
    await scene.accept(await _ask(scene, number, plain))
    changed = HouseholdChanged.model_validate(
        {
            "household_id": household, "persons": 3, "minors": 1, "languages": ["ar"],
            "legal_circles": {"asylblg": 3}, "tenancy": "private", "district": "brackel", "charge": 1,
            "change": HouseholdChange.JOINED, "on": datetime.now(UTC).date(),
        }
    )  # fmt: skip
    await scene.volunteers.hear(changed)
    assert (await scene.asked(number))[0].state is AssignmentState.CANCELLED


async def test_without_confidentiality(scene: Scene) -> None:
    """Who has not undertaken confidentiality neither interprets nor stands by a family any longer."""
    salma = await scene.helper()
    number, household = await scene.wish(), await scene.family()
    await scene.accept(await _ask(scene, number, salma))
    await _mentor(scene, salma, household)
    async with scene.volunteers.client() as api:
        assert (await api.put(f"{API}/volunteers/{salma}/confidentiality", json={})).status_code == 200
    assert (await scene.asked(number))[0].state is AssignmentState.CANCELLED
    assert await scene.volunteers.rows("select 1 from mentorship where ended_on is null") == []


async def test_kept_apart(scene: Scene) -> None:
    """Named by either side, a volunteer and a family do not meet any more; for another site it does not exist."""
    salma, household = await scene.helper(), await scene.family()
    number = await scene.wish(household_id=household)
    await scene.accept(await _ask(scene, number, salma))
    foreign = await scene.family(site="hoerde-hombruch", district="hoerde")
    async with scene.volunteers.client() as api:
        address = f"{API}/volunteers/{salma}/conflicts"
        assert (await api.post(address, json={"household_id": str(foreign)})).status_code == 404
        for _ in range(2):
            named = await api.post(address, json={"household_id": str(household), "by_volunteer": True})
            assert named.status_code == 201, named.text
        assert [kept["household_id"] for kept in (await api.get(address)).json()] == [str(household)]
        assert (await scene.asked(number))[0].state is AssignmentState.CANCELLED
        assert (await api.delete(f"{address}/{household}")).status_code == 204
        assert (await api.delete(f"{address}/{household}")).status_code == 404


async def test_a_mentor_ends_first(scene: Scene) -> None:
    """Who stands by a family is not taken out of the mentors by the way; who is no woman leaves where one is wanted."""
    salma, household = await scene.helper(woman=True), await scene.family()
    number = await scene.wish(woman_wanted=True)
    await scene.accept(await _ask(scene, number, salma))
    await _mentor(scene, salma, household)
    profile = {"given_name": "Salma", "family_name": "Beispiel", "phone": "0231 555020", "kinds": ["interpreter"]}
    async with scene.volunteers.client() as api:
        refused = await api.put(f"{API}/volunteers/{salma}", json=profile)
        assert (refused.status_code, "Patenschaft" in refused.text) == (422, True)
        changed = await api.put(f"{API}/volunteers/{salma}", json={**profile, "kinds": ["interpreter", "mentor"]})
        assert changed.status_code == 200, changed.text
    assert (await scene.asked(number))[0].state is AssignmentState.CANCELLED
    assert len(await scene.volunteers.rows("select 1 from mentorship where ended_on is null")) == 1
