"""The address of a protected household is nowhere but in its own file, which asks for a reason (domain rule 14).

The list of routes is made from the route table, so that a new page or call that shows it fails here.
"""

import base64
import logging
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import text

from services.intake.tables import metadata
from shared.web.identity import Role
from tests.component.intake.conftest import Intake
from tests.component.intake.samples import API, SOELDE, days_ago, family
from tests.component.security import writes
from tests.component.security.test_access_log import TAP, WRITES, _routes
from tests.unit.intake.hurtful_lists import HEADER, row

STREETS = ("Verborgenstraße", "Versteckweg", "Geheimallee")
"""Where the household lives, has lived, and where a row of the list says that it lives."""
PLACES = ("neuasseln", "Neuasseln")
"""The neighbourhood would lead there as well; nothing else in these tests lies in it."""
_OFFERED = '<option value="neuasseln">Neuasseln</option>'
"""Every neighbourhood can be chosen in a form; this one must not have been chosen already."""
ASKS_FOR_A_REASON = (
    "POST /intake/households/{household_id}/address",
    "POST /intake/households/{household_id}/export",
    "POST /intake/households/{household_id}/export.json",
)
"""What shows it to who has given a reason, which is written down."""


_ENDS_THE_FILE = ("/moves", "/move", "/left", "/merge", "/{other_id}", "/undo", "/erase", "/erasure")
"""Entered last, since little can be entered afterwards."""


def _told(answer: str, sent: object = "") -> list[str]:
    """What an answer gives away that its request did not say itself."""
    said = answer.replace(_OFFERED, "")
    return [word for word in (*STREETS, *PLACES) if word in said and word not in str(sent)]


@pytest.fixture
async def ids(api: httpx.AsyncClient) -> dict[str, str]:
    """A protected household with everything that can belong to one; part of it from before it was protected."""
    hidden = {**SOELDE, "district": "brackel", "neighbourhood": "Neuasseln"}
    registered = await api.post(
        f"{API}/households",
        json=family(
            family_name="Probe-Schutz",
            persons=[
                {
                    "given_name": "Mona",
                    "family_name": "Probe-Schutz",
                    "birth_date": "1979-07-13",
                    "legal_circle": "asylblg",
                }
            ],
            address={**hidden, "street": f"{STREETS[1]} 4"},
            moved_on=days_ago(40),
        ),
    )
    assert registered.status_code == 201, registered.text
    household = registered.json()["household_id"]
    base = f"{API}/households/{household}"
    consent = {"recipient": {"kind": "partner", "slug": "ein-verein"}, "purpose": "referral"}
    given = (await api.post(f"{base}/consents", json=consent)).json()
    ids = {
        "household_id": household,
        "person_id": registered.json()["person_ids"][0],
        "consent_id": given["consent_id"],
        "need_id": (await api.post(f"{base}/needs", json={"area": "leisure"})).json()["need_id"],
        "contact_id": (await api.post(f"{API}/contacts", json={**TAP, "household_id": household})).json()["contact_id"],
        "visit_id": registered.json()["first_visit_id"],
        "what": "waive",
    }
    await writes.make(api, ids)  # with a release that was to show the address
    assert (await api.patch(base, json={"protected": True})).status_code == 200
    moved = await api.post(
        f"{base}/moves",
        json={"address": {**hidden, "street": f"{STREETS[0]} 1"}, "tenancy": "private", "moved_on": days_ago(5)},
    )
    assert moved.status_code == 201, moved.text
    ids["visit_id"] = moved.json()["first_visit_id"]
    return ids


@pytest.fixture
async def listed(api: httpx.AsyncClient, ids: dict[str, str]) -> dict[str, str]:
    """A list with rows about protected people: one to decide on, one that is wrong."""
    known = {"Familienname": "Probe-Schutz", "Vorname": "Mona", "Geburtsdatum": "1979-07-13"}
    hidden = {"Straße": STREETS[2], "Adressschutz": "ja", "Umzug am": days_ago(3)}
    lines = (row(Aktenzeichen="geheim/1", **known, **hidden), row(Aktenzeichen="geheim/2", **{**hidden, "PLZ": "x"}))
    content = base64.b64encode("\n".join((f"{HEADER};Adressschutz", *lines)).encode()).decode()
    answer = await api.post(f"{API}/imports", json={"name": "geschuetzt.csv", "content": content})
    assert answer.status_code == 201, answer.text
    waiting = (await api.get(f"{API}/imports/decisions")).json()["items"]
    ids["import_id"] = answer.json()["import_id"]
    ids["row_id"] = next(one["row_id"] for one in waiting if one["row_id"] != ids["row_id"])
    return ids


def _address(path: str, ids: dict[str, str]) -> str:
    return path.format(**{name: quote(value) for name, value in ids.items()})


async def _clients(intake: Intake, api: httpx.AsyncClient, browser: httpx.AsyncClient) -> AsyncIterator[Any]:
    """Everybody who may see something: the team by call and page, the recipient of the release, data protection."""
    yield api
    yield browser
    for client in (
        intake.recipient("ein-verein"),
        intake.client(headers={"authorization": f"Bearer {intake.city_token(Role.PRIVACY)}"}),
    ):
        async with client:
            yield client


async def test_no_page_no_list_and_no_call_shows_it(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake, listed: dict[str, str]
) -> None:
    """Every address that can be opened, by everybody who may open something: lists, sheets, prints, releases, names."""
    seen = 0
    async for client in _clients(intake, api, browser):
        for path in sorted({path for method, path in _routes() if method == "GET"}):
            answer = await client.get(_address(path + writes.releases.ASKED.get(path, ""), listed))
            assert not _told(answer.text), (path, _told(answer.text))
            seen += answer.status_code == 200 and "Probe-Schutz" in answer.text
    assert seen > 20, "too few pages have shown the household for this to prove anything"
    for query in ("q=Verborgenstraße", "q=Versteckweg", "q=Neuasseln", "q=Probe-Schutz&closed=true"):
        for path in (f"{API}/households", "/intake/households", "/intake/households.csv"):
            client = api if path.startswith(API) else browser
            answer = (await client.get(f"{path}?{query}")).text
            assert not _told(answer, query), (path, query)
            assert query.endswith("closed=true") or "Probe-Schutz" not in answer, (path, query)


async def test_no_answer_to_a_write_shows_it(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake, listed: dict[str, str]
) -> None:
    """What is answered to an entry, first a wrong and then a right one, repeats no address."""
    privacy = intake.client(headers={"authorization": f"Bearer {intake.city_token(Role.PRIVACY)}"})
    answered = 0
    for route in sorted(set(WRITES) - set(ASKS_FOR_A_REASON), key=lambda route: route.endswith(_ENDS_THE_FILE)):
        method, path = route.split(" ", 1)
        client, name = (api, "json") if path.startswith(API) else (browser, "data")
        stays_protected = {"protected": "true"} if path.endswith("/correct") else {}
        for body in ({"nonsense": "x"}, {**WRITES[route], **stays_protected}):
            request: dict[str, Any] = {name: body}
            who = privacy if path in writes.PRIVACY else client
            answer = await who.request(method, _address(path, listed), **request)
            assert not _told(answer.text, body), (route, answer.status_code, _told(answer.text, body))
            answered += answer.status_code < 400
    await privacy.aclose()
    assert answered > 40, "too few entries were taken for this to prove anything"


async def test_nothing_else_holds_it(
    api: httpx.AsyncClient,
    browser: httpx.AsyncClient,
    intake: Intake,
    ids: dict[str, str],
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Not the events, the access log, the timeline, the words that the search finds, kept answers, nor any log line."""
    caplog.set_level(logging.DEBUG)
    async for client in _clients(intake, api, browser):
        for path in {path for method, path in _routes() if method == "GET"}:
            await client.get(_address(path, ids))
    for table in metadata.sorted_tables:
        [(content,)] = await intake.rows(f"select coalesce(string_agg(t::text, ' '), '') from {table.name} t")
        if table.name != "residence":
            # What is protected from now on was told before: the events of that time say the neighbourhood.
            told = [word for word in _told(str(content)) if table.name != "outbox" or word in STREETS]
            assert not told, (table.name, told)
    async with intake.database.transaction() as session:
        bodies = await session.execute(
            text("select convert_from(body, 'UTF8') from idempotency where body is not null")
        )
        assert not _told(str(bodies.scalars().all()))
    logged = capsys.readouterr()
    assert not _told(caplog.text + logged.out + logged.err)


async def test_the_file_itself_shows_it_for_a_reason_that_is_kept(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake, ids: dict[str, str]
) -> None:
    """With a reason it is shown, and who asked why stands in the access log; without one it is not."""
    file = f"{API}/households/{ids['household_id']}"
    page = f"/intake/households/{ids['household_id']}/address"
    assert not _told((await api.get(file)).text)
    assert STREETS[0] in (await api.get(file, params={"reason": "Hausbesuch mit der Polizei"})).text
    assert not _told((await browser.post(page, data={"reason": ""})).text)
    assert STREETS[0] in (await browser.post(page, data={"reason": "Hausbesuch morgen"})).text
    kept = await intake.rows("select why from access_log where look = 'address' order by id")
    assert [why for (why,) in kept] == ["Hausbesuch mit der Polizei", "Hausbesuch morgen"]
