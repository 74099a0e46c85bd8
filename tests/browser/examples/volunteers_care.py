"""The pages of care for volunteers: meetings, the reply behind a mail's link, thanks, who needs what."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.volunteers.commands.answers import LinkKind, make_link
from services.volunteers.tables import Gathering, Invitation, Thanks, Volunteer
from shared.contracts.words import GatheringKind
from shared.database import Database
from shared.days import day_of
from shared.messaging import Publisher
from tests.browser.example import Example, send
from tests.browser.house import Desk

_ALL, _ONE, _REPLY = "/volunteers/gatherings", "/volunteers/gatherings/{gathering_id}", "/volunteers/gathering-reply"
_TO_ONE = "/volunteers/register/{volunteer_id}/thanks"

EXAMPLES: Sequence[Example] = (
    Example("volunteer-care", "/volunteers/care", "amal", "/volunteers/care", "Betreuung"),
    Example("volunteer-care-city", "/volunteers/care", "kora", "/volunteers/care", "Betreuung, Koordination", None),
    Example("gatherings", _ALL, "amal", _ALL, "Schulungen und Treffen"),
    Example("gathering-new", f"{_ALL}/new", "amal", f"{_ALL}/new", "Treffen ansetzen"),
    Example("gathering-new-errors", f"{_ALL}/new", "amal", f"{_ALL}/new", "… mit Fehlern", act=send),
    Example("gathering", _ONE, "amal", f"{_ALL}/{{gathering-coming}}", "Ein Treffen, Einladungen"),
    Example("gathering-over", _ONE, "amal", f"{_ALL}/{{gathering-over}}", "Ein Treffen, Anwesenheit"),
    Example("gathering-move", f"{_ONE}/move", "amal", f"{_ALL}/{{gathering-coming}}/move", "Treffen verlegen"),
    Example("gathering-reply", _REPLY, None, f"{_REPLY}?code={{link-gathering-piet}}", "Antwort auf die Einladung"),
    Example("gathering-reply-ar", _REPLY, None, f"{_REPLY}?code={{link-gathering-salma}}", "… auf Arabisch"),
    Example("gathering-reply-over", _REPLY, None, f"{_REPLY}?code=vorbei", "… Link gilt nicht mehr", None, status=410),
    Example("thanks", "/volunteers/thanks", "amal", "/volunteers/thanks", "Danke sagen"),
    Example("thanks-one", _TO_ONE, "amal", "/volunteers/register/{volunteer:salma}/thanks", "Danke an eine Person"),
    Example("thanks-letter", "/volunteers/thanks/{thanks_id}", "amal", "/volunteers/thanks/{thanks}", "Dankbrief"),
)


def enter(desk: Desk) -> None:
    """A meeting to come and one that is over, links of mails, a letter, and somebody who is to be called."""
    with ThreadPoolExecutor(1) as thread:  # a browser under test keeps a loop running in this one
        thread.submit(asyncio.run, _enter(desk)).result()


async def _enter(desk: Desk) -> None:
    ids, now = desk.house.ids, datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    database = Database(
        desk.house.stack.variables()["DATABASE_URL_VOLUNTEERS"], Publisher("city", "volunteers", desk.house.origin)
    )
    people = {name: UUID(ids[f"volunteer:{name}"]) for name in ("salma", "omid", "piet")}
    async with database.transaction() as session:
        for name, days in (("coming", 12), ("over", -9)):
            starts_at = now + timedelta(days=days)
            gathering = Gathering(
                kind=GatheringKind.TRAINING if days > 0 else GatheringKind.EXCHANGE,
                site="brackel-aplerbeck",
                title="Dolmetschen beim Arzt" if days > 0 else "Austausch der Dolmetschenden",
                about="Was wir übersetzen und was nicht.",
                place="Ev. Gemeindehaus Asseln",
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=2),
                created_by="amal",
            )
            session.add(gathering)
            await session.flush()
            ids[f"gathering-{name}"] = str(gathering.id)
            for guest in ("salma", "piet"):
                session.add(Invitation(gathering_id=gathering.id, volunteer_id=people[guest], invited_at=now))
        for guest in ("salma", "piet"):
            about = {"volunteer_id": people[guest], "gathering_id": UUID(ids["gathering-coming"])}
            code = await make_link(session, LinkKind.INVITATION, timedelta(days=9), now, **about)
            ids[f"link-gathering-{guest}"] = code
        salma = await session.get_one(Volunteer, people["salma"])
        salma.mail_language, salma.call_since = "ar", now - timedelta(days=2)
        omid = await session.get_one(Volunteer, people["omid"])
        omid.registered_at = now - timedelta(days=90)
        today = day_of(now)
        letter = Thanks(
            volunteer_id=salma.id,
            on_day=today,
            from_on=today - timedelta(days=90),
            until_on=today,
            words="Ohne Sie wären viele Gespräche nicht möglich gewesen.",
        )
        session.add_all([salma, omid, letter])
        await session.flush()
        ids["thanks"] = str(letter.id)
    await database.dispose()
