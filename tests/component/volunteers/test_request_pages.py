"""What the team does at the desk: asks somebody, writes down answers and hours, computes the week."""

from datetime import UTC, datetime, timedelta

import pytest

from services.volunteers.domain.asking import AssignmentState, RequestState
from shared.contracts.intake import NeedIdentified
from shared.days import BERLIN
from shared.ids import uuid7
from shared.web.identity import Role
from tests.component.volunteers.conftest import API, NEIGHBOUR, SITE, Volunteers
from tests.component.volunteers.scene import Scene

PAGES = "/volunteers"


@pytest.fixture
def scene(volunteers: Volunteers) -> Scene:
    return Scene(volunteers)


async def test_a_request_by_hand(scene: Scene) -> None:
    """The team enters a moving helper for a day, sees who could come, asks, and notes the yes and the hours."""
    await scene.helper("Piet", kinds=["moving_helper"], car=True)
    await scene.helper("Ohne", kinds=["moving_helper"])
    day = (scene.next_week).date().isoformat()
    async with scene.volunteers.browser() as browser:
        form = {"kind": "moving_helper", "title": "Schrank und Kisten", "day": day, "clock": "10:00", "minutes": "120"}
        entered = await browser.post(
            f"{PAGES}/requests/new", data={**form, "district": "brackel", "car_wanted": "true", "by_hand": "true"}
        )
        assert entered.status_code == 303, entered.text
        address = entered.headers["location"]
        page = (await browser.get(address)).text
        assert "Piet Beispiel" in page
        assert "hat kein Auto" in page
        number = address.rsplit("/", 1)[-1]
        (piet,) = await scene.volunteers.rows("select id from volunteer where given_name = 'Piet'")
        assert (await browser.post(f"{address}/ask", data={"volunteer_id": str(piet.id)})).status_code == 303
        (assignment,) = await scene.asked(number)
        which = {"assignment_id": str(assignment.id)}
        assert (await browser.post(f"{address}/accept", data=which)).status_code == 303
        early = await browser.post(f"{address}/complete", data={**which, "minutes": "100"})
        assert early.status_code == 422
        assert "noch nicht begonnen" in early.text
        board = (await browser.get(f"{PAGES}/requests?show=filled")).text
        assert "Schrank und Kisten" in board
    async with scene.volunteers.browser(site=NEIGHBOUR) as stranger:
        assert (await stranger.get(address)).status_code == 404


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"kind": "interpreter", "minutes": "60", "day": "2099-01-05", "clock": "10:00"}, "Sprache"),
        ({"kind": "teacher", "minutes": "60", "day": "2099-01-05", "clock": "10:00"}, "worum es geht"),
        ({"kind": "companion", "title": "Amt", "minutes": "60"}, "Bitte angeben"),
        (
            {"kind": "companion", "title": "Amt", "minutes": "60", "day": "2020-01-06", "clock": "10:00"},
            "Vergangenheit",
        ),
        ({"kind": "mentor"}, "Haushalt"),
    ],
)
async def test_what_is_wrong_is_said(scene: Scene, form: dict[str, str], why: str) -> None:
    """A request that cannot be is refused with a sentence that says what to do, and nothing is entered."""
    async with scene.volunteers.browser() as browser:
        answer = await browser.post(f"{PAGES}/requests/new", data=form)
    assert answer.status_code == 422
    assert why in answer.text
    assert await scene.volunteers.rows("select 1 from help_request") == []


async def test_a_need_becomes_a_mentorship(scene: Scene) -> None:
    """A family that looks for contacts is suggested; the team takes it up; a yes begins the mentorship, hours count."""
    salma = await scene.helper("Salma")
    household = await scene.family(minors=2)
    need = NeedIdentified(
        household_id=household, need_id=uuid7(), area="social_contacts", on="2026-11-02", district="brackel"
    )
    await scene.volunteers.hear(need)
    await scene.volunteers.hear(need)
    async with scene.volunteers.client() as client:
        (suggested,) = (await client.get(f"{API}/requests?show=suggested")).json()["items"]
        number = suggested["request_id"]
        assert (await client.post(f"{API}/requests/{number}/take-up")).json()["state"] == "open"
        proposed = (await client.get(f"{API}/requests/{number}/matches")).json()["proposals"]
        assert [each["volunteer_id"] for each in proposed] == [str(salma)]
        asked = (await client.post(f"{API}/requests/{number}/assignments", json={"volunteer_id": str(salma)})).json()
        accepted = await client.post(f"{API}/assignments/{asked['assignment_id']}/accept")
        assert accepted.json()["state"] == "accepted"
        (row,) = await scene.volunteers.rows("select id from mentorship")
        noted = {"on": datetime.now(BERLIN).date().isoformat(), "minutes": 75}
        assert (await client.post(f"{API}/mentorships/{row.id}/hours", json=noted)).status_code == 201
    async with scene.volunteers.browser() as browser:
        page = await browser.get(f"{PAGES}/mentorships/{row.id}")
        assert "75 Minuten" in page.text
        ended = await browser.post(f"{PAGES}/mentorships/{row.id}/end", data={"reason": "settled"})
        assert ended.status_code == 303
    started, over = await scene.volunteers.told("mentorship-started", "mentorship-ended")
    assert started["data"]["household_id"] == str(household)
    assert (over["data"]["reason"], over["data"]["minutes"]) == ("settled", 75)
    assert (await scene.request(number)).state is RequestState.DONE


async def test_the_week(scene: Scene) -> None:
    """Two at the same time: the plan gives each somebody, says why a third stays empty, and asks those it proposes."""
    await scene.helper("Salma")
    await scene.helper("Omid", languages="fa")
    for language in ("ar", "fa", "ti"):
        number = await scene.wish(language=language)
    async with scene.volunteers.browser() as browser:
        week = scene.next_week.date()
        monday = (week - timedelta(days=week.weekday())).isoformat()
        computed = await browser.post(f"{PAGES}/rota/compute", data={"week": monday})
        assert computed.status_code == 303
        page = (await browser.get(computed.headers["location"])).text
        assert "besser geht es nicht" in page
        assert "Alle 2 Vorgeschlagenen fragen" in page
        assert "fehlt Tigrinya: dafür ist niemand eingetragen" in page
        (run,) = await scene.volunteers.rows("select id from rota_run")
        asked = await browser.post(f"{PAGES}/rota/ask", data={"week": monday, "run_id": str(run.id)})
        assert "asked=2" in asked.headers["location"]
        assert "2 Personen sind gefragt" in (await browser.get(asked.headers["location"])).text
    assert await scene.asked(number) == []
    async with scene.volunteers.browser(Role.COORDINATOR) as coordinator:
        page = (await coordinator.get(f"{PAGES}/rota?week={monday}")).text
        assert "Tigrinya" in page
        assert "Salma" not in page


async def test_always_a_language(scene: Scene, volunteers: Volunteers) -> None:
    """A language that is always wanted becomes a request for each of the office hours of two weeks, once."""
    async with volunteers.transaction() as session:
        from sqlalchemy import text

        hours = (
            '[{"weekday": "mon", "from": "09:00", "to": "12:00"}, {"weekday": "thu", "from": "14:00", "to": "17:00"}]'
        )
        await session.execute(
            text("update site_register set office_hours = cast(:hours as jsonb) where site = :site"),
            {"hours": hours, "site": SITE},
        )
    today = datetime.now(BERLIN).date().isoformat()
    async with volunteers.browser() as browser:
        wanted = {"week": today, "language": "fa"}
        assert (await browser.post(f"{PAGES}/rota/want", data=wanted)).status_code == 303
        await scene.time_passes()
        rows = await volunteers.rows("select starts_at, state from help_request")
        assert 2 <= len(rows) <= 5
        assert len({row.starts_at for row in rows}) == len(rows)
        assert "Persisch" in (await browser.get(f"{PAGES}/rota")).text
        assert (await browser.post(f"{PAGES}/rota/want-no-longer", data=wanted)).status_code == 303
    assert {row.state for row in await volunteers.rows("select state from help_request")} == {"withdrawn"}


async def test_who_can_come_now(scene: Scene) -> None:
    """The desk sees who is there and who can come now, by language; another site's desk is not told of this one."""
    salma = await scene.helper("Salma", phone="0231 555011")
    await scene.helper("Omid", languages="fa", phone="0231 555012")
    now = datetime.now(UTC)
    at = now + timedelta(minutes=30)
    number = await scene.wish(occasion="office_hours", at=at)
    await scene.time_passes()
    (asked,) = await scene.asked(number)
    await scene.accept(asked)
    async with scene.volunteers.client() as client:
        when = (at + timedelta(minutes=5)).astimezone(BERLIN).replace(tzinfo=None).isoformat(timespec="minutes")
        found = (await client.get(f"{API}/interpreters?language=ar&at={when}&site={SITE}")).json()
        assert [(each["volunteer_id"], each["is_there"]) for each in found] == [(str(salma), True)]
        assert (await client.get(f"{API}/interpreters?site={NEIGHBOUR}")).status_code == 403
    async with scene.volunteers.browser() as browser:
        part = (await browser.get(f"{PAGES}/fragments/interpreters?site={SITE}")).text
    assert "Omid Beispiel" in part
    assert "kann kommen" in part
    assert (await scene.asked(number))[0].state is AssignmentState.ACCEPTED


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"kind": "mentor"}, "Patenschaft ist für einen Haushalt"),
        ({"kind": "companion", "title": "Amt"}, "Beginn und Ende"),
        ({"kind": "interpreter", "starts_at": "2099-01-05T10:00:00Z", "ends_at": "2099-01-05T11:00:00Z"}, "Sprache"),
    ],
)
async def test_what_is_wrong_is_said_over_the_call(scene: Scene, wanted: dict[str, str], why: str) -> None:
    """A program reads the same sentence: what to do, not that something is invalid."""
    async with scene.volunteers.client() as api:
        answer = await api.post(f"{API}/requests", json=wanted)
    assert answer.status_code == 422
    assert why in answer.json()["errors"][0]["message"]
