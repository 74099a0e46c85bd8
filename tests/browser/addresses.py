"""Which pages there are, by the route tables of the apps, and at which address and for whom each is looked at."""

import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from playwright.sync_api import Page

from services.intake.app import create_app as create_intake
from services.intake.settings import Settings as IntakeSettings
from services.referrals.app import create_app as create_referrals
from services.referrals.settings import Settings as ReferralsSettings
from services.reporting.app import create_app as create_reporting
from services.reporting.settings import Settings as ReportingSettings
from services.volunteers.app import create_app as create_volunteers
from services.volunteers.settings import Settings as VolunteersSettings
from shared.contracts.words import CITY, SITES
from shared.web.keys import ensure_signing_key
from tests.browser import examples
from tests.browser.example import Example, send

NO_PAGE = re.compile(
    r"^/(health|metrics)(/|$)|^/(intake|reporting|referrals|volunteers)/(api|schemas|fragments)(/|$)"
    r"|\.(csv|ics|pdf|svg|yaml)$"
)
"""Answers for programs, spreadsheets and pictures; every other address that can be opened is a page."""


def routes() -> list[str]:
    """The address of every page, as the route tables of the apps name it."""
    with TemporaryDirectory() as folder:
        ensure_signing_key(key := Path(folder) / "key")
        nowhere = {"database_url": "postgresql://-", "rabbitmq_url": "amqp://-", "signing_key_file": key, "port": 1}
        apps: Sequence[FastAPI] = (
            create_intake(IntakeSettings(site=SITES[0], **nowhere)),
            create_referrals(ReferralsSettings(site=CITY, **nowhere)),
            create_reporting(ReportingSettings(site=CITY, **nowhere)),
            create_volunteers(VolunteersSettings(site=CITY, **nowhere)),
        )
    found = {route.path for app in apps for route in iter_route_contexts(app.routes) if "GET" in (route.methods or ())}
    return sorted(path for path in found if path and not NO_PAGE.search(path))


def _refused(page: Page) -> None:
    page.get_by_label("Konto").fill("niemand")
    page.get_by_label("Passwort").fill("falsch")
    send(page)


_FILE = "/intake/households/{household_id}"
_KNOWN = "/intake/households/{known}"
EXAMPLES: Sequence[Example] = (
    Example("sign-in", "/sign-in", None, "/sign-in", "Anmelden am Standort"),
    Example("sign-in-refused", "/sign-in", None, "/sign-in", "Anmelden, abgewiesen", act=_refused),
    Example("sign-in-city", "/reporting/sign-in", None, "/reporting/sign-in", "Anmelden bei der Stadt"),
    Example("renew", "/sign-in/renew", "amal", "/sign-in/renew", "Sitzung erneuern", leads_to="/"),
    Example(
        "renew-city",
        "/reporting/sign-in/renew",
        "kora",
        "/reporting/sign-in/renew",
        "Sitzung erneuern",
        leads_to="/reporting/figures",
    ),
    Example("today", "/", "amal", "/", "Heute"),
    Example("desk", "/intake/office-hours", "amal", "/intake/office-hours", "Sprechstunde", ".lw-tap"),
    Example("desk-empty", "/intake/office-hours", "neu", "/intake/office-hours", "Sprechstunde, leer", ".lw-tap"),
    Example("households", "/intake/households", "amal", "/intake/households", "Haushalte"),
    Example(
        "households-none", "/intake/households", "amal", "/intake/households?q=niemand", "Haushalte, nichts gefunden"
    ),
    Example("new", "/intake/households/new", "amal", "/intake/households/new", "Haushalt aufnehmen"),
    Example("new-errors", "/intake/households/new", "amal", "/intake/households/new", "… mit Fehlern", act=send),
    Example("file", _FILE, "amal", _KNOWN, "Akte"),
    Example("file-overdue", _FILE, "amal", "/intake/households/{overdue}", "Akte, Besuch überfällig"),
    Example("file-arabic", _FILE, "amal", "/intake/households/{coming}", "Akte, arabischer Name"),
    Example("file-closed", _FILE, "amal", "/intake/households/{closed}", "Akte, geschlossen", None),
    Example("address", f"{_FILE}/address", "amal", "/intake/households/{protected}/address", "Geschützte Adresse"),
    Example("contact", f"{_FILE}/contact", "amal", f"{_KNOWN}/contact", "Kontakt erfassen"),
    Example("need", f"{_FILE}/need", "amal", f"{_KNOWN}/need", "Bedarf eintragen"),
    Example("move", f"{_FILE}/move", "amal", f"{_KNOWN}/move", "Umzug eintragen"),
    Example("move-errors", f"{_FILE}/move", "amal", f"{_KNOWN}/move", "… mit Fehlern", act=send),
    Example(
        "legal-circle",
        f"{_FILE}/persons/{{person_id}}/legal-circle",
        "amal",
        f"{_KNOWN}/persons/{{person:known}}/legal-circle",
        "Rechtskreis eintragen",
    ),
    Example("consent", f"{_FILE}/consent", "amal", f"{_KNOWN}/consent", "Einwilligung festhalten"),
    Example("correct", f"{_FILE}/correct", "amal", f"{_KNOWN}/correct", "Angaben berichtigen"),
    Example("first-visits", "/intake/first-visits", "amal", "/intake/first-visits", "Erstbesuche"),
    Example(
        "first-visits-done", "/intake/first-visits", "amal", "/intake/first-visits?state=done", "… abgeschlossen", None
    ),
    Example(
        "visit-owed", "/intake/first-visits/{visit_id}", "amal", "/intake/first-visits/{visit:overdue}", "Erstbesuch"
    ),
    Example(
        "visit-announced",
        "/intake/first-visits/{visit_id}",
        "amal",
        "/intake/first-visits/{visit:coming}",
        "Erstbesuch, angekündigt",
    ),
    Example(
        "visit-was",
        "/intake/first-visits/{visit_id}",
        "amal",
        "/intake/first-visits/{visit:took_place}",
        "Erstbesuch, Termin vorbei",
    ),
    Example("access-log", "/intake/access-log", "dara", "/intake/access-log", "Zugriffsprotokoll"),
    Example(
        "access-log-errors",
        "/intake/access-log",
        "dara",
        "/intake/access-log?household_id=falsch",
        "… mit Fehlern",
        status=422,
    ),
    Example("start-of-figures", "/reporting/", "kora", "/reporting/", "Zahlen", leads_to="/reporting/figures"),
    Example("figures", "/reporting/figures", "amal", "/reporting/figures", "Zahlen, Team", None),
    Example("figures-city", "/reporting/figures", "kora", "/reporting/figures", "Zahlen, Koordination", None),
    Example(
        "figures-empty",
        "/reporting/figures",
        "kora",
        "/reporting/figures?from=2001-01-01&to=2001-06-30",
        "Zahlen, leer",
    ),
    Example("start-of-referrals", "/referrals/", "kora", "/referrals/", "Vermittlung", leads_to="/referrals/board"),
    Example("operations", "/reporting/operations", "toni", "/reporting/operations", "Betrieb", None),
    Example(
        "missing", None, "amal", "/intake/households/00000000-0000-7000-8000-000000000000", "Nicht gefunden", status=404
    ),
    Example("no-page", None, None, "/gibt-es-nicht", "Keine solche Seite", status=404),
    Example("forbidden", None, "amal", "/intake/access-log", "Kein Zugriff", status=403),
    *examples.EXAMPLES,
)
