"""What a valid request to each writing route of merges says."""

from typing import Any

import httpx

from tests.component.intake.samples import API, register

CALL = "/intake/api/v1/households/{household_id}"
PAGE = "/intake/households/{household_id}"
_MERGE: dict[str, Any] = {}
"""Names a file that `make` has entered."""
WRITES: dict[str, dict[str, Any]] = {
    f"POST {CALL}/merges": _MERGE,
    f"POST {CALL}/merges/{{merge_id}}/undo": {},
    f"POST {PAGE}/merge/{{other_id}}": {},
    f"POST {PAGE}/merges/{{merge_id}}/undo": {},
}
PRIVACY: tuple[str, ...] = ()


async def make(api: httpx.AsyncClient, ids: dict[str, str]) -> None:
    """Enter what the addresses of these routes name, and add its ids."""
    for name in ("other_id", "absorbed_id"):
        ids[name] = (await register(api))["household_id"]
    merges = f"{API}/households/{ids['household_id']}/merges"
    ids["merge_id"] = (await api.post(merges, json={"absorbed_id": ids["absorbed_id"]})).json()["merge_id"]
    _MERGE["absorbed_id"] = ids["other_id"]
