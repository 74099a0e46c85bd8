"""The pages of referrals: the board, offers for a need, one referral, a partner's own; and what stands in them."""

from collections.abc import Sequence

from tests.browser.example import Example
from tests.browser.house import Desk

EXAMPLES: Sequence[Example] = (
    Example("board", "/referrals/board", "amal", "/referrals/board", "Vermittlungen, Team", None),
    Example("board-city", "/referrals/board", "kora", "/referrals/board", "Vermittlungen, Koordination", None),
    Example("board-empty", "/referrals/board", "amal", "/referrals/board?state=held", "Vermittlungen, leer", None),
)


def enter(desk: Desk) -> None:
    """Enter what these pages show."""
