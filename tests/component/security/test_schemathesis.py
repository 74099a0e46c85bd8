"""Every call of all services, by everybody, with everything that a schema allows and much that it does not.

Short in `make test`; `make fuzz` (LOKAL_FUZZ=full) takes 200 examples an operation and identity. The seed stands in
the summary; LOKAL_FUZZ_SEED=… repeats it.
"""

from collections.abc import Sequence

import pytest
import schemathesis
from schemathesis import Case

from tests.component.security import fuzzing
from tests.component.security.conftest import Running
from tests.component.security.served import IDENTITIES, NOBODY, STRANGER

PRIVACY = ("/intake/api/v1/access-log", "/intake/api/v1/erasures")
RELEASED = ("/intake/api/v1/shared/",)
MAY: dict[str, dict[str, tuple[str, ...]]] = {
    "intake": {
        "team": ("/intake/api/v1/",),
        "privacy": PRIVACY,
        **dict.fromkeys(("partner", "authority", "volunteer"), RELEASED),
    },
    "reporting": {
        **dict.fromkeys(("team", STRANGER, "coordinator"), ("/reporting/api/v1/",)),
        "administration": ("/reporting/api/v1/sites",),
    },
    "referrals": {
        **dict.fromkeys(("team", STRANGER, "coordinator", "partner", "authority"), ("/referrals/api/v1/",)),
        "guest": ("/referrals/api/v1/round-tables",),
    },
    "volunteers": {
        **dict.fromkeys(("team", STRANGER), ("/volunteers/api/v1/",)),
        "volunteer": ("/volunteers/api/v1/own/",),
    },
}
"""Who may call what; to all others every call is refused, whatever it says."""
NOT_FOR_TEAMS = (
    *PRIVACY,
    *RELEASED,
    "/reporting/api/v1/notices",
    "/reporting/api/v1/sites",
    "/volunteers/api/v1/own/",
)
FOR_ALL = (
    "/reporting/schemas/",
    "/intake/schemas/",
    "/referrals/schemas/",
    "/volunteers/schemas/",
    "/referrals/api/hsds",
)
pytestmark = pytest.mark.timeout(3600 if fuzzing.FULL else 300)
INSIDERS = ("team", STRANGER, "coordinator", "privacy")
OUTSIDERS = [who for who in IDENTITIES if who not in INSIDERS]


def _groups(identities: Sequence[str]) -> list[Sequence[str]]:
    """Who gets the same examples: thinking them up takes longer than the calls; the full form does it for each."""
    return [[who] for who in identities] if fuzzing.FULL else [identities]


@pytest.mark.parametrize("identities", _groups(INSIDERS), ids=",".join)
@schemathesis.pytest.parametrize(**fuzzing.schemas(short=12))
def test_no_answer_to_an_insider_is_undocumented(case: Case, identities: Sequence[str], running: Running) -> None:
    """Who may do something gets, whatever they send, an answer that the OpenAPI document names, and never a 5xx."""
    _call_as_each(case, identities, running)


@pytest.mark.parametrize("identities", _groups(OUTSIDERS), ids=",".join)
@schemathesis.pytest.parametrize(**fuzzing.schemas(short=4))
def test_no_answer_to_an_outsider_is_undocumented(case: Case, identities: Sequence[str], running: Running) -> None:
    """Who may do nothing here is refused, whatever they send, with an answer that the OpenAPI document names."""
    _call_as_each(case, identities, running)


def _call_as_each(case: Case, identities: Sequence[str], running: Running) -> None:
    for identity in identities:
        try:
            _call(case, identity, running)
        except BaseException as error:
            error.add_note(f"as {identity}")
            raise


def _call(case: Case, identity: str, running: Running) -> None:
    service = case.path.split("/")[1]
    running.known.put_into(case)
    token = running.tokens[service][identity]
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    response = case.call(base_url=running.urls[service], session=running.session, headers=headers)
    fuzzing.sent.update([service, str(response.status_code)])
    if response.status_code < 300:
        assert _may(service, identity, case.path), f"{identity} was let in ({response.status_code})"
        if response.content:
            running.known.learn(response.json() if "json" in response.headers["content-type"][0] else None)
    if identity == NOBODY and not case.path.startswith(FOR_ALL):
        assert response.status_code in (401, 405, 413, 422), response.status_code
    case.validate_response(response, headers=headers, excluded_checks=fuzzing.EXCLUDED)


def _may(service: str, identity: str, path: str) -> bool:
    if path.startswith(FOR_ALL):
        return True
    allowed = path.startswith(MAY[service].get(identity, ("nothing",)))
    return allowed and not (identity in ("team", STRANGER) and path.startswith(NOT_FOR_TEAMS))
