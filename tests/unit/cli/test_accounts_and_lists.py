"""What the command line says of accounts and lists before any server is asked."""

from datetime import timedelta
from pathlib import Path

import pytest
import typer
from rich.console import Console

from deploy.cli import Failed, erase, imports
from deploy.cli.environment import database_url
from deploy.cli.token import issue_token
from deploy.cli.user import stack_of
from shared.ids import uuid7
from shared.web.tokens import Role


def test_a_role_of_the_city_takes_no_site() -> None:
    """It is refused and not left out silently."""
    with pytest.raises(typer.BadParameter, match="leave --site out"):
        stack_of(Role.PRIVACY, "brackel-aplerbeck")
    assert stack_of(Role.PRIVACY, None) == "city"
    assert stack_of(Role.TEAM, "brackel-aplerbeck") == "brackel-aplerbeck"


def test_the_id_of_an_erasure_is_whole_at_any_width() -> None:
    """It is there to be copied."""
    console, table, erasure = Console(width=80), erase.table_of_erasures(), str(uuid7())
    table.add_row("22.11.2026 23:00", "reporting, intake/hoerde-hombruch, intake/mengede-huckarde", erasure)
    with console.capture() as shown:
        console.print(table)
    assert erasure in shown.get()


def test_a_list_that_was_only_checked_before_is_taken_and_one_that_was_taken_is_not() -> None:
    """What the last line says is true of this run."""
    families = dict.fromkeys(("new", "moving", "elsewhere", "unchanged", "undecided", "bad", "left_out"), 0)
    told = {"known": True, "families": {**families, "taken": 3}}
    assert imports._outcome(told, "preview") == "3 taken"
    assert "nothing was taken now" in imports._outcome(told, "done")


def test_an_unknown_site_is_called_that_and_the_known_ones_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever mistypes a site learns so, and not that some key or variable is missing."""
    monkeypatch.setenv("LOKAL_HOME", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("DATABASE_URL_INTAKE_BRACKEL_APLERBECK", "postgresql://nowhere/any")
    with pytest.raises(Failed, match=r"no such site: xx; known: .*brackel-aplerbeck"):
        issue_token(Role.TEAM, "xx", "probe", timedelta(hours=1))
    with pytest.raises(Failed, match=r"no such site: xx; known: .*brackel-aplerbeck"):
        database_url("intake", "xx")


def test_an_empty_list_is_called_empty(tmp_path: Path) -> None:
    """Before any server is asked."""
    file = tmp_path / "empty.csv"
    file.touch()
    with pytest.raises(Failed, match=r"empty\.csv is empty"):
        imports.add(file, "brackel-aplerbeck")
