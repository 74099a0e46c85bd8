"""What the team, the coordination and data protection do with the pages, from the first click to the figures."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from deploy.servers.process import wait_until
from tests.browser.house import PASSWORD, SECONDS, House
from tests.browser.visitors import Visitors

DESK = "/intake/office-hours"
SOON = SECONDS * 1000
expect.set_options(timeout=SOON)


@pytest.fixture
def page(visitors: Visitors) -> Iterator[Page]:
    """A tab in which a member of the team is signed in."""
    page = visitors.of("amal").new_page()
    page.set_default_timeout(SOON)
    yield page
    page.close()


@pytest.fixture
def unscripted(visitors: Visitors) -> Iterator[BrowserContext]:
    """A browser without script in which a member of the team is signed in."""
    context = visitors.fresh("amal", java_script_enabled=False)
    yield context
    context.close()


@pytest.fixture
def name() -> str:
    """A family that no other test knows."""
    return f"Musterfamilie {uuid4().hex[:8]}"


def fill_in(page: Page, name: str, moved_on: date) -> None:
    """The form for a new household, filled in as it should be."""
    for field, text in {
        "family_name": name,
        "moved_on": moved_on.isoformat(),
        "address.street": "Musterstraße 12",
        "address.postal_code": "44319",
        "persons.0.given_name": "Nura",
        "persons.0.family_name": name,
        "persons.0.birth_date": "1990-02-03",
    }.items():
        page.locator(f'[name="{field}"]').fill(text)
    page.locator('[name="tenancy"]').select_option("private")
    page.locator('[name="address.district"]').select_option("brackel")
    page.locator('[name="legal_circle"]').select_option("asylblg")
    page.get_by_role("checkbox", name="Arabisch").check()


def register(page: Page, name: str, moved_on: date) -> None:
    """A new file, opened."""
    page.goto("/intake/households/new")
    fill_in(page, name, moved_on)
    page.get_by_role("button", name="Haushalt aufnehmen").click()
    expect(page.get_by_text("Die Akte ist angelegt.")).to_be_visible()


def test_mistakes_stand_beside_their_fields(page: Page, house: House, name: str) -> None:
    """A form with mistakes comes back with each mistake beside its field and everything that was entered."""
    page.goto("/intake/households/new")
    fill_in(page, name, house.today + timedelta(days=900))
    page.locator('[name="address.postal_code"]').fill("4431")
    page.get_by_role("button", name="Haushalt aufnehmen").click()
    expect(page.get_by_text("Bitte prüfen. Es wurde noch nichts gespeichert.")).to_be_visible()
    wrong = page.locator('[name="address.postal_code"]')
    expect(wrong).to_have_value("4431")
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(page.locator('[id="address.postal_code-error"]')).to_be_visible()
    expect(page.locator('[name="family_name"]')).to_have_value(name)
    expect(page.get_by_role("checkbox", name="Arabisch")).to_be_checked()

    wrong.fill("44319")
    page.get_by_role("button", name="Haushalt aufnehmen").click()
    expect(page.locator("#moved_on-error")).to_be_visible()
    page.locator("#moved_on").fill(house.today.isoformat())
    page.get_by_role("button", name="Haushalt aufnehmen").click()
    expect(page.get_by_text("Die Akte ist angelegt.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def test_a_first_visit_is_announced_and_done(page: Page, house: House, name: str) -> None:
    """From the move to the visit: owed, announced with interpreting, done, and in the timeline with its note."""
    register(page, name, house.today - timedelta(days=3))
    page.get_by_role("link", name="Termin setzen").click()
    page.get_by_label("Tag").fill((house.today - timedelta(days=1)).isoformat())
    page.get_by_label("Uhrzeit").fill("10:30")
    page.get_by_role("checkbox", name="Jemand muss dolmetschen").check()
    page.get_by_role("button", name="Termin eintragen").click()
    expect(page.get_by_text("10:30 Uhr").first).to_be_visible()
    page.get_by_label("Notiz für die Akte").fill("Möchte einen Deutschkurs am Vormittag.")
    page.get_by_role("button", name="Besuch hat stattgefunden").click()
    expect(page.get_by_text("Der Erstbesuch ist eingetragen.")).to_be_visible()
    expect(page.locator(".lw-timeline")).to_contain_text("Möchte einen Deutschkurs am Vormittag.")
    expect(page.get_by_role("link", name="Termin setzen")).to_have_count(0)


def test_a_move_owes_a_new_visit(page: Page, house: House, name: str) -> None:
    """A family that moves on is owed a visit at its new home, whose address the file then shows."""
    register(page, name, house.today - timedelta(days=40))
    page.get_by_role("link", name="Umzug", exact=True).click()
    page.locator("#moved_on").fill(house.today.isoformat())
    page.locator('[name="tenancy"]').select_option("private")
    page.locator('[name="address.street"]').fill("Beispielweg 7")
    page.locator('[name="address.postal_code"]').fill("44287")
    page.locator('[name="address.district"]').select_option("aplerbeck")
    page.get_by_role("button", name="Umzug eintragen").click()
    expect(page.get_by_text("Der Umzug ist eingetragen.")).to_be_visible()
    expect(page.get_by_text("Beispielweg 7")).to_be_visible()
    due = house.today + timedelta(days=14)
    expect(page.get_by_text(f"fällig bis {due:%d.%m.%Y}")).to_be_visible()


def test_a_legal_circle_changes_from_a_day_on(page: Page, house: House, name: str) -> None:
    """A change that lies ahead is announced; today's legal circle stays what it is until then."""
    register(page, name, house.today - timedelta(days=2))
    page.get_by_role("link", name="Rechtskreis von Nura").click()
    ahead = house.today + timedelta(days=9)
    page.get_by_role("radio", name="SGB II", exact=True).check()
    page.get_by_label("Ab welchem Tag?").fill(ahead.isoformat())
    page.get_by_role("button", name="Rechtskreis eintragen").click()
    expect(page.get_by_text("Der Rechtskreis ist eingetragen.")).to_be_visible()
    persons = page.locator("section", has=page.locator("#persons"))
    expect(persons).to_contain_text("AsylbLG")
    expect(persons).to_contain_text(f"ab {ahead:%d.%m.%Y}: SGB II")


def test_a_family_is_found_by_keyboard_alone(page: Page, house: House) -> None:
    """`/`, a piece of the name, Tab to the row, Enter: the file is open, and Back finds the search as it was."""
    page.goto("/")
    page.keyboard.press("/")
    page.wait_for_url("**/intake/households**")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("bekan")
    expect(page.locator("#found .lw-row")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=bekan"))
    for _ in range(8):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('#found a.lw-row__link')"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Musterfamilie Bekannt")
    page.go_back()
    expect(page.locator("#q")).to_have_value("bekan")


def test_a_tap_is_in_the_figures_within_seconds(page: Page, visitors: Visitors, house: House) -> None:
    """One tap at the desk: the tally has it at once, the coordination's page within seconds; undone it is gone."""
    wait_until(house.stack.all_told, "every event in the archive", SECONDS)
    figures = visitors.of("kora").new_page()
    figures.goto("/reporting/figures")
    figures.get_by_role("navigation", name="Zeiträume mit Zahlen").get_by_role("link").first.click()
    figures.wait_for_url("**/figures?from=*")
    counted = int(_contacts(figures).inner_text())
    page.goto(DESK)
    tally = int(page.locator("#tally").inner_text())
    page.locator(".lw-tap", has_text="Nachbarschaft").click()
    expect(page.locator("#tally")).to_have_text(str(tally + 1))
    expect(page.locator("#last-title")).to_contain_text("Nachbarschaft")
    _until_shown(figures, counted + 1)
    page.get_by_role("button", name="Wohnen", exact=True).click()
    expect(page.get_by_role("button", name="Wohnen")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Rückgängig").click()
    expect(page.locator("#tally")).to_have_text(str(tally))
    _until_shown(figures, counted)
    figures.close()


def _contacts(figures: Page) -> Locator:
    return figures.locator(".lw-tile", has_text="Kontakte").first.locator(".lw-tile__number")


def _until_shown(figures: Page, count: int) -> None:
    """Look at the figures again and again until they show so many contacts."""

    def shown() -> bool:
        figures.reload()
        return _contacts(figures).inner_text() == str(count)

    wait_until(shown, f"{count} contacts in the figures", SECONDS)


def test_a_look_is_in_the_access_log(page: Page, visitors: Visitors, house: House) -> None:
    """Who opens a file stands in the log with the reason; the log itself holds no name of a family."""
    page.goto(f"/intake/households/{house.ids['known']}/need")
    log = visitors.of("dara").new_page()
    log.goto(f"/intake/access-log?household_id={house.ids['known']}")
    newest = log.locator("tbody tr").first
    expect(newest).to_contain_text("amal")
    expect(newest).to_contain_text("Bedarf eintragen")
    expect(log.locator("main")).not_to_contain_text("Musterfamilie")
    log.close()


def test_a_protected_address_asks_why(page: Page, visitors: Visitors, house: House) -> None:
    """The file of a protected family shows no street; whoever needs it says why, and the log keeps the reason."""
    page.goto(f"/intake/households/{house.ids['protected']}")
    expect(page.locator("main")).not_to_contain_text("Musterstraße")
    page.get_by_role("link", name="Adresse ansehen").click()
    page.get_by_label("Warum brauchen Sie die Adresse?").fill("Hausbesuch mit der Polizei")
    page.get_by_role("button", name="Adresse ansehen").click()
    expect(page.locator("main")).to_contain_text("Musterstraße")
    log = visitors.of("dara").new_page()
    log.goto(f"/intake/access-log?household_id={house.ids['protected']}")
    expect(log.locator("tbody tr").first).to_contain_text("Hausbesuch mit der Polizei")
    log.close()


def test_everything_works_without_script(unscripted: BrowserContext, house: House, name: str) -> None:
    """Without script: register with more persons, search, set a date, tap, add a topic, undo."""
    page = unscripted.new_page()
    page.goto("/intake/households/new")
    fill_in(page, name, house.today)
    page.get_by_role("button", name="Weitere Personen").click()
    assert page.locator('[name="family_name"]').input_value() == name
    page.get_by_role("button", name="Haushalt aufnehmen").click()
    assert "Die Akte ist angelegt." in page.content()
    page.get_by_role("link", name="Termin setzen").click()
    page.locator('[name="day"]').fill((house.today + timedelta(days=2)).isoformat())
    page.locator('[name="time"]').fill("14:00")
    page.get_by_role("button", name="Termin eintragen").click()
    assert "14:00 Uhr" in page.locator("main").inner_text()
    page.goto("/intake/households")
    page.locator("#q").fill(name)
    page.get_by_role("button", name="Suchen").click()
    assert page.locator("#found .lw-row").count() == 1
    page.goto(DESK)
    tally = int(page.locator("#tally").inner_text())
    page.locator(".lw-tap", has_text="Geflüchtete").click()
    assert page.locator("#tally").inner_text() == str(tally + 1)
    page.get_by_role("button", name="Wohnen", exact=True).click()
    assert page.get_by_role("button", name="Wohnen").get_attribute("aria-pressed") == "true"
    page.get_by_role("button", name="Rückgängig").click()
    assert page.locator("#tally").inner_text() == str(tally)


def test_who_signs_out_is_out(visitors: Visitors) -> None:
    """After signing out no page opens any more, and the one that was asked for comes after signing in again."""
    context = visitors.fresh("neu")
    page = context.new_page()
    page.goto("/")
    page.get_by_role("button", name="Abmelden").click()
    page.goto("/intake/first-visits")
    expect(page.get_by_role("heading", level=1)).to_have_text("Anmelden")
    page.get_by_label("Konto").fill("neu")
    page.get_by_label("Passwort").fill(PASSWORD)
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Erstbesuche")
    context.close()


def test_a_session_that_was_ended_leads_to_the_sign_in(visitors: Visitors, house: House) -> None:
    """When operations end a session, the next click leads to the sign-in and the figures stay shut."""
    context = visitors.fresh("neu")
    page = context.new_page()
    page.goto("/")
    context.clear_cookies(name="lokal_session")
    page.get_by_role("link", name="Haushalte").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Anmelden")
    page.goto("/reporting/figures")
    expect(page.get_by_role("heading", level=1)).to_have_text("Anmelden")
    context.close()


@pytest.mark.parametrize(
    ("account", "address"),
    [("kora", "/intake/households"), ("dara", DESK), ("amal", "/intake/access-log"), ("toni", "/reporting/figures")],
)
def test_a_role_is_shown_its_own_pages_only(visitors: Visitors, account: str, address: str) -> None:
    """Who may not open a page is told so in German, with the way home; the navigation does not offer it."""
    page = visitors.of(account).new_page()
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == 403
    expect(page.get_by_role("heading", level=1)).to_have_text("Keine Berechtigung")
    expect(page.locator(f'nav a[href="{address}"]')).to_have_count(0)
    page.close()
