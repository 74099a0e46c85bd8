"""What a valid request to each writing route of imported lists says."""

import base64
from typing import Any

import httpx

from tests.component.intake.samples import API, days_ago
from tests.unit.intake.hurtful_lists import HEADER, csv_of, row

_CALL = "/intake/api/v1/imports"
_LIST = csv_of(row(**{"Umzug am": days_ago(3)}))
_COLUMNS = {
    "case_number": 0,
    "family_name": 1,
    "given_name": 2,
    "legal_circle": 4,
    "moved_on": 5,
    "street": 6,
    "postal_code": 8,
    "district": 9,
    "tenancy": 10,
}
WRITES: dict[str, dict[str, Any]] = {
    f"POST {_CALL}": {"name": "liste.csv", "content": base64.b64encode(_LIST).decode()},
    f"POST {_CALL}/{{import_id}}/mapping": {"columns": _COLUMNS},
    f"POST {_CALL}/{{import_id}}/take": {},
    f"POST {_CALL}/{{import_id}}/discard": {},
    f"POST {_CALL}/decisions/{{row_id}}": {"decision": "leave"},
    "POST /intake/imports": {"text": _LIST.decode()},
    "POST /intake/imports/{import_id}/mapping": {f"columns.{name}": str(at) for name, at in _COLUMNS.items()},
    "POST /intake/imports/{import_id}/take": {},
    "POST /intake/imports/{import_id}/discard": {},
    "POST /intake/imports/decisions/{row_id}": {"decision": "leave"},
}
PRIVACY: tuple[str, ...] = ()


async def make(api: httpx.AsyncClient, ids: dict[str, str]) -> None:
    """A list with somebody who may be a member of the marked household, and with a line that is wrong."""
    file = (await api.get(f"{API}/households/{ids['household_id']}")).json()
    known = file["persons"][0]
    person = {
        "Familienname": known["family_name"],
        "Vorname": known["given_name"],
        "Geburtsdatum": known["birth_date"],
        "Umzug am": days_ago(3),
    }
    content = "\n".join((HEADER, row(Aktenzeichen="neu/1", **person), row(Aktenzeichen="neu/2", PLZ="x")))
    body = {"name": "liste.csv", "content": base64.b64encode(content.encode()).decode()}
    answer = await api.post(f"{API}/imports", json=body)
    assert answer.status_code == 201, answer.text
    ids["import_id"] = answer.json()["import_id"]
    [waiting] = (await api.get(f"{API}/imports/decisions")).json()["items"]
    assert waiting["candidates"] == [ids["household_id"]]
    ids["row_id"] = waiting["row_id"]
