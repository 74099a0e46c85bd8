"""Somebody joins or leaves a household: what can be true of the days (report, §2.3; domain rule 15)."""

from collections.abc import Iterable
from datetime import date
from typing import Protocol

from services.intake.domain.days import EARLIEST_BIRTH, check_day, german
from services.intake.domain.members import CameBy, LeftBecause, Member
from shared.contracts.words import ClosingReason, HouseholdChange
from shared.refusals import Conflict, Invalid

CHANGE_OF = {
    CameBy.BIRTH: HouseholdChange.BIRTH,
    CameBy.JOINED: HouseholdChange.JOINED,
    LeftBecause.DEATH: HouseholdChange.DEATH,
    LeftBecause.LEFT: HouseholdChange.LEFT,
}
"""Why the household's figures change."""


def check_joins(came_by: CameBy, on: date, born: date | None, today: date) -> date | None:
    """The day on which somebody joins; returns the birth date, which for a birth is that day. Raises `Invalid`."""
    check_day(on, today)
    if came_by is CameBy.BIRTH:
        if born is not None and born != on:
            raise Invalid("birth_date", "Bei einer Geburt ist der Tag zugleich das Geburtsdatum. Bitte eines ändern.")
        return on
    if born is None:
        return None
    if born < EARLIEST_BIRTH:
        raise Invalid("birth_date", f"Das Geburtsdatum liegt vor dem {german(EARLIEST_BIRTH)}. Bitte das Jahr prüfen.")
    if born > on:
        raise Invalid("birth_date", f"Das Geburtsdatum liegt nach dem Einzug am {german(on)}.")
    return born


def check_leaves(person: Member, born: date | None, on: date, today: date) -> None:
    """The day from which somebody no longer belongs to the household. Raises `Invalid`, `Conflict`."""
    if person.left_on is not None:
        raise Conflict(f"Die Person gehört schon seit dem {german(person.left_on)} nicht mehr zum Haushalt.")
    check_day(on, today)
    if born is not None and on < born:
        raise Invalid("on", f"Der Tag liegt vor der Geburt am {german(born)}.")
    if person.joined_on is not None and on < person.joined_on:
        raise Invalid("on", f"Der Tag liegt vor dem {german(person.joined_on)}, an dem die Person dazukam.")


def check_member(person: Member, on: date) -> None:
    """What is entered of a member for a day is entered for a day on which it is one. Raises `Invalid`."""
    if person.joined_on is not None and on < person.joined_on:
        raise Invalid("on", f"Der Tag liegt vor dem {german(person.joined_on)}, an dem die Person dazukam.")
    if person.left_on is not None and on >= person.left_on:
        raise Invalid("on", f"Seit dem {german(person.left_on)} gehört die Person nicht mehr zum Haushalt.")


class Leaver(Member, Protocol):
    """A member of whom is known why it left."""

    left_because: LeftBecause | None


def end_of(persons: Iterable[Leaver]) -> tuple[date, ClosingReason] | None:
    """From when nobody belongs to the household any more and why its file is closed; None: somebody still does."""
    last: Leaver | None = None
    for person in persons:
        if person.left_on is None:
            return None
        if last is None or last.left_on is None or person.left_on >= last.left_on:
            last = person
    if last is None or last.left_on is None:
        return None
    died = last.left_because is LeftBecause.DEATH
    return last.left_on, ClosingReason.DECEASED if died else ClosingReason.NO_LONGER_NEEDED
