"""A weekly list is handed in by mouse, by keyboard and by the command line, and taken while somebody looks on."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.house import SECONDS, House
from tests.browser.visitors import Visitors
from tests.journeys.conftest import SITE
from tests.unit.intake.hurtful_lists import csv_of, row

SOON = SECONDS * 1000
_DROP = """([name, text]) => {
    const files = new DataTransfer();
    files.items.add(new File([text], name, {type: "text/csv"}));
    const form = document.getElementById("drop");
    for (const kind of ["dragenter", "dragover", "drop"])
        form.dispatchEvent(new DragEvent(kind, {dataTransfer: files, bubbles: true, cancelable: true}));
}"""


@pytest.fixture
def page(visitors: Visitors) -> Iterator[Page]:
    """A tab in which a member of the team is signed in."""
    page = visitors.of("amal").new_page()
    page.set_default_timeout(SOON)
    yield page
    page.close()


def _list_of(house: House, families: int) -> bytes:
    """A list that nobody has handed in before."""
    moved, case = house.today.isoformat(), uuid4().hex[:8]
    return csv_of(
        *(row(Aktenzeichen=f"{case}/{number}", Geburtsdatum="", **{"Umzug am": moved}) for number in range(families))
    )


def test_a_file_is_dropped_and_taken(house: House, page: Page) -> None:
    """What was dropped is named, checked, and taken while the page shows how far it is, without being reloaded."""
    page.goto("/intake/imports")
    page.evaluate(_DROP, ["Wochenliste.csv", _list_of(house, 60).decode()])
    expect(page.get_by_role("status").filter(has_text="„Wochenliste.csv“ ist ausgewählt.")).to_be_visible()
    page.get_by_role("button", name="Liste prüfen").click()
    page.get_by_role("button", name="60 Familien übernehmen").click()
    expect(page.locator("main .kern-alert--success")).to_be_visible(timeout=SOON)
    expect(page.locator(".lw-tile", has_text="Familien übernommen").locator(".lw-tile__number")).to_have_text("60")


def test_a_list_is_taken_by_keyboard_alone(house: House, page: Page, tmp_path: Path) -> None:
    """From pasting the lines to the decision of nothing: tab and enter reach everything."""
    page.goto("/intake/imports")
    page.get_by_text("Statt einer Datei Zeilen einfügen").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.insert_text(_list_of(house, 1).decode())
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="1 Familie übernehmen")
    button.wait_for()
    for _ in range(40):
        page.keyboard.press("Tab")
        if button.evaluate("it => it === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("main .kern-alert--success")).to_be_visible(timeout=SOON)


def test_a_list_is_taken_from_the_command_line(house: House, tmp_path: Path) -> None:
    """Good rows are taken, bad ones named; the same file again changes nothing; the list of lists has it."""
    file = tmp_path / "liste.csv"
    file.write_bytes(_list_of(house, 3) + b"\r\n;Summe")
    told = house.stack.lokal("imports", "add", str(file), "--site", SITE)
    assert "3 taken" in told
    assert "line 5, Aktenzeichen: Diese Angabe fehlt." in told
    again = house.stack.lokal("imports", "add", str(file), "--site", SITE)
    assert "nothing was taken now" in again
    assert "liste.csv" in house.stack.lokal("imports", "list", "--site", SITE)
    pdf = tmp_path / "liste.pdf"
    pdf.write_bytes(b"%PDF-1.7")
    house.stack.lokal("imports", "add", str(pdf), "--site", SITE, status=1)
