"""Bad input, by call and by form: a clear German sentence, and nothing half-written in any table."""

import base64
import hmac
import json
import time
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey

from services.intake.domain.days import german
from shared.ids import uuid7
from shared.web import accounts, tokens
from shared.web.identity import Principal, Role
from shared.web.keys import key_id
from tests.component.intake.conftest import Intake
from tests.component.intake.samples import API, ASSELN, SITE, days_ago, family
from tests.component.security.served import counts

PERSON = {"given_name": "Nour", "family_name": "Probe-Amari"}
TWO_YEARS_AHEAD = days_ago(-730)
WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "moved two years ahead": ({"moved_on": TWO_YEARS_AHEAD}, "moved_on", "zu weit in der Zukunft"),
    "moved in the year 216": ({"moved_on": "0216-10-01"}, "moved_on", "Bitte das Jahr prüfen"),
    "no date": ({"moved_on": "2016-02-30"}, "moved_on", "gültiges Datum"),
    "born after the move": (
        {"moved_on": days_ago(9), "persons": [{**PERSON, "birth_date": days_ago(3)}]},
        "persons.0.birth_date",
        "liegt nach dem Umzug",
    ),
    "born tomorrow": ({"persons": [{**PERSON, "birth_date": days_ago(-1)}]}, "persons.0.birth_date", "Zukunft"),
    "unknown district": ({"address": {**ASSELN, "district": "schalke"}}, "address.district", "nicht zur Auswahl"),
    "district as name": ({"address": {**ASSELN, "district": "Brackel\u200b"}}, "address.district", "nicht zur Auswahl"),
    "unknown field": ({"shoe_size": "43"}, "shoe_size", "Dieses Feld gibt es nicht"),
    "unknown field inside": ({"persons": [{**PERSON, "age": "3"}]}, "persons.0.age", "Dieses Feld gibt es nicht"),
    "NUL": ({"family_name": "Pro\x00be"}, "family_name", "Steuerzeichen"),
    "NUL inside": ({"persons": [{**PERSON, "given_name": "N\x00"}]}, "persons.0.given_name", "Steuerzeichen"),
    "a picture": ({"family_name": "Probe 🏠"}, "family_name", "Bildzeichen"),
    "a mark that turns the line": ({"family_name": "Probe \u202eEborP"}, "family_name", "Steuerzeichen"),
    "no name": ({"family_name": "   "}, "family_name", "fehlt"),
    "a name as a novel": ({"family_name": "P" * 5000}, "family_name", "Höchstens"),
    "postal code": ({"address": {**ASSELN, "postal_code": "D-44"}}, "address.postal_code", "Form"),
    "another site's district": ({"address": {**ASSELN, "district": "hoerde"}}, "address.district", "Hörde"),
}


def as_form(value: Any, name: str = "") -> dict[str, Any]:
    """The same input as the page's form sends it."""
    if isinstance(value, dict):
        return {k: v for key, one in value.items() for k, v in as_form(one, f"{name}.{key}" if name else key).items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return {k: v for index, one in enumerate(value) for k, v in as_form(one, f"{name}.{index}").items()}
    return {name: value}


@pytest.mark.parametrize("case", WRONG)
async def test_wrong_input_by_call(api: httpx.AsyncClient, intake: Intake, case: str) -> None:
    """The problem names the field and says in German what is wrong; every table is as it was."""
    changes, path, sentence = WRONG[case]
    before = await counts(intake.database)
    answer = await api.post(f"{API}/households", json=family(**changes), headers={"idempotency-key": "once"})
    assert answer.status_code in (409, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert {"type", "title", "status", "detail", "errors"} <= problem.keys()
    told = {error["path"]: error["message"] for error in problem["errors"]}
    if answer.status_code == 422:
        assert sentence in told[path], told
    assert await counts(intake.database) == before


@pytest.mark.parametrize("case", WRONG)
async def test_wrong_input_by_form(browser: httpx.AsyncClient, intake: Intake, case: str) -> None:
    """The form comes back with the sentence on it and what was typed; every table is as it was."""
    changes, _, sentence = WRONG[case]
    before = await counts(intake.database)
    form = {**as_form(family(**changes)), "idempotency_key": "once"}
    answer = await browser.post("/intake/households/new", data=form)
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")
    assert sentence in answer.text
    assert "Musterweg 7" in answer.text
    assert await counts(intake.database) == before


@pytest.mark.parametrize(
    "name", ["مثال-الاختبار", "תשבי-דוגמה", "نمونه‌آزمایشی", "Ngô-Thử", "İlkörnek", "O’Beispiel", "Åström-Probe"]
)
async def test_names_of_all_scripts_are_kept(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake, name: str
) -> None:
    """A name from right to left, with joiners, or with letters on letters is kept as it is and keeps its direction."""
    persons = [{"given_name": name, "family_name": name}]
    answer = await api.post(f"{API}/households", json=family(family_name=name, persons=persons))
    assert answer.status_code == 201, answer.text
    household = answer.json()["household_id"]
    assert (await api.get(f"{API}/households/{household}")).json()["family_name"] == name
    for path in (f"/intake/households/{household}", "/intake/households"):
        page = (await browser.get(path)).text
        assert name in page
        before = page[: page.index(name, page.index("<main"))]
        assert 'dir="auto"' in before[before.rindex("<") :] or "<bdi" in before[before.rindex("<") :], path


async def test_ten_megabytes_are_refused(api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake) -> None:
    """A body of 10 MB is refused in German, whether it says its size or not, and nothing of it is kept."""
    before = await counts(intake.database)
    large = json.dumps(family(family_name="P" * 10_000_000)).encode()

    async def in_parts() -> Any:
        for start in range(0, len(large), 65536):
            yield large[start : start + 65536]

    headers = {"content-type": "application/json"}
    for body in (large, in_parts()):
        answer = await api.post(f"{API}/households", content=body, headers=headers)
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"
        assert "zu groß" in answer.json()["detail"]
    page = await browser.post("/intake/households/new", data=as_form(family(family_name="P" * 10_000_000)))
    assert page.status_code == 413
    assert page.headers["content-type"].startswith("text/html")
    assert "zu groß" in page.text
    assert await counts(intake.database) == before


def _encoded(part: Mapping[str, Any] | bytes) -> str:
    content = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def forged(intake: Intake, genuine: str) -> dict[str, str]:
    """Tokens that somebody might try, made from a genuine one."""
    head, body, signature = genuine.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    kid = intake.keys.own_id
    stranger = OKPKey.generate_key("Ed25519")

    def signed(key: OKPKey, kid: str, **changes: Any) -> str:
        return jwt.encode({"alg": "Ed25519", "kid": kid}, {**claims, **changes}, key, algorithms=["Ed25519"])

    content = f"{_encoded({'alg': 'HS256', 'typ': 'JWT', 'kid': kid})}.{body}"
    public = intake.keys.signing_key.as_pem(private=False)
    city = intake.city_keys
    return {
        "alg none": f"{_encoded({'alg': 'none', 'kid': kid})}.{body}.",
        "alg None": f"{_encoded({'alg': 'None', 'kid': kid})}.{body}.{signature}",
        "HS256 with the public key": f"{content}.{_encoded(hmac.digest(public, content.encode(), 'sha256'))}",
        "a stranger's key": signed(stranger, key_id(stranger)),
        "a stranger's key under our id": signed(stranger, kid),
        "the city's key for a team": signed(city.signing_key, city.own_id, iss="city"),
        "the city's key in our name": signed(city.signing_key, city.own_id),
        "our key for a city role": signed(intake.keys.signing_key, kid, role="privacy", site=None),
        "our key in the city's name": signed(intake.keys.signing_key, kid, role="privacy", site=None, iss="city"),
        "our key for another site": signed(intake.keys.signing_key, kid, site="hoerde-hombruch"),
        "a role that is none": signed(intake.keys.signing_key, kid, role="admin"),
        "another account's session": signed(intake.keys.signing_key, kid, sub="berta"),
        "a session that is none": signed(intake.keys.signing_key, kid, sid="01940000-0000-7000-8000-000000000000"),
        "expired": signed(intake.keys.signing_key, kid, iat=int(time.time()) - 90_000, exp=int(time.time()) - 86_400),
        "without an end": signed(intake.keys.signing_key, kid, exp=None),
        "from the future": signed(intake.keys.signing_key, kid, iat=int(time.time()) + 3600),
        "changed payload": f"{head}.{_encoded({**claims, 'name': 'Chefin'})}.{signature}",
        "cut signature": f"{head}.{body}.{signature[:-4]}",
        "no signature": f"{head}.{body}.",
        "five parts": f"{genuine}.{head}.{body}",
        "no token": "Bearer",
    }


async def test_forged_and_expired_tokens(intake: Intake) -> None:
    """None of them opens anything by header or by cookie; the answer is German, and nothing is written."""
    genuine = await intake.token()
    async with intake.database.transaction() as session:
        await accounts.add_account(session, "berta", Role.TEAM, SITE, "Berta", None)
    before = await counts(intake.database)
    async with intake.client() as client:
        for what, token in forged(intake, genuine).items():
            headers = {"authorization": f"Bearer {token}"}
            for answer in (
                await client.get(f"{API}/households", headers=headers),
                await client.post(f"{API}/households", json=family(), headers=headers),
                await client.get(f"{API}/access-log", headers=headers),
                await client.post(f"{API}/households", json=family(), headers={"cookie": f"lokal_session={token}"}),
            ):
                assert answer.status_code == 401, what
                assert answer.headers["content-type"] == "application/problem+json"
                assert "anmelden" in answer.json()["detail"] or "Anmeldung" in answer.json()["detail"], what
                assert "set-cookie" not in answer.headers
            page = await client.get("/intake/households", headers={"cookie": f"lokal_session={token}"})
            assert (page.status_code, page.headers["location"]) == (303, "/sign-in?next=/intake/households"), what
    assert await counts(intake.database) == before


async def test_a_team_of_the_wrong_site(intake: Intake) -> None:
    """A genuine member of another site's team is refused in German, on call, page and form; nothing is written."""
    mo = Principal("mo", Role.TEAM, "hoerde-hombruch", uuid7(), "hoerde-hombruch", "Mo")
    token = tokens.issue(intake.neighbour_keys, mo, timedelta(hours=1))
    before = await counts(intake.database)
    headers = {"authorization": f"Bearer {token}"}
    async with intake.client() as client:
        call = await client.post(f"{API}/households", json=family(), headers=headers)
        assert call.status_code == 403
        assert "anderen Standort" in call.json()["detail"]
        browser = {"cookie": f"lokal_session={token}", "accept": "text/html", "sec-fetch-site": "same-origin"}
        for answer in (
            await client.get("/intake/households", headers=browser),
            await client.post("/intake/households/new", data=as_form(family()), headers=browser),
        ):
            assert answer.status_code == 403
            assert "anderen Standort" in answer.text
    assert await counts(intake.database) == before


async def test_the_limit_is_named(api: httpx.AsyncClient) -> None:
    """Who enters a move too far ahead is told until when it can be entered."""
    answer = await api.post(f"{API}/households", json=family(moved_on=TWO_YEARS_AHEAD))
    [error] = answer.json()["errors"]
    assert german(date.fromisoformat(days_ago(-60))) in error["message"]
