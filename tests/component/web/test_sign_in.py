"""Signing in and out in the browser, and what ends a session."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from argon2 import extract_parameters
from sqlalchemy import text

from shared.ids import uuid7
from shared.web import accounts, tokens
from shared.web.accounts import passwords, throttle
from shared.web.identity import Principal, Role
from tests.component.web.conftest import PASSWORD, SITE, Stack

WRONG = "ein falsches Passwort"


async def sign_in(client: httpx.AsyncClient, password: str = PASSWORD, account: str = "alex") -> httpx.Response:
    return await client.post("/sign-in", data={"account": account, "password": password})


def cookie(client: httpx.AsyncClient) -> str:
    value = client.cookies.get("lokal_session")
    assert value
    return value


def set_cookie(client: httpx.AsyncClient, token: str) -> None:
    client.cookies.clear()
    client.cookies.set("lokal_session", token, domain="testserver.local")


async def aged(site: Stack, token: str, seconds: int) -> str:
    """The same session's token, as it was issued some time ago."""
    claims = (await tokens.verify(site.keys, token)).principal
    real = time.time
    try:
        time.time = lambda: real() - seconds
        return tokens.issue(site.keys, claims)
    finally:
        time.time = real


async def test_page_leads_to_sign_in_and_back(browser: httpx.AsyncClient) -> None:
    """Whoever has not signed in is led from a page to the sign-in, and from there back."""
    answer = await browser.get("/?x=1")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/%3Fx%3D1"
    form = await browser.get(answer.headers["location"])
    assert form.status_code == 200
    assert 'name="next" value="/?x=1"' in form.text
    entered = await browser.post("/sign-in", data={"account": " Alex ", "password": PASSWORD, "next": "/?x=1"})
    assert entered.status_code == 303
    assert entered.headers["location"] == "/?x=1"
    page = await browser.get("/")
    assert page.status_code == 200
    assert "Alex Beispiel" in page.text


async def test_link_from_a_mail_needs_no_second_sign_in(browser: httpx.AsyncClient) -> None:
    """From another website the strict cookie does not come along; the sign-in asks the browser once more for it."""
    from_mail = await browser.get("/sign-in?next=/", headers={"sec-fetch-site": "cross-site"})
    assert from_mail.headers["refresh"] == "0"
    assert "refresh" not in (await browser.get("/sign-in?next=/")).headers


async def test_cookie_is_strict(browser: httpx.AsyncClient) -> None:
    """No script reads the session's cookie and no other website sends it."""
    header = (await sign_in(browser)).headers["set-cookie"]
    assert "HttpOnly" in header
    assert "SameSite=Strict" in header
    assert "Path=/" in header
    assert "Domain" not in header


async def test_cookie_over_https_is_bound_to_the_host(make_stack: Callable[..., Any]) -> None:
    """Where the gateway speaks HTTPS, the cookie is secure and no neighbouring host can plant one."""
    stack: Stack = await make_stack(public_url="https://brackel.example")
    async with stack.database.transaction() as session:
        await accounts.add_account(session, "alex", Role.TEAM, SITE, "Alex", PASSWORD)
    async with stack.client(headers={"sec-fetch-site": "same-origin"}) as client:
        answer = await sign_in(client)
    assert answer.headers["set-cookie"].startswith("__Host-lokal_session=")
    assert "Secure" in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"]


@pytest.mark.parametrize(
    ("account", "password"),
    [
        ("alex", WRONG),
        ("niemand", PASSWORD),
        ("", ""),
        ("alex\x00", PASSWORD),
        ("alex", PASSWORD + "\x00"),
        ("x" * 500, "y" * 5000),
    ],
)
async def test_wrong_credentials_say_nothing_more(browser: httpx.AsyncClient, account: str, password: str) -> None:
    """A wrong name and a wrong password get the same answer, and nothing that was entered comes back."""
    answer = await sign_in(browser, password, account)
    assert answer.status_code == 401
    assert "Konto oder Passwort stimmt nicht" in answer.text
    assert "lokal_session" not in answer.headers.get("set-cookie", "")
    if len(password) > 3:
        assert password not in answer.text


async def test_unknown_account_takes_as_long(browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's password costs the same work as somebody's, so that the time does not tell who has an account."""
    work: list[str] = []
    verify = passwords._verify

    def counted(password_hash: str, password: str) -> bool:
        work.append(repr(extract_parameters(password_hash)))
        return verify(password_hash, password)

    monkeypatch.setattr(passwords, "_verify", counted)
    await sign_in(browser, WRONG, "alex")
    await sign_in(browser, WRONG, "niemand")
    assert len(work) == 2
    assert work[0] == work[1]


async def test_disabled_account_is_out_at_once(site: Stack, signed_in_browser: httpx.AsyncClient) -> None:
    """Disabling an account ends its open sessions, and nobody signs in with it any more."""
    assert (await signed_in_browser.get("/")).status_code == 200
    async with site.database.transaction() as session:
        await accounts.disable_account(session, "alex")
    assert (await signed_in_browser.get("/")).status_code == 303
    assert (await sign_in(signed_in_browser)).status_code == 401


async def test_disabling_needs_no_revocation(site: Stack, signed_in_browser: httpx.AsyncClient) -> None:
    """An account that was disabled by hand in the database is out as well, whatever its sessions say."""
    async with site.database.transaction() as session:
        await session.execute(text("update account set disabled_at = now()"))
    assert (await signed_in_browser.get("/")).status_code == 303


async def test_new_password_ends_sessions(site: Stack, signed_in_browser: httpx.AsyncClient) -> None:
    """Whoever is signed in with a password that was replaced is out."""
    async with site.database.transaction() as session:
        await accounts.set_password(session, "alex", "ein anderes Passwort")
    assert (await signed_in_browser.get("/")).status_code == 303
    assert (await sign_in(signed_in_browser)).status_code == 401
    assert (await sign_in(signed_in_browser, "ein anderes Passwort")).status_code == 303


async def test_sign_out_ends_the_session(site: Stack, signed_in_browser: httpx.AsyncClient) -> None:
    """After signing out the cookie is gone, and a copy of it is worth nothing."""
    copy = cookie(signed_in_browser)
    answer = await signed_in_browser.post("/sign-out")
    assert answer.status_code == 303
    assert "lokal_session" not in signed_in_browser.cookies
    set_cookie(signed_in_browser, copy)
    assert (await signed_in_browser.get("/")).status_code == 303


async def test_revoked_session_ends_a_token_of_the_command_line(site: Stack, program: httpx.AsyncClient) -> None:
    """Revoking takes effect at the issuing stack at once, also for a token with hours to go."""
    assert (await program.get("/notes/api/v1/notes")).status_code == 200
    async with site.database.transaction() as session:
        assert await accounts.revoke_all(session, "alex") == 1
    answer = await program.get("/notes/api/v1/notes")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_token_is_renewed_while_in_use(site: Stack, signed_in_browser: httpx.AsyncClient) -> None:
    """A token that expired a minute ago is replaced in passing; the session goes on."""
    old = await aged(site, cookie(signed_in_browser), 16 * 60)
    set_cookie(signed_in_browser, old)
    answer = await signed_in_browser.get("/")
    assert answer.status_code == 200
    renewed = answer.cookies["lokal_session"]
    assert (await tokens.verify(site.keys, renewed)).age < 60


async def test_fresh_token_is_left_alone(signed_in_browser: httpx.AsyncClient) -> None:
    """Not every answer carries a new cookie."""
    assert "set-cookie" not in (await signed_in_browser.get("/")).headers


async def test_idle_session_is_over(site: Stack, signed_in_browser: httpx.AsyncClient) -> None:
    """A desk that was left for more than an hour asks for the password again."""
    set_cookie(signed_in_browser, await aged(site, cookie(signed_in_browser), 61 * 60))
    assert (await signed_in_browser.get("/")).status_code == 303


async def test_session_ends_after_a_working_day(site: Stack, signed_in_browser: httpx.AsyncClient) -> None:
    """However busy somebody was, after twelve hours the password is asked for again."""
    async with site.database.transaction() as session:
        await session.execute(text("update session set expires_at = expires_at - interval '12 hours'"))
    assert (await signed_in_browser.get("/")).status_code == 303


async def test_revoked_session_is_not_renewed(site: Stack, signed_in_browser: httpx.AsyncClient) -> None:
    """An expired token of a revoked session brings no new one."""
    set_cookie(signed_in_browser, await aged(site, cookie(signed_in_browser), 16 * 60))
    async with site.database.transaction() as session:
        await accounts.revoke_all(session, "alex")
    answer = await signed_in_browser.get("/sign-in/renew?next=/")
    assert answer.headers["location"] == "/sign-in?next=/"
    assert "set-cookie" not in answer.headers


async def test_expired_bearer_token_is_not_renewed(site: Stack, program: httpx.AsyncClient) -> None:
    """Only a browser's session is renewed; a program's token ends when it ends."""
    program.headers["authorization"] = f"Bearer {site.token(lifetime=timedelta(seconds=-5))}"
    assert (await program.get("/notes/api/v1/notes")).status_code == 401


async def test_page_of_another_stack_sends_to_the_issuer(site: Stack, make_stack: Callable[..., Any]) -> None:
    """A page of the city that meets a site's expired token leads to that site's renewal."""
    city: Stack = await make_stack("city")
    expired = site.token(lifetime=timedelta(seconds=-60))
    async with city.client(headers={"accept": "text/html"}, cookies={"lokal_session": expired}) as client:
        answer = await client.get("/")
    assert answer.headers["location"] == "/sign-in/renew?next=/"


async def test_renewal_cannot_be_talked_into_a_loop(site: Stack, signed_in_browser: httpx.AsyncClient) -> None:
    """The renewal gives a fresh token whatever age the old one has, and leads back to the page."""
    before = await aged(site, cookie(signed_in_browser), 60)
    set_cookie(signed_in_browser, before)
    answer = await signed_in_browser.get("/sign-in/renew?next=/reporting/")
    assert answer.headers["location"] == "/reporting/"
    assert answer.cookies["lokal_session"] != before


async def test_other_site_is_refused(make_stack: Callable[..., Any], site: Stack) -> None:
    """A team member of another site, genuinely signed in there, opens nothing here: neither page nor operation."""
    neighbour: Stack = await make_stack("hoerde-hombruch")
    token = neighbour.token(site="hoerde-hombruch")
    async with site.client(headers={"accept": "text/html"}, cookies={"lokal_session": token}) as client:
        page = await client.get("/")
        operation = await client.get("/notes/api/v1/notes")
    assert page.status_code == 403
    assert "Keine Berechtigung" in page.text
    assert operation.status_code == 403
    assert operation.headers["content-type"] == "application/problem+json"


async def test_role_without_a_page_is_not_sent_in_circles(
    make_stack: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who signs in with a role that has no page (each has one now) is told so, with the way out."""
    monkeypatch.setattr("shared.web.sign_in.home", lambda _principal: None)
    city: Stack = await make_stack("city")
    async with city.database.transaction() as session:
        await accounts.add_account(session, "eva", Role.GUEST, None, "Eva Muster", PASSWORD)
    async with city.client(headers={"accept": "text/html", "sec-fetch-site": "same-origin"}) as client:
        entered = await client.post("/reporting/sign-in", data={"account": "eva", "password": PASSWORD})
        page = await client.get(entered.headers["location"])
    assert page.status_code == 403
    assert "noch keine Seite" in page.text
    assert 'action="/reporting/sign-out"' in page.text


async def test_other_role_is_refused(make_stack: Callable[..., Any], site: Stack) -> None:
    """A role of the city opens no team's page."""
    city: Stack = await make_stack("city")
    token = city.token(Role.COORDINATOR, site=None)
    async with site.client(headers={"authorization": f"Bearer {token}"}) as client:
        assert (await client.get("/notes/api/v1/notes")).status_code == 403


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic YTpi", "Bearer x.y.z", "Bearer \u00e9", "x"])
async def test_useless_authorization_is_401(site: Stack, header: str) -> None:
    """An `Authorization` header that proves nothing is not signed in, and a cookie beside it does not help."""
    async with site.client(headers={"authorization": header.encode()}) as client:  # type: ignore[dict-item]
        answer = await client.get("/notes/api/v1/notes")
    assert answer.status_code == 401
    assert answer.json()["title"] == "Anmeldung nötig"


async def test_partial_update_leads_to_sign_in_too(browser: httpx.AsyncClient) -> None:
    """A part of a page that finds nobody signed in opens the sign-in, not a page within the page."""
    headers = {"hx-request": "true", "hx-current-url": "http://testserver/intake/households?q=a"}
    answer = await browser.get("/", headers=headers)
    assert answer.status_code == 204
    assert answer.headers["hx-redirect"] == "/sign-in?next=/intake/households%3Fq%3Da"


async def test_form_after_the_end_of_a_session_loses_nothing(browser: httpx.AsyncClient) -> None:
    """Who sends a form without being signed in gets a page that says so and how to get back to it."""
    answer = await browser.post("/notes/new", data={"text": "wichtig"})
    assert answer.status_code == 401
    assert "nichts gespeichert" in answer.text
    assert "„Zurück“" in answer.text


class TestThrottle:
    """Attempts are counted in the database."""

    async def test_fifth_failure_closes_the_account(self, site: Stack, browser: httpx.AsyncClient) -> None:
        """After five wrong passwords even the right one has to wait, and the page says how long."""
        for _ in range(throttle.PER_ACCOUNT):
            assert (await sign_in(browser, WRONG)).status_code == 401
        answer = await sign_in(browser)
        assert answer.status_code == 429
        assert "15 Minuten" in answer.text
        assert 0 < int(answer.headers["retry-after"]) <= 15 * 60 + 1

    async def test_it_opens_again(self, site: Stack, browser: httpx.AsyncClient) -> None:
        """After a quarter of an hour the right password works, and old attempts are forgotten."""
        for _ in range(throttle.PER_ACCOUNT):
            await sign_in(browser, WRONG)
        async with site.database.transaction() as session:
            await session.execute(text("update sign_in_failure set at = at - interval '15 minutes'"))
        assert (await sign_in(browser)).status_code == 303
        assert await site.count("sign_in_failure") == 0

    async def test_success_forgives(self, site: Stack, browser: httpx.AsyncClient) -> None:
        """Four typing errors and the right password: nothing is left of it."""
        for _ in range(throttle.PER_ACCOUNT - 1):
            await sign_in(browser, WRONG)
        assert (await sign_in(browser)).status_code == 303
        assert await site.count("sign_in_failure") == 0

    async def test_one_address_does_not_try_all_accounts(self, site: Stack, browser: httpx.AsyncClient) -> None:
        """Twenty failures from one address close it, whatever accounts were tried."""
        for number in range(throttle.PER_CLIENT):
            assert (await sign_in(browser, "", f"konto-{number}")).status_code == 401
        assert (await sign_in(browser)).status_code == 429

    async def test_simultaneous_guesses_are_all_counted(self, site: Stack, browser: httpx.AsyncClient) -> None:
        """Twelve guesses at the same moment are twelve attempts: five are answered, the others wait."""
        answers = await asyncio.gather(*(sign_in(browser, WRONG) for _ in range(12)))
        assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 7

    @pytest.mark.parametrize(
        ("one", "other", "same"),
        [
            ("2001:db8::1", "2001:db8::2", True),
            ("2001:db8::1", "2001:db8:1::1", False),
            ("192.0.2.1", "192.0.2.2", False),
            ("::ffff:192.0.2.1", "192.0.2.1", True),
            (None, "testclient", True),
        ],
    )
    def test_addresses_are_counted_as_machines(self, one: str | None, other: str, same: bool) -> None:
        """A machine with a whole IPv6 network to choose from is counted once."""
        assert (throttle.client_key(one) == throttle.client_key(other)) is same


async def test_nothing_tells_when_somebody_worked(site: Stack, signed_in_browser: httpx.AsyncClient) -> None:
    """Sessions have no beginning in the database, and requests leave no trace in it."""
    async with site.database.transaction() as session:
        columns = (
            await session.execute(
                text("select column_name from information_schema.columns where table_name = 'session'")
            )
        ).scalars()
        assert set(columns) == {"id", "account", "kind", "expires_at", "revoked_at"}


async def test_account_of_another_stack_is_worth_nothing(site: Stack) -> None:
    """A row in the accounts' table that claims another site's team opens nothing."""
    async with site.database.transaction() as session:
        await accounts.add_account(session, "fremd", Role.TEAM, "hoerde-hombruch", "Fremd", PASSWORD)
        session_id = await accounts.open_session(session, "fremd", accounts.SessionKind.TOKEN, timedelta(hours=1))
    forged = Principal("fremd", Role.TEAM, SITE, session_id, SITE, "Fremd")
    async with site.client(headers={"authorization": f"Bearer {tokens.issue(site.keys, forged)}"}) as client:
        assert (await client.get("/notes/api/v1/notes")).status_code == 401


async def test_unknown_session_is_no_session(site: Stack) -> None:
    """A genuine signature without an open session in the database opens nothing at the issuing stack."""
    principal = Principal("alex", Role.TEAM, SITE, uuid7(), SITE, "Alex")
    async with site.client(headers={"authorization": f"Bearer {tokens.issue(site.keys, principal)}"}) as client:
        assert (await client.get("/notes/api/v1/notes")).status_code == 401
