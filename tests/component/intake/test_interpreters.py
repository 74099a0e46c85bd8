"""Interpreters wished for: what the volunteers' service hears of first visits, appointments and office hours."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.component.intake.conftest import Intake
from tests.component.intake.samples import API, ASSELN, SOELDE, days_ago, register

OFFICE_HOURS = f"{API}/interpreter-requests"


def ahead(days: float) -> str:
    """A moment after now, as calls take it."""
    return (datetime.now(UTC) + timedelta(days=days)).replace(microsecond=0).isoformat()


async def _told(intake: Intake) -> list[dict[str, Any]]:
    return [event["data"] for event in await intake.events("interpreter-requested")]


async def _visit(api: httpx.AsyncClient, what: str, visit: str, body: dict[str, Any], status: int = 200) -> Any:
    answer = await api.post(f"{API}/first-visits/{visit}/{what}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def _announced(api: httpx.AsyncClient, at: str, family: dict[str, Any] | None = None, **more: Any) -> Any:
    registered = await register(api, moved_on=days_ago(3), **(family or {}))
    wanted = {"at": at, "language": "ar", "interpreter_wanted": True, **more}
    await _visit(api, "schedule", registered["first_visit_id"], wanted)
    return registered


async def test_an_announced_visit_asks_for_somebody_who_interprets(api: httpx.AsyncClient, intake: Intake) -> None:
    """Language, time, length and place are told, whether a woman is wanted, and that minors live there."""
    at = ahead(2)
    registered = await _announced(api, at, minutes=120, woman_wanted=True)
    [told] = await _told(intake)
    assert told.pop("request_id")
    assert datetime.fromisoformat(told.pop("at")) == datetime.fromisoformat(at)
    assert datetime.fromisoformat(told.pop("until")) == datetime.fromisoformat(at) + timedelta(hours=2)
    assert told == {
        "occasion": "first_visit",
        "household_id": registered["household_id"],
        "visit_id": registered["first_visit_id"],
        "district": "brackel",
        "neighbourhood": "asseln",
        "language": "ar",
        "woman_wanted": True,
        "minors_present": True,
        "withdrawn": False,
    }


async def test_another_time_keeps_the_id_and_no_wish_takes_it_back(api: httpx.AsyncClient, intake: Intake) -> None:
    """One id per visit and wish; a wish after it is another one."""
    registered = await _announced(api, ahead(2))
    visit = registered["first_visit_id"]
    await _visit(api, "reschedule", visit, {"at": ahead(3), "language": "tr", "interpreter_wanted": True})
    await _visit(api, "reschedule", visit, {"at": ahead(4), "language": "tr"})
    await _visit(api, "reschedule", visit, {"at": ahead(5), "language": "tr", "interpreter_wanted": True})
    told = await _told(intake)
    assert [(each["language"], each["withdrawn"]) for each in told] == [
        ("ar", False),
        ("tr", False),
        ("tr", True),
        ("tr", False),
    ]
    assert len({each["request_id"] for each in told[:3]}) == 1
    assert told[3]["request_id"] != told[0]["request_id"]


@pytest.mark.parametrize("language", [None, "de"])
async def test_nobody_interprets_german_or_nothing(
    api: httpx.AsyncClient, intake: Intake, language: str | None
) -> None:
    """The mistake names its field, and nothing is entered."""
    registered = await register(api, moved_on=days_ago(3))
    wanted = {"at": ahead(2), "language": language, "interpreter_wanted": True}
    refused = await _visit(api, "schedule", registered["first_visit_id"], wanted, 422)
    assert [error["path"] for error in refused["errors"]] == ["language"]
    assert not await intake.events("first-visit-scheduled", "interpreter-requested")


async def test_a_protected_family_tells_the_district_alone(api: httpx.AsyncClient, intake: Intake) -> None:
    """Protected before or after the wish; what has changed is told under the same id."""
    registered = await _announced(api, ahead(2))
    body = {"protected": True}
    assert (await api.patch(f"{API}/households/{registered['household_id']}", json=body)).status_code == 200
    before, since = await _told(intake)
    assert before["request_id"] == since["request_id"]
    assert since["district"] == "brackel"
    assert "neighbourhood" not in since


async def test_a_child_that_is_born_is_told(api: httpx.AsyncClient, intake: Intake) -> None:
    """Then nobody without a certificate may come."""
    adult = [{"given_name": "Hüseyin", "family_name": "Probe", "birth_date": "1980-02-29"}]
    registered = await _announced(api, ahead(2), {"persons": adult})
    child = {"came_by": "birth", "on": days_ago(1), "given_name": "Ada", "family_name": "Probe", "legal_circle": "sgb2"}
    answer = await api.post(f"{API}/households/{registered['household_id']}/persons", json=child)
    assert answer.status_code == 201, answer.text
    assert [each["minors_present"] for each in await _told(intake)] == [False, True]


@pytest.mark.parametrize("what", ["refuse", "waive", "left", "erased", "moved", "handed_over", "complete"])
async def test_nobody_is_needed_any_more(api: httpx.AsyncClient, intake: Intake, what: str) -> None:
    """Whatever takes the visit away takes the wish back; of a visit that was made the volunteers hear themselves."""
    registered = await _announced(api, ahead(2))
    household = f"{API}/households/{registered['household_id']}"
    hoerde = {**ASSELN, "district": "hoerde", "neighbourhood": None, "postal_code": "44263"}
    move = {"tenancy": "private", "moved_on": days_ago(0)}
    path, body = {
        "left": (f"{household}/moves", {"left_city": True}),
        "moved": (f"{household}/moves", {**move, "address": SOELDE}),
        "handed_over": (f"{household}/moves", {**move, "address": hoerde}),
        "erased": (f"{household}/erasure", {"because": "asked"}),
    }.get(what, (f"{API}/first-visits/{registered['first_visit_id']}/{what}", {}))
    answer = await api.post(path, json=body)
    assert answer.status_code < 300, answer.text
    told = await _told(intake)
    assert [each["withdrawn"] for each in told] == ([False] if what == "complete" else [False, True])
    assert len({each["request_id"] for each in told}) == 1


async def test_a_visit_that_is_past_asks_nobody(api: httpx.AsyncClient, intake: Intake) -> None:
    """An appointment that is entered afterwards, and one that nobody was at home for, need nobody any more."""
    registered = await _announced(api, ahead(-1))
    assert await _told(intake) == []
    visit = registered["first_visit_id"]
    await _visit(api, "missed", visit, {})
    await _visit(api, "reschedule", visit, {"at": ahead(1), "language": "ar", "interpreter_wanted": True})
    assert [each["withdrawn"] for each in await _told(intake)] == [False]


async def test_office_hours_ask_without_a_family(api: httpx.AsyncClient, intake: Intake) -> None:
    """From when to when, in which language; listed until it is taken back, once."""
    day = days_ago(-2)
    wanted = {"at": f"{day}T09:00:00+01:00", "until": f"{day}T12:00:00+01:00", "language": "fa", "woman_wanted": True}
    wish = (await api.post(OFFICE_HOURS, json=wanted)).json()
    assert (wish["occasion"], wish["household_id"]) == ("office_hours", None)
    assert [each["request_id"] for each in (await api.get(OFFICE_HOURS)).json()] == [wish["request_id"]]
    taken_back = f"{OFFICE_HOURS}/{wish['request_id']}/withdraw"
    assert (await api.post(taken_back)).json()["ended_at"]
    assert (await api.post(taken_back)).status_code == 409
    assert (await api.get(OFFICE_HOURS)).json() == []
    told = await _told(intake)
    assert [(each["district"], each["withdrawn"]) for each in told] == [("brackel", False), ("brackel", True)]
    assert not {"household_id", "visit_id", "neighbourhood"} & told[0].keys()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"language": "de"}, "language"),
        ({"language": None}, "language"),
        ({"at": ahead(-1)}, "at"),
        ({"until": ahead(1)}, "until"),
        ({"until": ahead(4)}, "until"),
    ],
)
async def test_mistakes_at_office_hours_name_their_field(
    api: httpx.AsyncClient, intake: Intake, changes: dict[str, Any], field: str
) -> None:
    """A day that is past, an end before the beginning or on another day, German."""
    wanted = {"at": ahead(2), "until": ahead(2.01), "language": "fa", **changes}
    answer = await api.post(OFFICE_HOURS, json=wanted)
    assert answer.status_code == 422, answer.text
    assert field in [error["path"] for error in answer.json()["errors"]]
    assert await _told(intake) == []


async def test_an_appointment_of_a_family(api: httpx.AsyncClient, intake: Intake) -> None:
    """Asked for from the file, with a line in its timeline; taken back with another."""
    household = (await register(api))["household_id"]
    path = f"{API}/households/{household}/interpreter-requests"
    made = await api.post(path, json={"at": ahead(2), "minutes": 60, "language": "ar", "consent_in_advance": True})
    assert made.status_code == 201, made.text
    wish = made.json()
    assert wish["consent_on"] == days_ago(0)
    assert [each["request_id"] for each in (await api.get(path)).json()] == [wish["request_id"]]
    assert (await api.post(f"{OFFICE_HOURS}/{wish['request_id']}/withdraw")).status_code == 200
    assert [each["withdrawn"] for each in await _told(intake)] == [False, True]
    lines = await intake.rows("select kind from timeline where kind like 'interpreter%' order by id")
    assert [kind for (kind,) in lines] == ["interpreter_wished", "interpreter_unwished"]


async def test_the_wish_of_a_visit_is_taken_back_with_its_appointment(api: httpx.AsyncClient, intake: Intake) -> None:
    """Else the page of the visit would say that somebody interprets."""
    await _announced(api, ahead(2))
    [told] = await _told(intake)
    assert (await api.post(f"{OFFICE_HOURS}/{told['request_id']}/withdraw")).status_code == 409
    assert len(await _told(intake)) == 1


async def test_the_next_file_of_a_merged_family_is_named(api: httpx.AsyncClient, intake: Intake) -> None:
    """An appointment of the file that goes into another is told as that one's, and back when they are parted."""
    kept, absorbed = (await register(api))["household_id"], (await register(api))["household_id"]
    wanted = {"at": ahead(2), "language": "ar"}
    await api.post(f"{API}/households/{absorbed}/interpreter-requests", json=wanted)
    merged = await api.post(f"{API}/households/{kept}/merges", json={"absorbed_id": absorbed})
    assert merged.status_code == 201, merged.text
    parted = await api.post(f"{API}/households/{kept}/merges/{merged.json()['merge_id']}/undo")
    assert parted.status_code == 200, parted.text
    assert [each["household_id"] for each in await _told(intake)] == [absorbed, kept, absorbed]


async def test_the_page_of_a_visit_keeps_what_was_wished(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake
) -> None:
    """Length, a woman and the family's agreement are asked with the appointment, and stand there for the next one."""
    visit = (await register(api, moved_on=days_ago(3)))["first_visit_id"]
    page = f"/intake/first-visits/{visit}"
    asked = {"day": days_ago(-2), "time": "10:00", "language": "ar", "interpreter_wanted": "true"}
    wish = {"minutes": "60", "woman_wanted": "true", "consent_in_advance": "true"}
    assert (await browser.post(f"{page}/appointment", data={**asked, **wish})).status_code == 303
    [told] = await _told(intake)
    lasts = datetime.fromisoformat(told["until"]) - datetime.fromisoformat(told["at"])
    assert (lasts, told["woman_wanted"]) == (timedelta(hours=1), True)
    assert await intake.rows("select consent_on is not null from interpreter_request") == [(True,)]
    html = (await browser.get(page)).text
    assert 'name="minutes" type="number" value="60"' in html
    assert all(re.search(rf'id="{box}"[^>]* checked', html) for box in ("woman_wanted", "consent_in_advance"))
    refused = await browser.post(f"{page}/appointment", data={**asked, "language": "de"})
    assert refused.status_code == 422
    assert "Für Deutsch muss niemand dolmetschen" in refused.text


async def test_office_hours_are_chosen_from_the_register(browser: httpx.AsyncClient, intake: Intake) -> None:
    """Those of the next two weeks are offered; what was asked for is listed and can be taken back."""
    page = "/intake/office-hours/interpreters"
    offered = re.findall(r'<option value="([^"]+T[^"]+)"', (await browser.get(page)).text)
    assert len(offered) in (7, 8)
    assert (await browser.post(page, data={"session": offered[0], "language": "fa"})).status_code == 303
    [told] = await _told(intake)
    assert (told["occasion"], told["language"]) == ("office_hours", "fa")
    assert "Persisch" in (await browser.get(page)).text
    assert (await browser.post(f"{page}/{told['request_id']}/withdraw")).status_code == 303
    assert "Zurücknehmen" not in (await browser.get(page)).text
    refused = await browser.post(page, data={"session": "2020-01-06T09:00/12:00", "language": "fa"})
    assert "Bitte eine andere wählen" in refused.text


async def test_an_appointment_is_asked_for_on_the_page_of_the_file(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake
) -> None:
    """The family's language is there already; the file shows what was asked, and takes it back."""
    file = f"/intake/households/{(await register(api))['household_id']}"
    assert '<option value="ar" selected>' in (await browser.get(f"{file}/interpreters")).text
    asked = {"day": days_ago(-2), "time": "10:00", "language": "ar"}
    assert (await browser.post(f"{file}/interpreters", data={**asked, "day": days_ago(2)})).status_code == 422
    assert (await browser.post(f"{file}/interpreters", data=asked)).status_code == 303
    [told] = await _told(intake)
    assert "Angefragt: Arabisch, Termin" in (await browser.get(file)).text
    assert (await browser.post(f"{file}/interpreters/{told['request_id']}/withdraw")).status_code == 303
    assert "Angefragt: Arabisch, Termin" not in (await browser.get(file)).text


async def test_the_desk_asks_the_city_who_can_come(browser: httpx.AsyncClient) -> None:
    """A part of the city's page on „Heute" and „Sprechstunde"; a fault of it stays quiet."""
    for page in ("/", "/intake/office-hours"):
        html = (await browser.get(page)).text
        assert 'hx-get="/volunteers/fragments/interpreters?site=brackel-aplerbeck" hx-trigger="load" data-quiet' in html
