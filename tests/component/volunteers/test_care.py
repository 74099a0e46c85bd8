"""Care: who is to be called, was asked too often or never, rests; how the load is spread; and the metrics of it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from prometheus_client import REGISTRY

from services.volunteers.commands import assignments
from services.volunteers.commands.requests import let_ask
from services.volunteers.inputs import HowItWas
from services.volunteers.metrics import measure
from services.volunteers.queries.care import care
from services.volunteers.tables import Volunteer
from shared.days import day_of
from shared.web.identity import Role
from tests.component.volunteers.conftest import NEIGHBOUR, SITE, Volunteers
from tests.component.volunteers.scene import Scene
from tests.component.volunteers.test_hours import helped

NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=100)


@pytest.fixture
def scene(volunteers: Volunteers) -> Scene:
    return Scene(volunteers)


async def names(scene: Scene, site: str | None = SITE) -> dict[str, list[str]]:
    """Who is in which list."""
    async with scene.volunteers.transaction() as session:
        found = await care(session, site, NOW)
        lists = {
            "to_call": found.to_call,
            "too_often": found.too_often,
            "never": found.never,
            "resting": found.resting,
            "certificates": found.certificates,
        }
        return {name: [each.volunteer.given_name for each in people] for name, people in lists.items() if people}


async def test_after_a_hard_assignment_the_team_calls(scene: Scene) -> None:
    """Who found it hard rests and is to be called, until somebody says that they have; another site cannot say so."""
    number = await scene.helper("Salma", districts=["brackel"])
    assignment_id = await helped(scene, number, NOW - timedelta(days=2), 60)
    async with scene.volunteers.transaction() as session:
        await assignments.complete(session, scene.themselves(number), assignment_id, HowItWas(minutes=60, strain=5))
    assert await names(scene) == {"to_call": ["Salma"], "resting": ["Salma"]}
    async with scene.volunteers.browser() as browser, scene.volunteers.browser(site=NEIGHBOUR) as neighbour:
        assert "Angerufen" in (await browser.get("/volunteers/care")).text
        assert "Salma" not in (await neighbour.get("/volunteers/care")).text
        assert (await neighbour.post(f"/volunteers/care/{number}/called")).status_code == 404
        answer = await browser.post(f"/volunteers/care/{number}/called")
        assert "Der Anruf ist eingetragen" in (await browser.get(answer.headers["location"])).text
    assert await names(scene) == {"resting": ["Salma"]}


async def test_too_often_never_and_certificates(scene: Scene) -> None:
    """As often as they wish is often enough; a month without being asked is long; certificates in time."""
    salma = await scene.helper("Salma", max_a_month=1)
    await helped(scene, salma, NOW + timedelta(hours=-3), 60)
    await scene.helper("Waiting", registered_at=LONG_AGO)
    await scene.helper("New")
    await scene.helper("Nothing", registered_at=LONG_AGO, max_a_month=0)
    await scene.helper("Soon", certificate_due_on=day_of(NOW) + timedelta(days=60))
    await scene.helper("Over", certificate_due_on=day_of(NOW) - timedelta(days=1))
    await scene.helper("Later", certificate_due_on=day_of(NOW) + timedelta(days=61))
    await scene.helper("Paused", paused_until=day_of(NOW))
    expected = {"never": ["Waiting"], "resting": ["Paused"], "certificates": ["Over", "Soon"]}
    if day_of(NOW - timedelta(hours=3, days=1)).month == day_of(NOW).month:
        expected["too_often"] = ["Salma"]
    assert await names(scene) == expected


async def test_the_load_is_spread(scene: Scene) -> None:
    """Hours of the last 90 days, the most first; the coordination sees numbers and nobody's name."""
    salma, omid = await scene.helper("Salma"), await scene.helper("Omid")
    await scene.helper("Nora", districts=["hoerde"])
    await helped(scene, salma, NOW - timedelta(days=9), 400)
    await helped(scene, omid, NOW - timedelta(days=8), 60)
    await helped(scene, salma, NOW - timedelta(days=95), 600)
    async with scene.volunteers.transaction() as session:
        found = await care(session, SITE, NOW)
        assert [(each.volunteer.given_name, each.minutes) for each in found.people] == [("Salma", 400), ("Omid", 60)]
        assert found.median_minutes == 230
        everybody = await care(session, None, NOW)
        bands = {band.label: band.people for band in everybody.bands if band.people}
    assert bands == {"keine Stunde": 1, "bis 5 Stunden": 1, "mehr als 5 bis 10 Stunden": 1}
    async with scene.volunteers.browser() as browser, scene.volunteers.browser(Role.COORDINATOR) as city:
        page, of_city = (await browser.get("/volunteers/care")).text, (await city.get("/volunteers/care")).text
        assert (await city.post(f"/volunteers/care/{salma}/called")).status_code == 403
    assert "Salma" in page
    assert "In der Mitte liegen 3,75 Std." in page
    for each in ("Salma", "Omid", "Nora", "hours.pdf"):
        assert each not in of_city
    assert "In der Mitte liegen 1 Std." in of_city


def metric(name: str, **labels: str) -> float | None:
    """What Prometheus would read."""
    return REGISTRY.get_sample_value(name, labels)


async def test_metrics(scene: Scene) -> None:
    """Requests without a match by language, the time to a match, the spread of the load, who is to be called."""
    salma = await scene.helper("Salma")
    await helped(scene, salma, NOW - timedelta(days=9), 120)
    await scene.wish(language="ti")
    await scene.wish(language="fa", at=scene.next_week + timedelta(days=1))
    await scene.helper("Omid", "fa")
    by_hand = await scene.wish(language="so", at=scene.next_week + timedelta(days=2))
    async with scene.volunteers.transaction() as session:
        await let_ask(session, scene.team(), by_hand, False)
    await scene.time_passes()
    async with scene.volunteers.transaction() as session:
        person = await session.get_one(Volunteer, UUID(str(salma)))
        person.call_since = NOW
        session.add(person)
    await measure(scene.volunteers.database)
    where: dict[str, Any] = {"site": SITE}
    assert metric("lokal_volunteer_requests_open", **where, language="ti") == 1
    assert metric("lokal_volunteer_requests_without_match", **where, language="ti") == 1
    for language in ("fa", "so"):
        assert metric("lokal_volunteer_requests_without_match", **where, language=language) == 0
    assert metric("lokal_volunteer_asked_unanswered", **where) == 1
    assert metric("lokal_volunteer_load_hours", quantile="1") == 2
    assert metric("lokal_volunteer_load_hours", quantile="0.5") == 1
    assert metric("lokal_volunteers_to_call") == 1
    assert metric("lokal_volunteer_oldest_due_seconds") == 0
    await scene.volunteers.rows(
        "update assignment set answer_by = now() - interval '1 hour' where state = 'offered' returning 1"
    )
    await measure(scene.volunteers.database)
    assert (metric("lokal_volunteer_oldest_due_seconds") or 0) >= 3600
    assert metric("lokal_volunteer_seconds_to_match", quantile="0.5") == 0
