"""The team's care for its own work: owner and substitute, tasks, safety note, child protection (domain rule 15)."""

from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from services.intake.commands import whole_file
from tests.component.intake.conftest import Intake
from tests.component.intake.samples import API, days_ago, register


async def _file(api: httpx.AsyncClient) -> tuple[str, str]:
    registered = await register(api, moved_on=days_ago(3))
    return f"{API}/households/{registered['household_id']}", registered["first_visit_id"]


async def _done(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code < 300, answer.text
    return dict(answer.json())


async def test_a_file_has_an_owner_and_a_substitute(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake
) -> None:
    """Both work at this site and are two; the file says who, the timeline that it changed."""
    await intake.token("bela")
    base, _ = await _file(api)
    for body, path in (
        ({"owner": "niemand"}, "owner"),
        ({"owner": "amal", "substitute": "amal"}, "substitute"),
        ({"substitute": "bela"}, "owner"),
    ):
        refused = await api.put(f"{base}/care", json=body)
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["path"] == path
    changed = await _done(await api.put(f"{base}/care", json={"owner": "amal", "substitute": "bela"}))
    assert (changed["owner"], changed["substitute"]) == ("amal", "bela")
    page = (await browser.get(base.replace("/api/v1", ""))).text
    assert "Zuständig: Amal, Vertretung: Bela." in page
    assert "Zuständigkeit im Team geändert" in page


async def test_tasks_are_listed_by_their_day_until_they_are_done(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake
) -> None:
    """Overdue, today, later; „Bei mir" shows what falls to me as owner, as substitute or by name."""
    await intake.token("bela")
    base, _ = await _file(api)
    other, _ = await _file(api)
    await api.put(f"{base}/care", json={"owner": "bela", "substitute": "amal"})
    late = await _done(await api.post(f"{base}/tasks", json={"due_on": days_ago(0), "what": "Bescheid prüfen"}))
    await _done(await api.post(f"{base}/tasks", json={"due_on": days_ago(-9), "what": "Anrufen", "for_whom": "bela"}))
    await _done(await api.post(f"{other}/tasks", json={"due_on": days_ago(0), "what": "Schule fragen"}))
    assert (await api.post(f"{base}/tasks", json={"due_on": days_ago(1), "what": "x"})).status_code == 422
    async with intake.database.transaction() as session:
        await session.execute(
            text("update follow_up set due_on = due_on - 2 where id = cast(:id as uuid)"), {"id": late["task_id"]}
        )
    items = (await api.get(f"{API}/tasks")).json()["items"]
    assert [(item["what"], item["days_overdue"]) for item in items] == [
        ("Bescheid prüfen", 2),
        ("Schule fragen", 0),
        ("Anrufen", 0),
    ]
    mine = (await api.get(f"{API}/tasks", params={"state": "mine"})).json()["items"]
    assert [item["what"] for item in mine] == ["Bescheid prüfen"]
    first = (await api.get(f"{API}/tasks", params={"limit": 2})).json()
    rest = (await api.get(f"{API}/tasks", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [item["what"] for item in first["items"] + rest["items"]] == [item["what"] for item in items]
    page = (await browser.get("/intake/tasks")).text
    assert "überfällig seit 2 Tagen" in page
    assert "Aufgaben fällig" in (await browser.get("/")).text
    await _done(await api.post(f"{API}/tasks/{late['task_id']}/done"))
    assert (await api.post(f"{API}/tasks/{late['task_id']}/done")).status_code == 409
    assert "Bescheid prüfen" in (await browser.get("/intake/tasks?state=done")).text
    assert "Bescheid prüfen" not in (await browser.get("/intake/tasks")).text


async def test_a_safety_note_stands_over_the_visit(api: httpx.AsyncClient, browser: httpx.AsyncClient) -> None:
    """Whoever opens the first visit reads it; the file's page only says that there is one, and the timeline no word."""
    base, visit = await _file(api)
    note = "Hund im Hof, vorher anrufen"
    await _done(await api.put(f"{base}/safety-note", json={"text": note}))
    file = (await browser.get(base.replace("/api/v1", ""))).text
    assert "Sicherheitshinweis vorhanden" in file
    assert note not in file
    assert note in (await browser.get(f"/intake/first-visits/{visit}")).text
    await _done(await api.put(f"{base}/safety-note", json={"text": None}))
    assert note not in (await browser.get(f"/intake/first-visits/{visit}")).text
    assert note not in (await browser.get(base.replace("/api/v1", ""))).text


async def test_child_protection_is_a_checklist_with_date_and_by_whom(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake
) -> None:
    """Each step once, in the order that the case demands, with who and when; one path at a time, with a result."""
    await intake.token("bela")
    base, _ = await _file(api)
    path = f"{base}/child-protection"
    step = {"step": "youth_office", "on": days_ago(1), "done_by": "bela", "note": "Frau K. übernimmt"}
    assert (await api.post(f"{path}/steps", json=step)).status_code == 409
    await _done(await api.post(path))
    assert (await api.post(path)).status_code == 409
    care = await _done(await api.post(f"{path}/steps", json=step))
    assert care["child_protection"][0]["steps"] == [
        {**step, "recorded_by": "amal"},
    ]
    assert (await api.post(f"{path}/steps", json=step)).status_code == 409
    for body, wrong in (
        ({"step": "noticed", "on": days_ago(-1)}, "on"),
        ({"step": "noticed", "done_by": "x1"}, "done_by"),
    ):
        refused = await api.post(f"{path}/steps", json=body)
        assert refused.json()["errors"][0]["path"] == wrong, refused.text
    page = (await browser.get(path.replace("/api/v1", ""))).text
    assert "durch Bela" in page
    assert "eingetragen von Amal" in page
    file = (await browser.get(base.replace("/api/v1", ""))).text
    assert "1 von 6 Schritten" in file
    assert "Frau K. übernimmt" not in file
    assert (await api.post(f"{path}/close", json={})).status_code == 422
    await _done(await api.post(f"{path}/close", json={"result": "Hilfe zur Erziehung läuft"}))
    assert "Hilfe zur Erziehung läuft" in (await browser.get(path.replace("/api/v1", ""))).text
    await _done(await api.post(path))


async def test_the_pages_take_what_they_ask_for(api: httpx.AsyncClient, browser: httpx.AsyncClient) -> None:
    """Owner, task, note and steps can be entered by form; wrong input comes back beside its field."""
    base = (await _file(api))[0].replace("/api/v1", "")
    for path, right, wrong in (
        ("care", {"owner": "amal"}, {"owner": "fremd"}),
        ("task", {"what": "Anrufen", "due_on": days_ago(-1)}, {"what": "Anrufen"}),
        ("safety-note", {"text": "Zu zweit hingehen"}, {"text": "x" * 4001}),
        ("child-protection/begin", {}, None),
        ("child-protection/step", {"step": "noticed", "note": "Gesehen"}, {"step": "nichts"}),
        ("child-protection/close", {"result": "Geklärt"}, {"result": ""}),
    ):
        if wrong is not None:
            refused = await browser.post(f"{base}/{path}", data=wrong)
            assert refused.status_code == 422, path
            assert "noch nichts gespeichert" in refused.text
        assert (await browser.post(f"{base}/{path}", data=right)).status_code == 303, path
    task = (await api.get(f"{API}/tasks")).json()["items"][0]["task_id"]
    assert (await browser.post(f"/intake/tasks/{task}/done")).status_code == 303


async def test_all_of_it_belongs_to_the_file(api: httpx.AsyncClient, intake: Intake) -> None:
    """It goes along when the file goes, and is forgotten with it."""
    base, _ = await _file(api)
    household = UUID(base.rsplit("/", 1)[1])
    await api.post(f"{base}/tasks", json={"due_on": days_ago(0), "what": "Anrufen"})
    await api.put(f"{base}/safety-note", json={"text": "Hund"})
    await api.post(f"{base}/child-protection")
    await api.post(f"{base}/child-protection/steps", json={"step": "noticed"})
    tables = ("follow_up", "safety_note", "child_protection", "child_protection_step")
    async with intake.database.transaction() as session:
        content = await whole_file.dump(session, household)
        assert [len(content[table]) for table in tables] == [1, 1, 1, 1]
        await whole_file.forget(session, household)
        await whole_file.load(session, content)
        assert await whole_file.dump(session, household) == content
