"""The register of partners: who may enter and change what, and what becomes known of it."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from shared.web import german
from shared.web.identity import Role
from tests.component.referrals.conftest import API, NEIGHBOUR, SITE, Referrals
from tests.component.referrals.directory import PARTNER, partner, partner_client


async def test_a_partner_is_entered_and_told_without_names_of_people(referrals: Referrals) -> None:
    """Everybody hears of the partner; its people stay in the register."""
    answer = await partner(referrals)
    assert answer["contacts"][0]["name"] == "Erika Muster"
    [event] = await referrals.told("partner-registered", audience="public")
    assert event["to_site"] == "city"
    assert event["data"]["partner"] == "projekt-ankommen"
    assert event["data"]["sites"] == [SITE]
    assert "Erika" not in str(event)


async def test_a_partner_changes_itself_and_no_other(referrals: Referrals) -> None:
    """Its own profile is its own; where it belongs to is not."""
    await partner(referrals)
    await partner(referrals, slug="malteser", name="Malteser Hilfsdienst e.V.")
    async with partner_client(referrals) as own:
        changed = await own.patch(f"{API}/partners/projekt-ankommen", json={"phone": "0231 999"})
        assert changed.json()["phone"] == "0231 999"
        assert changed.json()["name"] == "Projekt Ankommen e.V."
        assert (await own.patch(f"{API}/partners/malteser", json={"phone": "0231 1"})).status_code == 403
        refused = await own.patch(f"{API}/partners/projekt-ankommen", json={"sites": [NEIGHBOUR]})
        assert [error["path"] for error in refused.json()["errors"]] == ["sites"]
        assert (await own.get(f"{API}/partners/malteser")).json()["contacts"] == []
        assert (await own.post(f"{API}/partners", json=PARTNER | {"slug": "neu"})).status_code == 403
    assert len(await referrals.told("partner-changed")) == 1


async def test_another_sites_team_changes_nothing(referrals: Referrals) -> None:
    """A partner of one site is not the next one's to change; the project lead may."""
    await partner(referrals)
    async with referrals.client(site=NEIGHBOUR) as other:
        assert (await other.patch(f"{API}/partners/projekt-ankommen", json={"phone": "0231 1"})).status_code == 403
        assert (await other.post(f"{API}/partners/projekt-ankommen/confirm")).status_code == 403
    async with referrals.client(Role.COORDINATOR) as lead:
        assert (await lead.patch(f"{API}/partners/projekt-ankommen", json={"active": False})).status_code == 200


async def test_what_nobody_has_confirmed_for_ninety_days_is_stale(referrals: Referrals) -> None:
    """The ninetieth day is still right, the next one is not; a confirmation makes it right again."""
    await partner(referrals)
    for days, stale in ((90, False), (91, True)):
        async with referrals.transaction() as session:
            day = german.today() - timedelta(days=days)
            await session.execute(text("update partner set confirmed_on = :day"), {"day": day})
        async with partner_client(referrals) as own:
            assert (await own.get(f"{API}/partners/projekt-ankommen")).json()["stale"] is stale
            assert len((await own.get(f"{API}/partners", params={"stale": "true"})).json()["items"]) == int(stale)
    async with partner_client(referrals) as own:
        assert (await own.post(f"{API}/partners/projekt-ankommen/confirm")).json()["stale"] is False


async def test_somebody_stands_in_for_somebody(referrals: Referrals) -> None:
    """A substitute belongs to a person of the same partner, and goes with that person."""
    first = (await partner(referrals))["contacts"][0]["contact_id"]
    other = (await partner(referrals, slug="malteser", name="Malteser"))["contacts"][0]["contact_id"]
    base = f"{API}/partners/projekt-ankommen/contacts"
    stand_in = {"name": "Max Muster", "phone": "0231 5", "substitute_for": first}
    async with partner_client(referrals) as own:
        assert (await own.post(base, json=stand_in | {"phone": "+49 231 55"})).status_code == 201
        wrong = await own.post(base, json=stand_in | {"phone": "0231 55", "substitute_for": other})
        assert [error["path"] for error in wrong.json()["errors"]] == ["substitute_for"]
        assert (await own.delete(f"{base}/{other}")).status_code == 404
        assert (await own.delete(f"{base}/{first}")).status_code == 204
        assert (await own.get(f"{API}/partners/projekt-ankommen")).json()["contacts"] == []


async def test_a_closure_is_announced_and_recalled(referrals: Referrals) -> None:
    """The partner's entry says when it is closed, until it is not."""
    await partner(referrals)
    first, last = german.today() + timedelta(days=3), german.today() + timedelta(days=10)
    days = {"from_on": first.isoformat(), "to_on": last.isoformat()}
    base = f"{API}/partners/projekt-ankommen/closures"
    async with partner_client(referrals) as own:
        closure = (await own.post(base, json=days)).json()
        assert (await own.post(base, json=days)).status_code == 409
        backwards = await own.post(base, json={"from_on": days["to_on"], "to_on": days["from_on"]})
        assert backwards.status_code == 422
        assert (await own.delete(f"{base}/{closure['closure_id']}")).status_code == 204
    told = [event["data"].get("closed_from") for event in await referrals.told("partner-changed")]
    assert told == [first.isoformat(), None]


async def test_an_agreement_makes_a_partner_work_with_the_site(referrals: Referrals) -> None:
    """The subject stays in the register; the event has what can be counted."""
    await partner(referrals)
    agreed = {"site": NEIGHBOUR, "agreed_on": "2017-02-01", "subject": "Patenschaften", "area": "social_contacts"}
    base = f"{API}/partners/projekt-ankommen/cooperations"
    async with referrals.client() as team, referrals.client(Role.COORDINATOR) as lead, partner_client(referrals) as own:
        assert (await team.post(base, json=agreed)).status_code == 422
        assert (await own.post(base, json=agreed)).status_code == 403
        assert (await lead.post(base, json=agreed)).status_code == 201
        assert (await lead.get(f"{API}/partners/projekt-ankommen")).json()["sites"] == [SITE, NEIGHBOUR]
    [event] = await referrals.told("cooperation-agreed", audience="internal")
    assert event["to_site"] == NEIGHBOUR
    assert "Patenschaften" not in str(event)


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"slug": "city"}, "slug"),
    ({"slug": SITE}, "slug"),
    ({"sites": ["nirgends"]}, "sites"),
    ({"sites": [NEIGHBOUR]}, "sites"),
    ({"all_sites": True}, "sites"),
    ({"description": {"en": "Only English"}}, "description.de"),
    ({"description": {"de": "x", "xx": "y"}}, "description.xx"),
    ({"website": "javascript:alert(1)"}, "website"),
    ({"email": "keine"}, "email"),
    ({"reminder_days": 8}, "expiry_days"),
    ({"neighbourhoods": ["atlantis"]}, "neighbourhoods.0"),
)


async def test_a_wrong_entry_names_its_field(referrals: Referrals) -> None:
    """Nothing is written of it."""
    async with referrals.client() as team:
        for wrong, field in WRONG:
            answer = await team.post(f"{API}/partners", json=PARTNER | wrong)
            assert (answer.status_code, [error["path"] for error in answer.json()["errors"]]) == (422, [field])
    assert await referrals.rows("select 1 from partner") == []
