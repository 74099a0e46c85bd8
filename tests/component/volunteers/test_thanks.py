"""Letters of thanks: to one, to all who have helped; printed, as PDF and by mail."""

from datetime import UTC, datetime, timedelta

import pytest

from services.volunteers.care_mails import thanks
from shared.days import day_of
from shared.mail import Mail
from tests import pdf
from tests.component.volunteers.conftest import NEIGHBOUR, Volunteers
from tests.component.volunteers.scene import Scene
from tests.component.volunteers.test_hours import helped

NOW = datetime.now(UTC)
DAYS = {"from": day_of(NOW - timedelta(days=30)).isoformat(), "to": day_of(NOW).isoformat()}


@pytest.fixture
def scene(volunteers: Volunteers) -> Scene:
    return Scene(volunteers)


async def test_one_is_thanked(scene: Scene) -> None:
    """The letter says how often and how long, with one's own words; on paper, on the page and in the mail."""
    number = await scene.helper("Salma", districts=["brackel"])
    await helped(scene, number, NOW - timedelta(days=9), 90)
    async with scene.volunteers.browser() as browser, scene.volunteers.browser(site=NEIGHBOUR) as neighbour:
        path = f"/volunteers/register/{number}/thanks"
        assert (await browser.get(path)).status_code == 200
        answer = await browser.post(path, data={**DAYS, "words": "Ohne Sie ginge es nicht."})
        assert answer.status_code == 303, answer.text
        letter = answer.headers["location"]
        shown = (await browser.get(letter)).text
        paper = pdf.lines((await browser.get(f"{letter}.pdf")).content)
        for other in (path, letter, f"{letter}.pdf"):
            assert (await neighbour.get(other)).status_code == 404
        long = await browser.post(path, data={**DAYS, "words": "\n".join("danke" for _ in range(13))})
        assert (long.status_code, "höchstens 12 Zeilen" in long.text) == (422, True)
        early = await browser.post(path, data={"from": "2020-01-01", "to": "2020-02-01"})
        assert "nichts eingetragen" in early.text
    said = "Sie haben geholfen: Dolmetschen (ein Einsatz). Zusammen waren es 1,5 Stunden."
    for where in (shown, paper):
        assert said in where
    assert "Ohne Sie ginge es nicht." in paper
    [row] = await scene.volunteers.rows("select id, to_address, kind, about from mail where kind = 'thanks'")
    async with scene.volunteers.transaction() as session:
        mail = await thanks(session, Mail(*row), NOW, scene.volunteers.settings)
    assert mail is not None
    assert (row.to_address, said in mail.text) == ("salma@beispiel.invalid", True)


async def test_all_who_helped_are_thanked(scene: Scene) -> None:
    """Nobody who did nothing in these days gets a letter; of those who did, all, or those who are chosen."""
    salma, omid = await scene.helper("Salma"), await scene.helper("Omid", mail_language="fa")
    await scene.helper("Nora")
    for number, days in ((salma, 9), (omid, 8)):
        await helped(scene, number, NOW - timedelta(days=days), 60)
    async with scene.volunteers.browser() as browser:
        page = (await browser.get("/volunteers/thanks", params=DAYS)).text
        assert ("Salma" in page, "Omid" in page, "Nora" in page) == (True, True, False)
        nobody = await browser.post("/volunteers/thanks", data=DAYS)
        assert "Bitte auswählen, wem gedankt wird" in nobody.text
        one = await browser.post("/volunteers/thanks", data={**DAYS, "volunteers": str(salma)})
        assert one.headers["location"].endswith("&done=1")
        everybody = await browser.post("/volunteers/thanks", data={**DAYS, "everybody": "true"})
        assert "2 Dankbriefe sind geschrieben" in (await browser.get(everybody.headers["location"])).text
    [row] = await scene.volunteers.rows(
        "select id, to_address, kind, about from mail where kind = 'thanks' and to_address like 'omid%'"
    )
    async with scene.volunteers.transaction() as session:
        mail = await thanks(session, Mail(*row), NOW, scene.volunteers.settings)
    assert mail is not None
    assert "شما 1 ساعت کمک کرده‌اید." in mail.text
