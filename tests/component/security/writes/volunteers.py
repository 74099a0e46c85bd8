"""What a valid request to each writing route of interpreters says."""

from datetime import date, timedelta
from typing import Any

import httpx

from tests.component.intake.samples import days_ago

CALL = "/intake/api/v1"
_DAY = days_ago(-3)
_APPOINTMENT = {"at": f"{_DAY}T10:00:00+01:00", "language": "ar"}


def _next_office_hours() -> str:
    """The next Monday's, as the tests' register has them."""
    today = date.fromisoformat(days_ago(0))
    return f"{today + timedelta(days=7 - today.weekday())}T09:00/12:00"


WRITES: dict[str, dict[str, Any]] = {
    f"POST {CALL}/interpreter-requests": {**_APPOINTMENT, "until": f"{_DAY}T12:00:00+01:00"},
    f"POST {CALL}/interpreter-requests/{{request_id}}/withdraw": {},
    f"POST {CALL}/households/{{household_id}}/interpreter-requests": _APPOINTMENT,
    "POST /intake/office-hours/interpreters": {"session": _next_office_hours(), "language": "fa"},
    "POST /intake/office-hours/interpreters/{request_id}/withdraw": {},
    "POST /intake/households/{household_id}/interpreters": {"day": _DAY, "time": "10:00", "language": "ar"},
    "POST /intake/households/{household_id}/interpreters/{request_id}/withdraw": {},
}
PRIVACY: tuple[str, ...] = ()


async def make(api: httpx.AsyncClient, ids: dict[str, str]) -> None:
    """Enter what the addresses of these routes name, and add its ids."""
    made = await api.post(f"{CALL}/households/{ids['household_id']}/interpreter-requests", json=_APPOINTMENT)
    assert made.status_code == 201, made.text
    ids["request_id"] = made.json()["request_id"]
