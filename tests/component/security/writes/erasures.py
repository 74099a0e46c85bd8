"""What a valid request to each writing route of erasures and exports says."""

from typing import Any

import httpx

from tests.component.intake.samples import register

CALL = "/intake/api/v1"
WRITES: dict[str, dict[str, Any]] = {
    f"POST {CALL}/households/{{household_id}}/erasure": {"because": "asked"},
    "POST /intake/households/{household_id}/erase": {"because": "asked", "confirmed": "true"},
    "POST /intake/households/{household_id}/export": {"reason": "Die Familie hat gefragt"},
    "POST /intake/households/{household_id}/export.json": {"reason": "Die Familie hat gefragt"},
}
PRIVACY: tuple[str, ...] = (f"{CALL}/erasures", f"{CALL}/erasures/due", "/intake/erasures")


async def make(api: httpx.AsyncClient, ids: dict[str, str]) -> None:
    """Erase another household, whose erasure the addresses name."""
    household = (await register(api))["household_id"]
    erased = await api.post(f"{CALL}/households/{household}/erasure", json={"because": "asked"})
    ids["erased_household_id"] = household
    ids["erasure_id"] = erased.json()["erasure_id"]
