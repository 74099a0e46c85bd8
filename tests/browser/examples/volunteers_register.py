"""The pages of the register: who helps, everything about one, forms, and the public registration."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from services.volunteers.commands.answers import LinkKind, make_link
from services.volunteers.domain.asking import VolunteerState
from services.volunteers.tables import Via, Volunteer
from shared.database import Database
from shared.messaging import Publisher
from tests.browser.example import Example, send
from tests.browser.house import Desk

_ALL, _ONE = "/volunteers/register", "/volunteers/register/{volunteer_id}"
_NEW = {
    "given_name": "نور",
    "family_name": "Neumann-Beispiel",
    "phone": "0231 555021",
    "kinds": ["companion"],
    "languages": [{"language": "ar", "level": "native"}, {"language": "de", "level": "b1", "reads": True}],
    "confidentiality_on": "2026-01-02",
    "note": "Kommt vom Sprachcafé.",
}
_TIMES = {
    "available": [{"weekday": "tue", "starts": "08:00", "ends": "18:00"}],
    "blocks": [{"weekday": "tue", "starts": "09:00", "ends": "12:00", "reason": "integration_course"}],
    "absences": [{"from_on": "2098-12-21", "until_on": "2099-01-03"}],
}

EXAMPLES: Sequence[Example] = (
    Example("register", _ALL, "amal", _ALL, "Ehrenamtliche"),
    Example("register-none", _ALL, "amal", f"{_ALL}?q=niemand", "Ehrenamtliche, niemand gefunden"),
    Example("register-new", f"{_ALL}/new", "amal", f"{_ALL}/new", "Jemanden aufnehmen"),
    Example("register-new-errors", f"{_ALL}/new", "amal", f"{_ALL}/new", "… mit Fehlern", act=send),
    Example("volunteer", _ONE, "amal", f"{_ALL}/{{volunteer:salma}}", "Eine Ehrenamtliche"),
    Example("volunteer-full", _ONE, "amal", f"{_ALL}/{{volunteer:nour}}", "… mit Zeiten, Nachweis fehlt"),
    Example("volunteer-edit", f"{_ONE}/edit", "amal", f"{_ALL}/{{volunteer:nour}}/edit", "Angaben ändern"),
    Example("join", "/volunteers/join/{lang}", None, "/volunteers/join/de", "Mithelfen, öffentlich"),
    Example("join-wrong", "/volunteers/join/{lang}", None, "/volunteers/join/fa", "… mit Fehlern", act=send),
    Example("join-ar", "/volunteers/join/{lang}", None, "/volunteers/join/ar", "… auf Arabisch"),
    Example("join-sent", "/volunteers/join/{lang}", None, "/volunteers/join/ar?done=sent", "Angemeldet", None),
    Example("join-confirm", "/volunteers/confirm", None, "/volunteers/confirm?code={join-code}", "Adresse bestätigen"),
    Example("join-over", "/volunteers/confirm", None, "/volunteers/confirm?code=vorbei", "… zu spät", None, status=410),
    Example("volunteers-start", "/volunteers/", "amal", "/volunteers/", "Anfang", leads_to="/volunteers/requests"),
    Example("volunteer-times", f"{_ONE}/times", "amal", f"{_ALL}/{{volunteer:nour}}/times", "Zeiten ändern"),
)


def enter(desk: Desk) -> None:
    """Somebody with a week, whom a team has entered, and somebody who registers."""
    number = desk.volunteers("volunteers", _NEW)["volunteer_id"]
    desk.volunteers(f"volunteers/{number}/times", _TIMES, method="PUT")
    desk.house.ids["volunteer:nour"] = number
    with ThreadPoolExecutor(1) as thread:  # a browser under test keeps a loop running in this one
        thread.submit(asyncio.run, _registration(desk)).result()


async def _registration(desk: Desk) -> None:
    """Somebody has registered and the mail with the link is there."""
    url = desk.house.stack.variables()["DATABASE_URL_VOLUNTEERS"]
    database = Database(url, Publisher("city", "volunteers", desk.house.origin))
    async with database.transaction() as session:
        person = Volunteer(
            state=VolunteerState.UNCONFIRMED,
            given_name="Samira",
            family_name="Beispiel",
            email="samira@beispiel.invalid",
            mail_language="fa",
            via=Via.PAGE,
        )
        session.add(person)
        await session.flush()
        code = await make_link(session, LinkKind.CONFIRM, timedelta(days=1), datetime.now(UTC), volunteer_id=person.id)
        desk.house.ids["join-code"] = code
    await database.dispose()
