"""Two files that turn out to be one family: who in the one is whom in the other."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Protocol
from uuid import UUID

from services.intake.domain.sounds import sounds
from shared.refusals import Invalid


class Somebody(Protocol):
    """A person as far as it takes to recognise him or her."""

    id: UUID
    given_name: str
    birth_date: date | None


def alike(one: Somebody, other: Somebody) -> bool:
    """Whether two entries may be one person: the same given name, however it was spelled, and no other birth date."""
    if one.birth_date and other.birth_date and one.birth_date != other.birth_date:
        return False
    if one.given_name.casefold() == other.given_name.casefold():
        return True
    return bool(set(sounds(one.given_name).split()) & set(sounds(other.given_name).split()))


def proposed(kept: Iterable[Somebody], absorbed: Iterable[Somebody]) -> dict[UUID, UUID]:
    """For persons of the absorbed file the one of the kept file who they seem to be, each at most once.

    It is a proposal: the team looks at both, side by side, and decides.
    """
    free, found = list(kept), dict[UUID, UUID]()
    for person in absorbed:
        same = next((candidate for candidate in free if alike(candidate, person)), None)
        if same is not None:
            free.remove(same)
            found[person.id] = same.id
    return found


def check_same(same: Mapping[UUID, UUID], kept: Iterable[Somebody], absorbed: Iterable[Somebody]) -> None:
    """Nobody is two persons: each of the kept file is at most one of the absorbed file, and both belong there."""
    if not set(same) <= {person.id for person in absorbed}:
        raise Invalid("same", "Diese Person gehört nicht zu der Akte, die aufgeht.")
    if not set(same.values()) <= {person.id for person in kept}:
        raise Invalid("same", "Diese Person gehört nicht zu der Akte, die bleibt.")
    if len(set(same.values())) < len(same):
        raise Invalid("same", "Zwei Personen der einen Akte können nicht dieselbe Person der anderen sein.")
