"""What volunteers get by mail and answer by link, each in their own language, without signing in."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.volunteers.background.mails import sender
from services.volunteers.domain.asking import AssignmentState
from services.volunteers.pages.vocabulary.volunteer import TEXTS
from shared.contracts.intake import GrantIssued
from shared.ids import uuid7
from tests.component import post
from tests.component.post import Post, post_office
from tests.component.volunteers.conftest import Volunteers
from tests.component.volunteers.scene import Scene

ANSWER = "/volunteers/answer"


@pytest.fixture
def scene(volunteers: Volunteers) -> Scene:
    return Scene(volunteers)


@pytest.fixture
async def box(volunteers: Volunteers) -> AsyncIterator[Post]:
    async with post_office(volunteers) as running:
        yield running


async def _send(scene: Scene, now: datetime | None = None) -> int:
    return await post.send(sender(scene.volunteers.database, scene.volunteers.settings), now)


async def _asked(scene: Scene, box: Post, **more: Any) -> tuple[UUID, str]:
    """Somebody is asked; the request, and the code of the mail."""
    number = await scene.wish(**more)
    await scene.time_passes()
    assert await _send(scene) == 1
    return number, box.code()


async def test_yes_by_link(scene: Scene, box: Post) -> None:
    """The mail says what, when and where roughly; looking uses nothing up; a click says yes, once."""
    await scene.helper("Salma", email="salma@beispiel.example", home_district="brackel")
    household = await scene.family()
    number, code = await _asked(scene, box, household_id=household, neighbourhood="asseln")
    said = box.text()
    assert "Salma Beispiel" in said
    assert "Dolmetschen: Arabisch" in said
    assert "Asseln" in said
    assert str(household) not in said
    async with scene.volunteers.browser(None) as browser:
        for _ in range(2):
            page = (await browser.get(f"{ANSWER}?code={code}")).text
            assert "Sie wohnen im selben Stadtbezirk." in page
        done = await browser.post(ANSWER, data={"code": code, "does": "yes"})
        assert "said=said_yes&" in done.headers["location"]
        assert "Danke, dass Sie kommen" in (await browser.get(done.headers["location"])).text
        assert (await browser.get(f"{ANSWER}?code={code}")).status_code == 410
        assert (await browser.post(ANSWER, data={"code": code, "does": "yes"})).status_code == 410
    assert (await scene.asked(number))[0].state is AssignmentState.ACCEPTED


@pytest.mark.parametrize("lang", ["en", "ar", "fa"])
async def test_in_their_own_language(scene: Scene, box: Post, lang: str) -> None:
    """Mail and page are in the language of the volunteer, right-to-left where it is; so is a no, and its never."""
    await scene.helper("Salma", email="salma@beispiel.example", mail_language=lang)
    number, code = await _asked(scene, box)
    assert box.subjects[-1].startswith(TEXTS[lang]["asked_subject"])
    async with scene.volunteers.browser(None) as browser:
        page = (await browser.get(f"{ANSWER}?code={code}")).text
        assert f'<html lang="{lang}" dir="{"ltr" if lang == "en" else "rtl"}"' in page
        assert TEXTS[lang]["answer_never"] in page
        done = await browser.post(ANSWER, data={"code": code, "does": "never"})
        assert TEXTS[lang]["said_no"] in (await browser.get(done.headers["location"])).text
    assert (await scene.asked(number))[0].decline_reason == "not_at_such_times"


async def test_two_at_the_same_time(scene: Scene, box: Post) -> None:
    """Who has said yes to one reads, in their language, that another at the same time cannot be; the link stays."""
    salma = await scene.helper("Salma", email="salma@beispiel.example", mail_language="ar")
    number, code = await _asked(scene, box)
    other = await scene.wish(at=scene.next_week + timedelta(minutes=30))
    async with scene.volunteers.client() as client:
        asked = await client.post(f"/volunteers/api/v1/requests/{other}/assignments", json={"volunteer_id": str(salma)})
        await client.post(f"/volunteers/api/v1/assignments/{asked.json()['assignment_id']}/accept")
    async with scene.volunteers.browser(None) as browser:
        refused = await browser.post(ANSWER, data={"code": code, "does": "yes"})
        assert refused.status_code == 422
        assert TEXTS["ar"]["booked"] in refused.text
        assert (await browser.post(ANSWER, data={"code": code, "does": "no"})).status_code == 303
    assert (await scene.asked(number))[0].state is AssignmentState.DECLINED


async def test_where_to_go(scene: Scene, box: Post) -> None:
    """After the site's release a mail leads to the contact data with a ticket of the city; the mail names nobody."""
    salma = await scene.helper("Salma", email="salma@beispiel.example")
    household = await scene.family()
    number, code = await _asked(scene, box, household_id=household)
    async with scene.volunteers.browser(None) as browser:
        await browser.post(ANSWER, data={"code": code, "does": "yes"})
        (assignment,) = await scene.asked(number)
        grant = uuid7()
        told = {"household_id": household, "grant_id": grant, "recipient": {"kind": "volunteer", "id": salma}}
        await scene.volunteers.hear(
            GrantIssued(**told, purpose="interpreting", assignment_id=assignment.id, basis="consent")
        )
        assert await _send(scene) == 1
        assert str(household) not in box.text()
        assert str(grant) not in box.text()
        opened = await browser.post(ANSWER, data={"code": box.code(), "does": "where"})
        assert f"/intake/shared/{grant}?ticket=" in opened.headers["location"]
        again = await browser.post(ANSWER, data={"code": box.code(), "does": "where"})
        assert again.status_code == 410


async def test_reminded_and_asked_how_it_was(scene: Scene, box: Post) -> None:
    """The day before they are reminded; afterwards they say how long and how hard it was, and may rest."""
    await scene.helper("Salma", email="salma@beispiel.example")
    _, code = await _asked(scene, box)
    async with scene.volunteers.browser(None) as browser:
        await browser.post(ANSWER, data={"code": code, "does": "yes"})
        day_before = scene.next_week - timedelta(hours=22)
        await scene.time_passes(day_before)
        await scene.time_passes(day_before)
        assert await _send(scene, day_before) == 1
        assert box.subjects[-1].startswith("Morgen")
        past = datetime.now(UTC) - timedelta(hours=3)
        async with scene.volunteers.transaction() as session:
            await session.execute(
                text("update assignment set starts_at = :at, ends_at = :end"),
                {"at": past, "end": past + timedelta(minutes=90)},
            )
        await scene.time_passes()
        assert await _send(scene) == 1
        assert box.subjects[-1].startswith("Wie war es?")
        page = (await browser.get(f"{ANSWER}?code={box.code()}")).text
        assert 'value="90"' in page
        how = {"code": box.code(), "does": "how", "minutes": "110", "rating": "5", "strain": "4", "feedback": "Schwer."}
        done = await browser.post(ANSWER, data=how)
        assert "said_strain" in done.headers["location"]
    (row,) = await scene.volunteers.rows("select minutes, strain, state from assignment")
    assert tuple(row) == (110, 4, "completed")
    assert await scene.volunteers.rows("select 1 from volunteer where call_since is not null") != []


async def test_overtaken_mails_are_not_sent(scene: Scene, box: Post) -> None:
    """What was settled before the mail went out is not asked any more."""
    await scene.helper("Salma", email="salma@beispiel.example")
    number = await scene.wish()
    await scene.time_passes()
    await scene.wish(request_id=number, withdrawn=True)
    await _send(scene)
    assert [subject for subject in box.subjects if subject.startswith("Können")] == []
