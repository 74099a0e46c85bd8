"""The team's care for its own work: who looks after a file, what is to be done when, and a child that may be in danger.

Domain rule 15. The steps of the child-protection path follow § 8a SGB VIII; in which order they are taken the team
decides, since a child in acute danger cannot wait for a meeting.
"""

from datetime import date, timedelta
from enum import StrEnum

from services.intake.domain.days import german
from shared.refusals import Invalid

TASKS_AHEAD = timedelta(days=366)


class ProtectionStep(StrEnum):
    """Schritt, wenn ein Kind in Gefahr sein kann (§ 8a SGB VIII)."""

    NOTICED = "noticed"
    DISCUSSED = "discussed"
    EXPERT = "expert"
    PARENTS = "parents"
    HELP_OFFERED = "help_offered"
    YOUTH_OFFICE = "youth_office"


def check_due(due_on: date, today: date) -> date:
    """A task is for today or a day to come."""
    if due_on < today:
        raise Invalid("due_on", "Der Tag liegt in der Vergangenheit. Bitte heute oder einen späteren Tag angeben.")
    if due_on > today + TASKS_AHEAD:
        raise Invalid("due_on", f"Bitte einen Tag bis zum {german(today + TASKS_AHEAD)} angeben.")
    return due_on


def check_team(team: frozenset[str], **accounts: str | None) -> None:
    """Each named account works at this site. Raises `Invalid` with the field's name."""
    for field, account in accounts.items():
        if account is not None and account not in team:
            raise Invalid(field, "Dieses Konto gehört nicht zum Team dieses Standorts.")


def check_substitute(owner: str | None, substitute: str | None) -> None:
    """Who stands in for somebody is somebody else."""
    if substitute is not None and owner is None:
        raise Invalid("owner", "Eine Vertretung gibt es nur, wenn auch jemand zuständig ist.")
    if owner is not None and owner == substitute:
        raise Invalid("substitute", "Die Vertretung muss jemand anderes sein.")
