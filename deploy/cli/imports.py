"""`lokal imports`: lists of moves from files."""

import base64
import json
import time
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import httpx
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.cli import Failed, app
from deploy.cli.environment import variable
from deploy.cli.plain import plain
from deploy.cli.token import issue_token
from shared.web.tokens import Role

console = Console()
imports = typer.Typer(no_args_is_help=True, help="Lists of moves, as the Sozialamt sends them every week.")
app.add_typer(imports, name="imports")

ACCOUNT = "lokal-imports"
"""In whose name a list is handed in, unless another account is named."""
_API = "/intake/api/v1/imports"
_PAUSE = 0.5

Site = Annotated[str, typer.Option(help="The site that takes the list; rows of other sites go there as letters.")]
As = Annotated[str, typer.Option("--as", help="The account in whose name it is done.")]
Gateway = Annotated[str | None, typer.Option(envvar="GATEWAY_URL", help="The site's address; else as in .local/env.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@imports.command()
def add(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or XLSX.")],
    site: Site,
    take: Annotated[bool, typer.Option("--take/--check", help="Take the good rows, or only say what would be.")] = True,
    as_name: As = ACCOUNT,
    gateway: Gateway = None,
    as_json: AsJson = False,
) -> None:
    """Hand a list in, take its good rows, and name each bad one. The same file again changes nothing."""
    content = file.read_bytes()
    if not content.strip():
        raise Failed(f"{file} is empty: there is nothing to hand in.")
    with _calls(site, as_name, gateway) as calls:
        body = {"name": file.name, "content": base64.b64encode(content).decode()}
        told = calls.post(_API, body)
        if told["state"] == "mapping":
            raise Failed(
                f"The columns {', '.join(told['missing'])} were not recognised. Say on the page "
                f"{calls.url}/intake/imports/{told['import_id']}/mapping where they are, once for all such lists."
            )
        before = told["state"]
        if take and before == "preview":
            calls.post(f"{_API}/{told['import_id']}/take", {})
        if take:
            told = {**_followed(calls, UUID(told["import_id"]), quiet=as_json), "known": told["known"]}
        faults = list(calls.every(f"{_API}/{told['import_id']}/faults"))
    if as_json:
        typer.echo(json.dumps({**told, "faults": faults}))
        return
    _print(told, faults, before)


@imports.command("list")
def list_(site: Site, as_name: As = ACCOUNT, gateway: Gateway = None, as_json: AsJson = False) -> None:
    """The lists that were handed in, the latest first, and how far they are."""
    with _calls(site, as_name, gateway) as calls:
        found = list(calls.every(_API))
    if as_json:
        typer.echo(json.dumps(found))
        return
    if not found:
        console.print("no list has been handed in yet")
    for told in found:
        typer.echo(plain(f"{told['import_id']} {told['state']:8} {_numbers(told)}  {told['name']}"))


class _Calls:
    """The intake's calls in somebody's name. Raises `Failed` with the sentences of whatever is refused."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        headers = {"authorization": f"Bearer {token}"}
        self._client = httpx.Client(base_url=url, headers=headers, timeout=120)

    def __enter__(self) -> "_Calls":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Make a call; what it answers."""
        return self._answered("POST", path, json=body)

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """Look something up."""
        return self._answered("GET", path, params=query)

    def every(self, path: str) -> Any:
        """All entries of a list in pages."""
        query: dict[str, Any] = {"limit": 200}
        while True:
            page = self.get(path, **query)
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            query["cursor"] = page["next_cursor"]

    def _answered(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        try:
            answer = self._client.request(method, path, **options)
        except httpx.TransportError as fault:
            raise Failed(f"{self.url} does not answer: {type(fault).__name__}") from None
        if answer.is_error:
            try:
                problem = answer.json()
            except ValueError:
                raise Failed(f"{self.url} answers {answer.status_code}.") from None
            why = [error["message"] for error in problem.get("errors", [])] or [problem.get("detail", "")]
            raise Failed(plain(" ".join(why)))
        return dict(answer.json())


def _calls(site: str, as_name: str, gateway: str | None) -> _Calls:
    token = issue_token(Role.TEAM, site, as_name, timedelta(hours=1))
    return _Calls(gateway or variable("GATEWAY_URL"), token)


def _followed(calls: _Calls, import_id: UUID, *, quiet: bool) -> dict[str, Any]:
    """How the list stands when nothing is left to take, with the progress meanwhile."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:
        task = progress.add_task("families", total=None)
        while True:
            told = calls.get(f"{_API}/{import_id}")
            families = told["families"]
            left = families["new"] + families["moving"] + families["elsewhere"]
            progress.update(task, total=sum(families.values()), completed=sum(families.values()) - left)
            if told["state"] == "done":
                return told
            time.sleep(_PAUSE)


def _print(told: dict[str, Any], faults: list[dict[str, Any]], before: str) -> None:
    for family in faults:
        for fault in family["faults"]:
            typer.echo(plain(f"line {fault['line']}, {fault['column']}: {fault['message']}"))
    typer.echo(_outcome(told, before))


def _outcome(told: dict[str, Any], before: str) -> str:
    """The last line: what was done now; `before` is the list's state when it was handed in."""
    if told["known"] and before == "done":
        return f"this very file was taken before, so nothing was taken now; then: {_numbers(told)}"
    return _numbers(told)


def _numbers(told: dict[str, Any]) -> str:
    names = {"new": "new", "moving": "moving", "elsewhere": "for other sites", "taken": "taken"}
    names |= {"unchanged": "unchanged", "undecided": "to decide", "bad": "bad", "left_out": "left out"}
    found = [f"{told['families'][key]} {name}" for key, name in names.items() if told["families"][key]]
    return ", ".join(found) or "nothing"
