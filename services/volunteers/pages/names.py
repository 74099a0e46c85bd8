"""Families' names on this service's pages: the browser asks the site for them; none passes through here."""

from collections.abc import Iterable
from uuid import UUID

NAMES_AT_ONCE = 50
"""As many names as the intake tells at once."""


def batches(households: Iterable[UUID | None]) -> list[str]:
    """The ids whose names the browser asks of the intake, fifty at a time."""
    ids = list(dict.fromkeys(str(household) for household in households if household is not None))
    return [",".join(ids[start : start + NAMES_AT_ONCE]) for start in range(0, len(ids), NAMES_AT_ONCE)]
