"""Trainings and exchange meetings: invitations with a calendar entry, replies by link, attendance told once."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from babel.dates import format_date
from icalendar import Calendar

from services.volunteers.background.mails import sender
from services.volunteers.care_mails import invitation
from shared.mail import Letter, Mail
from shared.web import german
from tests.component.post import post_office, send
from tests.component.volunteers.conftest import NEIGHBOUR, Volunteers
from tests.component.volunteers.scene import Scene

ALL = "/volunteers/gatherings"
DAY = (datetime.now(UTC) + timedelta(days=12)).date()
FORM = {
    "kind": "training",
    "title": "Dolmetschen beim Arzt",
    "on": DAY.isoformat(),
    "begins": "17:00",
    "ends": "19:30",
    "place": "Gemeindehaus Asseln",
}


@pytest.fixture
def scene(volunteers: Volunteers) -> Scene:
    return Scene(volunteers)


async def gathering(browser: httpx.AsyncClient, **other: str) -> str:
    """One that is planned; its address."""
    answer = await browser.post(f"{ALL}/new", data={**FORM, **other})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].split("?")[0]


async def do(browser: httpx.AsyncClient, address: str, **form: Any) -> str:
    """A form is sent and accepted; the page after it."""
    answer = await browser.post(address, data=form)
    assert answer.status_code == 303, answer.text
    shown = await browser.get(answer.headers["location"])
    assert shown.status_code == 200, shown.text
    return shown.text


async def letters(scene: Scene) -> list[tuple[str, Letter]]:
    """What waits to be sent, as it would be said now, with its address."""
    rows = await scene.volunteers.rows(
        "select id, to_address, kind, about from mail where state = 'waiting' order by id"
    )
    found = []
    async with scene.volunteers.transaction() as session:
        for row in rows:
            letter = await invitation(session, Mail(*row), datetime.now(UTC), scene.volunteers.settings)
            assert letter is not None
            found.append((row.to_address, letter))
    return found


def code_of(letter: Letter) -> str:
    """The code of a letter's link."""
    found = re.search(r"/volunteers/gathering-reply\?code=([\w-]{22})\s", letter.text)
    assert found, letter.text
    return found[1]


async def test_everybody_is_invited_and_answers_by_link(scene: Scene) -> None:
    """All who fit get a mail in their language with a calendar entry; yes and no by link, until it begins."""
    await scene.helper("Salma", mail_language="ar")
    await scene.helper("Omid")
    await scene.helper("Lea", kinds=["teacher"])
    await scene.helper("Nora", districts=["hoerde"])
    async with scene.volunteers.browser() as browser:
        address = await gathering(browser, about="Mit einer Ärztin.")
        page = await do(browser, f"{address}/invitations", everybody="true", kinds="interpreter")
    assert "Salma" in page
    assert page.count("noch keine Antwort") == 2
    found = dict(await letters(scene))
    assert set(found) == {"salma@beispiel.invalid", "omid@beispiel.invalid"}
    arabic, german_one = found["salma@beispiel.invalid"], found["omid@beispiel.invalid"]
    assert arabic.subject == f"دعوة: Dolmetschen beim Arzt, {german.day(DAY)}"
    assert "هل ستحضر؟" in arabic.text
    assert f"{format_date(DAY, 'full', locale='de')}, 17:00–19:30 Uhr, Gemeindehaus Asseln." in german_one.text
    assert german_one.calendar is not None
    method, content = german_one.calendar
    [event] = Calendar.from_ical(content).walk("VEVENT")
    assert (method, event["SEQUENCE"]) == ("REQUEST", 0)
    assert str(event["ATTENDEE"]) == "mailto:omid@beispiel.invalid"
    assert b"salma" not in content
    async with scene.volunteers.browser(None) as anybody:
        page = (await anybody.get(f"/volunteers/gathering-reply?code={code_of(arabic)}")).text
        assert 'lang="ar" dir="rtl"' in page
        yes = await do(anybody, "/volunteers/gathering-reply", code=code_of(arabic), comes="true")
        assert "يسعدنا حضورك" in yes
        no = await do(anybody, "/volunteers/gathering-reply", code=code_of(arabic), comes="false")
        assert "يسعدنا حضورك" not in no
        await do(anybody, "/volunteers/gathering-reply", code=code_of(german_one), comes="true")
        for code in ("", "falsch"):
            answer = await anybody.get(f"/volunteers/gathering-reply?code={code}")
            assert answer.status_code == 410
    async with scene.volunteers.browser() as browser:
        page = (await browser.get(address)).text
    assert (page.count("<span>kommt</span>"), page.count("<span>kommt nicht</span>")) == (1, 1)


async def test_moved_and_cancelled(scene: Scene) -> None:
    """Whoever is invited is asked again for the new time, by a higher number; the old link is worth nothing."""
    number = await scene.helper("Omid")
    async with scene.volunteers.browser() as browser:
        address = await gathering(browser)
        await do(browser, f"{address}/invitations", volunteers=str(number))
        [(_, first)] = await letters(scene)
        later = {**FORM, "on": (DAY + timedelta(days=7)).isoformat()}
        moved = {name: later[name] for name in ("on", "begins", "ends", "place")}
        await do(browser, f"{address}/replies", volunteer_id=str(number), comes="true")
        assert "noch keine Antwort" in await do(browser, f"{address}/move", **moved)
        [(_, second)] = await letters(scene)
        assert second.subject.startswith("Geändert: ")
        assert second.calendar is not None
        assert b"SEQUENCE:1" in second.calendar[1]
        assert (await browser.get(f"/volunteers/gathering-reply?code={code_of(first)}")).status_code == 410
        await do(browser, f"{address}/cancel")
        [(_, third)] = await letters(scene)
        assert third.subject.startswith("Abgesagt: ")
        assert third.calendar is not None
        assert third.calendar[0] == "CANCEL"
        assert "code=" not in third.text
        refused = await browser.post(f"{address}/move", data=moved)
        assert (refused.status_code, "wurde abgesagt" in refused.text) == (422, True)


async def test_attendance_is_told_once_and_corrected(scene: Scene) -> None:
    """Who was there is told with its minutes, once; who was entered by mistake, with none; also without invitation."""
    salma, omid = await scene.helper("Salma"), await scene.helper("Omid")
    async with scene.volunteers.browser() as browser:
        address = await gathering(browser, on=(datetime.now(UTC) - timedelta(days=1)).date().isoformat())
        for people in ([salma], [salma], [salma, omid], [omid]):
            await do(browser, f"{address}/attendance", volunteers=[str(each) for each in people])
        wrong = await browser.post(f"{address}/attendance", data={"volunteers": str(UUID(int=7))})
        assert (wrong.status_code, "gibt es hier nicht" in wrong.text) == (422, True)
        over = (await browser.get(f"{ALL}?show=over")).text
        assert "1 waren da" in over
        early = await gathering(browser)
        refused = await browser.post(f"{early}/attendance", data={"volunteers": str(omid)})
        assert "hat noch nicht begonnen" in refused.text
    told = [(e["data"]["volunteer_id"], e["data"]["minutes"]) for e in await scene.volunteers.told("training-attended")]
    assert told == [(str(salma), 150), (str(omid), 150), (str(salma), 0)]


async def test_the_mail_itself(scene: Scene) -> None:
    """What goes out is an invitation that calendars understand, and after the meeting nothing goes out any more."""
    number = await scene.helper("Omid", mail_language="fa", email="omid@beispiel.example")
    async with scene.volunteers.browser() as browser, post_office(scene.volunteers) as post:
        address = await gathering(browser)
        await do(browser, f"{address}/invitations", volunteers=str(number))
        await send(sender(scene.volunteers.database, scene.volunteers.settings))
        [mail] = post.received
        [entry] = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
        assert entry.get_param("method") == "REQUEST"
        body = mail.get_body()
        assert body is not None
        assert "آیا می‌آیید؟" in body.get_content()
        await do(browser, f"{address}/cancel")
        later = datetime.now(UTC) + timedelta(days=30)
        await send(sender(scene.volunteers.database, scene.volunteers.settings), later)
        assert len(post.received) == 1


async def test_what_is_wrong_is_said(scene: Scene) -> None:
    """An end before the beginning, nobody chosen, nobody left, and another site's meeting."""
    await scene.helper("Omid")
    async with scene.volunteers.browser() as browser, scene.volunteers.browser(site=NEIGHBOUR) as neighbour:
        wrong = await browser.post(f"{ALL}/new", data={**FORM, "ends": "16:00"})
        assert (wrong.status_code, "Das Ende liegt vor dem Beginn" in wrong.text) == (422, True)
        assert (await browser.post(f"{ALL}/new", data={})).status_code == 422
        address = await gathering(browser)
        nobody = await browser.post(f"{address}/invitations", data={})
        assert "Bitte auswählen, wer eingeladen wird" in nobody.text
        await do(browser, f"{address}/invitations", everybody="true")
        again = await browser.post(f"{address}/invitations", data={"everybody": "true"})
        assert "sind schon eingeladen" in again.text
        for path in (address, f"{address}/move"):
            assert (await neighbour.get(path)).status_code == 404
        assert (await neighbour.post(f"{address}/cancel")).status_code == 404
        assert "Dolmetschen beim Arzt" in (await browser.get(ALL)).text
        assert "Dolmetschen beim Arzt" not in (await neighbour.get(ALL)).text
