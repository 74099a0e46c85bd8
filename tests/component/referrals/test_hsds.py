"""The directory for other directories: every answer is as HSDS 3.1 wants it, and nobody has to sign in."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from tests.component.referrals import hsds
from tests.component.referrals.conftest import API, Referrals
from tests.component.referrals.directory import offer, partner, partner_client

HSDS = "/referrals/api/hsds"
MONTHLY = {
    "kind": "language_cafe",
    "title": {"de": "Sprachcafé"},
    "description": {},
    "level": None,
    "cost_cents": 250,
    "rrule": "FREQ=MONTHLY;BYDAY=-1FR",
    "places": 20,
    "free": 0,
    "waiting": 4,
    "accessible": False,
    "districts": [],
    "valid_from": "2017-04-01",
    "valid_until": "2040-04-01",
    "languages": ["de", "ku-Latn"],
    "min_age": 6,
}
BARE: dict[str, Any] = {
    **dict.fromkeys(("street", "postal_code", "neighbourhood", "level", "accessible", "cost_cents", "places", "free")),
    **dict.fromkeys(("rrule", "starts_at", "ends_at")),
    "kind": "counselling",
    "title": {"de": "Beratung"},
    "description": {},
    "languages": [],
    "audiences": [],
}


async def fill(referrals: Referrals) -> list[dict[str, Any]]:
    """Two partners with offers that say much, little and nothing but their title."""
    await partner(referrals)
    nothing = dict.fromkeys(("website", "email", "phone"))
    await partner(referrals, slug="malteser", name="Malteser Hilfsdienst e.V.", description={}, **nothing)
    found = [await offer(referrals), await offer(referrals, **MONTHLY), await offer(referrals, **BARE)]
    return [*found, await offer(referrals, partner="malteser", **BARE)]


async def get(referrals: Referrals, path: str, **asked: Any) -> Any:
    """What anybody is answered."""
    async with referrals.client(None) as anybody:
        answer = await anybody.get(f"{HSDS}{path}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_every_answer_holds_what_the_specification_asks(referrals: Referrals) -> None:
    """Required fields, formats and enumerations in all lists and all details, bare and full, open and withdrawn."""
    made = await fill(referrals)
    async with partner_client(referrals) as own:
        await own.post(f"{API}/offers/{made[1]['offer_id']}/withdraw")
    hsds.check(await get(referrals, "/"), hsds.ABOUT)
    for name, item in hsds.LISTED.items():
        listed = await get(referrals, f"/{name}")
        hsds.check(listed, hsds.page_of(item))
        assert not listed["empty"]
        for entry in listed["contents"]:
            hsds.check(await get(referrals, f"/{name}/{entry['id']}"), hsds.DETAILS[name])
        hsds.check(await get(referrals, f"/{name}", page=9), hsds.page_of(item))
    for name in ("services", "organizations", "service_at_locations"):
        hsds.check(await get(referrals, f"/{name}", full="true"), hsds.page_of(hsds.DETAILS[name]))
    for name in ("services", "organizations"):
        hsds.check(await get(referrals, f"/{name}", minimal="true"), hsds.page_of(hsds.MINIMAL))
    full = await get(referrals, "/organizations", full_service="true")
    hsds.check(full, hsds.page_of(hsds.ORGANIZATION))
    assert full["contents"][0]["services"][0]["schedules"][0]["byday"] == "MO,WE"
    for one in made:
        hsds.check(await get(referrals, f"/services/{one['offer_id']}"), hsds.SERVICE)


async def test_a_copy_can_follow(referrals: Referrals) -> None:
    """What was withdrawn is missing in the list, and told as inactive to who asks for changes; ids stay the same."""
    made = await fill(referrals)
    before = await get(referrals, f"/services/{made[0]['offer_id']}")
    moment = datetime.now(UTC).isoformat()
    async with partner_client(referrals) as own:
        await own.post(f"{API}/offers/{made[0]['offer_id']}/withdraw")
    assert made[0]["offer_id"] not in str(await get(referrals, "/services"))
    [changed] = (await get(referrals, "/services", modified_after=moment))["contents"]
    assert (changed["id"], changed["status"]) == (made[0]["offer_id"], "inactive")
    same_moment = (await get(referrals, "/services", modified_after=changed["last_modified"]))["contents"]
    assert [entry["id"] for entry in same_moment] == [changed["id"]]
    after = await get(referrals, f"/services/{made[0]['offer_id']}")
    for part in ("schedules", "languages", "service_areas", "capacities", "service_at_locations"):
        assert [entry["id"] for entry in after[part]] == [entry["id"] for entry in before[part]]


async def test_lists_are_narrowed_and_cut_into_pages(referrals: Referrals) -> None:
    """By partner, kind, postcode and word; each page says where it stands."""
    await fill(referrals)
    terms = {term["code"]: term["id"] for term in (await get(referrals, "/taxonomy_terms"))["contents"]}
    [organization] = (await get(referrals, "/organizations", search="malteser"))["contents"]
    for asked, found in (
        ({"organization_id": organization["id"]}, 1),
        ({"taxonomy_term_id": terms["kind:german_course"]}, 1),
        ({"postcode": "44143"}, 2),
        ({"search": "sprachcafé"}, 1),
        ({"taxonomy_id": organization["id"]}, 0),
    ):
        assert (await get(referrals, "/services", **asked))["total_items"] == found, asked
    second = await get(referrals, "/services", page=2, per_page=3)
    flags = [second[name] for name in ("total_items", "total_pages", "page_number", "size", "first_page", "last_page")]
    assert flags == [4, 2, 2, 1, False, True]


async def test_closed_and_stale_offers_say_so(referrals: Referrals) -> None:
    """While the partner is closed, and when nobody has confirmed for ninety days."""
    made = await fill(referrals)
    today = datetime.now(UTC).date()
    async with partner_client(referrals) as own:
        days = {"from_on": (today - timedelta(days=2)).isoformat(), "to_on": (today + timedelta(days=2)).isoformat()}
        assert (await own.post(f"{API}/partners/projekt-ankommen/closures", json=days)).status_code == 201
    async with referrals.transaction() as session:
        await session.execute(text("update offer set confirmed_on = confirmed_on - 100"))
    service = await get(referrals, f"/services/{made[0]['offer_id']}")
    assert (service["status"], "90 Tage" in service["alert"]) == ("temporarily closed", True)


async def test_nobody_is_named_and_what_is_not_known_is_refused(referrals: Referrals) -> None:
    """People of partners stay in the register; distance is not known; unknown ids are not found."""
    await fill(referrals)
    for path in ("/services", "/organizations"):
        assert "Erika" not in str(await get(referrals, path, full="true"))
    async with referrals.client(None) as anybody:
        for asked in (
            {"search": "a\0b"},
            {"postcode": "4\0"},
            {"proximity": "1"},
            {"format": "csv"},
            {"page": "0"},
            {"per_page": "101"},
        ):
            assert (await anybody.get(f"{HSDS}/services", params=asked)).status_code == 422, asked
        for name in hsds.DETAILS:
            assert (await anybody.get(f"{HSDS}/{name}/{datetime.now(UTC).date()}")).status_code == 422
            missing = "00000000-0000-4000-8000-000000000000"
            assert (await anybody.get(f"{HSDS}/{name}/{missing}")).status_code == 404
