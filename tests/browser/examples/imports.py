"""The pages of imported lists, and what has to be entered for them."""

import base64
from collections.abc import Sequence

from playwright.sync_api import Page

from tests.browser.example import Example, send
from tests.browser.house import Desk
from tests.unit.intake.hurtful_lists import csv_of, row

_LIST = "/intake/imports/{import_id}"


def _choose_nothing(page: Page) -> None:
    for select in page.locator("main select").all():
        select.select_option("")
    send(page)


EXAMPLES: Sequence[Example] = (
    Example("imports", "/intake/imports", "amal", "/intake/imports", "Liste einlesen"),
    Example("import", _LIST, "amal", "/intake/imports/{import}", "Liste, geprüft"),
    Example("import-mapping", f"{_LIST}/mapping", "amal", "/intake/imports/{import}/mapping", "Spalten zuordnen"),
    Example(
        "import-mapping-errors",
        f"{_LIST}/mapping",
        "amal",
        "/intake/imports/{import}/mapping",
        "… mit Fehlern",
        act=_choose_nothing,
    ),
    Example(
        "import-row",
        "/intake/imports/decisions/{row_id}",
        "amal",
        "/intake/imports/decisions/{import_row}",
        "Schon bekannt?",
    ),
)


def enter(desk: Desk) -> None:
    """A list with new families, one that may be known, and lines that are wrong; nobody has confirmed it yet."""
    moved = desk.day(-4)
    name = "Musterfamilie Bekannt"
    lines = [
        row(Aktenzeichen="50/9001", Familienname="Musterfamilie Neu", Vorname="Nura", **{"Umzug am": moved}),
        row(
            Aktenzeichen="50/9001",
            Familienname="Musterfamilie Neu",
            Vorname="Sami",
            Geburtsdatum="30.11.2014",
            **{"Umzug am": moved},
        ),
        row(Aktenzeichen="50/9002", Familienname="Musterfamilie Hörde", Stadtbezirk="Hörde", **{"Umzug am": moved}),
        row(
            Aktenzeichen="50/9003", Familienname=name, Vorname="Adam", Geburtsdatum="04.05.1988", **{"Umzug am": moved}
        ),
        row(Aktenzeichen="50/9004", PLZ="443", **{"Umzug am": moved}),
        row(Aktenzeichen="50/9005", Geburtsdatum="31.02.1990", Wohnform="Zelt", **{"Umzug am": moved}),
    ]
    body = {"name": "Wochenliste KW 47.csv", "content": base64.b64encode(csv_of(*lines)).decode()}
    desk.house.ids["import"] = desk.post("imports", body)["import_id"]
    [waiting] = desk.client.get("/intake/api/v1/imports/decisions").json()["items"]
    desk.house.ids["import_row"] = waiting["row_id"]
