"""The pages of erasures and exports, and what has to be entered for them."""

from collections.abc import Sequence

from playwright.sync_api import Page

from tests.browser.example import PRIMARY, Example, send
from tests.browser.house import Desk

_FILE = "/intake/households/{household_id}"


def _show(page: Page) -> None:
    page.locator(f"main {PRIMARY}").click()
    page.get_by_role("heading", name="Wer die Daten hier angesehen hat").wait_for()


EXAMPLES: Sequence[Example] = (
    Example("export", f"{_FILE}/export", "amal", "/intake/households/{known}/export", "Auskunft vorbereiten"),
    Example(
        "export-read",
        f"{_FILE}/export",
        "amal",
        "/intake/households/{known}/export",
        "Auskunft, zum Lesen und Drucken",
        None,
        act=_show,
    ),
    Example(
        "export-protected",
        f"{_FILE}/export",
        "amal",
        "/intake/households/{protected}/export",
        "Auskunft über einen geschützten Haushalt, ohne Grund",
        act=send,
    ),
    Example("erase", f"{_FILE}/erase", "amal", "/intake/households/{closed}/erase", "Löschen"),
    Example(
        "erase-errors", f"{_FILE}/erase", "amal", "/intake/households/{closed}/erase", "Löschen, mit Fehlern", act=send
    ),
    Example("erasure", "/intake/erasures/{erasure_id}", "amal", "/intake/erasures/{erasure}", "Eine Löschung", None),
    Example("erasures", "/intake/erasures", "dara", "/intake/erasures", "Löschungen und Löschfristen", None),
)


def enter(desk: Desk) -> None:
    """A family that has asked to be erased."""
    desk.family("erased", "Musterfamilie Gelöscht", "Brackel", ["en"], moved=40, persons=2)
    household = desk.house.ids["erased"]
    desk.house.ids["erasure"] = desk.post(f"households/{household}/erasure", {"because": "asked"})["erasure_id"]
