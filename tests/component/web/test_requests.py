"""Bad input, foreign origins and large bodies: a clear answer, nothing half-written, nothing repeated."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import structlog
from prometheus_client import generate_latest

from shared.web import accounts
from shared.web.identity import Role
from shared.web.middleware import MAX_BODY
from tests.component.web.conftest import PASSWORD, SITE, Stack, attempts

NOTES = "/notes/api/v1/notes"


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem document of an answer, complete as RFC 9457 and we have it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["status"] == status
    assert document["title"]
    assert document["detail"]
    assert document["correlation_id"] == answer.headers["x-correlation-id"]
    return document


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "text"),
        ({"text": ""}, "text"),
        ({"text": 7}, "text"),
        ({"text": "geheim\x00"}, "text"),
        ({"text": "x" * 201}, "text"),
        ({"text": "ok", "geheim": 1}, "geheim"),
        ({"text": "ok", "tags": ["a", "geheim\x00"]}, "tags"),
        ([], ""),
        (None, ""),
    ],
)
async def test_wrong_field_is_named(site: Stack, program: httpx.AsyncClient, body: Any, path: str) -> None:
    """A wrong field gets 422 with its path and a German sentence, and nothing is written."""
    document = problem(await program.post(NOTES, json=body), 422)
    assert path in [error["path"] for error in document["errors"]]
    assert all(error["message"] for error in document["errors"])
    assert await site.count("note") == 0


async def test_what_was_entered_does_not_come_back(program: httpx.AsyncClient) -> None:
    """Neither answer nor log repeats a wrong value."""
    with structlog.testing.capture_logs() as lines:
        answer = await program.post(NOTES, json={"text": ["Marker-Mustermann"]})
        kaputt = await program.post(NOTES, json={"text": "kaputt"})
    assert answer.status_code == 422
    assert kaputt.status_code == 500
    written = answer.text + kaputt.text + generate_latest().decode()
    assert "Marker-Mustermann" not in written
    assert "geheim" not in written
    assert all("Marker-Mustermann" not in repr(line) for line in lines)


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"",
        b'{"text": "\xff"}',
        b'{"text": "\\ud800"}',
        b'{"text": "\\u0000"}',
        b"[" * 200_000,
        b'"text"',
        b"NaN",
        b"1e999",
    ],
)
async def test_unreadable_body_is_422(site: Stack, program: httpx.AsyncClient, content: bytes) -> None:
    """Broken JSON, other encodings, half characters and a tower of brackets are answered, not crashed on."""
    answer = await program.post(NOTES, content=content, headers={"content-type": "application/json"})
    problem(answer, 422)
    assert await site.count("note") == 0


async def test_other_content_types_are_422(program: httpx.AsyncClient) -> None:
    """A body that is no JSON is told so."""
    document = problem(await program.post(NOTES, content=b"text=a", headers={"content-type": "text/plain"}), 422)
    assert "JSON" in document["errors"][0]["message"]


@pytest.mark.parametrize(
    "query", ["?geheim=1", "?limit=0", "?limit=x", "?limit=201", "?cursor=x", "?q=%00", "?limit=1&x"]
)
async def test_wrong_query_is_422(program: httpx.AsyncClient, query: str) -> None:
    """Unknown and impossible parameters are errors, not ignored."""
    problem(await program.get(NOTES + query), 422)


async def test_not_found_and_wrong_ids(program: httpx.AsyncClient) -> None:
    """What does not exist is 404, what is no id is 422, what no route knows is 404, a wrong method 405."""
    assert "Notiz" in problem(await program.get(f"{NOTES}/{uuid4()}"), 404)["detail"]
    assert problem(await program.get(f"{NOTES}/x%00"), 422)["errors"][0]["path"] == "note_id"
    problem(await program.get("/notes/api/v1/nichts"), 404)
    wrong_method = await program.delete(NOTES)
    problem(wrong_method, 405)
    assert wrong_method.headers["allow"] == "GET, POST"


async def test_list_goes_on(program: httpx.AsyncClient) -> None:
    """A list is read to its end in pages, each entry once, also when entries are added meanwhile."""
    for number in range(5):
        await program.post(NOTES, json={"text": str(number)})
    page = (await program.get(NOTES, params={"limit": 2})).json()
    texts = [note["text"] for note in page["items"]]
    await program.post(NOTES, json={"text": "5"})
    while page["next_cursor"]:
        page = (await program.get(NOTES, params={"limit": 2, "cursor": page["next_cursor"]})).json()
        texts += [note["text"] for note in page["items"]]
    assert texts == ["0", "1", "2", "3", "4", "5"]


async def test_refusal_undoes_everything(site: Stack, program: httpx.AsyncClient) -> None:
    """A rule that says no after something was written leaves nothing of it; so does a crash."""
    assert problem(await program.post(NOTES, json={"text": "zu spät"}), 409)["detail"] == "Die Notiz kommt zu spät."
    assert "Nummer" in problem(await program.post(NOTES, json={"text": "kaputt"}), 500)["detail"]
    assert await site.count("note") == 0


async def test_page_that_says_no_undoes_everything(site: Stack, signed_in_browser: httpx.AsyncClient) -> None:
    """A form that is shown again with its errors has left nothing half-written, though no exception was raised."""
    assert (await signed_in_browser.post("/notes/changed-mind")).status_code == 422
    assert await site.count("note") == 0


async def test_deadlock_is_not_the_users_problem(site: Stack, signed_in_browser: httpx.AsyncClient) -> None:
    """A request that PostgreSQL sacrificed to another one is run again, and counts once."""
    attempts.clear()
    assert (await signed_in_browser.post("/notes/contended")).status_code == 303
    assert len(attempts) == 2
    assert await site.count("note") == 1


async def test_people_get_pages(browser: httpx.AsyncClient, signed_in_browser: httpx.AsyncClient) -> None:
    """A browser gets its errors as German pages."""
    missing = await signed_in_browser.get("/notes/nirgends")
    assert missing.status_code == 404
    assert "<h1" in missing.text
    assert "Nicht gefunden" in missing.text
    wrong = await signed_in_browser.post("/notes/new", data={"text": ""})
    assert wrong.status_code == 422
    assert "nichts gespeichert" in wrong.text


class TestSize:
    """A body of more than 1 MiB is not accepted, however it is sent."""

    async def test_ten_megabytes(self, site: Stack, program: httpx.AsyncClient) -> None:
        """A body that says its size is refused before anybody looks at it."""
        answer = await program.post(NOTES, content=b'{"text":"' + b"x" * 10_000_000 + b'"}')
        assert "1 MB" in problem(answer, 413)["detail"]

    async def test_without_a_length(self, site: Stack, program: httpx.AsyncClient) -> None:
        """A body that hides its size is refused as soon as it is too large."""

        async def endless() -> AsyncIterator[bytes]:
            yield b'{"text":"'
            for _ in range(40):
                yield b"x" * 65536

        headers = {"content-type": "application/json"}
        problem(await program.post(NOTES, content=endless(), headers=headers), 413)

    async def test_before_sign_in(self, site: Stack) -> None:
        """A stranger's megabytes are refused as well."""
        async with site.client() as client:
            assert (await client.post("/sign-in", content=b"x" * (MAX_BODY + 1))).status_code == 413

    async def test_just_fits(self, program: httpx.AsyncClient) -> None:
        """One MiB is read, and judged by its content."""
        content = json.dumps({"text": ""}).encode().ljust(MAX_BODY)
        problem(await program.post(NOTES, content=content, headers={"content-type": "application/json"}), 422)


class TestForeignOrigin:
    """Another website cannot make a signed-in browser do anything (CSRF)."""

    @pytest.mark.parametrize(
        "headers",
        [
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
            {"sec-fetch-site": "", "origin": "https://evil.example"},
            {"sec-fetch-site": "x"},
        ],
    )
    async def test_is_refused(self, site: Stack, signed_in_browser: httpx.AsyncClient, headers: dict[str, str]) -> None:
        """A form from another website, or from another of our sites, changes nothing."""
        answer = await signed_in_browser.post("/notes/new", data={"text": "fremd"}, headers=headers)
        assert answer.status_code == 403
        assert "anderen Website" in answer.text
        assert await site.count("note") == 0

    @pytest.mark.parametrize(
        "origin", ["https://evil.example", "null", "http://testserver:81", "http://testserver.evil.example"]
    )
    async def test_old_browsers_are_judged_by_origin(
        self, site: Stack, signed_in_browser: httpx.AsyncClient, origin: str
    ) -> None:
        """Without fetch metadata a foreign `Origin` is refused."""
        del signed_in_browser.headers["sec-fetch-site"]
        answer = await signed_in_browser.post("/notes/new", data={"text": "fremd"}, headers={"origin": origin})
        assert answer.status_code == 403
        own = await signed_in_browser.post("/notes/new", data={"text": "x"}, headers={"origin": "http://testserver"})
        assert own.status_code == 303

    async def test_sign_in_is_protected_too(self, site: Stack, browser: httpx.AsyncClient) -> None:
        """Another website cannot sign a browser in to an account of its choice."""
        data = {"account": "alex", "password": "ein langes Passwort"}
        answer = await browser.post("/sign-in", data=data, headers={"sec-fetch-site": "cross-site"})
        assert answer.status_code == 403

    async def test_reading_is_free(self, signed_in_browser: httpx.AsyncClient) -> None:
        """A link from elsewhere opens a page."""
        assert (await signed_in_browser.get("/", headers={"sec-fetch-site": "cross-site"})).status_code == 200

    async def test_programs_are_not_browsers(self, program: httpx.AsyncClient) -> None:
        """A bearer token is its own proof, wherever the request comes from."""
        answer = await program.post(NOTES, json={"text": "a"}, headers={"origin": "https://partner.example"})
        assert answer.status_code == 201


class TestOnce:
    """A write with an idempotency key counts once."""

    async def test_same_key_same_answer(self, site: Stack, program: httpx.AsyncClient) -> None:
        """The second time there is no effect and the same answer."""
        first = await program.post(NOTES, json={"text": "a"}, headers={"Idempotency-Key": "k1"})
        second = await program.post(NOTES, json={"text": "a"}, headers={"Idempotency-Key": "k1"})
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json() == second.json()
        assert second.headers["idempotent-replayed"] == "true"
        assert second.headers["content-type"] == first.headers["content-type"]
        assert await site.count("note") == 1

    async def test_two_at_the_same_moment(self, site: Stack, program: httpx.AsyncClient) -> None:
        """Eight requests with one key at once: one effect, eight equal answers."""
        headers = {"Idempotency-Key": "k1"}
        answers = await asyncio.gather(*(program.post(NOTES, json={"text": "a"}, headers=headers) for _ in range(8)))
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.text for answer in answers}) == 1
        assert await site.count("note") == 1

    async def test_other_request_under_the_same_key(self, site: Stack, program: httpx.AsyncClient) -> None:
        """A key that is used for something else is an error, and nothing is written."""
        headers = {"Idempotency-Key": "k1"}
        await program.post(NOTES, json={"text": "a"}, headers=headers)
        document = problem(await program.post(NOTES, json={"text": "b"}, headers=headers), 422)
        assert document["errors"][0]["path"] == "Idempotency-Key"
        assert await site.count("note") == 1

    async def test_failure_does_not_use_up_the_key(self, site: Stack, program: httpx.AsyncClient) -> None:
        """After a refusal or a crash the key is free: nothing had happened."""
        headers = {"Idempotency-Key": "k1"}
        for text, status in (("zu spät", 409), ("kaputt", 500), ("", 422)):
            assert (await program.post(NOTES, json={"text": text}, headers=headers)).status_code == status
        assert await site.count("idempotency") == 0
        assert (await program.post(NOTES, json={"text": "a"}, headers=headers)).status_code == 201

    async def test_keys_of_two_accounts(
        self, site: Stack, program: httpx.AsyncClient, signed_in_browser: httpx.AsyncClient
    ) -> None:
        """A key belongs to the account that used it: nobody gets another's answer."""
        async with site.database.transaction() as session:
            await accounts.add_account(session, "berit", Role.TEAM, SITE, "Berit", PASSWORD)
        await signed_in_browser.post("/sign-in", data={"account": "berit", "password": PASSWORD})
        headers = {"Idempotency-Key": "k1"}
        first = await program.post(NOTES, json={"text": "a"}, headers=headers)
        second = await signed_in_browser.post(NOTES, json={"text": "a"}, headers=headers)
        assert first.json()["id"] != second.json()["id"]

    async def test_button_pressed_twice(self, site: Stack, signed_in_browser: httpx.AsyncClient) -> None:
        """A form that is sent twice counts once, without any script."""
        page = await signed_in_browser.get("/")
        key = page.text.split('name="idempotency_key" value="')[1].split('"')[0]
        for _ in range(2):
            answer = await signed_in_browser.post("/notes/new", data={"text": "a", "idempotency_key": key})
            assert answer.status_code == 303
            assert answer.headers["location"] == "/"
        assert await site.count("note") == 1

    @pytest.mark.parametrize("key", ["", "x" * 201, "ä", "a b"])
    async def test_impossible_key(self, program: httpx.AsyncClient, key: str) -> None:
        """A key that cannot be one is an error, not ignored."""
        headers = {"Idempotency-Key": key.encode()}
        problem(await program.post(NOTES, json={"text": "a"}, headers=headers), 422)  # type: ignore[arg-type]


class TestAlways:
    """What every answer has."""

    @pytest.mark.parametrize("path", ["/", "/sign-in", "/nirgends", NOTES, "/notes/static/lokal.css", "/health/live"])
    async def test_security_headers(self, site: Stack, path: str) -> None:
        """The content security policy allows no inline script or style and nothing from elsewhere."""
        async with site.client() as client:
            headers = (await client.get(path)).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
        assert "http" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"

    async def test_personal_pages_are_not_cached(self, site: Stack, signed_in_browser: httpx.AsyncClient) -> None:
        """Only static files may stay in a cache; with a fingerprint in the address, for good."""
        assert (await signed_in_browser.get("/")).headers["cache-control"] == "no-store"
        page = (await signed_in_browser.get("/sign-in", headers={"cookie": ""})).text
        address = page.split('rel="stylesheet" href="')[3].split('"')[0]
        assert "immutable" in (await signed_in_browser.get(address)).headers["cache-control"]

    async def test_pages_hold_no_inline_code(self, browser: httpx.AsyncClient) -> None:
        """The policy would stop it anyway: no handler, style or script stands in a page."""
        text = (await browser.get("/sign-in")).text.lower()
        assert "style=" not in text
        assert "<style" not in text
        assert " on" + "click" not in text
        assert all("src=" in part.split(">")[0] for part in text.split("<script")[1:])

    async def test_trace_is_continued(self, site: Stack) -> None:
        """A request that belongs to a trace stays in it; the log names the trace, the route and no query."""
        trace = "0af7651916cd43dd8448eb211c80319c"
        with structlog.testing.capture_logs() as lines:
            async with site.client(headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"}) as client:
                await client.get(f"{NOTES}?q=Mustermann")
                await client.get("/Mustermann")
                await client.request("MUSTERMANN", NOTES)
        assert [line["route"] for line in lines if line["event"] == "request"] == [NOTES, NOTES]
        assert "mustermann" not in (repr(lines) + generate_latest().decode()).lower()

    async def test_health(self, site: Stack) -> None:
        """Readiness names what is missing."""
        async with site.client() as client:
            assert (await client.get("/health/live")).status_code == 200
            assert (await client.get("/health/ready")).status_code == 200
            site.missing.append("the broker")
            answer = await client.get("/health/ready")
            metrics = await client.get("/metrics")
        assert answer.status_code == 503
        assert answer.json()["missing"] == ["the broker"]
        assert "lokal_http_request_seconds" in metrics.text
