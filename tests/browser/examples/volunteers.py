"""The desk's pages of volunteers: what somebody is needed for, the week, mentorships; and what stands in them."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time
from uuid import UUID

from deploy.servers.process import wait_until
from services.volunteers.domain.asking import VolunteerState
from services.volunteers.domain.people import SkillLevel
from services.volunteers.tables import Availability, Via, Volunteer, VolunteerLanguage
from shared.contracts.words import Weekday
from shared.database import Database
from shared.ids import uuid7
from shared.messaging import Publisher
from tests.browser.example import Example, send
from tests.browser.house import SECONDS, Desk

_ONE = "/volunteers/requests/{request_id}"
_MENTORSHIP = "/volunteers/mentorships/{mentorship_id}"
SALMA, YASMIN = "00000000-0000-7000-8000-0000000000e1", "00000000-0000-7000-8000-0000000000e2"
_PEOPLE = {
    "salma": (SALMA, "Salma", "Beispiel", ("ar",), ["interpreter", "mentor"], "de"),
    "yasmin": (YASMIN, "ياسمين", "مثال", ("ar", "ku"), ["companion"], "ar"),
    "omid": (str(uuid7()), "Omid", "Muster", ("fa",), ["interpreter", "companion"], "de"),
    "piet": (str(uuid7()), "Piet", "Probe", ("de",), ["moving_helper", "mentor", "teacher"], "de"),
}

EXAMPLES: Sequence[Example] = (
    Example("volunteer-requests", "/volunteers/requests", "amal", "/volunteers/requests", "Ehrenamt"),
    Example(
        "volunteer-suggestions",
        "/volunteers/requests",
        "amal",
        "/volunteers/requests?show=suggested",
        "Ehrenamt, Vorschläge",
    ),
    Example(
        "volunteer-request-new", "/volunteers/requests/new", "amal", "/volunteers/requests/new", "Jemanden anfragen"
    ),
    Example(
        "volunteer-request-wrong",
        "/volunteers/requests/new",
        "amal",
        "/volunteers/requests/new",
        "Jemanden anfragen, mit Fehlern",
        act=send,
    ),
    Example("volunteer-request", _ONE, "amal", "/volunteers/requests/{request-open}", "Anfrage, wer könnte kommen"),
    Example("volunteer-request-asked", _ONE, "amal", "/volunteers/requests/{request-asked}", "Anfrage, gefragt"),
    Example("volunteer-request-nobody", _ONE, "amal", "/volunteers/requests/{request-none}", "Anfrage, niemand", None),
    Example("rota", "/volunteers/rota", "amal", "/volunteers/rota?week={rota-week}", "Wochenplan"),
    Example("rota-city", "/volunteers/rota", "kora", "/volunteers/rota?week={rota-week}", "Wochenplan, Koordination"),
    Example("rota-empty", "/volunteers/rota", "amal", "/volunteers/rota?week=2030-01-07", "Wochenplan, leer"),
    Example("mentorships", "/volunteers/mentorships", "amal", "/volunteers/mentorships", "Patenschaften", None),
    Example("mentorship", _MENTORSHIP, "amal", "/volunteers/mentorships/{mentorship}", "Patenschaft"),
)


def enter(desk: Desk) -> None:
    """Enter what these pages show: three volunteers, requests in several states, a mentorship."""
    with ThreadPoolExecutor(1) as thread:  # a browser under test keeps a loop running in this one
        thread.submit(asyncio.run, _people(desk)).result()
    ids = desk.house.ids
    family = ids["known"]
    wait_until(lambda: _is_known(desk, family), "the family at the volunteers' service", SECONDS)
    week = desk.at(7 - desk.house.today.weekday(), 10)
    ids["rota-week"] = week[:10]
    day = {"starts_at": week, "ends_at": f"{week[:10]}T12:00:00+01:00", "asks_by_itself": False, "district": "brackel"}
    entered = {
        "request-open": {"kind": "interpreter", "language": "ar", **day},
        "request-asked": {"kind": "moving_helper", "title": "Schrank und Kisten", **day},
        "request-none": {"kind": "interpreter", "language": "ti", "woman_wanted": True, **day},
        "request-mentor": {"kind": "mentor", "household_id": family, "asks_by_itself": False},
        "request-arabic": {"kind": "companion", "title": "Kinderarzt", **day},
        "request-german": {"kind": "interpreter", "language": "ar", **day},
    }
    for name, wanted in entered.items():
        ids[name] = desk.volunteers("requests", wanted)["request_id"]
    desk.volunteers(f"requests/{ids['request-asked']}/assignments", {"volunteer_id": ids["volunteer:piet"]})
    asked = desk.volunteers(f"requests/{ids['request-mentor']}/assignments", {"volunteer_id": ids["volunteer:salma"]})
    desk.volunteers(f"assignments/{asked['assignment_id']}/accept", {})
    ids["mentorship"] = desk.house.stack.ask("volunteers", "select id::text from mentorship")
    desk.volunteers(f"mentorships/{ids['mentorship']}/hours", {"on": desk.day(0), "minutes": 90})


def _is_known(desk: Desk, family: str) -> bool:
    return bool(
        desk.house.stack.count("volunteers", f"select count(*) from known_household where household_id = '{family}'")
    )


async def _people(desk: Desk) -> None:
    url = desk.house.stack.variables()["DATABASE_URL_VOLUNTEERS"]
    database = Database(url, Publisher("city", "volunteers", desk.house.origin))
    async with database.transaction() as session:
        for name, (number, given, family, languages, kinds, written_in) in _PEOPLE.items():
            person = Volunteer(
                id=UUID(number),
                mail_language=written_in,
                state=VolunteerState.ACTIVE,
                given_name=given,
                family_name=family,
                email=f"{name}@beispiel.invalid",
                phone="0231 555020",
                kinds=kinds,
                max_a_month=10,
                certificate_inspected_on=date(2026, 1, 2),
                certificate_due_on=date(2031, 1, 2),
                confidentiality_on=date(2026, 1, 2),
                home_district="brackel",
                via=Via.PAGE,
            )
            session.add(person)
            await session.flush()
            desk.house.ids[f"volunteer:{name}"] = number
            for language in languages:
                session.add(VolunteerLanguage(volunteer_id=person.id, language=language, level=SkillLevel.NATIVE))
            for weekday in Weekday:
                session.add(Availability(volunteer_id=person.id, weekday=weekday, starts=time(8), ends=time(20)))
    await database.dispose()
