"""The pages of imported lists, and what has to be entered for them."""

from collections.abc import Sequence

from tests.browser.example import Example
from tests.browser.house import Desk

EXAMPLES: Sequence[Example] = ()


def enter(desk: Desk) -> None:
    """Enter what these pages show."""
