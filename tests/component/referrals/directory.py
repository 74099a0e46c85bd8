"""Partners and offers as tests enter them."""

from typing import Any

import httpx

from shared.web.identity import Role
from tests.component.referrals.conftest import API, SITE, Referrals

PARTNER: dict[str, Any] = {
    "slug": "projekt-ankommen",
    "name": "Projekt Ankommen e.V.",
    "kind": "association",
    "description": {"de": "Ehrenamtliche begleiten Familien."},
    "website": "https://ankommen.example",
    "email": "buero@ankommen.example",
    "phone": "0231 123456",
    "sites": [SITE],
    "districts": ["brackel"],
    "languages": ["ar", "de"],
    "contacts": [{"name": "Erika Muster", "email": "erika@ankommen.example"}],
}
COURSE: dict[str, Any] = {
    "partner": "projekt-ankommen",
    "kind": "german_course",
    "title": {"de": "Deutsch für den Alltag", "ar": "الألمانية للحياة اليومية"},
    "description": {"de": "Ein Kurs für alle, die neu sind."},
    "street": "Wambeler Hellweg 11",
    "postal_code": "44143",
    "neighbourhood": "wambel",
    "districts": ["brackel"],
    "languages": ["de", "ar"],
    "level": "a1",
    "audiences": ["women"],
    "accessible": True,
    "cost_cents": 0,
    "places": 12,
    "free": 3,
    "childcare": True,
    "rrule": "FREQ=WEEKLY;BYDAY=WE,MO",
    "starts_at": "09:00",
    "ends_at": "11:00",
}


async def partner(referrals: Referrals, **other: Any) -> dict[str, Any]:
    """A partner, entered by the team."""
    return await _made(referrals, f"{API}/partners", PARTNER | other)


async def offer(referrals: Referrals, **other: Any) -> dict[str, Any]:
    """An offer of the partner, entered by the team."""
    return await _made(referrals, f"{API}/offers", COURSE | other)


async def _made(referrals: Referrals, path: str, body: dict[str, Any]) -> dict[str, Any]:
    async with referrals.client() as team:
        answer = await team.post(path, json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def partner_client(referrals: Referrals, slug: str = "projekt-ankommen") -> httpx.AsyncClient:
    """A program of the partner itself."""
    return referrals.client(Role.PARTNER, slug)
