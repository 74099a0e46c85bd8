"""What the data proposes to talk about: counted over the site's rows, and told without small counts of people."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import text

from shared.contracts.intake import BarrierRecorded, HouseholdRegistered, NeedIdentified
from shared.ids import uuid7
from shared.web.identity import Role
from tests.component.referrals.conftest import NEIGHBOUR, SITE, Referrals
from tests.component.referrals.directory import offer
from tests.component.referrals.scene import DAY, Scene
from tests.component.referrals.test_round_tables import MEETING, TABLES, call, meeting, table

TODAY = datetime.now(UTC).date()


async def family(referrals: Referrals, site: str, *areas: str) -> None:
    """A family of a site with these needs."""
    household = uuid7()
    registered = {"household_id": household, "on": DAY, "persons": 4, "minors": 2, "languages": ["ar"], "charge": 1}
    place = {"legal_circles": {"sgb2": 4}, "tenancy": "private", "district": "brackel"}
    await referrals.hear(HouseholdRegistered.model_validate({**registered, **place}), site=site)
    for area in areas:
        need = {"household_id": household, "need_id": uuid7(), "on": DAY, "area": area, "district": "brackel"}
        await referrals.hear(NeedIdentified.model_validate(need), site=site)


async def barriers(referrals: Referrals, count: int, site: str = SITE, on: date = TODAY, **more: Any) -> None:
    """So many structural barriers about housing."""
    for _ in range(count):
        told = {"household_id": uuid7(), "barrier_id": uuid7(), "on": on, "district": "brackel"}
        about = {"kind": "structural", "topic": "housing", **more}
        await referrals.hear(BarrierRecorded.model_validate({**told, **about}), site=site)


async def proposed(referrals: Referrals, at: str, role: Role = Role.TEAM) -> dict[str, dict[str, Any]]:
    """The proposals, by key."""
    async with referrals.client(role) as client:
        return {each.pop("key"): each for each in await call(client, 200, "get", f"{at}/proposals")}


async def test_needs_without_offers_are_those_that_nothing_fits(referrals: Referrals) -> None:
    """A course stands in the directory: the needs for language are none of them."""
    at = await meeting(referrals, await table(referrals))
    await offer(referrals)
    for _ in range(5):
        await family(referrals, SITE, "language", "kindergarten")
    await family(referrals, NEIGHBOUR, "kindergarten")
    assert await proposed(referrals, at) == {
        "need-kindergarten": {
            "text": "Bedarf ohne Angebot: Kita (5-mal)",
            "count": 5,
            "withheld": False,
        }
    }


async def test_the_agenda_knows_refusals_stale_offers_and_barriers(referrals: Referrals) -> None:
    at = await meeting(referrals, await table(referrals))
    scene = await Scene(referrals, partner="malteser").set_up()
    declined = await scene.sent()
    await scene.step(declined, "decline", reason="no_capacity")
    async with referrals.transaction() as session:
        await session.execute(text("update partner set all_sites = true where slug = 'malteser'"))
    await barriers(referrals, 6)
    await barriers(referrals, 7, on=TODAY - timedelta(days=100))
    await barriers(referrals, 8, kind="individual", topic=None)
    found = await proposed(referrals, at)
    assert {key: each["count"] for key, each in found.items()} == {
        "declined-no-capacity": 1,
        "stale-offers": 1,
        "barrier-housing": 6,
    }
    assert found["declined-no-capacity"]["withheld"] is True
    assert found["stale-offers"]["text"] == "Angebote, die seit 90 Tagen niemand bestätigt hat (1-mal)"


async def test_small_counts_of_people_stay_in_the_team(referrals: Referrals) -> None:
    """The coordination is told that there are some, the agenda says no number that guests must not read."""
    at = await meeting(referrals, await table(referrals))
    await barriers(referrals, 3)
    words = "Strukturelles Hemmnis: Wohnen (weniger als 5-mal in den letzten drei Monaten)"
    key = "barrier-housing"
    assert await proposed(referrals, at) == {key: {"text": words, "count": 3, "withheld": True}}
    assert await proposed(referrals, at, Role.COORDINATOR) == {key: {"text": words, "count": None, "withheld": True}}
    async with referrals.client() as team:
        item = await call(team, 201, "post", f"{at}/agenda", {"key": key})
        assert (item["text"], item["source"]) == (words, "data")
        await call(team, 409, "post", f"{at}/agenda", {"key": key})
        await call(team, 409, "post", f"{at}/agenda", {"key": "barrier-school"})
        await call(team, 422, "post", f"{at}/agenda", {"key": key, "text": "Beides"})
    assert await proposed(referrals, at) == {}
    async with referrals.browser() as browser:
        assert words in (await browser.get(at.replace("/api/v1", ""))).text


async def test_a_sum_does_not_give_a_small_count_away(referrals: Referrals) -> None:
    """Nine in the city and six at one site would say that the other has three."""
    async with referrals.client(Role.COORDINATOR) as city:
        made = await call(city, 201, "post", TABLES, {"kind": "quarterly", "theme": "Quartal", "site": "city"})
        path = f"{TABLES}/{made['table_id']}"
        at = f"{path}/meetings/{(await call(city, 201, 'post', f'{path}/meetings', MEETING))['meeting_id']}"
    await barriers(referrals, 6)
    await barriers(referrals, 3, NEIGHBOUR)
    [found] = (await proposed(referrals, at, Role.COORDINATOR)).values()
    assert (found["count"], found["withheld"]) == (None, True)
    assert "Anzahl nicht genannt" in found["text"]
    await barriers(referrals, 2, NEIGHBOUR)
    [found] = (await proposed(referrals, at, Role.COORDINATOR)).values()
    assert (found["count"], found["withheld"]) == (11, False)
    assert await proposed(referrals, at) == {}  # a team only reads the city's tables
