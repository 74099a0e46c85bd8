"""The roll-out: planned sites, and the rule of the fund that pays for nothing that began before its grant.

Report, §6: „ein Projektstart vor der Bewilligung [ist] förderschädlich"; the grant would be refused afterwards.
"""

from datetime import date
from enum import StrEnum

from shared.contracts.words import Funding


class SiteState(StrEnum):
    """How far a site has come."""

    PLANNED = "planned"
    RELEASED = "released"
    """May be opened; the technical part is the operations team's (`lokal site open`)."""
    OPEN = "open"
    EXTENDED = "extended"
    """Goes on beyond the time for which it was opened."""


def too_early(funding: str | None, approved_on: date | None, on: date, *, opening: bool) -> str | None:
    """Why a site may not open, or not go on, on this day; None if it may (domain rule 11)."""
    if funding != Funding.AMIF or (approved_on is not None and approved_on <= on):
        return None
    what = "eröffnet" if opening else "verlängert"
    when = (
        "Die Bewilligung ist noch nicht eingetragen."
        if approved_on is None
        else f"Bewilligt ist er erst ab dem {approved_on:%d.%m.%Y}."
    )
    return (
        f"Dieser Standort soll aus AMIF gefördert werden und kann jetzt nicht {what} werden: Beginnt das Projekt vor "
        f"der Bewilligung, lehnt das BAMF die Förderung nachträglich ab. {when} Tragen Sie zuerst die Bewilligung ein, "
        "oder planen Sie eine andere Finanzierung."
    )
