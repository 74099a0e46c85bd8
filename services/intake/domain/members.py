"""Who belongs to a household on which day: members are born, join, leave and die (report, §2.3)."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Protocol, TypeVar


class CameBy(StrEnum):
    """Wie jemand dazukam, after the file was opened."""

    BIRTH = "birth"
    JOINED = "joined"


class LeftBecause(StrEnum):
    """Warum jemand nicht mehr zum Haushalt gehört."""

    DEATH = "death"
    LEFT = "left"


class Member(Protocol):
    """A person with the first day and the first day no longer in the household; None: always, still."""

    joined_on: date | None
    left_on: date | None


Somebody = TypeVar("Somebody", bound=Member)


def members_on(persons: Iterable[Somebody], day: date) -> list[Somebody]:
    """Those who belong to the household on a day, in the given order."""
    return [
        person
        for person in persons
        if (person.joined_on is None or person.joined_on <= day) and (person.left_on is None or day < person.left_on)
    ]
