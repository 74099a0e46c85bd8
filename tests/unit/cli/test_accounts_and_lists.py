"""What the command line says of accounts and lists before any server is asked."""

import pytest
import typer
from rich.console import Console

from deploy.cli import erase
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
