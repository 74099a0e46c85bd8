"""The team's pages: each opens, each form enters what it says, and a mistake loses nothing."""

import re
from uuid import uuid4

import httpx
import pytest

from services.intake.tables.handovers import PassedOn
from tests.component.intake.conftest import Intake
from tests.component.intake.samples import API, ASSELN, days_ago, register

VOLUNTEER = "0197f000-0000-7000-8000-000000000001"
FORM = {
    "family_name": "Probe-Amari",
    "persons.0.given_name": "Salma",
    "persons.0.family_name": "Probe-Amari",
    "persons.0.birth_date": "1990-03-01",
    "persons.2.given_name": "Nour",
    "persons.2.family_name": "Probe-Amari",
    "persons.2.legal_circle": "sgb2",
    "legal_circle": "asylblg",
    "address.street": "Musterweg 9",
    "address.postal_code": "44319",
    "address.city": "Dortmund",
    "address.district": "brackel",
    "address.neighbourhood": "asseln",
    "tenancy": "private",
    "languages": ["ar", "fa"],
    "moved_on": days_ago(20),
}


async def test_a_family_is_entered_by_form(browser: httpx.AsyncClient, intake: Intake) -> None:
    """The form opens a file, skips empty lines for persons, and leads to the file."""
    answer = await browser.post("/intake/households/new", data=FORM)
    assert answer.status_code == 303, answer.text
    page = await browser.get(answer.headers["location"])
    assert page.status_code == 200
    assert "Familie" in page.text
    assert "überfällig seit 6 Tagen" in page.text
    [event] = await intake.events("household-registered")
    assert event["data"]["legal_circles"] == {"asylblg": 1, "sgb2": 1}


async def test_a_mistake_is_shown_beside_its_field(browser: httpx.AsyncClient, intake: Intake) -> None:
    """A wrong form comes back with a German sentence at the field and everything that was typed."""
    wrong = {**FORM, "persons.2.birth_date": days_ago(3), "phone": "0231 555"}
    answer = await browser.post("/intake/households/new", data=wrong)
    assert answer.status_code == 422
    assert 'id="persons.2.birth_date-error"' in answer.text
    for typed in ("Probe-Amari", "Musterweg 9", "0231 555", "Nour"):
        assert typed in answer.text
    assert await intake.rows("select 1 from household") == []


async def test_more_lines_for_persons_without_script(browser: httpx.AsyncClient) -> None:
    """The button for further persons adds lines and keeps what was typed."""
    answer = await browser.post("/intake/households/new", data={**FORM, "more_rows": "1"})
    assert answer.status_code == 200
    assert 'name="persons.7.given_name"' in answer.text
    assert "Musterweg 9" in answer.text


async def test_every_page_opens(api: httpx.AsyncClient, browser: httpx.AsyncClient) -> None:
    """All pages of the team open, empty and with data."""
    pages = ["/", "/intake/office-hours", "/intake/households", "/intake/households/new", "/intake/first-visits"]
    pages += [f"/intake/first-visits?state={state}" for state in ("overdue", "done")]
    for path in pages:
        assert (await browser.get(path)).status_code == 200, path
    registered = await register(api, moved_on=days_ago(20))
    file = f"/intake/households/{registered['household_id']}"
    pages += [f"/intake/first-visits/{registered['first_visit_id']}", file]
    pages += [f"{file}/{page}" for page in ("contact", "need", "move", "consent", "correct", "address")]
    pages += [f"{file}/persons/{registered['person_ids'][0]}/legal-circle"]
    for path in pages:
        answer = await browser.get(path)
        assert answer.status_code == 200, path
        assert "None" not in answer.text, path


async def test_the_course_of_a_file(api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake) -> None:
    """Contact, need, visit, legal circle, consent, correction, move and departure are entered by form and told."""
    registered = await register(api, moved_on=days_ago(20))
    file = f"/intake/households/{registered['household_id']}"
    visit = f"/intake/first-visits/{registered['first_visit_id']}"
    person = registered["person_ids"][0]
    steps = [
        (f"{file}/contact", {"channel": "phone", "topic": "housing"}, "contact-recorded"),
        (f"{file}/need", {"area": "language", "weekday": "mon", "begins": "09:00", "ends": "12:00"}, "need-identified"),
        (f"{visit}/appointment", {"day": days_ago(1), "time": "10:00", "language": "ar"}, "first-visit-scheduled"),
        (f"{visit}/missed", {}, "first-visit-missed"),
        (f"{visit}/appointment", {"day": days_ago(1), "time": "11:00"}, "first-visit-rescheduled"),
        (f"{visit}/complete", {"note": "Alle waren da."}, "first-visit-completed"),
        (f"{file}/persons/{person}/legal-circle", {"legal_circle": "sgb12", "on": days_ago(5)}, "legal-circle-changed"),
        (f"{file}/consent", {"kind": "partner", "slug": "projekt-probe", "purpose": "mentoring"}, "consent-given"),
        (f"{file}/consent", {"kind": "volunteer", "volunteer_id": VOLUNTEER, "purpose": "mentoring"}, "consent-given"),
        (f"{file}/correct", {"phone": "0231 1", "languages": ["fa"]}, "household-changed"),
        (f"{file}/move", {**_address(), "tenancy": "private", "moved_on": days_ago(1)}, "household-moved"),
        (f"{file}/move", {"left_city": "true"}, "household-closed"),
    ]
    for path, data, event in steps:
        answer = await browser.post(path, data=data)
        assert answer.status_code == 303, (path, re.findall(r'kern-error.*?kern-body">(.*?)<', answer.text, re.S))
        assert (await browser.get(answer.headers["location"])).status_code == 200
        assert await intake.events(event), event
    page = (await browser.get(file)).text
    for words in ("Erstbesuch verschoben", "Bedarf erkannt", "AsylbLG → SGB XII", "Diese Akte ist geschlossen"):
        assert words in page


def _address() -> dict[str, str]:
    return {f"address.{name}": value for name, value in ASSELN.items()} | {"address.neighbourhood": "asseln"}


@pytest.mark.parametrize(
    ("page", "data", "words"),
    [
        ("move", {"address.city": "Dortmund", "tenancy": "private"}, "Diese Angabe fehlt"),
        ("need", {"area": "language", "weekday": "mon"}, "Bitte Wochentag, Anfang und Ende angeben"),
        ("need", {}, "Diese Angabe fehlt"),
        ("contact", {"channel": "phone", "day": days_ago(-5)}, "in der Zukunft"),
        ("consent", {"kind": "partner", "slug": "Projekt Ä", "purpose": "mentoring"}, "erwartete Form"),
        ("consent", {"kind": "authority", "purpose": "mentoring"}, "den Partner oder die Behörde auswählen"),
        ("consent", {"kind": "volunteer", "purpose": "mentoring"}, "wer von den Ehrenamtlichen"),
        ("correct", {"family_name": "Probe \U0001f600"}, "Bildzeichen"),
    ],
)
async def test_each_form_says_what_is_wrong(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, page: str, data: dict[str, str], words: str
) -> None:
    """A refused form is shown again with a sentence that says why."""
    registered = await register(api)
    answer = await browser.post(f"/intake/households/{registered['household_id']}/{page}", data=data)
    assert answer.status_code == 422
    assert words in answer.text


async def test_the_address_of_a_file_that_has_gone_says_where_it_is(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake
) -> None:
    """A bookmark leads to the name of the site that has the file now, on the page and in the call."""
    gone = uuid4()
    async with intake.database.transaction() as session:
        session.add(PassedOn(household_id=gone, charge=2, to_site="hoerde-hombruch"))
    for client, path in ((api, f"{API}/households/{gone}"), (browser, f"/intake/households/{gone}")):
        answer = await client.get(path, headers={"accept": "text/html, application/problem+json"})
        assert answer.status_code == 404
        said = answer.json()["detail"] if client is api else answer.text
        assert "Die Akte ist jetzt beim Standort Hörde" in said


async def test_one_tap_records_a_contact(browser: httpx.AsyncClient, intake: Intake) -> None:
    """A tap counts at once; topic and partner may follow; undo takes it out of the count again."""
    assert (await browser.post("/intake/office-hours/contacts", data={"target_group": "partner"})).status_code == 303
    [event] = await intake.events("contact-recorded")
    contact = f"/intake/office-hours/contacts/{event['data']['contact_id']}"
    await browser.post(f"{contact}/details", data={"topic": "volunteering"})
    await browser.post(f"{contact}/details", data={"partner": "projekt-probe"})
    page = (await browser.get("/intake/office-hours")).text
    assert re.search(r'id="tally">1<', page)
    corrected = (await intake.events("contact-corrected"))[-1]["data"]
    assert (corrected["topic"], corrected["partner"], corrected["void"]) == ("volunteering", "projekt-probe", False)
    await browser.post(f"{contact}/undo")
    page = (await browser.get("/intake/office-hours")).text
    assert re.search(r'id="tally">0<', page)
    assert (await intake.events("contact-corrected"))[-1]["data"]["void"] is True


async def test_the_desk_shows_no_name(api: httpx.AsyncClient, browser: httpx.AsyncClient) -> None:
    """What waiting people can see holds no name of a family."""
    registered = await register(api)
    await api.post(f"{API}/contacts", json={"target_group": "refugee", "household_id": registered["household_id"]})
    assert "Çiçek" not in (await browser.get("/intake/office-hours")).text


async def test_search_as_one_types(api: httpx.AsyncClient, browser: httpx.AsyncClient) -> None:
    """The search finds by parts of names and streets, without case and accents, and answers htmx with the part."""
    await register(api)
    await register(api, family_name="Probe-Oster", address={**ASSELN, "street": "Straße der Probe 5"})
    for words, found in (("cicek", "Çiçek"), ("HUSEYIN cic", "Çiçek"), ("elif", "Çiçek"), ("strasse der", "Oster")):
        answer = await browser.get("/intake/households", params={"q": words}, headers={"hx-request": "true"})
        assert found in answer.text, words
        assert "<html" not in answer.text
    nothing = await browser.get("/intake/households", params={"q": "100%"}, headers={"hx-request": "true"})
    assert "Kein Haushalt gefunden" in nothing.text


async def test_lists_as_csv(api: httpx.AsyncClient, browser: httpx.AsyncClient) -> None:
    """Lists can be taken to a spreadsheet, and no cell becomes a formula there."""
    await register(api, family_name="+Probe", moved_on=days_ago(20))
    for path in ("/intake/households.csv", "/intake/first-visits.csv"):
        answer = await browser.get(path)
        assert answer.status_code == 200
        assert answer.text.startswith("\ufeffFamilie;")
        assert "'+Probe" in answer.text


async def test_nothing_is_released_by_default(browser: httpx.AsyncClient, api: httpx.AsyncClient) -> None:
    """What a recipient may see is ticked by the team, box by box, with and without a consent chosen before."""
    file = f"/intake/households/{(await register(api))['household_id']}"
    for address in (f"{file}/releases", f"{file}/releases?consent={uuid4()}"):
        page = (await browser.get(address)).text
        boxes = re.findall(r'<input[^>]*name="fields"[^>]*>', page)
        assert boxes
        assert not [box for box in boxes if " checked" in box]


async def test_the_list_of_faults_names_the_field_of_a_barrier(
    browser: httpx.AsyncClient, api: httpx.AsyncClient
) -> None:
    """An empty form says what is missing by the words that stand at the field."""
    file = f"/intake/households/{(await register(api))['household_id']}"
    page = await browser.post(f"{file}/barriers", data={})
    assert page.status_code == 422
    assert 'href="#kind">Woran liegt es? ' in page.text
    assert "Empfänger" not in page.text


async def test_a_file_is_created_on_the_day_of_its_entry(browser: httpx.AsyncClient, intake: Intake) -> None:
    """A move that is entered later keeps its own day; the creation stands under the day on which it was done."""
    assert (await browser.post("/intake/households/new", data=FORM)).status_code == 303
    found = await intake.rows("select kind, \"on\" from timeline where kind in ('registered', 'moved')")
    assert {kind: on.isoformat() for kind, on in found} == {"registered": days_ago(0), "moved": days_ago(20)}
    [(household_id,)] = await intake.rows("select id from household")
    page = (await browser.post(f"/intake/households/{household_id}/export", data={})).text
    told = re.search(r"Angelegt am\W(?:<[^>]*>|\s|:)*(\d\d)\.(\d\d)\.(\d{4})", page)
    assert told is not None
    assert "-".join(reversed(told.groups())) == days_ago(0)


async def test_persons_without_a_surname_have_the_familys(browser: httpx.AsyncClient, intake: Intake) -> None:
    """It need not be typed again for each; a name of one's own stays."""
    form = {**FORM, "persons.2.family_name": "Eigen"}
    del form["persons.0.family_name"]
    assert (await browser.post("/intake/households/new", data=form)).status_code == 303
    found = await intake.rows("select family_name from person order by position")
    assert [name for (name,) in found] == ["Probe-Amari", "Eigen"]


async def test_the_access_log_tells_looks_at_the_erasing_page_from_the_erasure(
    browser: httpx.AsyncClient, api: httpx.AsyncClient, intake: Intake
) -> None:
    """The page opened, a refused try, the erasure: three lines, of which one says that the file is gone."""
    address = f"/intake/households/{(await register(api))['household_id']}/erase"
    assert (await browser.get(address)).status_code == 200
    assert (await browser.post(address, data={})).status_code == 422
    assert (await browser.post(address, data={"because": "asked", "confirmed": "true"})).status_code == 303
    lines = await intake.rows("select why from access_log order by id")
    assert [why for (why,) in lines] == ["Löschen geöffnet", "Löschen geöffnet", "gelöscht"]
