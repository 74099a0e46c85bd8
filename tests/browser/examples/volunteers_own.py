"""What volunteers see, in German and in Arabic: the pages behind links, and their own page."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from services.volunteers.commands.answers import LinkKind, make_link
from shared.database import Database
from tests.browser.example import Example
from tests.browser.examples.volunteers import SALMA, YASMIN
from tests.browser.house import Desk

_ANSWER, _MINE = "/volunteers/answer", "/volunteers/mine"

EXAMPLES: Sequence[Example] = (
    Example("volunteer-asked", _ANSWER, None, f"{_ANSWER}?code={{link-asked-de}}", "Ehrenamt: Können Sie kommen?"),
    Example("volunteer-asked-ar", _ANSWER, None, f"{_ANSWER}?code={{link-asked-ar}}", "… auf Arabisch"),
    Example("volunteer-said", _ANSWER, None, f"{_ANSWER}?said=said_yes&lang=ar", "… zugesagt, auf Arabisch", None),
    Example(
        "volunteer-over", _ANSWER, None, f"{_ANSWER}?code=schon-benutzt", "… Link gilt nicht mehr", None, status=410
    ),
    Example("volunteer-link", _MINE, None, _MINE, "Ehrenamt: Link zur eigenen Seite"),
    Example("volunteer-link-ar", _MINE, None, f"{_MINE}?lang=ar&done=sent", "… auf Arabisch"),
    Example(
        "volunteer-open", f"{_MINE}/open", None, f"{_MINE}/open?code={{link-own}}", "Ehrenamt: eigene Seite öffnen"
    ),
    Example("volunteer-own", _MINE, SALMA, _MINE, "Ehrenamt: eigene Seite"),
    Example("volunteer-own-ar", _MINE, YASMIN, _MINE, "… auf Arabisch"),
)


def enter(desk: Desk) -> None:
    """Ask two volunteers, each for something, and make the links that their mails would hold."""
    asked = {"de": ("request-german", SALMA), "ar": ("request-arabic", YASMIN)}
    for lang, (request, volunteer) in asked.items():
        answer = desk.volunteers(f"requests/{desk.house.ids[request]}/assignments", {"volunteer_id": volunteer})
        desk.house.ids[f"asked-{lang}"] = answer["assignment_id"]
    with ThreadPoolExecutor(1) as thread:  # a browser under test keeps a loop running in this one
        thread.submit(asyncio.run, _make_links(desk)).result()


async def _make_links(desk: Desk) -> None:
    ids, now, lasts = desk.house.ids, datetime.now(UTC), timedelta(days=3)
    database = Database(desk.house.stack.variables()["DATABASE_URL_VOLUNTEERS"])
    async with database.transaction() as session:
        for lang, volunteer in (("de", SALMA), ("ar", YASMIN)):
            about = {"volunteer_id": volunteer, "assignment_id": ids[f"asked-{lang}"]}
            ids[f"link-asked-{lang}"] = await make_link(session, LinkKind.ANSWER, lasts, now, **about)
        ids["link-own"] = await make_link(session, LinkKind.OWN_PAGE, lasts, now, volunteer_id=SALMA)
    await database.dispose()
