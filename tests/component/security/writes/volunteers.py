"""What a valid request to each writing route of interpreters says."""

from typing import Any

import httpx

from tests.component.intake.samples import days_ago

CALL = "/intake/api/v1"
_DAY = days_ago(-3)
_APPOINTMENT = {"at": f"{_DAY}T10:00:00+01:00", "language": "ar"}

WRITES: dict[str, dict[str, Any]] = {
    f"POST {CALL}/interpreter-requests": {**_APPOINTMENT, "until": f"{_DAY}T12:00:00+01:00"},
    f"POST {CALL}/interpreter-requests/{{request_id}}/withdraw": {},
    f"POST {CALL}/households/{{household_id}}/interpreter-requests": _APPOINTMENT,
}
PRIVACY: tuple[str, ...] = ()


async def make(api: httpx.AsyncClient, ids: dict[str, str]) -> None:
    """Enter what the addresses of these routes name, and add its ids."""
    made = await api.post(f"{CALL}/households/{ids['household_id']}/interpreter-requests", json=_APPOINTMENT)
    assert made.status_code == 201, made.text
    ids["request_id"] = made.json()["request_id"]
