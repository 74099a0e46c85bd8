"""Who is in charge of a household when its file goes from site to site (network contract: who is in charge).

A household has a charge number that only rises. The site that holds number n is in charge; handing over means giving up
n and sending the letter with n + 1, in one transaction. A letter is accepted if its number is above the highest one
that the receiving site knows of that household.
"""

from datetime import timedelta
from enum import StrEnum

HANGS_AFTER = timedelta(hours=1)
"""A handover that has not arrived by then raises an alarm (ours)."""


class Outcome(StrEnum):
    """What the receiving site has done with a letter; its receipt says so."""

    ACCEPTED = "accepted"
    STALE = "stale"
    """The receiving site knows a higher number."""
    ERASED = "erased"
    """The household was erased at its own wish or because its time was over; nothing may bring it back."""
    HELD = "held"
    """It is kept until something else has come, or until somebody has decided."""
    REFUSED = "refused"
    """It does not fit what the receiving site knows; the people there see why."""


SETTLED = frozenset({Outcome.ACCEPTED, Outcome.HELD})
"""After these the sending site has nothing left to do."""
ENDS = frozenset({Outcome.STALE, Outcome.ERASED})
"""After these it helps nobody to send the file again."""


class SupplementState(StrEnum):
    """What became of something that was added to a file after it had been handed over."""

    PARKED = "parked"
    """It came before the file."""
    APPLIED = "applied"
    FORWARDED = "forwarded"
    UNFIT = "unfit"
    """It contradicts what has happened since; a line in the file says so."""


def known(*numbers: int | None) -> int:
    """The highest charge number that a site has seen of a household: held, passed on, or given away. 0: none."""
    return max((number for number in numbers if number is not None), default=0)


def may_accept(charge: int, known: int) -> bool:
    """Whether a letter with this number brings the file, or comes too late."""
    return charge > known
