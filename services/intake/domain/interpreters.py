"""Dolmetschwunsch: when somebody who interprets is asked of the volunteers, and for how long (report, §3.1a)."""

from datetime import datetime, timedelta

from services.intake.domain.days import APPOINTMENTS_AHEAD
from shared.refusals import Invalid

USUAL_MINUTES = 90
"""How long a first visit or an appointment is planned for (ours)."""
SHORTEST, LONGEST = 15, 8 * 60
"""Minutes (ours)."""
_WITHOUT = "oder den Wunsch nach Dolmetschen weglassen"


def language_to_interpret(language: str | None, path: str = "language") -> str:
    """The language besides German. Raises `Invalid` without one, and for German itself."""
    if language is None:
        raise Invalid(path, f"Bitte angeben, in welche Sprache gedolmetscht werden soll, {_WITHOUT}.")
    if language.split("-")[0].lower() == "de":
        raise Invalid(path, f"Für Deutsch muss niemand dolmetschen. Bitte eine andere Sprache wählen, {_WITHOUT}.")
    return language


def check_ahead(at: datetime, now: datetime, path: str = "at") -> datetime:
    """Nobody can be asked to come yesterday, or in more than a year. Raises `Invalid`."""
    if at <= now:
        raise Invalid(path, "Der Termin liegt in der Vergangenheit. Bitte einen späteren Zeitpunkt angeben.")
    if at > now + APPOINTMENTS_AHEAD:
        raise Invalid(path, "Der Termin liegt mehr als ein Jahr in der Zukunft.")
    return at


def end_after(at: datetime, minutes: int) -> datetime:
    """Until when whoever interprets is needed."""
    return at + timedelta(minutes=minutes)
