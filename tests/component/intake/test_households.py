"""A household gets a file, moves, and leaves."""

import asyncio

import httpx
import pytest

from tests.component.intake.conftest import Intake
from tests.component.intake.samples import API, ASSELN, SOELDE, days_ago, family, register


async def test_registering_tells_the_figures_and_nothing_personal(api: httpx.AsyncClient, intake: Intake) -> None:
    """A registration publishes persons, minors, languages and legal circles, and no name or address."""
    registered = await register(api)
    [event] = await intake.events()
    assert event["event"] == "household-registered"
    assert event["data"] | {"on": ""} == {
        "household_id": registered["household_id"],
        "on": "",
        "persons": 4,
        "minors": 1,
        "languages": ["ar", "tr"],
        "legal_circles": {"asylblg": 3, "sgb2": 1},
        "tenancy": "private",
        "district": "brackel",
        "neighbourhood": "asseln",
        "charge": 1,
    }
    bodies = str(await intake.rows("select convert_from(body, 'UTF8') from outbox"))
    for personal in ("Çiçek", "Hüseyin", "Musterweg", "1980", "44319"):
        assert personal not in bodies


async def test_a_move_at_registration_owes_a_first_visit(api: httpx.AsyncClient, intake: Intake) -> None:
    """With a moving date the move is told and a first visit is due 14 days after it."""
    registered = await register(api, moved_on="2016-11-02")
    told = await intake.events()
    assert [event["event"] for event in told] == ["household-registered", "household-moved", "first-visit-owed"]
    assert [event["sequence"] for event in told] == [1, 2, 3]
    assert told[1]["data"]["moved_on"] == "2016-11-02"
    assert "from_district" not in told[1]["data"]
    assert told[2]["data"]["due_on"] == "2016-11-16"
    assert registered["first_visit_due_on"] == "2016-11-16"


async def test_a_move_within_the_site(api: httpx.AsyncClient, intake: Intake) -> None:
    """A move changes the address, keeps the old one as history, and its visit replaces the open one."""
    registered = await register(api, moved_on=days_ago(30))
    path = f"{API}/households/{registered['household_id']}"
    moved = await api.post(f"{path}/moves", json={"address": SOELDE, "tenancy": "private", "moved_on": days_ago(3)})
    assert moved.status_code == 201, moved.text
    file = (await api.get(path)).json()
    assert file["address"]["street"] == "Beispielstraße 3"
    assert file["address"]["neighbourhood"] == "soelde"
    assert [former["street"] for former in file["former_addresses"]] == ["Musterweg 7"]
    assert [visit["state"] for visit in file["first_visits"]] == ["owed", "dropped"]
    [_, event] = await intake.events("household-moved")
    assert (event["data"]["from_district"], event["data"]["to_district"]) == ("brackel", "aplerbeck")
    assert event["district"] == "aplerbeck"


async def test_leaving_the_city_closes_the_file(api: httpx.AsyncClient, intake: Intake) -> None:
    """Who leaves the city is told as moved and closed, is owed no visit, and is not in the search any more."""
    registered = await register(api, moved_on=days_ago(30))
    path = f"{API}/households/{registered['household_id']}"
    assert (await api.post(f"{path}/moves", json={"left_city": True})).status_code == 201
    assert [event["event"] for event in await intake.events()][-2:] == ["household-moved", "household-closed"]
    assert (await api.get(f"{API}/first-visits")).json()["items"] == []
    assert (await api.get(f"{API}/households", params={"q": "cicek"})).json()["items"] == []
    again = await api.post(f"{path}/moves", json={"address": SOELDE, "tenancy": "private", "moved_on": days_ago(0)})
    assert again.status_code == 409
    assert "geschlossen" in again.json()["detail"]


async def test_another_sites_district_is_refused_by_name(api: httpx.AsyncClient, intake: Intake) -> None:
    """A household of another site's district is not taken; the answer names the site in charge, nothing is written."""
    answer = await api.post(
        f"{API}/households", json=family(address={**ASSELN, "district": "hoerde"} | {"neighbourhood": None})
    )
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["path"] == "address.district"
    assert "hoerde-hombruch" in error["message"]
    assert await intake.rows("select 1 from household") == []
    assert await intake.events() == []


async def test_a_move_to_another_site_hands_the_file_over(api: httpx.AsyncClient, intake: Intake) -> None:
    """A move to another site's district gives the number up, and the file is only changed there."""
    registered = await register(api)
    path = f"{API}/households/{registered['household_id']}"
    there = {**ASSELN, "district": "hoerde", "neighbourhood": "Syburg"}
    answer = await api.post(f"{path}/moves", json={"address": there, "tenancy": "private", "moved_on": days_ago(1)})
    assert answer.status_code == 201
    assert (answer.json()["handed_over_to"], answer.json()["first_visit_id"]) == ("hoerde-hombruch", None)
    file = (await api.get(path)).json()
    assert (file["standing"], file["handed_to"], file["charge"]) == ("caretaker", "hoerde-hombruch", 1)
    assert file["address"]["district"] == "hoerde"
    moved = (await intake.events("household-moved"))[-1]
    assert (moved["data"]["from_site"], moved["data"]["to_site"]) == ("brackel-aplerbeck", "hoerde-hombruch")
    handed_over = (await intake.events())[-1]
    assert (handed_over["event"], handed_over["data"]["stage"]) == ("household-handed-over", "sent")
    assert handed_over["data"]["charge"] == 2
    refused = await api.post(f"{path}/needs", json={"area": "language"})
    assert refused.status_code == 409
    assert "in Übergabe an Hörde/Hombruch" in refused.json()["detail"]


async def test_interim_districts_are_served(api: httpx.AsyncClient) -> None:
    """A district without a site of its own is served by the one that stands in for it."""
    await register(api, address={**ASSELN, "district": "mengede", "neighbourhood": "Nette"})


async def test_before_the_register_has_come_nothing_is_entered(fresh_intake: Intake) -> None:
    """Without site-opened a registration gets 503 with Retry-After, and readiness says what is missing."""
    async with fresh_intake.client(headers={"authorization": f"Bearer {await fresh_intake.token()}"}) as api:
        answer = await api.post(f"{API}/households", json=family())
        ready = await api.get("/health/ready")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert ready.status_code == 503
    assert any("register" in missing for missing in ready.json()["missing"])
    assert await fresh_intake.rows("select 1 from household") == []


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"moved_on": days_ago(-730)}, "moved_on"),
        ({"moved_on": "1916-11-02"}, "moved_on"),
        ({"moved_on": "2010-11-29"}, "persons.2.birth_date"),
        ({"moved_on": 1478044800}, "moved_on"),
        ({"family_name": "Probe \U0001f600"}, "family_name"),
        ({"family_name": "Pro\u0000be"}, "family_name"),
        ({"family_name": "Pro\u202ebe"}, "family_name"),
        ({"family_name": "   "}, "family_name"),
        ({"persons": []}, "persons"),
        ({"legal_circle": None}, "persons.0.legal_circle"),
        ({"languages": ["arabisch"]}, "languages.0"),
        ({"address": {**ASSELN, "district": "moabit"}}, "address.district"),
        ({"address": {**ASSELN, "neighbourhood": "Sölde"}}, "address.neighbourhood"),
        ({"address": {**ASSELN, "neighbourhood": "Atlantis"}}, "address.neighbourhood"),
        ({"address": {**ASSELN, "postal_code": "4431"}}, "address.postal_code"),
        ({"phone": "nach 17 Uhr"}, "phone"),
        ({"tenancy": "castle"}, "tenancy"),
        ({"charge": 7}, "charge"),
    ],
)
async def test_bad_input_is_named_and_leaves_nothing(
    api: httpx.AsyncClient, intake: Intake, changes: dict[str, object], path: str
) -> None:
    """A wrong field gets 422 with its path and a German sentence, and nothing is half-written."""
    answer = await api.post(f"{API}/households", json=family(**changes))
    assert answer.status_code == 422, answer.text
    assert path in [error["path"] for error in answer.json()["errors"]]
    assert await intake.rows("select 1 from household") == []
    assert await intake.events() == []


async def test_names_in_any_script_are_kept(api: httpx.AsyncClient) -> None:
    """An Arabic name is a name."""
    registered = await register(api, family_name="الحسيني")
    file = (await api.get(f"{API}/households/{registered['household_id']}")).json()
    assert file["family_name"] == "الحسيني"


async def test_a_move_before_the_last_one_is_refused(api: httpx.AsyncClient) -> None:
    """Nobody moves out before having moved in."""
    registered = await register(api, moved_on=days_ago(10))
    answer = await api.post(
        f"{API}/households/{registered['household_id']}/moves",
        json={"address": SOELDE, "tenancy": "private", "moved_on": days_ago(11)},
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "moved_on"


async def test_a_move_without_address_names_all_that_is_missing(api: httpx.AsyncClient) -> None:
    """A move that is neither one within the city nor out of it is told everything that it lacks."""
    registered = await register(api)
    answer = await api.post(f"{API}/households/{registered['household_id']}/moves", json={})
    assert [error["path"] for error in answer.json()["errors"]] == ["address", "tenancy", "moved_on"]


async def test_a_late_entry_does_not_leave_the_old_address_in_the_figures(
    api: httpx.AsyncClient, intake: Intake
) -> None:
    """A move dated before the registration is followed by the state as of the registration's day."""
    registered = await register(api)
    path = f"{API}/households/{registered['household_id']}/moves"
    moved = await api.post(path, json={"address": SOELDE, "tenancy": "private", "moved_on": "2017-01-12"})
    assert moved.status_code == 201
    [first, second] = [e["data"] for e in await intake.events("household-registered", "household-changed")]
    assert (second["on"], second["district"]) == (first["on"], "aplerbeck")


async def test_two_colleagues_move_a_family_at_once(api: httpx.AsyncClient, intake: Intake) -> None:
    """Simultaneous moves of one household wait for each other: one address is current, one visit open."""
    registered = await register(api, moved_on=days_ago(30))
    path = f"{API}/households/{registered['household_id']}/moves"
    moves = [
        {"address": {**SOELDE, "street": f"Beispielstraße {n}"}, "tenancy": "private", "moved_on": days_ago(2)}
        for n in range(5)
    ]
    answers = await asyncio.gather(*(api.post(path, json=move) for move in moves))
    assert [answer.status_code for answer in answers] == [201] * 5
    assert await intake.rows("select count(*) from residence where moved_out is null") == [(1,)]
    assert await intake.rows("select count(*) from first_visit where state = 'owed'") == [(1,)]
    numbers = [event["sequence"] for event in await intake.events()]
    assert len(set(numbers)) == len(numbers)


async def test_the_same_key_registers_once(api: httpx.AsyncClient, intake: Intake) -> None:
    """The same Idempotency-Key twice has one effect and the same answer."""
    answers = [
        await api.post(f"{API}/households", json=family(), headers={"idempotency-key": "einmal"}) for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert await intake.rows("select count(*) from household") == [(1,)]
    assert len(await intake.events("household-registered")) == 1


async def test_corrections(api: httpx.AsyncClient, intake: Intake) -> None:
    """A corrected birth date changes the figures and is told; a corrected phone number stays in the file."""
    registered = await register(api, phone="0231 123456")
    path = f"{API}/households/{registered['household_id']}"
    phone = await api.patch(path, json={"phone": None})
    assert phone.json()["phone"] is None
    assert await intake.events("household-changed") == []
    person = {"person_id": registered["person_ids"][3], "birth_date": days_ago(900)}
    assert (await api.patch(path, json={"persons": [person]})).status_code == 200
    [event] = await intake.events("household-changed")
    assert (event["data"]["minors"], event["data"]["change"]) == (2, "details")
    assert (await api.patch(path, json={"persons": [person]})).status_code == 409
    assert (await api.patch(path, json={"family_name": None})).status_code == 422
