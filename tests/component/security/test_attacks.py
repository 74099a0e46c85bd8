"""Attempts on sign-in, sessions and writes that count once."""

import asyncio
import logging
import time
from datetime import timedelta

import httpx
import pytest
import structlog
from joserfc import jwt

from services.intake.app import create_app
from services.intake.settings import Settings
from shared.ids import uuid7
from shared.logging import configure
from shared.web import accounts
from shared.web.accounts import SessionKind
from shared.web.accounts.throttle import PER_ACCOUNT
from shared.web.identity import RENEW_AFTER, Role
from tests.component.intake.conftest import Intake
from tests.component.intake.samples import API, SITE, register
from tests.component.security.served import counts

PASSWORD = "ein langes Kennwort"
OWN = {"sec-fetch-site": "same-origin", "accept": "text/html"}
TAP = {"target_group": "refugee"}


@pytest.fixture
async def amal(intake: Intake) -> Intake:
    """The intake with an account that has a password."""
    async with intake.database.transaction() as session:
        await accounts.add_account(session, "amal", Role.TEAM, SITE, "Amal Beispiel", PASSWORD)
    return intake


@pytest.mark.parametrize(
    "authorization", ["Basic YW1hbDp4", "", "Digest x", "Bearer"], ids=["basic", "empty", "digest", "bearer-without"]
)
async def test_no_other_authorization_is_a_way_around_the_origin(amal: Intake, authorization: str) -> None:
    """Only a bearer token excuses a request from elsewhere: an address with a name in it makes a browser send more."""
    before = await counts(amal.database)
    headers = {"sec-fetch-site": "cross-site", "accept": "text/html", "authorization": authorization}
    async with amal.client(headers=headers) as elsewhere:
        answer = await elsewhere.post("/sign-in", data={"account": "amal", "password": PASSWORD})
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
        cookie = {"cookie": f"lokal_session={await amal.token()}"}
        assert (await elsewhere.post("/intake/office-hours/contacts", data=TAP, headers=cookie)).status_code == 403
    after = await counts(amal.database)
    assert {**after, "session": 0} == {**before, "session": 0}


async def test_every_way_to_write_a_name_counts_against_the_same_account(amal: Intake) -> None:
    """Capitals, spaces and NUL do not make a new account of which five more passwords can be tried."""
    spellings = ["amal", "AMAL", " amal ", "Amal\t", "a\x00mal", "\u3000amal"]
    assert len(spellings) == PER_ACCOUNT + 1
    async with amal.client(headers=OWN) as browser:
        statuses = [
            (await browser.post("/sign-in", data={"account": name, "password": "falsch"})).status_code
            for name in spellings
        ]
        assert statuses == [401] * PER_ACCOUNT + [429]
        assert (await browser.post("/sign-in", data={"account": "amal", "password": PASSWORD})).status_code == 429


async def test_overlong_passwords_are_not_hashed(amal: Intake) -> None:
    """A password of half a megabyte costs no more work than any other wrong one, and counts like it."""
    async with amal.client(headers=OWN) as browser:
        for password in (PASSWORD + "x" * 500_000, "\ufdfa" * 257, PASSWORD + "\x00"):
            answer = await browser.post("/sign-in", data={"account": "amal", "password": password})
            assert answer.status_code == 401
        assert (await browser.post("/sign-in", data={"account": "amal", "password": PASSWORD})).status_code == 303


@pytest.mark.parametrize(
    "next_page",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "\\\\e",
        "",
    ],
)
async def test_the_sign_in_leads_nowhere_else(amal: Intake, next_page: str) -> None:
    """Whatever `next` says, one stays on this origin, by form, by link and by renewal."""
    async with amal.client(headers=OWN) as browser:
        form = {"account": "amal", "password": PASSWORD, "next": next_page}
        answers = [
            await browser.post("/sign-in", data=form),
            await browser.get("/sign-in", params={"next": next_page}),
            await browser.get("/sign-in/renew", params={"next": next_page}),
        ]
    assert [(answer.status_code, answer.headers["location"]) for answer in answers] == [(303, "/")] * 3


async def test_simultaneous_renewals_agree(amal: Intake) -> None:
    """Ten requests of one page that all meet an ageing token are all answered, and each new token is good."""
    async with amal.database.transaction() as session:
        opened = await accounts.open_session(session, "amal", SessionKind.SIGN_IN, timedelta(hours=12))
    born = int(time.time()) - RENEW_AFTER - 60
    claims = {"iss": SITE, "sub": "amal", "name": "Amal", "role": "team", "site": SITE, "sid": str(opened)}
    header = {"alg": "Ed25519", "kid": amal.keys.own_id}
    old = jwt.encode(header, {**claims, "iat": born, "exp": born + 900}, amal.keys.signing_key, algorithms=["Ed25519"])
    async with amal.client(headers=OWN) as browser:
        cookie = {"cookie": f"lokal_session={old}"}
        answers = await asyncio.gather(*(browser.get("/intake/office-hours", headers=cookie) for _ in range(10)))
        assert {answer.status_code for answer in answers} == {200}
        for answer in answers:
            fresh = answer.headers["set-cookie"].split(";")[0]
            assert (await browser.get("/intake/office-hours", headers={"cookie": fresh})).status_code == 200
    assert (await counts(amal.database))["session"] == 1


async def test_a_key_belongs_to_an_account(intake: Intake) -> None:
    """Who guesses another account's key learns nothing of its answer and stops nothing of its own."""
    answers = []
    for account in ("amal", "berta"):
        headers = {"authorization": f"Bearer {await intake.token(account)}", "idempotency-key": "monday-1"}
        async with intake.client(headers=headers) as program:
            answers.append(await program.post(f"{API}/contacts", json=TAP))
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["contact_id"] != answers[1].json()["contact_id"]
    assert "idempotent-replayed" not in answers[1].headers
    assert await intake.rows("select count(*) from contact") == [(2,)]


async def test_a_key_replays_to_nobody_who_is_out(intake: Intake) -> None:
    """A kept answer is not given to a session that was revoked, nor for another body, nor under a giant key."""
    token = await intake.token()
    headers = {"authorization": f"Bearer {token}", "idempotency-key": "monday-1"}
    async with intake.client(headers=headers) as program:
        assert (await program.post(f"{API}/contacts", json=TAP)).status_code == 201
        other = await program.post(f"{API}/contacts", json={"target_group": "partner"})
        assert other.status_code == 422
        giant = await program.post(f"{API}/contacts", json=TAP, headers={"idempotency-key": "k" * 10_000})
        assert giant.status_code == 422
        async with intake.database.transaction() as session:
            await accounts.revoke_all(session, "amal")
        assert (await program.post(f"{API}/contacts", json=TAP)).status_code == 401
    assert await intake.rows("select count(*) from contact") == [(1,)]


@pytest.mark.parametrize(
    "word", ["%", "_", "\\", "%%", "a%b", "％", "＿", "＼", "'", '"', "%' or '1'='1", "$1", ":word0"]
)
async def test_no_character_of_a_search_is_a_wildcard(api: httpx.AsyncClient, word: str) -> None:
    """What is typed is what is searched for; nobody's name has a percent sign."""
    await register(api)
    found = await api.get(f"{API}/households", params={"q": word})
    assert found.status_code == 200
    assert found.json()["items"] == []


async def test_no_attempt_leaves_a_name_in_the_log(
    amal: Intake, api: httpx.AsyncClient, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither accounts nor searches nor wrong fields nor addresses stand in the log."""
    handlers = logging.getLogger().handlers
    configure(SITE, "intake", "json")
    # Else the loggers of the modules would keep this origin for the tests that come after.
    structlog.configure(cache_logger_on_first_use=False)
    async with amal.client(headers=OWN) as browser:
        await browser.post("/sign-in", data={"account": "kennwort-konto", "password": "kennwort-geheim"})
        await browser.get("/intake/kennwort-pfad?kennwort-frage=1")
    await api.get(f"{API}/households", params={"q": "kennwort-suche"})
    await api.get(f"{API}/households/{uuid7()}", params={"reason": "kennwort-grund"})
    await api.post(f"{API}/households", json={"kennwort-feld": "kennwort-wert"})
    logging.getLogger().handlers = handlers
    structlog.reset_defaults()
    log = "\n".join(line for line in capfd.readouterr().out.splitlines() if '"logger": "httpx"' not in line)
    assert '"event": "request"' in log
    assert "kennwort" not in log


async def test_behind_tls_the_session_is_bound_to_host_and_tls(intake: Intake) -> None:
    """Cookies of a gateway with TLS have the prefix that no neighbour can set, and one without it is not believed."""
    settings = Settings(**{**intake.settings.model_dump(), "public_url": "https://willkommen.example.org"})
    app = create_app(settings)
    token = await intake.token()
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="https://willkommen.example.org", headers=OWN
    ) as browser:
        for name, status in (("lokal_session", 303), ("__Host-lokal_session", 200)):
            answer = await browser.get("/intake/office-hours", headers={"cookie": f"{name}={token}"})
            assert answer.status_code == status
            assert answer.headers["strict-transport-security"] == "max-age=31536000"
    await app.state.database.dispose()
