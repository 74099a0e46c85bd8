"""Who may what, and what is written down about it."""

import uuid

import httpx
import pytest

from shared.web import tokens
from shared.web.identity import Principal, Role
from tests.component.intake.conftest import Intake
from tests.component.intake.samples import API, SITE, days_ago, family, register


async def test_every_look_is_written_down(api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake) -> None:
    """Search, list, file and export each leave who, when, what and why; a search that finds nobody leaves nothing."""
    registered = await register(api, moved_on=days_ago(20))
    household = registered["household_id"]
    await api.get(f"{API}/households", params={"q": "gibt-es-nicht"})
    assert await intake.rows("select 1 from access_log") == []
    for client, path in (
        (api, f"{API}/households?q=cicek"),
        (api, f"{API}/households/{household}"),
        (api, f"{API}/first-visits"),
        (browser, f"/intake/households/{household}"),
        (browser, "/intake/households?q=cicek"),
        (browser, "/"),
        (browser, "/intake/households.csv"),
    ):
        assert (await client.get(path)).status_code == 200
    looks = await intake.rows("select look, via, who, role, households::text from access_log order by id")
    assert [(look, via) for look, via, *_ in looks] == [
        ("search", "api"),
        ("file", "api"),
        ("list", "api"),
        ("file", "page"),
        ("search", "page"),
        ("list", "page"),
        ("export", "page"),
    ]
    assert {(who, role, seen) for _, _, who, role, seen in looks} == {(f"amal@{SITE}", "team", f"{{{household}}}")}
    assert "cicek" not in str(await intake.rows("select * from access_log"))


async def test_the_access_log_is_for_privacy_only(api: httpx.AsyncClient, intake: Intake) -> None:
    """The data protection officer reads the log of this site, of one household if asked for; the team does not."""
    first, second = await register(api), await register(api)
    for registered in (first, second, first):
        await api.get(f"{API}/households/{registered['household_id']}")
    assert (await api.get(f"{API}/access-log")).status_code == 403
    headers = {"authorization": f"Bearer {intake.city_token(Role.PRIVACY)}"}
    async with intake.client(headers=headers) as officer:
        assert len((await officer.get(f"{API}/access-log")).json()["items"]) == 3
        one = await officer.get(f"{API}/access-log", params={"household_id": first["household_id"]})
        assert len(one.json()["items"]) == 2
        page = await officer.get("/intake/access-log", headers={"accept": "text/html"})
        assert page.status_code == 200
        assert first["household_id"] in page.text
        assert "Çiçek" not in page.text
        wrong = await officer.get("/intake/access-log?day=gestern", headers={"accept": "text/html"})
        assert wrong.status_code == 422


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.PRIVACY, Role.OPERATIONS])
async def test_city_roles_see_no_household(api: httpx.AsyncClient, intake: Intake, role: Role) -> None:
    """Coordination, privacy and operations read no file and enter nothing."""
    registered = await register(api)
    async with intake.client(headers={"authorization": f"Bearer {intake.city_token(role)}"}) as other:
        for path in ("/households", f"/households/{registered['household_id']}", "/first-visits", "/contacts"):
            assert (await other.get(f"{API}{path}")).status_code == 403
        assert (await other.post(f"{API}/households", json=family())).status_code == 403


async def test_another_sites_team_is_refused(api: httpx.AsyncClient, intake: Intake) -> None:
    """A genuine token of another site is forbidden; a forged one and none at all are not signed in."""
    registered = await register(api)
    path = f"{API}/households/{registered['household_id']}"
    mo = Principal("mo", Role.TEAM, "hoerde-hombruch", uuid.uuid4(), "hoerde-hombruch", "Mo")
    token = tokens.issue(intake.neighbour_keys, mo)
    async with intake.client() as somebody:
        for sent, status in ((token, 403), (token[:-6] + "AAAAAA", 401), ("abc", 401), (None, 401)):
            headers = {"authorization": f"Bearer {sent}"} if sent else {}
            answer = await somebody.get(path, headers=headers)
            assert answer.status_code == status
            assert answer.headers["content-type"].startswith("application/problem+json")
        posted = await somebody.post(f"{API}/households", json=family(), headers={"authorization": f"Bearer {token}"})
        assert posted.status_code == 403
    assert await intake.rows("select count(*) from household") == [(1,)]


async def test_other_roles_are_led_to_their_own_page(intake: Intake) -> None:
    """Whoever signs in at the site's address with a role of the city gets to what is theirs."""
    async with intake.client(headers={"accept": "text/html"}) as visitor:
        for role, page in ((Role.COORDINATOR, "/reporting/figures"), (Role.PRIVACY, "/intake/access-log")):
            answer = await visitor.get("/", headers={"cookie": f"lokal_session={intake.city_token(role)}"})
            assert (answer.status_code, answer.headers["location"]) == (303, page)


async def test_a_protected_address_is_in_the_file_only(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake
) -> None:
    """A protected address is in no list, search, export, event or other page; the file asks why and writes it down."""
    registered = await register(api, protected=True, moved_on=days_ago(20))
    household = registered["household_id"]
    file = f"/intake/households/{household}"
    visit = f"/intake/first-visits/{registered['first_visit_id']}"
    pages = ["/", "/intake/households", "/intake/households?q=cicek", "/intake/first-visits", visit, file]
    pages += [f"{file}/{page}" for page in ("correct", "move", "address", "contact", "need", "consent")]
    pages += ["/intake/households.csv", "/intake/first-visits.csv"]
    for path in pages:
        text = (await browser.get(path)).text
        assert "Musterweg" not in text, path
        # The form for a move offers all neighbourhoods; elsewhere it is not named.
        assert path.endswith(("correct", "move")) or "Asseln" not in text, path
    for path in ("/households", "/households?q=Musterweg", f"/households/{household}", "/first-visits"):
        assert "Musterweg" not in (await api.get(f"{API}{path}")).text, path
    assert (await api.get(f"{API}/households?q=Musterweg")).json()["items"] == []
    bodies = str(await intake.rows("select convert_from(body, 'UTF8') from outbox"))
    assert "asseln" not in bodies
    assert (await browser.post(f"{file}/address", data={"reason": ""})).status_code == 422
    shown = await browser.post(f"{file}/address", data={"reason": "Schlüsselübergabe"})
    assert "Musterweg 7" in shown.text
    by_call = await api.get(f"{API}/households/{household}", params={"reason": "Hausbesuch heute"})
    assert by_call.json()["address"]["street"] == "Musterweg 7"
    reasons = await intake.rows("select why from access_log where look = 'address' order by id")
    assert [why for (why,) in reasons] == ["Schlüsselübergabe", "Hausbesuch heute"]


async def test_an_unknown_household_is_not_found(api: httpx.AsyncClient, browser: httpx.AsyncClient) -> None:
    """What is not here is a 404, as problem or as page, and nothing is entered for it."""
    nowhere = "01a203fc-ace1-7ecf-b3cb-1b6ec5d55ac8"
    assert (await api.get(f"{API}/households/{nowhere}")).status_code == 404
    assert (await browser.get(f"/intake/households/{nowhere}")).status_code == 404
    assert (await api.get(f"{API}/households/keine-kennung")).status_code == 422
    assert (await api.get(f"{API}/households", params={"seite": "2"})).status_code == 422
    for path in (f"/households/{nowhere}/moves", f"/first-visits/{nowhere}/missed", f"/needs/{nowhere}/met"):
        body = {"left_city": True} if path.endswith("moves") else {}
        assert (await api.post(f"{API}{path}", json=body)).status_code == 404
