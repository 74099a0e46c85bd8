"""What the command line says of accounts and lists before any server is asked."""

import pytest
import typer
from rich.console import Console

from deploy.cli import erase, imports
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
