"""What operators do with accounts and tokens on the command line, and what a service says when its database is away."""

import asyncio
import json

import httpx
import pytest
from typer.testing import CliRunner, Result

import deploy.cli.token
import deploy.cli.user  # noqa: F401
from deploy.cli import Failed, app
from shared.database import Database
from tests.component.web.conftest import PASSWORD, SITE, Stack


@pytest.fixture
def lokal(site: Stack, monkeypatch: pytest.MonkeyPatch) -> "Lokal":
    """The command line beside a site's stack."""
    monkeypatch.setenv("DATABASE_URL_INTAKE_BRACKEL_APLERBECK", site.settings.database_url)
    monkeypatch.setenv("DATABASE_URL_REPORTING", site.settings.database_url)
    monkeypatch.setenv("LOKAL_SIGNING_KEY_FILE", str(site.settings.signing_key_file))
    return Lokal()


class Lokal:
    """Runs `lokal` in a process of its own thread, since the verbs bring their own event loop."""

    async def __call__(self, *arguments: str, stdin: str | None = None) -> Result:
        """The command's result."""
        return await asyncio.to_thread(CliRunner().invoke, app, list(arguments), input=stdin)


async def test_account_made_on_the_command_line(lokal: Lokal, browser: httpx.AsyncClient) -> None:
    """An account made with `lokal user add` signs in, and only with its password."""
    made = await lokal(
        *("user", "add", "berit", "--site", SITE, "--name", "Berit Muster", "--password-stdin"),
        stdin="lang genug, oder?\n",
    )
    assert made.exit_code == 0
    assert "lang genug" not in made.output
    wrong = await browser.post("/sign-in", data={"account": "berit", "password": "lang genug"})
    right = await browser.post("/sign-in", data={"account": "berit", "password": "lang genug, oder?"})
    assert (wrong.status_code, right.status_code) == (401, 303)
    assert "Berit Muster" in (await browser.get("/")).text


async def test_list_for_people_and_programs(lokal: Lokal) -> None:
    """`lokal user list` shows who may sign in, and no secret."""
    shown = await lokal("user", "list", "--site", SITE)
    listed = await lokal("user", "list", "--site", SITE, "--json")
    assert "alex" in shown.output
    assert json.loads(listed.output) == [
        {
            "name": "alex",
            "display_name": "Alex Beispiel",
            "role": "team",
            "site": SITE,
            "disabled": False,
            "has_password": True,
        }
    ]


@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [
        (("user", "add", "alex", "--site", SITE, "--password-stdin"), f"{PASSWORD}\n"),  # exists
        (("user", "add", "berit", "--site", SITE, "--password-stdin"), "zu kurz\n"),
        (("user", "add", "Berit!", "--site", SITE, "--password-stdin"), f"{PASSWORD}\n"),
        (("user", "disable", "niemand", "--site", SITE), None),
        (("user", "password", "niemand", "--site", SITE, "--password-stdin"), f"{PASSWORD}\n"),
        (("token", "--role", "coordinator", "--as", "alex"), None),  # another role's account
    ],
)
async def test_what_cannot_be_done(lokal: Lokal, arguments: tuple[str, ...], stdin: str | None) -> None:
    """What fails says so; `main` turns it into exit status 1."""
    result = await lokal(*arguments, stdin=stdin)
    assert isinstance(result.exception, Failed)


@pytest.mark.parametrize(
    "arguments",
    [
        ("user", "add", "berit", "--role", "team"),
        ("token", "--role", "team"),
        ("token", "--role", "team", "--site", "city"),
        ("token", "--role", "mayor"),
        ("token", "--role", "privacy", "--valid-hours", "0"),
    ],
)
async def test_misuse(lokal: Lokal, arguments: tuple[str, ...]) -> None:
    """A command that makes no sense exits with 2 before anything happens."""
    assert (await lokal(*arguments)).exit_code == 2


async def test_token_opens_the_api(lokal: Lokal, site: Stack) -> None:
    """`lokal token` prints a token and nothing else; it works until its account's sessions are ended."""
    printed = await lokal("token", "--role", "team", "--site", SITE, "--as", "werkzeug")
    assert printed.exit_code == 0
    headers = {"authorization": f"Bearer {printed.stdout.strip()}"}
    async with site.client(headers=headers) as client:
        assert (await client.get("/notes/api/v1/notes")).status_code == 200
        ended = await lokal("user", "sign-out", "werkzeug", "--site", SITE)
        assert "1 sessions" in ended.output
        assert (await client.get("/notes/api/v1/notes")).status_code == 401


async def test_account_of_a_token_has_no_password(lokal: Lokal, site: Stack, browser: httpx.AsyncClient) -> None:
    """The account that `lokal token` makes cannot be signed in with, by no password."""
    await lokal("token", "--role", "team", "--site", SITE)
    for password in ("", "None", "lokal-team"):
        answer = await browser.post("/sign-in", data={"account": "lokal-team", "password": password})
        assert answer.status_code == 401


async def test_database_away(site: Stack, program: httpx.AsyncClient) -> None:
    """Without its database the service says so, and that one should come back; it does not pretend an error."""
    away = Database("postgresql://nobody@127.0.0.1:9/none")
    site.app.state.database = away
    answer = await program.post("/notes/api/v1/notes", json={"text": "a"})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert "Datenbank" in answer.json()["detail"]
    async with site.client(headers={"accept": "text/html"}) as client:
        page = await client.post("/sign-in", data={"account": "alex", "password": PASSWORD})
    assert page.status_code == 503
    assert "Gerade nicht erreichbar" in page.text


async def test_every_possible_answer_is_documented(site: Stack) -> None:
    """The OpenAPI document names every refusal with its content type, and only where it can occur."""
    async with site.client() as client:
        document = (await client.get("/notes/api/openapi.json")).json()
    operations = {
        (path, method): set(operation["responses"])
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert operations == {
        ("/notes/api/v1/notes", "post"): {"201", "401", "403", "409", "413", "422"},
        ("/notes/api/v1/notes", "get"): {"200", "401", "403", "422"},
        ("/notes/api/v1/notes/{note_id}", "get"): {"200", "401", "403", "404", "422"},
    }
    for methods in document["paths"].values():
        for operation in methods.values():
            for status, response in operation["responses"].items():
                expected = "application/problem+json" if status >= "400" else "application/json"
                assert list(response["content"]) == [expected]
    assert "HTTPValidationError" not in document["components"]["schemas"]
    (key,) = [p for p in document["paths"]["/notes/api/v1/notes"]["post"]["parameters"] if p["in"] == "header"]
    assert key["name"] == "Idempotency-Key"
