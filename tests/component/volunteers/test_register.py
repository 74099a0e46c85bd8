"""The register: entered, found, changed and activated by the team that sees somebody, and by no other."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.volunteers.commands.register import months_later
from services.volunteers.domain.asking import VolunteerState
from shared.web.identity import Role
from tests.component.volunteers.conftest import API, NEIGHBOUR, Volunteers
from tests.component.volunteers.scene import Scene

ENTERED: dict[str, Any] = {
    "given_name": "Salma",
    "family_name": "Beispiel",
    "email": "salma@beispiel.invalid",
    "kinds": ["interpreter", "mentor"],
    "districts": ["brackel"],
    "languages": [
        {"language": "ar", "level": "native", "reads": True, "writes": True, "dialects": "syrisch"},
        {"language": "de", "level": "b2"},
    ],
}
TIMES: dict[str, Any] = {
    "available": [{"weekday": "mon", "starts": "08:00", "ends": "18:00"}],
    "blocks": [{"weekday": "mon", "starts": "09:00", "ends": "12:00", "reason": "integration_course"}],
    "absences": [{"from_on": "2026-12-21", "until_on": "2027-01-03"}],
}


@pytest.fixture
def scene(volunteers: Volunteers) -> Scene:
    return Scene(volunteers)


async def test_entered_and_found(scene: Scene) -> None:
    """Whom a team enters is at work at once, is told without a name, gets a welcome, and is found by what they do."""
    async with scene.volunteers.client() as api:
        entered = await api.post(f"{API}/volunteers", json=ENTERED)
        assert entered.status_code == 201, entered.text
        number = entered.json()["volunteer_id"]
        assert (entered.json()["state"], len(entered.json()["languages"])) == ("active", 2)
        for query, found in (
            ("", True), ("?language=apc", True), ("?language=fa", False), ("?kind=mentor", True),
            ("?kind=teacher", False), ("?name=BEISP", True), ("?name=%25", False), ("?state=left", False),
        ):  # fmt: skip
            items = (await api.get(f"{API}/volunteers{query}")).json()["items"]
            assert [item["volunteer_id"] for item in items] == ([number] if found else []), query
    (told,) = await scene.volunteers.told("volunteer-registered")
    assert told["data"]["languages"] == ["ar"]
    assert "Salma" not in str(told)
    (mail,) = await scene.volunteers.rows("select kind, to_address from mail")
    assert tuple(mail) == ("welcome", "salma@beispiel.invalid")


async def test_in_a_district(scene: Scene) -> None:
    """A district's are those who help there or in the whole city, over the call and on the page."""
    here = str(await scene.helper("Hier", districts=["brackel"]))
    everywhere = str(await scene.helper("Überall", districts=[]))
    async with scene.volunteers.client() as api:
        for district, found in (("brackel", {here, everywhere}), ("hoerde", {everywhere})):
            items = (await api.get(f"{API}/volunteers?district={district}")).json()["items"]
            assert {item["volunteer_id"] for item in items} == found
    async with scene.volunteers.browser() as browser:
        page = (await browser.get("/volunteers/register?district=hoerde")).text
    assert (everywhere in page, here in page) == (True, False)


async def test_page_by_page(scene: Scene) -> None:
    """By name, page after page, nobody twice and nobody left out, also where two are called the same."""
    expected = [str(await scene.helper(f"Anna{number}", given_name="Anna")) for number in range(3)]
    expected.append(str(await scene.helper("Zoe")))
    seen: list[str] = []
    async with scene.volunteers.client() as api:
        cursor = ""
        while cursor is not None:
            page = (await api.get(f"{API}/volunteers?limit=1{cursor and f'&cursor={cursor}'}")).json()
            seen += [item["volunteer_id"] for item in page["items"]]
            cursor = page["next_cursor"]
    assert seen == expected


async def test_others_do_not_see(scene: Scene) -> None:
    """Who helps in one site's districts alone is nobody's elsewhere; who helps in the whole city is everybody's."""
    here = await scene.helper("Salma", districts=["brackel"])
    everywhere = await scene.helper("Omid")
    async with scene.volunteers.client(site=NEIGHBOUR) as stranger:
        listed = (await stranger.get(f"{API}/volunteers")).json()["items"]
        assert [item["volunteer_id"] for item in listed] == [str(everywhere)]
        one = f"{API}/volunteers/{here}"
        for path in (one, f"{one}/times", f"{one}/conflicts"):
            assert (await stranger.get(path)).status_code == 404
        profile = {**ENTERED, "districts": []}
        assert (await stranger.put(one, json=profile)).status_code == 404
        assert (await stranger.post(f"{one}/activate")).status_code == 404
        for what in ("certificate", "confidentiality", "pause", "times"):
            assert (await stranger.put(f"{one}/{what}", json={})).status_code == 404, what
    for role in (Role.COORDINATOR, Role.PARTNER, Role.VOLUNTEER, None):
        async with scene.volunteers.client(role) as other:
            assert (await other.get(f"{API}/volunteers")).status_code in (401, 403)


async def test_activated_once_met(scene: Scene) -> None:
    """Who has registered is activated by the team, with at least one way of helping; then it is told, once."""
    new = await scene.helper("Neu", state=VolunteerState.NEW, kinds=[])
    unconfirmed = await scene.helper("Offen", state=VolunteerState.UNCONFIRMED)
    async with scene.volunteers.client() as api:
        assert (await api.post(f"{API}/volunteers/{unconfirmed}/activate")).status_code == 409
        refused = await api.post(f"{API}/volunteers/{new}/activate")
        assert (refused.status_code, "wobei" in refused.text) == (409, True)
        profile = {**ENTERED, "given_name": "Neu", "kinds": ["companion"]}
        assert (await api.put(f"{API}/volunteers/{new}", json=profile)).status_code == 200
        assert await scene.volunteers.told("volunteer-registered", "volunteer-changed") == []
        for _ in range(2):
            assert (await api.post(f"{API}/volunteers/{new}/activate")).json()["state"] == "active"
    (told,) = await scene.volunteers.told("volunteer-registered")
    assert told["data"]["kinds"] == ["companion"]


async def test_told_when_it_matters(scene: Scene) -> None:
    """A change of what they offer, and a pause, are told; another telephone number is nobody's business."""
    async with scene.volunteers.client() as api:
        number = (await api.post(f"{API}/volunteers", json=ENTERED)).json()["volunteer_id"]
        one = f"{API}/volunteers/{number}"
        assert (await api.put(one, json={**ENTERED, "phone": "0231 555020"})).status_code == 200
        assert await scene.volunteers.told("volunteer-changed") == []
        assert (await api.put(one, json={**ENTERED, "kinds": ["interpreter"]})).status_code == 200
        day = (date.today() + timedelta(days=30)).isoformat()  # noqa: DTZ011
        for _ in range(2):
            assert (await api.put(f"{one}/pause", json={"until": day})).json()["paused_until"] == day
        assert (await api.put(f"{one}/pause", json={"until": "2020-01-06"})).status_code == 422
        assert (await api.put(f"{one}/pause", json={})).json()["paused_until"] is None
    told = await scene.volunteers.told("volunteer-changed")
    assert [event["data"].get("paused_until") for event in told] == [None, day, None]
    assert told[0]["data"]["kinds"] == ["interpreter"]


async def test_times_are_said_anew(scene: Scene) -> None:
    """All times are said at once; what is not named is no longer true."""
    salma = await scene.helper()
    async with scene.volunteers.client() as api:
        address = f"{API}/volunteers/{salma}/times"
        kept = (await api.put(address, json=TIMES)).json()
        assert kept == (await api.get(address)).json()
        assert [block["reason"] for block in kept["blocks"]] == ["integration_course"]
        assert (await api.put(address, json={})).json() == {"available": [], "blocks": [], "absences": []}
        wrong = {"available": [{"weekday": "mon", "starts": "10:00", "ends": "09:00"}]}
        assert (await api.put(address, json=wrong)).status_code == 422


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"email": None}, "Telefonnummer"),
        ({"kinds": []}, "wobei"),
        ({"districts": ["mengede"]}, "Stadtbezirk"),
        ({"languages": [{"language": "ar", "level": "b1"}] * 2}, "nur einmal"),
        ({"email": "OMID@beispiel.invalid"}, "schon im Verzeichnis"),
        ({"confidentiality_on": "2099-01-05"}, "Zukunft"),
        ({"certificate": {"due_on": "2030-01-05"}}, "angesehen"),
        ({"certificate": {"inspected_on": "2099-01-05"}}, "Zukunft"),
    ],
)
async def test_what_is_wrong_is_said(scene: Scene, wrong: dict[str, Any], why: str) -> None:
    """What cannot be is refused with a sentence that says what to do, and nothing is entered."""
    await scene.helper("Omid")
    async with scene.volunteers.client() as api:
        answer = await api.post(f"{API}/volunteers", json={**ENTERED, **wrong})
    assert answer.status_code == 422
    assert why in answer.json()["errors"][0]["message"]
    assert len(await scene.volunteers.rows("select 1 from volunteer")) == 1


async def test_a_registration_does_not_stand_in_the_way(scene: Scene) -> None:
    """Whom the team enters need not wait for a registration with the same address that nobody has confirmed."""
    await scene.helper("Salma", state=VolunteerState.UNCONFIRMED)
    async with scene.volunteers.client() as api:
        assert (await api.post(f"{API}/volunteers", json=ENTERED)).status_code == 201
    assert len(await scene.volunteers.rows("select 1 from volunteer")) == 1


def test_months() -> None:
    """The same day; at the end of a shorter month its last one."""
    assert months_later(date(2026, 11, 23), 60) == date(2031, 11, 23)
    assert months_later(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert months_later(date(2026, 10, 31), 4) == date(2027, 2, 28)
