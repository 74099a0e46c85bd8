"""Which authority is in charge of whom, and what it must be told (report, §3.1b, §5; domain rule 6).

A person's legal circle decides: Leistungen nach AsylbLG and SGB XII are the Sozialamt's, after SGB II the Jobcenter's.
From the days on which somebody's legal circle changes, joins or leaves follows what each authority must hear, and
until the new one has acknowledged it nobody is known to be in charge.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from services.intake.domain.circles import History
from services.intake.domain.members import Member
from shared.contracts.words import LegalCircle


class Authority(StrEnum):
    """Behörde, die für die Leistungen einer Person zuständig ist."""

    SOZIALAMT = "sozialamt"
    JOBCENTER = "jobcenter"


class Told(StrEnum):
    """Was der Behörde mitgeteilt wird."""

    TAKES_OVER = "takes_over"
    """From this day on it is in charge."""
    GIVES_UP = "gives_up"
    """From this day on it is no longer in charge."""
    CHANGES = "changes"
    """It stays in charge, after another law."""
    RECALLED = "recalled"
    """What it has acknowledged for this day is not true any more."""


IN_CHARGE: dict[LegalCircle, Authority | None] = {
    LegalCircle.ASYLBLG: Authority.SOZIALAMT,
    LegalCircle.SGB12: Authority.SOZIALAMT,
    LegalCircle.SGB2: Authority.JOBCENTER,
    LegalCircle.NONE: None,
}


@dataclass(frozen=True, slots=True)
class News:
    """What an authority must hear of a person: from this day on."""

    authority: Authority
    on: date
    told: Told


def news_of(person: Member, history: History) -> set[News]:
    """Everything that authorities must hear of a person.

    Whoever belonged to the household when the file was opened is known to the authority of that day.
    """
    if person.left_on is not None and person.joined_on is not None and person.left_on <= person.joined_on:
        return set()  # entered by mistake: never a member
    news = set(_of_changes(person, history))
    if person.joined_on is not None and (first := IN_CHARGE[history.on(person.joined_on)]) is not None:
        news.add(News(first, person.joined_on, Told.TAKES_OVER))
    if person.left_on is not None:
        last = IN_CHARGE[history.on(person.left_on - timedelta(days=1))]
        if last is not None:
            news.add(News(last, person.left_on, Told.GIVES_UP))
    return news


def _of_changes(person: Member, history: History) -> Iterator[News]:
    for day in history.changes:
        if (person.joined_on is not None and day <= person.joined_on) or (person.left_on and day >= person.left_on):
            continue
        before, after = history.on(day - timedelta(days=1)), history.on(day)
        yield from _of_change(before, after, day)


def _of_change(before: LegalCircle, after: LegalCircle, day: date) -> Iterator[News]:
    giver, taker = IN_CHARGE[before], IN_CHARGE[after]
    if before is after:
        return
    if giver is taker:
        if taker is not None:
            yield News(taker, day, Told.CHANGES)
        return
    if giver is not None:
        yield News(giver, day, Told.GIVES_UP)
    if taker is not None:
        yield News(taker, day, Told.TAKES_OVER)
