"""What a valid request to each writing route of handovers says."""

from typing import Any

import httpx

from tests.component.intake.samples import API, ASSELN, days_ago, register

WRITES: dict[str, dict[str, Any]] = {
    "POST /intake/api/v1/handovers/{letter_id}/repeat": {},
    "POST /intake/api/v1/handovers/{letter_id}/give-up": {},
    "POST /intake/api/v1/handovers/{letter_id}/take-back": {},
    "POST /intake/api/v1/handovers/{site}/start": {},
    "POST /intake/handovers/{letter_id}/repeat": {},
    "POST /intake/handovers/{letter_id}/give-up": {},
    "POST /intake/handovers/{letter_id}/take-back": {},
    "POST /intake/handovers/{site}/start": {},
}
PRIVACY: tuple[str, ...] = ()


async def make(api: httpx.AsyncClient, ids: dict[str, str]) -> None:
    """Enter what the addresses of these routes name, and add its ids."""
    household = (await register(api))["household_id"]
    there = {"address": {**ASSELN, "district": "hoerde", "neighbourhood": None}, "tenancy": "private"}
    moved = await api.post(f"{API}/households/{household}/moves", json={**there, "moved_on": days_ago(0)})
    assert moved.status_code == 201, moved.text
    listed = (await api.get(f"{API}/handovers")).json()["items"]
    ids["letter_id"], ids["site"] = listed[-1]["letter_id"], "hoerde-hombruch"
