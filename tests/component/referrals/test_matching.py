"""Offers for a need, asked of the service: out of memory, and never out of date."""

from uuid import UUID, uuid4

import pytest

from shared.contracts.intake import HouseholdRegistered, NeedIdentified
from shared.ids import uuid7
from shared.web.identity import Role
from tests.component.referrals.conftest import API, NEIGHBOUR, Referrals
from tests.component.referrals.directory import offer, partner

NEEDED = {
    "area": "language",
    "district": "brackel",
    "neighbourhood": "wambel",
    "languages": ["ar"],
    "on": "2017-01-12",
    "times": [{"weekday": "mon", "from": "08:00", "to": "12:00"}],
}


async def need(referrals: Referrals, **more: object) -> UUID:
    """A family in Wambel that speaks Arabic, has two children and wants to learn German."""
    household_id, need_id = uuid7(), uuid7()
    await referrals.hear(
        HouseholdRegistered.model_validate(
            {
                "household_id": household_id,
                "persons": 4,
                "minors": 2,
                "languages": ["ar-SY"],
                "legal_circles": {"asylblg": 4},
                "tenancy": "private",
                "district": "brackel",
                "neighbourhood": "wambel",
                "charge": 1,
                "on": "2017-01-02",
            }
        )
    )
    told = {"household_id": household_id, "need_id": need_id, **NEEDED, **more}
    await referrals.hear(NeedIdentified.model_validate(told))
    return need_id


async def test_offers_for_a_need_with_reasons(referrals: Referrals) -> None:
    """The best offer first, each with its reasons in plain words, and the runner-up beside it."""
    await partner(referrals)
    near = await offer(referrals, audiences=[], rrule="FREQ=WEEKLY;BYDAY=MO")
    far = await offer(
        referrals, audiences=[], neighbourhood="asseln", free=0, waiting=4, rrule=None, starts_at=None, ends_at=None
    )
    async with referrals.client() as team:
        answer = await team.get(f"{API}/matches", params={"need_id": str(await need(referrals)), "limit": 2})
    body = answer.json()
    assert answer.status_code == 200, answer.text
    assert [found["offer_id"] for found in body["offers"]] == [near["offer_id"], far["offer_id"]]
    assert [found["sentence"] for found in body["offers"]] == [
        "gleicher Stadtteil, Arabisch, 3 freie Plätze, montags 9 Uhr, mit Kinderbetreuung",
        "gleicher Stadtbezirk, Arabisch, mit Kinderbetreuung – Warteliste mit 4",
    ]
    assert body["sentence"] == "2 Angebote passen."


async def test_what_changes_in_the_directory_is_seen_at_once(referrals: Referrals) -> None:
    """Offers are kept in memory; one that was withdrawn is not proposed any more, one that is new is."""
    await partner(referrals)
    first = await offer(referrals, audiences=[])
    async with referrals.client() as team:

        async def found() -> list[str]:
            answer = await team.get(f"{API}/matches", params={"area": "language"})
            return [one["offer_id"] for one in answer.json()["offers"]]

        assert await found() == [first["offer_id"]]
        second = await offer(referrals, audiences=[])
        assert await found() == sorted([first["offer_id"], second["offer_id"]])
        assert (await team.post(f"{API}/offers/{first['offer_id']}/withdraw", json={})).is_success
        assert await found() == [second["offer_id"]]


async def test_it_says_why_nothing_fits(referrals: Referrals) -> None:
    """Where nothing fits there is a sentence, for the barrier that one click records."""
    async with referrals.client() as team:
        answer = await team.get(f"{API}/matches", params={"need_id": str(await need(referrals))})
    assert answer.json()["fits"] == 0
    assert answer.json()["sentence"].startswith(
        "Nichts passt: Es ist kein Angebot eingetragen, das hier hilft (Deutsch"
    )


async def test_a_need_of_another_site_is_not_there(referrals: Referrals) -> None:
    """A team asks for the needs of its own households alone."""
    need_id = await need(referrals)
    async with referrals.client(site=NEIGHBOUR) as stranger, referrals.client() as team:
        assert (await stranger.get(f"{API}/matches", params={"need_id": str(need_id)})).status_code == 404
        assert (await team.get(f"{API}/matches", params={"need_id": str(uuid4())})).status_code == 404


@pytest.mark.parametrize("role", [Role.PARTNER, Role.AUTHORITY, Role.COORDINATOR, Role.GUEST])
async def test_only_teams_look_for_offers(referrals: Referrals, role: Role) -> None:
    """Who is no team has no needs to find offers for."""
    async with referrals.client(role) as other:
        assert (await other.get(f"{API}/matches", params={"area": "language"})).status_code == 403


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({}, "need_id"),
        ({"need_id": str(uuid4()), "area": "language"}, "need_id"),
        ({"need_id": str(uuid4()), "district": "brackel"}, "district"),
        ({"area": "language", "limit": "1"}, "limit"),
        ({"area": "falsch"}, "area"),
    ],
)
async def test_wrong_questions_are_named(referrals: Referrals, params: dict[str, str], path: str) -> None:
    """A need or a subject, not both; and never less than two offers, so that the runner-up is seen."""
    async with referrals.client() as team:
        answer = await team.get(f"{API}/matches", params=params)
    assert answer.status_code == 422
    assert [error["path"] for error in answer.json()["errors"]] == [path]
