"""A volunteer's own page: the way in by mail, what they see and say, their calendar; nobody else's."""

from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
from icalendar import Calendar

from services.volunteers.background.mails import sender
from services.volunteers.domain.asking import AssignmentState
from services.volunteers.pages.vocabulary.volunteer import TEXTS
from shared.web.identity import Role
from tests.component import post
from tests.component.post import Post, post_office
from tests.component.volunteers.conftest import API, Volunteers
from tests.component.volunteers.scene import Scene

MINE = "/volunteers/mine"


@pytest.fixture
def scene(volunteers: Volunteers) -> Scene:
    return Scene(volunteers)


@pytest.fixture
async def box(volunteers: Volunteers) -> AsyncIterator[Post]:
    async with post_office(volunteers) as running:
        yield running


async def _send(scene: Scene) -> int:
    return await post.send(sender(scene.volunteers.database, scene.volunteers.settings))


async def _open(scene: Scene, box: Post, browser: httpx.AsyncClient, email: str) -> str:
    """Ask for the link and open one's page; what it shows."""
    await browser.post(f"{MINE}/link", data={"email": email})
    assert await _send(scene) == 1
    code = box.code()
    assert (await browser.get(f"{MINE}/open?code={code}")).status_code == 200
    opened = await browser.post(f"{MINE}/open", data={"code": code})
    assert opened.headers["location"] == MINE
    assert (await browser.post(f"{MINE}/open", data={"code": code})).status_code == 410
    return (await browser.get(MINE)).text


async def test_the_way_in(scene: Scene, box: Post) -> None:
    """A link opens one's page once; an address that nobody has gets the same answer and no mail; two asks, one mail."""
    await scene.helper("Salma", email="salma@beispiel.example", mail_language="ar")
    async with scene.volunteers.browser(None) as browser:
        known = await browser.post(f"{MINE}/link", data={"email": "Salma@Beispiel.example", "lang": "en"})
        again = await browser.post(f"{MINE}/link", data={"email": "salma@beispiel.example", "lang": "en"})
        nobody = await browser.post(f"{MINE}/link", data={"email": "niemand@beispiel.example", "lang": "en"})
        assert {each.headers["location"] for each in (known, again, nobody)} == {f"{MINE}?done=sent&lang=en"}
        assert await _send(scene) == 1
        await browser.post(f"{MINE}/open", data={"code": box.code()})
        page = (await browser.get(MINE)).text
        assert '<html lang="ar" dir="rtl"' in page
        assert TEXTS["ar"]["nothing_coming"] in page
        assert f'action="{MINE}/wishes?lang=ar"' in page


async def test_without_a_session(scene: Scene) -> None:
    """Nobody sees a page without a link; what is sent without a session is not saved, and that is said."""
    async with scene.volunteers.browser(None) as browser:
        assert TEXTS["de"]["own_ask"] in (await browser.get(MINE)).text
        sent = await browser.post(f"{MINE}/wishes", data={"max_a_month": "3", "mail_language": "de"})
        assert sent.headers["location"] == f"{MINE}?done=expired&lang=de"
        assert "nicht gespeichert" in (await browser.get(sent.headers["location"])).text
        sent = await browser.post(f"{MINE}/wishes?lang=ar", data={"max_a_month": "3", "mail_language": "ar"})
        assert TEXTS["ar"]["own_expired"] in (await browser.get(sent.headers["location"])).text
    async with scene.volunteers.browser(Role.TEAM) as team:
        assert TEXTS["de"]["own_ask"] in (await team.get(MINE)).text


async def test_what_one_says(scene: Scene, box: Post) -> None:
    """Yes, cannot after all, times, wishes: each deed is done, for oneself alone."""
    salma = await scene.helper("Salma", email="salma@beispiel.example")
    other = await scene.helper("Omid", email="omid@beispiel.example", home_district="brackel")
    number = await scene.wish()
    await scene.time_passes()
    (theirs,) = await scene.asked(number)
    assert theirs.volunteer_id == other
    await _send(scene)
    await scene.decline(theirs)
    await scene.time_passes()
    (mine, _) = await scene.asked(number)
    assert mine.volunteer_id == salma
    await _send(scene)
    async with scene.volunteers.browser(None) as browser:
        page = await _open(scene, box, browser, "salma@beispiel.example")
        assert TEXTS["de"]["answer_yes"] in page
        assert (await browser.post(f"{MINE}/yes", data={"assignment_id": str(theirs.id)})).status_code == 422
        done = await browser.post(f"{MINE}/yes", data={"assignment_id": str(mine.id)})
        assert done.headers["location"] == f"{MINE}?done=said_yes"
        await browser.post(f"{MINE}/cancel", data={"assignment_id": str(mine.id)})
        times = {
            "available.0.weekday": "mon",
            "available.0.starts": "09:00",
            "available.0.ends": "17:00",
            "blocks.0.weekday": "mon",
            "blocks.0.starts": "09:00",
            "blocks.0.ends": "12:00",
            "blocks.0.reason": "integration_course",
            "absences.0.from_on": "2026-12-20",
            "absences.0.until_on": "2027-01-06",
        }
        assert (await browser.post(f"{MINE}/times", data=times)).status_code == 303
        wrong = await browser.post(f"{MINE}/times", data={**times, "available.0.ends": "08:00"})
        assert wrong.status_code == 422
        wishes = {"max_a_month": "2", "mail_language": "fa", "paused_until": "2030-01-31"}
        assert (await browser.post(f"{MINE}/wishes", data=wishes)).status_code == 303
        assert '<html lang="fa" dir="rtl"' in (await browser.get(MINE)).text
    assert (await scene.asked(number))[0].state is AssignmentState.CANCELLED
    rows = await scene.volunteers.rows("select reason from weekly_block where volunteer_id = :id", id=salma)
    assert [row.reason for row in rows] == ["integration_course"]
    assert len(await scene.volunteers.rows("select 1 from availability where volunteer_id = :id", id=salma)) == 1
    (row,) = await scene.volunteers.rows("select max_a_month, paused_until from volunteer where id = :id", id=salma)
    assert (row.max_a_month, str(row.paused_until)) == (2, "2030-01-31")


async def test_leaving_ends_the_session(scene: Scene, box: Post) -> None:
    """Whoever leaves, with their data, is out at once: the page that was open is theirs no more."""
    await scene.helper("Salma", email="salma@beispiel.example")
    async with scene.volunteers.browser(None) as browser:
        await _open(scene, box, browser, "salma@beispiel.example")
        session = dict(browser.cookies)
        left = await browser.post(f"{MINE}/leave", data={"erase": "true"})
        assert "done=left" in left.headers["location"]
    async with scene.volunteers.browser(None) as other:
        other.cookies.update(session)
        assert TEXTS["de"]["own_ask"] in (await other.get(MINE)).text
    assert await scene.volunteers.rows("select 1 from volunteer where email is not null") == []


async def test_the_calendar(scene: Scene, box: Post) -> None:
    """A secret address shows what was promised and nothing of the family; taken back, it shows nothing."""
    await scene.helper("Salma", email="salma@beispiel.example")
    household = await scene.family()
    number = await scene.wish(household_id=household)
    await scene.time_passes()
    await scene.accept((await scene.asked(number))[0])
    await _send(scene)
    async with scene.volunteers.browser(None) as browser:
        await _open(scene, box, browser, "salma@beispiel.example")
        page = (await browser.post(f"{MINE}/calendar")).text
        address = page.split('<code dir="ltr">')[1].split("</code>")[0].removeprefix("http://testserver")
        file = await browser.get(address)
        (event,) = Calendar.from_ical(file.text).walk("VEVENT")
        assert str(event["summary"]) == "Dolmetschen: Arabisch"
        assert str(household) not in file.text
        assert "no-store" in file.headers["cache-control"]
        assert (await browser.get(address.replace(".ics", "x.ics"))).status_code == 404
        await browser.post(f"{MINE}/revoke")
        assert (await browser.get(address)).status_code == 404
    (row,) = await scene.volunteers.rows("select calendar_hash from volunteer")
    assert row.calendar_hash is None


async def test_by_call(scene: Scene) -> None:
    """An account with the role answers over HTTP as well, for itself alone."""
    salma, omid = await scene.helper("Salma"), await scene.helper("Omid")
    number = await scene.wish()
    await scene.time_passes()
    (asked,) = await scene.asked(number)
    other = UUID(str({salma, omid}.difference({asked.volunteer_id}).pop()))
    async with scene.volunteers.client(Role.VOLUNTEER, str(other)) as client:
        assert (await client.post(f"{API}/own/assignments/{asked.id}/accept")).status_code == 404
    async with scene.volunteers.client(Role.VOLUNTEER, str(asked.volunteer_id)) as client:
        (mine,) = (await client.get(f"{API}/own/assignments")).json()
        assert mine["state"] == "offered"
        assert (await client.post(f"{API}/own/assignments/{asked.id}/accept")).json()["state"] == "accepted"
    async with scene.volunteers.client(Role.VOLUNTEER, "niemand") as client:
        assert (await client.get(f"{API}/own/assignments")).status_code == 403
