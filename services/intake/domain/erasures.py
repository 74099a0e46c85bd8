"""When and why a household is erased, who must have done it, and how long each kind of record is kept."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from shared.contracts.words import CITY, Service


class Because(StrEnum):
    """Why a household is erased (GDPR Art. 17(1))."""

    ASKED = "asked"
    """The family wants it."""
    NO_LONGER_NEEDED = "no_longer_needed"
    """There is no reason to keep it any more."""
    PERIOD = "period"
    """The deletion period is over."""


class Kind(StrEnum):
    """Kinds of record that have a deletion period of their own."""

    CLOSED_FILES = "closed_files"
    REFUSED_LETTERS = "refused_letters"
    IMPORT_ROWS = "import_rows"
    ACCESS_LOG = "access_log"
    KEPT_ANSWERS = "kept_answers"


def expected_sources(services: Iterable[Service], sites: Iterable[str], own: str) -> list[str]:
    """Whose acknowledgement completes an erasure: every service of the city, and the intake of every other site.

    The own intake is not among them: it has erased before it asks.
    """
    others = sorted(site for site in sites if site not in (own, CITY))
    return [
        source
        for service in services
        for source in (
            [f"/sites/{site}/{service.value}" for site in others]
            if service is Service.INTAKE
            else [f"/sites/{CITY}/{service.value}"]
        )
    ]


def months_before(day: date, months: int) -> date:
    """The same day so many months ago, or the last one of a month that is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError  # every month has 28 days
