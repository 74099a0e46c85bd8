"""The pages on which partners and offers are kept: the same rules as the calls, in a browser without script."""

from datetime import timedelta
from itertools import chain
from typing import Any

from icalendar import Calendar
from sqlalchemy import text

from shared.web import german
from shared.web.identity import Role
from tests.component.referrals.conftest import API, NEIGHBOUR, Referrals
from tests.component.referrals.directory import offer, partner, partner_client

OFFERS, PARTNERS = "/referrals/offers", "/referrals/partners"
FORM: dict[str, Any] = {
    "kind": "language_cafe",
    "title.de": "Sprachcafé",
    "title.ar": "مقهى اللغة",
    "days": ["fri"],
    "rhythm": "-1",
    "starts_at": "15:00",
    "ends_at": "17:00",
    "euros": "2,50",
    "districts": ["brackel", "aplerbeck"],
    "places": "",
    "free": "",
    "waiting": "",
    "first_on": "",
    "neighbourhood": "wickede",
}


async def test_a_partner_publishes_changes_and_confirms_on_pages(referrals: Referrals) -> None:
    """What was entered is shown again in the form; what is emptied is empty."""
    await partner(referrals)
    async with referrals.browser(Role.PARTNER) as own:
        made = await own.post(f"{OFFERS}/new", data=FORM)
        assert made.status_code == 303, made.text
        address = made.headers["location"].partition("?")[0]
        page = (await own.get(made.headers["location"])).text
        assert "am letzten Freitag im Monat 15:00–17:00 Uhr" in page
        assert "2,50 Euro" in page
        edit = (await own.get(f"{address}/edit")).text
        assert 'value="-1" selected' in edit
        assert 'value="2,50"' in edit
        assert "مقهى" in edit
        assert (await own.post(f"{address}/edit", data={**FORM, "euros": "0", "days": []})).status_code == 422
        weekly = {**FORM, "euros": "0", "rhythm": "weekly", "districts": []}
        assert (await own.post(f"{address}/edit", data=weekly)).status_code == 303
        page = (await own.get(address)).text
        assert "freitags 15:00–17:00 Uhr" in page
        assert "der ganzen Stadt" in page
        for action, data in (
            ("capacity", {"places": "8", "free": "2", "waiting": "0"}),
            ("sessions", {"on": "2017-04-07", "visitors": "31"}),
            ("confirm", {}),
            ("withdraw", {}),
        ):
            answer = await own.post(f"{address}/{action}", data=data)
            assert answer.status_code == 303, (action, answer.text)
        assert "Zurückgezogen am" in (await own.get(address)).text


async def test_what_is_wrong_stands_at_its_field(referrals: Referrals) -> None:
    """The rule's sentence stands at the days, and nothing that was entered is lost."""
    await partner(referrals)
    async with referrals.browser() as team:
        page = await team.post(f"{OFFERS}/new", data={**FORM, "partner": "projekt-ankommen", "ends_at": "14:00"})
        assert page.status_code == 422
        assert 'id="ends_at-error"' in page.text
        assert "Sprachcafé" in page.text
        page = await team.post(f"{OFFERS}/new", data={**FORM, "partner": ""})
        assert 'href="#partner"' in page.text


async def test_partners_are_kept_on_pages(referrals: Referrals) -> None:
    """Entered by a team, kept by the partner; the form changes what it shows and leaves the rest."""
    async with referrals.browser() as team:
        new = {"name": "Malteser", "slug": "malteser", "kind": "association", "sites": ["brackel-aplerbeck"]}
        made = await team.post(f"{PARTNERS}/new", data=new)
        assert made.status_code == 303, made.text
        twice = await team.post(f"{PARTNERS}/new", data=new)
        assert "gibt es schon" in twice.text
    await partner(referrals, neighbourhoods=["wambel"])
    async with referrals.browser(Role.PARTNER) as own, partner_client(referrals) as api:
        assert "Projekt Ankommen e.V." in (await own.get("/referrals/own/profile")).text
        base = f"{PARTNERS}/projekt-ankommen"
        changed = await own.post(f"{base}/edit", data={"name": "Projekt Ankommen", "phone": ""})
        assert changed.status_code == 303, changed.text
        entry = (await api.get(f"{API}/partners/projekt-ankommen")).json()
        assert (entry["name"], entry["phone"]) == ("Projekt Ankommen", None)
        assert (entry["neighbourhoods"], entry["sites"], entry["kind"]) == (
            ["wambel"],
            ["brackel-aplerbeck"],
            "association",
        )
        person = entry["contacts"][0]["contact_id"]
        for action, data, status in (
            ("contacts", {"name": "Max Muster", "email": "max@ankommen.example", "substitute_for": person}, 303),
            ("contacts", {"name": "Niemand"}, 422),
            ("closures", {"from_on": "2040-12-24", "to_on": "2041-01-06"}, 303),
            ("closures", {"from_on": "2040-12-24", "to_on": "2040-12-01"}, 422),
            ("confirm", {}, 303),
            (f"contacts/{person}/remove", {}, 303),
            ("cooperations", {"site": "brackel-aplerbeck", "agreed_on": "2017-02-01", "subject": "x"}, 403),
        ):
            answer = await own.post(f"{base}/{action}", data=data)
            assert answer.status_code == status, (action, answer.text)
        assert "24.12.2040 bis 06.01.2041" in (await own.get(base)).text


async def test_others_look_and_do_not_touch(referrals: Referrals) -> None:
    """Another site's team sees the offer without buttons; another partner sees no people."""
    await partner(referrals)
    await partner(referrals, slug="malteser", name="Malteser")
    made = await offer(referrals)
    async with referrals.browser(site=NEIGHBOUR) as other:
        page = (await other.get(f"{OFFERS}/{made['offer_id']}")).text
        assert "Deutsch für den Alltag" in page
        assert "Angebot ändern" not in page
        assert (await other.get(f"{OFFERS}/{made['offer_id']}/edit")).status_code == 403
        assert (await other.post(f"{OFFERS}/{made['offer_id']}/withdraw")).status_code == 403
    async with referrals.browser(Role.PARTNER, "malteser") as other:
        assert "Erika" not in (await other.get(f"{PARTNERS}/projekt-ankommen")).text
        assert (await other.get(f"{PARTNERS}/projekt-ankommen/edit")).status_code == 403
        assert "Projekt Ankommen" in (await other.get(PARTNERS)).text
        assert "Deutsch für den Alltag" in (await other.get(OFFERS, params={"kind": "german_course"})).text


async def test_a_partner_is_asked_to_confirm_what_is_old(referrals: Referrals) -> None:
    """Its own page asks until it has answered; nobody else is asked."""
    await partner(referrals)
    made = await offer(referrals)
    async with referrals.transaction() as session:
        await session.execute(text("update offer set confirmed_on = confirmed_on - 91"))
    confirm = f"{OFFERS}/{made['offer_id']}/confirm"
    async with referrals.browser(Role.PARTNER) as own, referrals.browser(site=NEIGHBOUR) as other:
        assert confirm in (await own.get("/referrals/own/profile")).text
        assert confirm not in (await other.get(f"{PARTNERS}/projekt-ankommen")).text
        assert (await own.post(confirm)).status_code == 303
        assert confirm not in (await own.get("/referrals/own/profile")).text


async def test_knowledge_is_written_read_and_withdrawn(referrals: Referrals) -> None:
    """An answer with its owner and the day of its next review; a partner reads and does not write."""
    page = {
        "slug": "geburt-anmelden",
        "topic": "application_help",
        "title": {"de": "Eine Geburt anmelden"},
        "body": {"de": "Beim Standesamt."},
        "owner": "Team Brackel",
        "review_on": "2040-01-01",
    }
    knowledge = f"{API}/knowledge"
    async with referrals.client() as team, partner_client(referrals) as own:
        assert (await own.post(knowledge, json=page)).status_code == 403
        assert (await team.post(knowledge, json=page)).status_code == 201
        assert (await team.post(knowledge, json=page)).status_code == 409
        found = (await own.get(knowledge, params={"topic": "application_help", "search": "STANDESAMT"})).json()
        assert [entry["slug"] for entry in found["items"]] == ["geburt-anmelden"]
        rest = {name: value for name, value in page.items() if name != "slug"}
        late = await team.put(f"{knowledge}/geburt-anmelden", json=rest | {"review_on": "2017-01-01"})
        assert [error["path"] for error in late.json()["errors"]] == ["review_on"]
        assert (await team.post(f"{knowledge}/geburt-anmelden/withdraw")).status_code == 200
        assert (await own.get(f"{knowledge}/geburt-anmelden")).status_code == 404
        assert (await team.put(f"{knowledge}/geburt-anmelden", json=rest)).status_code == 200
        assert (await own.get(f"{knowledge}/geburt-anmelden")).json()["review_due"] is False


KNOWN: dict[str, Any] = {
    "slug": "geburt-anmelden",
    "title.de": "Wie melden wir eine Geburt an?",
    "body.de": "Mit der Geburtsurkunde zum Standesamt.",
    "body.ar": "إلى مكتب السجل المدني.",
    "topic": "application_help",
    "area": "",
    "owner": "Familienbüro",
    "review_on": "2099-01-01",
}


async def test_knowledge_is_kept_on_pages_and_found_at_the_desk(referrals: Referrals) -> None:
    """Written, read in its languages, changed, offered beside a contact's topic, withdrawn."""
    async with referrals.browser() as team:
        assert (await team.post("/referrals/knowledge/new", data=KNOWN | {"review_on": ""})).status_code == 422
        assert (await team.post("/referrals/knowledge/new", data=KNOWN | {"slug": "new"})).status_code == 422
        made = await team.post("/referrals/knowledge/new", data=KNOWN)
        assert made.status_code == 303, made.text
        page = (await team.get(made.headers["location"])).text
        assert 'dir="rtl"' in page
        assert "Zuständig: Familienbüro" in page
        form = (await team.get("/referrals/knowledge/geburt-anmelden/edit")).text
        assert "Mit der Geburtsurkunde" in form
        changed = {name: value for name, value in KNOWN.items() if name != "slug"} | {"title.de": "Geburt anmelden"}
        assert (await team.post("/referrals/knowledge/geburt-anmelden/edit", data=changed)).status_code == 303
        beside = (await team.get("/referrals/fragments/knowledge?topic=application_help")).text
        assert "Geburt anmelden" in beside
        assert "noch nichts" in (await team.get("/referrals/fragments/knowledge?topic=housing")).text
        assert "Geburt anmelden" in (await team.get("/referrals/knowledge?topic=application_help&q=STANDESAMT")).text
        assert (await team.post("/referrals/knowledge/geburt-anmelden/withdraw")).status_code == 303
        assert "Geburt anmelden" not in (await team.get("/referrals/knowledge")).text
    async with referrals.browser(Role.PARTNER) as own:
        assert (await own.post("/referrals/knowledge/new", data=KNOWN)).status_code == 403


async def test_the_calendar_leaves_out_closed_days(referrals: Referrals) -> None:
    """Every week but while the partner is closed; for calendars as a rule with its exceptions."""
    today = german.today()
    await partner(referrals)
    weekly = {"kind": "language_cafe", "rrule": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", "level": None}
    await offer(referrals, **weekly)
    closed = {"from_on": str(today + timedelta(days=1)), "to_on": str(today + timedelta(days=7))}
    async with referrals.client() as team:
        assert (await team.post(f"{API}/partners/projekt-ankommen/closures", json=closed)).status_code == 201
    async with referrals.browser(None) as nobody:
        page = (await nobody.get("/referrals/calendar/ar?district=brackel")).text
        assert page.count("/offers/") == 28 - 7
        assert 'dir="rtl"' in page
        assert (await nobody.get("/referrals/calendar/de?district=mengede")).text.count("/offers/") == 0
        file = await nobody.get("/referrals/calendar.ics?district=brackel")
    calendar = Calendar.from_ical(file.content)
    (event,) = calendar.walk("VEVENT")
    days = {moment.dt.date() for moment in chain.from_iterable(part.dts for part in event["exdate"])}
    assert days == {today + timedelta(days=days) for days in range(1, 8)}
    assert event["dtstart"].dt.tzinfo is not None
    assert "VTIMEZONE" in file.text


async def test_the_contracts_are_served(referrals: Referrals) -> None:
    """As a page with every message, its fields and an example, and as YAML for whoever asks for it; to everybody."""
    async with referrals.browser(None) as nobody:
        page = await nobody.get("/referrals/asyncapi")
        assert page.status_code == 200
        for what in ("referral-requested.v1", "accept-referral.v1", "Fields of", "00000000-0000-7000"):
            assert what in page.text
        document = (await nobody.get("/referrals/asyncapi.yaml")).content
        assert document.startswith(b"# Generated")
        asked = await nobody.get("/referrals/asyncapi", headers={"accept": "application/yaml"})
        assert asked.content == document
        assert asked.headers["content-type"].startswith("application/yaml")


async def test_other_services_pages_learn_partners_names(referrals: Referrals) -> None:
    """Placeholders are filled by short name, also of who has left; to choose from are the active ones of the site."""
    async with referrals.client(Role.COORDINATOR) as city:
        for slug, name, sites in (
            ("st-clemens", "St. Clemens", []),
            ("elsewhere", "Weit weg e.V.", ["mengede-huckarde"]),
        ):
            entry = {"slug": slug, "name": name, "kind": "parish", "sites": sites, "all_sites": not sites}
            made = await city.post(f"{API}/partners", json=entry)
            assert made.status_code == 201, made.text
    async with referrals.browser() as team:
        names = (await team.get("/referrals/fragments/partner-names?slugs=st-clemens,nobody,elsewhere")).text
        assert 'hx-swap-oob="outerHTML:.partner-st-clemens">St. Clemens</bdi>' in names
        assert "Weit weg e.V." in names
        assert "nobody" not in names
        choices = (await team.get("/referrals/fragments/partner-choices")).text
        assert '<option value="st-clemens">St. Clemens</option>' in choices
        assert "elsewhere" not in choices
        many = ",".join(f"p{number}" for number in range(101))
        assert (await team.get(f"/referrals/fragments/partner-names?slugs={many}")).status_code == 422
    async with referrals.browser(None) as nobody:
        assert (await nobody.get("/referrals/fragments/partner-choices")).status_code != 200
