"""Voluntary integration agreements: goals of both sides, looked at on agreed days (report, §2.2; domain rule 5)."""

from datetime import date, timedelta
from enum import StrEnum

from services.intake.domain.days import german
from shared.refusals import Invalid

REVIEWS_AHEAD = timedelta(days=731)
"""Both sides look at the goals at the latest so long after today (ours); beyond it the year is wrong."""


class Side(StrEnum):
    """Wessen Ziel es ist: what the family undertakes, and what the site does."""

    HOUSEHOLD = "household"
    SITE = "site"


def check_review(review_on: date | None, today: date) -> None:
    """The next talk lies ahead. Raises `Invalid`."""
    if review_on is None:
        return
    if review_on < today:
        raise Invalid("review_on", "Der Tag des nächsten Gesprächs liegt in der Vergangenheit.")
    if review_on > today + REVIEWS_AHEAD:
        raise Invalid("review_on", f"Das nächste Gespräch ist spätestens am {german(today + REVIEWS_AHEAD)} möglich.")
