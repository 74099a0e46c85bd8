"""The register's pages: found, entered, changed and let go by the team."""

import pytest

from services.volunteers.domain.asking import VolunteerState
from tests.component.volunteers.conftest import NEIGHBOUR, Volunteers
from tests.component.volunteers.scene import Scene

PAGES = "/volunteers/register"
FORM = {
    "given_name": "Salma",
    "family_name": "Beispiel",
    "email": "salma@beispiel.invalid",
    "mail_language": "ar",
    "kinds": ["interpreter", "mentor"],
    "max_a_month": "4",
    "languages.0.language": "ar",
    "languages.0.level": "native",
    "languages.0.speaks": "true",
    "languages.0.understands": "true",
    "languages.1.language": "",
    "certificate.inspected_on": "2026-01-02",
}


@pytest.fixture
def scene(volunteers: Volunteers) -> Scene:
    return Scene(volunteers)


async def test_entered_changed_and_let_go(scene: Scene) -> None:
    """What is entered stands on the page, in the form and in the list; who has left is found only when looked for."""
    async with scene.volunteers.browser() as browser:
        entered = await browser.post(f"{PAGES}/new", data=FORM)
        assert entered.status_code == 303, entered.text
        address = entered.headers["location"].split("?")[0]
        page = (await browser.get(address)).text
        for said in ("Salma Beispiel", "Arabisch: Muttersprache, versteht, spricht", "2031", "nicht erklärt"):
            assert said in page, said
        form = (await browser.get(f"{address}/edit")).text
        assert 'value="salma@beispiel.invalid"' in form
        times = {"available.0.weekday": "mon", "available.0.starts": "08:00", "available.0.ends": "00:00"}
        times |= {"blocks.0.weekday": "mon", "blocks.0.starts": "09:00", "blocks.0.ends": "12:30"}
        times |= {"blocks.0.reason": "integration_course"}
        assert (await browser.post(f"{address}/times", data=times)).status_code == 303
        page = (await browser.get(address)).text
        assert "8–24 Uhr, nicht 9–12:30 Uhr (Integrationskurs)" in page
        assert 'value="12:30"' in (await browser.get(f"{address}/times")).text
        assert (await browser.post(f"{address}/pause", data={"until": "2099-01-05"})).status_code == 303
        assert (await browser.post(f"{address}/confidentiality", data={"on": "2026-01-02"})).status_code == 303
        listed = (await browser.get(f"{PAGES}?q=beisp&language=ar&kind=mentor")).text
        assert address in listed
        assert "Pause bis" in listed
        assert (await browser.post(f"{address}/leave", data={"erase": "true"})).status_code == 303
        assert "Salma" not in (await browser.get(address)).text
        assert address not in (await browser.get(PAGES)).text
        assert address in (await browser.get(f"{PAGES}?state=left")).text


async def test_what_is_wrong_is_said(scene: Scene) -> None:
    """A wrong field is named beside it, nothing is lost and nothing entered."""
    async with scene.volunteers.browser() as browser:
        wrong = {**FORM, "email": "keine", "languages.0.speaks": "", "languages.0.understands": ""}
        answer = await browser.post(f"{PAGES}/new", data=wrong)
        assert answer.status_code == 422
        assert "ankreuzen" in answer.text
        assert 'value="Beispiel"' in answer.text
        salma = await scene.helper()
        refused = await browser.post(f"{PAGES}/{salma}/certificate", data={"inspected_on": "2099-01-05"})
        assert (refused.status_code, "Zukunft" in refused.text) == (422, True)


async def test_a_registration(scene: Scene) -> None:
    """Who has registered is pointed out, and becomes active or is removed."""
    new, gone = [await scene.helper(name, state=VolunteerState.NEW) for name in ("Neu", "Weg")]
    async with scene.volunteers.browser() as browser:
        assert "2 neue Anmeldungen" in (await browser.get(PAGES)).text
        assert (await browser.post(f"{PAGES}/{new}/activate")).status_code == 303
        left = await browser.post(f"{PAGES}/{gone}/leave")
        assert (left.status_code, left.headers["location"]) == (303, f"{PAGES}?done=gone")


async def test_kept_apart_and_called(scene: Scene) -> None:
    """A family that they met is chosen by its place in the list; the call is noted."""
    salma = await scene.helper(call_since=scene.next_week)
    household = await scene.family()
    await scene.wish(household_id=household)
    await scene.time_passes()
    async with scene.volunteers.browser() as browser:
        page = (await browser.get(f"{PAGES}/{salma}")).text
        assert f'value="{household}"' in page
        assert "Bitte anrufen" in page
        assert (await browser.post(f"{PAGES}/{salma}/called")).status_code == 303
        named = await browser.post(f"{PAGES}/{salma}/conflicts", data={"household_id": str(household)})
        assert named.status_code == 303
        page = (await browser.get(f"{PAGES}/{salma}")).text
        assert "gewünscht von der Familie" in page
        assert "Bitte anrufen" not in page
        removed = await browser.post(f"{PAGES}/{salma}/conflicts/remove", data={"household_id": str(household)})
        assert removed.status_code == 303


async def test_choices_and_names(scene: Scene) -> None:
    """Other pages get names from here: of those whom the team sees, and of nobody else."""
    here = await scene.helper("Salma", districts=["brackel"])
    everywhere = await scene.helper("Omid", "fa")
    ids = f"/volunteers/fragments/volunteer-names?ids={here},{everywhere}"
    async with scene.volunteers.browser() as browser:
        choices = (await browser.get("/volunteers/fragments/volunteer-choices")).text
        assert f'<option value="{here}">Salma Beispiel · Arabisch</option>' in choices
        assert (await browser.get(ids)).text.count("</bdi>") == 2
        assert (await browser.get("/volunteers/fragments/volunteer-names?ids=x")).status_code == 422
    async with scene.volunteers.browser(site=NEIGHBOUR) as stranger:
        assert "Salma" not in (await stranger.get("/volunteers/fragments/volunteer-choices")).text
        assert (await stranger.get(ids)).text.count("</bdi>") == 1
        for path in ("", "/edit", "/times"):
            assert (await stranger.get(f"{PAGES}/{here}{path}")).status_code == 404
