"""The pages behind the links in mails: nobody is signed in there."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlmodel import select

from services.referrals.commands.answers import LinkKind, make_link
from services.referrals.tables import DeletionRequest, Partner
from shared.database import Database
from tests.browser.example import Example
from tests.browser.house import Desk

_ROUTE = "/referrals/answer"
_PARTNER = "projekt-ankommen"

EXAMPLES: Sequence[Example] = (
    Example("answer", _ROUTE, None, f"{_ROUTE}?code={{link-answer}}", "Antwort aus der E-Mail"),
    Example(
        "answer-contact", _ROUTE, None, f"{_ROUTE}?code={{link-contact}}&done=accepted", "… angenommen, Kontaktdaten"
    ),
    Example("answer-deletion", _ROUTE, None, f"{_ROUTE}?code={{link-deletion}}", "… Daten gelöscht"),
    Example("answer-confirm", _ROUTE, None, f"{_ROUTE}?code={{link-confirm}}", "… Angaben bestätigen"),
    Example("answer-done", _ROUTE, None, f"{_ROUTE}?done=declined", "… beantwortet", None),
    Example("answer-over", _ROUTE, None, f"{_ROUTE}?code=schon-benutzt", "… Link gilt nicht mehr", status=410),
)


def enter(desk: Desk) -> None:
    """Make the links that mails would hold; one asks to delete what is noted of a family."""
    ids = desk.house.ids
    consent = {"recipient": {"kind": "partner", "slug": _PARTNER}, "purpose": "referral"}
    desk.post(f"households/{ids['coming']}/consents", consent)
    offers = desk.client.get("/referrals/api/v1/offers", params={"partner": _PARTNER}).json()["items"]
    wanted = {"household_id": ids["coming"], "area": "language", "offer_id": offers[0]["offer_id"]}
    referral = desk.referrals("referrals", {**wanted, "legal_basis": {"kind": "consent"}})["referral_id"]
    desk.referrals(f"referrals/{referral}/send", {})
    desk.referrals(f"referrals/{referral}/decline", {"reason": "no_capacity"})
    ids["referral-to-delete"] = referral
    url = desk.house.stack.variables()["DATABASE_URL_REFERRALS"]
    with ThreadPoolExecutor(1) as thread:  # a browser under test keeps a loop running in this one
        thread.submit(asyncio.run, _make_links(url, desk.house.ids)).result()


async def _make_links(url: str, ids: dict[str, str]) -> None:
    database, now = Database(url), datetime.now(UTC)
    async with database.transaction() as session:
        partner_id = (await session.exec(select(Partner.id).where(Partner.slug == _PARTNER))).one()
        over = UUID(ids["referral-to-delete"])
        deletion = (await session.exec(select(DeletionRequest.id).where(DeletionRequest.referral_id == over))).one()
        about: dict[LinkKind, dict[str, UUID | str]] = {
            LinkKind.ANSWER: {"referral_id": ids["referral-sent"]},
            LinkKind.CONTACT: {"referral_id": ids["referral-running"]},
            LinkKind.DELETION: {"referral_id": over, "deletion_id": deletion},
            LinkKind.CONFIRM: {},
        }
        for kind, of in about.items():
            ids[f"link-{kind}"] = await make_link(session, kind, timedelta(days=14), now, partner_id=partner_id, **of)
    await database.dispose()
