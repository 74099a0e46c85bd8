"""Families for the tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from shared.days import day_of

SITE = "brackel-aplerbeck"
API = "/intake/api/v1"


def days_ago(days: int) -> str:
    """A day before today, as calls take it: today is the day in Dortmund, also in the hour after its midnight."""
    return (day_of(datetime.now(UTC)) - timedelta(days=days)).isoformat()


def hours_ago(hours: float) -> str:
    """A moment before now, as calls take it."""
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat()


ASSELN = {
    "street": "Musterweg 7",
    "postal_code": "44319",
    "city": "Dortmund",
    "district": "brackel",
    "neighbourhood": "Asseln",
}
SOELDE = {**ASSELN, "street": "Beispielstraße 3", "postal_code": "44289", "district": "aplerbeck"} | {
    "neighbourhood": "soelde"
}


def family(**changes: Any) -> dict[str, Any]:
    """A family of four that lives in Asseln."""
    return {
        "family_name": "Çiçek-Probe",
        "persons": [
            {"given_name": "Hüseyin", "family_name": "Çiçek-Probe", "birth_date": "1980-02-29"},
            {"given_name": "Ayşe", "family_name": "Çiçek-Probe", "birth_date": "1984-05-01", "legal_circle": "sgb2"},
            {"given_name": "Mert", "family_name": "Çiçek-Probe", "birth_date": "2010-11-30"},
            {"given_name": "Élif", "family_name": "Çiçek-Probe"},
        ],
        "address": ASSELN,
        "tenancy": "private",
        "legal_circle": "asylblg",
        "languages": ["ar", "tr"],
        **changes,
    }


async def register(api: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    """A registered family, as the call answered."""
    answer = await api.post(f"{API}/households", json=family(**changes))
    assert answer.status_code == 201, answer.text
    registered: dict[str, Any] = answer.json()
    return registered
