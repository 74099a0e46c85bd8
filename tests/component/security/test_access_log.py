"""No route that shows personal data can be forgotten in the access log: the list is made from the route table."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi.routing import APIRoute

from services.intake import api as calls
from services.intake import pages
from shared.web.identity import Role
from tests.component.intake.conftest import Intake
from tests.component.intake.samples import API, SOELDE, days_ago, family
from tests.component.security import writes

# Each is in one field of one household and nowhere else.
MARKERS = {
    "family_name": "Kennwort-Famil",
    "given_name": "Kennwort-Vorn",
    "street": "Kennwortstraße",
    "birth_date": "1979-07-13",
    "phone": "0231 7731990",
    "case_number": "KW-4711-0815",
    "note": "Kennwort im Vermerk",
}
SHOWN = (*MARKERS.values(), "13.07.1979")
CALL = "/intake/api/v1"
TAP = {"target_group": "refugee"}
ADDRESS_FORM = {f"address.{name}": value for name, value in SOELDE.items()}
# What a valid request to each writing route says; a new route without an entry fails the test.
WRITES: dict[str, dict[str, Any]] = {
    f"POST {CALL}/households": family(),
    f"PATCH {CALL}/households/{{household_id}}": {"languages": ["ar"]},
    f"POST {CALL}/households/{{household_id}}/moves": {
        "address": SOELDE,
        "tenancy": "private",
        "moved_on": days_ago(1),
    },
    f"POST {CALL}/households/{{household_id}}/persons/{{person_id}}/legal-circle": {
        "legal_circle": "sgb2",
        "on": days_ago(1),
    },
    f"POST {CALL}/households/{{household_id}}/needs": {"area": "language"},
    f"POST {CALL}/needs/{{need_id}}/met": {},
    f"POST {CALL}/households/{{household_id}}/consents": {
        "recipient": {"kind": "partner", "slug": "projekt-ankommen"},
        "purpose": "referral",
    },
    f"POST {CALL}/households/{{household_id}}/consents/{{consent_id}}/withdraw": {},
    f"POST {CALL}/first-visits/{{visit_id}}/schedule": {"at": f"{days_ago(-3)}T10:00:00+01:00"},
    f"POST {CALL}/first-visits/{{visit_id}}/reschedule": {"at": f"{days_ago(-4)}T10:00:00+01:00"},
    f"POST {CALL}/first-visits/{{visit_id}}/complete": {"at": f"{days_ago(1)}T10:00:00+01:00"},
    f"POST {CALL}/first-visits/{{visit_id}}/missed": {},
    f"POST {CALL}/first-visits/{{visit_id}}/refuse": {},
    f"POST {CALL}/first-visits/{{visit_id}}/waive": {},
    f"POST {CALL}/contacts": TAP,
    f"POST {CALL}/contacts/{{contact_id}}/corrections": {"topic": "housing"},
    "POST /intake/households/new": {"more_rows": "1"},
    "POST /intake/households/{household_id}/address": {"reason": "Hausbesuch heute"},
    "POST /intake/households/{household_id}/contact": {"channel": "phone"},
    "POST /intake/households/{household_id}/need": {"area": "school"},
    "POST /intake/households/{household_id}/needs/{need_id}/met": {},
    "POST /intake/households/{household_id}/move": {**ADDRESS_FORM, "tenancy": "private", "moved_on": days_ago(1)},
    "POST /intake/households/{household_id}/left": {"moved_on": days_ago(0)},
    "POST /intake/households/{household_id}/persons/{person_id}/legal-circle": {
        "legal_circle": "sgb2",
        "on": days_ago(1),
    },
    "POST /intake/households/{household_id}/consent": {
        "kind": "partner",
        "slug": "projekt-ankommen",
        "purpose": "referral",
    },
    "POST /intake/households/{household_id}/consents/{consent_id}/withdraw": {},
    "POST /intake/households/{household_id}/correct": {"family_name": MARKERS["family_name"]},
    "POST /intake/first-visits/{visit_id}/appointment": {"day": days_ago(-3), "time": "10:00"},
    "POST /intake/first-visits/{visit_id}/complete": {"day": days_ago(1), "time": "10:00"},
    "POST /intake/first-visits/{visit_id}/{what}": {},
    "POST /intake/office-hours/contacts": TAP,
    "POST /intake/office-hours/contacts/{contact_id}/details": {"topic": "housing"},
    "POST /intake/office-hours/contacts/{contact_id}/undo": {},
    **writes.WRITES,
}


# A button: there is nothing to fill in.
_WITHOUT_FORM = (
    "/undo",
    "/met",
    "/withdraw",
    "/end",
    "/code",
    "/codes",
    "/done",
    "/begin",
    "/protect",
    "/child-protection",
    "/repeat",
    "/start",
)


def _routes() -> Iterator[tuple[str, str]]:
    for router in (*calls.routers, *pages.routers):
        for route in router.routes:
            assert isinstance(route, APIRoute)
            for method in sorted(route.methods):
                yield method, route.path_format


@dataclass
class Marked:
    """The household with the markers, and the ids that addresses are made of."""

    ids: dict[str, str]
    known: dict[str, list[str]] = field(default_factory=dict)

    def address(self, path: str) -> str:
        """The route's path with real ids in it."""
        return path.format(**{name: quote(value) for name, value in self.ids.items()})


@pytest.fixture
async def marked(api: httpx.AsyncClient) -> Marked:
    """A household with a marker in every personal field, with a visit owed, a need, a consent and a contact."""
    registered = await api.post(
        f"{API}/households",
        json=family(
            family_name=MARKERS["family_name"],
            persons=[
                {
                    "given_name": MARKERS["given_name"],
                    "family_name": MARKERS["family_name"],
                    "birth_date": MARKERS["birth_date"],
                    "legal_circle": "asylblg",
                }
            ],
            address={**SOELDE, "street": f"{MARKERS['street']} 1"},
            phone=MARKERS["phone"],
            case_number=MARKERS["case_number"],
            moved_on=days_ago(5),
        ),
    )
    assert registered.status_code == 201, registered.text
    household = registered.json()["household_id"]
    consent = {"recipient": {"kind": "partner", "slug": "ein-verein"}, "purpose": "referral"}
    need = {"area": "leisure", "note": MARKERS["note"]}
    made = [
        (await api.post(f"{API}/households/{household}/needs", json=need)).json(),
        (await api.post(f"{API}/households/{household}/consents", json=consent)).json(),
        (await api.post(f"{API}/contacts", json={**TAP, "household_id": household})).json(),
    ]
    ids = {
        "household_id": household,
        "person_id": registered.json()["person_ids"][0],
        "visit_id": registered.json()["first_visit_id"],
        "need_id": made[0]["need_id"],
        "consent_id": made[1]["consent_id"],
        "contact_id": made[2]["contact_id"],
        "what": "waive",
    }
    await writes.make(api, ids)
    return Marked(ids)


async def _look(intake: Intake, household: str) -> int:
    [(number,)] = await intake.rows(
        "select count(*) from access_log where cast(:household as uuid) = any(households)", household=household
    )
    return int(number)


@pytest.mark.parametrize(("method", "path"), list(_routes()))
async def test_whoever_is_shown_personal_data_stands_in_the_log(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake, marked: Marked, method: str, path: str
) -> None:
    """Every answer of every route, right or refused, that holds a personal field has its line in the access log."""
    client = api if path.startswith(CALL) else browser
    if path.endswith("access-log") or path in writes.PRIVACY:
        client.cookies.clear()
        client.headers["authorization"] = f"Bearer {intake.city_token(Role.PRIVACY)}"
    if method == "GET" and path in writes.releases.OF_RECIPIENTS:
        client.cookies.clear()
        client.headers["authorization"] = intake.recipient("ein-verein").headers["authorization"]
    tries: list[dict[str, Any]] = [{}]
    if method != "GET":
        assert f"{method} {path}" in WRITES, "say in WRITES what a valid request to this route is"
        name = "json" if path.startswith(CALL) else "data"
        tries = [{name: {"nonsense": "x"}}, {name: WRITES[f"{method} {path}"]}]
    statuses: list[int] = []
    for request in tries:
        before = await _look(intake, marked.ids["household_id"])
        answer = await client.request(method, marked.address(path + writes.releases.ASKED.get(path, "")), **request)
        statuses.append(answer.status_code)
        text = answer.text
        # What the request itself said is no news to whoever sent it.
        told = [marker for marker in SHOWN if marker in text and marker not in str(request)]
        if told:
            assert await _look(intake, marked.ids["household_id"]) == before + 1, (path, answer.status_code, told)
        else:
            assert await _look(intake, marked.ids["household_id"]) - before in (0, 1)
    assert method == "GET" or statuses[0] >= 400 or path.endswith(_WITHOUT_FORM), "nonsense was taken for a form"
    assert statuses[-1] < 400 or statuses[-1] == 409, f"the sample is not valid: {statuses}"


async def test_the_log_holds_no_content(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake, marked: Marked
) -> None:
    """The log says who looked at whose file and why; what stood there it does not repeat."""
    for word in (MARKERS["family_name"], MARKERS["case_number"], MARKERS["street"]):
        await browser.get("/intake/households", params={"q": word})
        await api.get(f"{API}/households", params={"q": word})
    rows = str(await intake.rows("select * from access_log"))
    assert marked.ids["household_id"] in rows
    for marker in SHOWN:
        assert marker not in rows
