"""What a valid request to each writing route of people, barriers and agreements says."""

from typing import Any

import httpx

from tests.component.intake.samples import days_ago

CALL = "/intake/api/v1/households/{household_id}"
PAGE = "/intake/households/{household_id}"
_BIRTH = {"came_by": "birth", "on": days_ago(2), "given_name": "Neu", "family_name": "Probe", "legal_circle": "sgb2"}
_LEFT = {"because": "left", "on": days_ago(1)}
_BARRIER = {"kind": "structural", "authority": "auslaenderbehoerde", "topic": "legal"}
_GOALS = {"household_goals": ["Deutsch lernen"], "site_goals": ["Kursplatz suchen"]}

WRITES: dict[str, dict[str, Any]] = {
    f"POST {CALL}/persons": _BIRTH,
    f"POST {CALL}/persons/{{person_id}}/left": _LEFT,
    f"POST {CALL}/persons/{{person_id}}/returned": {},
    f"POST {CALL}/persons/{{person_id}}/without-benefits": {"reason": "eigenes Einkommen"},
    "POST /intake/api/v1/authorities/notices/{notice_id}/acknowledge": {},
    f"POST {CALL}/barriers": _BARRIER,
    f"POST {CALL}/agreements": _GOALS,
    f"POST {CALL}/agreements/{{agreement_id}}/review": {},
    f"POST {CALL}/agreements/{{agreement_id}}/withdraw": {},
    f"POST {PAGE}/persons": _BIRTH,
    f"POST {PAGE}/persons/{{person_id}}/left": _LEFT,
    f"POST {PAGE}/persons/{{person_id}}/returned": {},
    f"POST {PAGE}/persons/{{person_id}}/without-benefits": {"reason": "eigenes Einkommen"},
    "POST /intake/authorities/{notice_id}/acknowledge": {},
    f"POST {PAGE}/barriers": _BARRIER,
    f"POST {PAGE}/agreements": {"household_goals": "Deutsch lernen", "site_goals": "Kursplatz suchen"},
    f"POST {PAGE}/agreements/{{agreement_id}}/review": {},
    f"POST {PAGE}/agreements/{{agreement_id}}/withdraw": {},
}
PRIVACY: tuple[str, ...] = ()


async def make(api: httpx.AsyncClient, ids: dict[str, str]) -> None:
    """Enter what the addresses of these routes name, and add its ids."""
    base = CALL.format(**ids)
    agreement = await api.post(f"{base}/agreements", json=_GOALS)
    assert agreement.status_code == 201, agreement.text
    ids["agreement_id"] = agreement.json()["agreement_id"]
    change = {"legal_circle": "none", "on": days_ago(4)}
    changed = await api.post(f"{base}/persons/{ids['person_id']}/legal-circle", json=change)
    assert changed.status_code == 201, changed.text
    notices = (await api.get("/intake/api/v1/authorities")).json()["items"]
    ids["notice_id"] = notices[0]["notice_id"]
