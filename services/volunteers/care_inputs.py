"""What comes in about care: gatherings, invitations, attendance, thanks."""

from datetime import time
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from services.volunteers.inputs import Title
from shared.contracts.words import GatheringKind, VolunteerKind
from shared.web.inputs import Day, Input, LongText, ShortText

_MOST = 500
_LINES = 12


def _plain(clock: time) -> time:
    if clock.tzinfo is not None or clock.second or clock.microsecond:
        raise ValueError("Bitte die Uhrzeit in Stunden und Minuten angeben, zum Beispiel 17:30.")
    return clock


Clock = Annotated[time, AfterValidator(_plain)]
"""On the wall in Dortmund, in whole minutes."""


def _few_lines(words: str) -> str:
    if len(words.splitlines()) > _LINES:
        raise ValueError(f"Bitte höchstens {_LINES} Zeilen, damit der Brief auf ein Blatt passt.")
    return words


OwnWords = Annotated[str, StringConstraints(min_length=1, max_length=1000), AfterValidator(_few_lines)]
"""As much as has room on the sheet of a letter."""
People = Annotated[list[UUID], Field(default=[], max_length=_MOST)]


class PlanGathering(Input):
    """A training or an exchange meeting; hours are those of Dortmund."""

    kind: GatheringKind
    title: Title
    about: LongText | None = None
    on: Day
    begins: Clock
    ends: Clock
    place: ShortText


class MoveGathering(Input):
    """Another day, another place."""

    on: Day
    begins: Clock
    ends: Clock
    place: ShortText


class Invite(Input):
    """Whom to invite: those who are chosen, or all who help in one of these ways (none: in any way)."""

    everybody: bool = False
    kinds: Annotated[list[VolunteerKind], Field(default=[], max_length=len(VolunteerKind))]
    volunteers: People


class Reply(Input):
    """Whether an invited volunteer comes, as they have told the team."""

    volunteer_id: UUID
    comes: bool


class Attended(Input):
    """Who was there: all of them; whoever is not named was not."""

    volunteers: People


class Thank(Input):
    """A letter of thanks for what somebody did in these days."""

    begin: Day = Field(alias="from")
    to: Day
    words: OwnWords | None = Field(default=None, description="Eigene Worte, ohne Angaben zu einer Familie.")


class ThankMany(Thank):
    """The same to many: those who are chosen, or all who helped in these days."""

    everybody: bool = False
    volunteers: People
