"""The pages of handovers, and what has to be entered for them."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from services.intake import commands
from shared.contracts.intake import HouseholdHandedOver
from shared.contracts.reporting import SiteOpened
from shared.database import Database
from shared.letters import Refusal, RefusedBecause
from shared.messaging import Publisher
from tests.browser.example import Example
from tests.browser.house import Desk
from tests.journeys.conftest import SITE

EXAMPLES: Sequence[Example] = (
    Example("handovers", "/intake/handovers", "amal", "/intake/handovers", "Übergaben", None),
    Example(
        "household-handed-over",
        "/intake/households/{household_id}",
        "amal",
        "/intake/households/{handed-over}",
        "Akte, in Übergabe",
    ),
)
_HOERDE = {"site": "hoerde-hombruch", "districts": ["hoerde", "hombruch"], "public_keys": []}
_COMING = {
    "from_site": "hoerde-hombruch",
    "to_site": SITE,
    "stage": "sent",
    "charge": 2,
    "district": "aplerbeck",
}


def enter(desk: Desk) -> None:
    """Enter what these pages show: a neighbour without a letter box, a file on its way to it, one on its way here."""
    with ThreadPoolExecutor(1) as thread:  # a browser under test keeps a loop running in this one
        thread.submit(asyncio.run, _neighbour(desk)).result()
    desk.family("handed-over", "Musterfamilie Unterwegs", "Asseln", ["ar"], moved=30, persons=3)
    address = {"street": "Musterstraße 9", "postal_code": "44263", "city": "Dortmund", "district": "hoerde"}
    moved = {"address": address, "tenancy": "private", "moved_on": desk.day(-1)}
    desk.post(f"households/{desk.house.ids['handed-over']}/moves", moved)


async def _neighbour(desk: Desk) -> None:
    url = desk.house.stack.variables()[f"DATABASE_URL_INTAKE_{SITE.upper().replace('-', '_')}"]
    database = Database(url, Publisher(SITE, "intake", desk.house.origin))
    coming = HouseholdHandedOver.model_validate(
        {**_COMING, "household_id": str(uuid4()), "letter_id": str(uuid4()), "on": desk.day(-1)}
    )
    async with database.transaction() as session:
        await commands.enter_site(session, SiteOpened.model_validate(_HOERDE), 1)
        await commands.note_handover(session, coming)
        await commands.refuse_letter(session, Refusal(RefusedBecause.FORGED, b"-"))
    await database.dispose()
