"""What a valid request to each writing route of releases and fragments says."""

from typing import Any

import httpx

CALL = "/intake/api/v1/households/{household_id}/releases"
PAGE = "/intake/households/{household_id}/releases"
_OPENED: dict[str, Any] = {"code": "-"}
_SCHOOL = {"basis": "statutory", "reference": "Schulpflicht", "purpose": "appointment"}
_RECIPIENT = {"kind": "authority", "slug": "schulamt"}

WRITES: dict[str, dict[str, Any]] = {
    f"POST {CALL}": {**_SCHOOL, "recipient": _RECIPIENT},
    f"POST {CALL}/{{release_id}}/end": {},
    f"POST {CALL}/{{release_id}}/codes": {},
    f"POST {PAGE}": {**_SCHOOL, **_RECIPIENT, "fields": ["phone"]},
    f"POST {PAGE}/{{release_id}}/code": {},
    f"POST {PAGE}/{{release_id}}/end": {},
    "POST /intake/shared/{release_id}": _OPENED,
}
OF_RECIPIENTS = ("/intake/shared/{release_id}", "/intake/api/v1/shared/{release_id}")
"""Paths that are opened with the role of a partner."""
ASKED = {"/intake/fragments/names": "?households={household_id}&persons={person_id}"}
"""What a page asks for that shows nothing by itself."""
PRIVACY: tuple[str, ...] = ()


async def make(api: httpx.AsyncClient, ids: dict[str, str]) -> None:
    """Enter what the addresses of these routes name, and add its ids."""
    consent = {"consent_id": ids["consent_id"], "fields": ["phone", "languages", "address"]}
    made = await api.post(CALL.format(**ids), json=consent)
    assert made.status_code == 201, made.text
    ids["release_id"] = made.json()["release_id"]
    code = await api.post(f"{CALL.format(**ids)}/{ids['release_id']}/codes")
    assert code.status_code == 201, code.text
    _OPENED["code"] = code.json()["code"]
