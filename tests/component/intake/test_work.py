"""First visits, contacts, needs, legal circles and consents, from the call to the outbox."""

import asyncio
from datetime import date, timedelta

import httpx

from tests.component.intake.conftest import Intake
from tests.component.intake.samples import API, SOELDE, days_ago, hours_ago, register


async def _post(api: httpx.AsyncClient, path: str, body: dict[str, object] | None = None, status: int = 200) -> dict:
    answer = await api.post(f"{API}{path}", json=body)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


async def test_the_course_of_a_first_visit(api: httpx.AsyncClient, intake: Intake) -> None:
    """Owed, announced, missed, rescheduled, made: each step is told with the visit's state after it."""
    registered = await register(api, moved_on=days_ago(22))
    visit = f"/first-visits/{registered['first_visit_id']}"
    await _post(api, f"{visit}/schedule", {"at": hours_ago(50), "language": "ar", "interpreter_wanted": True})
    await _post(api, f"{visit}/missed")
    await _post(api, f"{visit}/reschedule", {"at": hours_ago(5), "language": "tr"})
    done = await _post(api, f"{visit}/complete", {"note": "Schule fehlt."})
    assert (done["state"], done["outcome"], done["days_overdue"]) == ("completed", "done", 0)
    told = [event for event in await intake.events() if event["event"].startswith("first-visit")]
    names = ["owed", "scheduled", "missed", "rescheduled", "completed"]
    assert [event["event"] for event in told] == [f"first-visit-{name}" for name in names]
    assert [event["data"].get("outcome") for event in told] == [None, None, "not_at_home", None, "done"]
    assert told[1]["data"]["interpreter_wanted"] is True
    assert all(event["subject"] == registered["household_id"] for event in told)
    assert "Schule" not in str(await intake.rows("select convert_from(body, 'UTF8') from outbox"))


async def test_a_completed_visit_counts_as_a_contact(api: httpx.AsyncClient, intake: Intake) -> None:
    """No visit is forgotten in the count of contacts, and none is counted twice."""
    registered = await register(api, moved_on=days_ago(22))
    visit = f"/first-visits/{registered['first_visit_id']}"
    await _post(api, f"{visit}/schedule", {"at": hours_ago(30), "language": "ar"})
    await _post(api, f"{visit}/complete")
    again = await api.post(f"{API}{visit}/complete")
    assert again.status_code == 409
    assert "schon erledigt" in again.json()["detail"]
    [event] = await intake.events("contact-recorded")
    assert event["data"]["channel"] == "visit"
    assert event["data"]["target_group"] == "refugee"
    assert event["data"]["language"] == "ar"
    assert event["data"]["household_id"] == registered["household_id"]


async def test_two_colleagues_end_a_visit_at_once(api: httpx.AsyncClient, intake: Intake) -> None:
    """Of two who enter the end of a visit at the same time, one is told that it has ended."""
    registered = await register(api, moved_on=days_ago(22))
    visit = f"{API}/first-visits/{registered['first_visit_id']}"
    answers = await asyncio.gather(*(api.post(f"{visit}/{end}") for end in ("complete", "waive", "refuse", "complete")))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert len(await intake.events("first-visit-completed", "first-visit-waived", "first-visit-refused")) == 1


async def test_overdue_visits_come_first(api: httpx.AsyncClient) -> None:
    """The list begins with the longest overdue; what ended leaves it; pages follow each other without gaps."""
    ids = [
        (await register(api, family_name=f"Probe-{days}", moved_on=days_ago(days)))["first_visit_id"]
        for days in (3, 40, 20, 15)
    ]
    listed = (await api.get(f"{API}/first-visits")).json()["items"]
    assert [item["days_overdue"] for item in listed] == [26, 6, 1, 0]
    overdue = (await api.get(f"{API}/first-visits", params={"state": "overdue"})).json()["items"]
    assert [item["visit_id"] for item in overdue] == [ids[1], ids[2], ids[3]]
    await _post(api, f"/first-visits/{ids[1]}/waive", {"on": days_ago(1)})
    done = (await api.get(f"{API}/first-visits", params={"state": "done"})).json()["items"]
    assert [item["outcome"] for item in done] == ["met_elsewhere"]
    pages, cursor = [], None
    while True:
        page = (
            await api.get(f"{API}/first-visits", params={"limit": 1} | ({"cursor": cursor} if cursor else {}))
        ).json()
        pages += [item["visit_id"] for item in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert pages == [ids[2], ids[3], ids[0]]


async def test_a_contact_needs_its_target_group_only(api: httpx.AsyncClient, intake: Intake) -> None:
    """The shortest contact is a target group; it is told with its moment."""
    recorded = await _post(api, "/contacts", {"target_group": "host_society"}, 201)
    [event] = await intake.events()
    assert event["subject"] == recorded["contact_id"]
    assert event["data"]["channel"] == "office_hours"
    assert event["data"]["void"] is False


async def test_contacts_are_corrected(api: httpx.AsyncClient, intake: Intake) -> None:
    """A correction tells the state after it; a void contact can be brought back; an empty one is refused."""
    contact = await _post(api, "/contacts", {"target_group": "refugee", "topic": "legal", "language": "fa"}, 201)
    path = f"/contacts/{contact['contact_id']}/corrections"
    corrected = await _post(api, path, {"topic": "housing", "language": None})
    assert (corrected["topic"], corrected["language"]) == ("housing", None)
    assert (await _post(api, path, {"void": True}))["void"] is True
    assert (await _post(api, path, {"void": False}))["void"] is False
    assert [event["data"]["void"] for event in await intake.events("contact-corrected")] == [False, True, False]
    assert (await api.post(f"{API}{path}", json={})).status_code == 409
    assert (await api.post(f"{API}{path}", json={"target_group": None})).status_code == 422


async def test_a_persons_contact_belongs_to_its_household(api: httpx.AsyncClient, intake: Intake) -> None:
    """A person leads to its household; one of another household is refused, and so is an unknown household."""
    registered, other = await register(api), await register(api)
    person = registered["person_ids"][0]
    recorded = await _post(api, "/contacts", {"target_group": "refugee", "person_id": person}, 201)
    assert recorded["household_id"] == registered["household_id"]
    for wrong in (
        {"person_id": person, "household_id": other["household_id"]},
        {"household_id": person},
        {"at": hours_ago(-2)},
        {"at": "2016-11-24T10:00:00"},
        {"partner": "Projekt Ankommen"},
        {"channel": "pigeon"},
    ):
        answer = await api.post(f"{API}/contacts", json={"target_group": "refugee", **wrong})
        assert answer.status_code == 422, wrong
    assert len(await intake.events("contact-recorded")) == 1


async def test_the_contacts_of_a_day(api: httpx.AsyncClient) -> None:
    """A day's contacts are those of the day in Dortmund, newest first."""
    for at in ("2016-11-23T22:59:59Z", "2016-11-23T23:00:00Z", "2016-11-24T22:59:59Z", "2016-11-24T23:00:00Z"):
        await _post(api, "/contacts", {"target_group": "partner", "at": at}, 201)
    listed = (await api.get(f"{API}/contacts", params={"day": "2016-11-24"})).json()["items"]
    assert [item["at"] for item in listed] == ["2016-11-24T22:59:59Z", "2016-11-23T23:00:00Z"]


async def test_a_legal_circle_is_dated_ahead_and_back(api: httpx.AsyncClient, intake: Intake) -> None:
    """A change counts from its day; one entered before a known one retells that one with its new beginning."""
    registered = await register(api, moved_on="2016-10-04")
    path = f"/households/{registered['household_id']}/persons/{registered['person_ids'][0]}/legal-circle"
    ahead = (date.today() + timedelta(days=30)).isoformat()  # noqa: DTZ011
    await _post(api, path, {"legal_circle": "sgb2", "on": ahead}, 201)
    await _post(api, path, {"legal_circle": "sgb12", "on": "2017-01-01"}, 201)
    told = [e["data"] for e in await intake.events("legal-circle-changed")]
    assert [(e["from"], e["to"], e["on"]) for e in told] == [
        ("asylblg", "sgb2", ahead),
        ("asylblg", "sgb12", "2017-01-01"),
        ("sgb12", "sgb2", ahead),
    ]
    file = (await api.get(f"{API}/households/{registered['household_id']}")).json()
    assert file["legal_circles"] == {"sgb12": 1, "sgb2": 1, "asylblg": 2}
    assert (await api.post(f"{API}{path}", json={"legal_circle": "sgb12", "on": "2017-02-01"})).status_code == 409


async def test_figures_count_on_the_day_of_the_event(api: httpx.AsyncClient, intake: Intake) -> None:
    """A move is told with the legal circles of the moving day, not of the day on which it is entered."""
    registered = await register(api, moved_on="2016-10-04")
    path = f"/households/{registered['household_id']}"
    circle = f"{path}/persons/{registered['person_ids'][0]}/legal-circle"
    await _post(api, circle, {"legal_circle": "sgb2", "on": "2017-01-01"}, 201)
    await _post(api, f"{path}/moves", {"address": SOELDE, "tenancy": "private", "moved_on": "2016-12-31"}, 201)
    moved = (await intake.events("household-moved"))[-1]["data"]
    assert moved["legal_circles"] == {"asylblg": 3, "sgb2": 1}


async def test_needs(api: httpx.AsyncClient, intake: Intake) -> None:
    """A need is told with area, languages, times and place, without its note; once met, it is met."""
    registered = await register(api)
    times = [{"weekday": "mon", "from": "09:00", "to": "12:00"}]
    need = await _post(
        api,
        f"/households/{registered['household_id']}/needs",
        {"area": "language", "languages": ["ar"], "times": times, "note": "Vater ist krank"},
        201,
    )
    [event] = await intake.events("need-identified")
    assert event["data"]["times"] == times
    assert event["data"]["neighbourhood"] == "asseln"
    assert "note" not in event["data"]
    await _post(api, f"/needs/{need['need_id']}/met")
    assert len(await intake.events("need-met")) == 1
    assert (await api.post(f"{API}/needs/{need['need_id']}/met")).status_code == 409


async def test_consents(api: httpx.AsyncClient, intake: Intake) -> None:
    """A consent names one recipient and a purpose; words stay here; withdrawal is one step and final."""
    registered = await register(api)
    path = f"/households/{registered['household_id']}/consents"
    recipient = {"kind": "partner", "slug": "projekt-probe"}
    consent = await _post(api, path, {"recipient": recipient, "purpose": "Deutschkurs für Ayşe"}, 201)
    [event] = await intake.events("consent-given")
    assert event["data"]["purpose"] == "other"
    assert event["data"]["recipient"] == recipient
    await _post(api, f"{path}/{consent['consent_id']}/withdraw")
    assert len(await intake.events("consent-withdrawn")) == 1
    assert (await api.post(f"{API}{path}/{consent['consent_id']}/withdraw")).status_code == 409
    both = {"recipient": {"kind": "partner"}, "purpose": "referral"}
    assert (await api.post(f"{API}{path}", json=both)).status_code == 422
