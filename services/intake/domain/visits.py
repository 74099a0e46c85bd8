"""The first visit: owed by a move, announced, and never forgotten (report, §2.2, §3.1b).

owed ──> scheduled ──> completed
  │          │  ↑ └──> missed (nobody at home: still owed) ──> scheduled
  └──────────┴──┴────> completed | refused | waived | dropped
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from services.intake.domain.days import APPOINTMENTS_AHEAD, check_day, check_happened, day_of, german
from shared.contracts.words import VisitOutcome
from shared.refusals import Conflict, Invalid


class VisitState(StrEnum):
    """Stand des Erstbesuchs; `dropped` is one that a further move or a departure has overtaken."""

    OWED = "owed"
    SCHEDULED = "scheduled"
    MISSED = "missed"
    COMPLETED = "completed"
    REFUSED = "refused"
    WAIVED = "waived"
    DROPPED = "dropped"


OPEN = frozenset({VisitState.OWED, VisitState.SCHEDULED, VisitState.MISSED})
"""The visit is still owed."""
REACHED = frozenset({VisitState.COMPLETED, VisitState.WAIVED})
"""The household was met, at home or elsewhere."""

_OUTCOMES = {
    VisitState.MISSED: VisitOutcome.NOT_AT_HOME,
    VisitState.COMPLETED: VisitOutcome.DONE,
    VisitState.REFUSED: VisitOutcome.REFUSED,
    VisitState.WAIVED: VisitOutcome.MET_ELSEWHERE,
}
_ENDED_AS = {
    VisitState.COMPLETED: "schon erledigt",
    VisitState.REFUSED: "abgelehnt worden",
    VisitState.WAIVED: "nicht mehr nötig, weil die Familie anderswo angetroffen wurde",
    VisitState.DROPPED: "durch einen weiteren Umzug überholt",
}


def due_after(moved_on: date, within_days: int) -> date:
    """By when the household is to be visited: 14 days after the move unless configured otherwise (ours)."""
    return moved_on + timedelta(days=within_days)


@dataclass(eq=False)
class FirstVisit:
    """One owed visit. Each method is one thing that happens to it: checks it, changes, is done."""

    state: VisitState
    moved_on: date
    due_on: date
    at: datetime | None = None
    language: str | None = None
    interpreter_wanted: bool | None = None
    ended_on: date | None = None

    @property
    def is_open(self) -> bool:
        """Whether the visit is still owed."""
        return self.state in OPEN

    @property
    def outcome(self) -> VisitOutcome | None:
        """How it ended, or that nobody was at home."""
        return _OUTCOMES.get(self.state)

    def days_overdue(self, today: date) -> int:
        """Days since the visit should have been made; 0 while there is time or when it is no longer owed."""
        return max(0, (today - self.due_on).days) if self.is_open else 0

    def schedule(self, at: datetime, language: str | None, interpreter_wanted: bool | None, now: datetime) -> None:
        """Announce the visit with its date, time and language."""
        self._is_still_owed()
        if self.state is VisitState.SCHEDULED:
            raise Conflict("Der Erstbesuch hat schon einen Termin. Der Termin kann verschoben werden.")
        self._appoint(at, language, interpreter_wanted, now)

    def reschedule(self, at: datetime, language: str | None, interpreter_wanted: bool | None, now: datetime) -> None:
        """Give an announced visit, or one where nobody was at home, another date."""
        self._is_still_owed()
        if self.state is VisitState.OWED:
            raise Conflict("Der Erstbesuch hat noch keinen Termin, der verschoben werden könnte.")
        self._appoint(at, language, interpreter_wanted, now)

    def complete(self, at: datetime | None, now: datetime) -> None:
        """The household was visited: at the given time, else at the appointed one, else now."""
        self._is_still_owed()
        appointed = self.at if self.state is VisitState.SCHEDULED and self.at and self.at <= now else now
        self.at = self._after_the_move(check_happened(at or appointed, now), "at")
        self._end(VisitState.COMPLETED, day_of(self.at))

    def miss(self, now: datetime) -> None:
        """Nobody was at home at the appointed time; the visit is still owed."""
        self._is_still_owed()
        if self.state is not VisitState.SCHEDULED or self.at is None:
            raise Conflict("Der Erstbesuch war nicht angekündigt. Bitte zuerst den Termin eintragen.")
        if self.at > now:
            raise Conflict("Der Termin liegt noch in der Zukunft.")
        self.state = VisitState.MISSED

    def refuse(self, on: date | None, now: datetime) -> None:
        """The household does not want to be visited, and is owed no visit any more."""
        self._end_on(VisitState.REFUSED, on, now)

    def waive(self, on: date | None, now: datetime) -> None:
        """The family was met elsewhere, for instance at the office hours (§3.1b)."""
        self._end_on(VisitState.WAIVED, on, now)

    def drop(self, on: date) -> None:
        """A further move, or leaving the city, has overtaken the visit."""
        self._is_still_owed()
        self._end(VisitState.DROPPED, on)

    def _is_still_owed(self) -> None:
        if not self.is_open:
            raise Conflict(f"Der Erstbesuch ist {_ENDED_AS[self.state]}.")

    def _appoint(self, at: datetime, language: str | None, interpreter_wanted: bool | None, now: datetime) -> None:
        if at > now + APPOINTMENTS_AHEAD:
            raise Invalid("at", "Der Termin liegt mehr als ein Jahr in der Zukunft.")
        self.at = self._after_the_move(at, "at")
        self.language = language
        self.interpreter_wanted = interpreter_wanted
        self.state = VisitState.SCHEDULED

    def _end_on(self, state: VisitState, on: date | None, now: datetime) -> None:
        self._is_still_owed()
        day = check_day(on or day_of(now), day_of(now))
        if day < self.moved_on:
            raise Invalid("on", f"Der Tag liegt vor dem Umzug am {german(self.moved_on)}.")
        self._end(state, day)

    def _end(self, state: VisitState, on: date) -> None:
        self.state = state
        self.ended_on = on

    def _after_the_move(self, at: datetime, path: str) -> datetime:
        if day_of(at) < self.moved_on:
            raise Invalid(path, f"Der Erstbesuch kann nicht vor dem Umzug am {german(self.moved_on)} sein.")
        return at.astimezone(UTC)
