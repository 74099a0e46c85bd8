"""Legal circles of persons: a history by days, dated back and ahead (report, §3.1b, §5, §6).

What was known at registration holds from the beginning; every later entry holds from its day. So there is no day on
which a person has no legal circle, and with it no day without an authority in charge (`none` is an entry, too).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from services.intake.domain.days import EARLIEST, german
from shared.contracts.words import LegalCircle
from shared.refusals import Conflict, Invalid

KNOWN_AHEAD = timedelta(days=366)
"""So long before its day a change may be announced (ours)."""
WORDS = {
    LegalCircle.ASYLBLG: "AsylbLG",
    LegalCircle.SGB2: "SGB II",
    LegalCircle.SGB12: "SGB XII",
    LegalCircle.NONE: "kein Rechtskreis",
}


@dataclass(frozen=True, slots=True)
class Change:
    """On this day a person goes from one legal circle to another."""

    before: LegalCircle
    after: LegalCircle
    on: date


class History:
    """One person's legal circles: the one known at registration and the changes by day."""

    def __init__(self, first: LegalCircle, changes: Mapping[date, LegalCircle] | None = None) -> None:
        self.first = first
        self.changes = dict(changes or {})

    def on(self, day: date) -> LegalCircle:
        """The legal circle on a day."""
        known = [since for since in self.changes if since <= day]
        return self.changes[max(known)] if known else self.first

    def since(self, day: date) -> date | None:
        """From which day on the legal circle of a day has held without a break; None: as far as is known."""
        held = self.on(day)
        began: date | None = None
        before = self.first
        for change in sorted(since for since in self.changes if since <= day):
            if self.changes[change] is held and before is not held:
                began = change
            before = self.changes[change]
        return began

    def change(self, to: LegalCircle, on: date, today: date, born: date | None = None) -> list[Change]:
        """Enter that the person is in a legal circle from a day on; returns what the others must be told.

        That is this change and, where a later one is known, that one again, because it now starts from another
        circle. A second entry for the same day corrects the first.
        """
        if on < EARLIEST:
            raise Invalid("on", f"Der Tag liegt vor dem {german(EARLIEST)}. Bitte das Jahr prüfen.")
        if on > today + KNOWN_AHEAD:
            raise Invalid("on", "Der Wechsel liegt mehr als ein Jahr in der Zukunft.")
        if born is not None and on < born:
            raise Invalid("on", f"Der Tag liegt vor der Geburt am {german(born)}.")
        if self.on(on) is to:
            raise Conflict(f"Für diese Person gilt am {german(on)} schon: {WORDS[to]}.")
        before = self.on(on - timedelta(days=1))
        self.changes[on] = to
        told = [Change(before, to, on)]
        if later := [day for day in self.changes if day > on]:
            told.append(Change(to, self.changes[min(later)], min(later)))
        return told


def persons_per_circle(histories: Iterable[History], day: date) -> dict[LegalCircle, int]:
    """How many persons of a household are in each legal circle on a day."""
    return dict(Counter(history.on(day) for history in histories))
