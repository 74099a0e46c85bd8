"""What comes in about requests, assignments and mentorships: bodies of calls and forms of pages."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from shared.contracts.kinds import Language
from shared.contracts.words import District, InterpreterOccasion, MentorshipEnd, VolunteerKind
from shared.web.inputs import Day, Input, LongText, Moment, Slug

Rating = Annotated[int, Field(ge=1, le=5)]
"""From 1 (bad, easy) to 5 (good, hard)."""
Minutes = Annotated[int, Field(ge=0, le=1440)]
Title = Annotated[str, StringConstraints(min_length=1, max_length=120)]


class NewRequest(Input):
    """Somebody is needed. A mentor is for a household; everything else has a time."""

    kind: VolunteerKind
    title: Title | None = Field(
        default=None, description="Worum es geht, ohne Namen und Adressen: das lesen die Gefragten."
    )
    occasion: InterpreterOccasion | None = None
    household_id: UUID | None = None
    district: District | None = Field(default=None, description="Wenn es um keinen Haushalt geht.")
    language: Language | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    woman_wanted: bool = False
    minors: bool = Field(default=False, description="Kinder sind dabei; bei Haushalten mit Kindern von selbst.")
    car_wanted: bool = False
    organisation: Slug | None = Field(default=None, description="Nur Ehrenamtliche dieses Vereins.")
    asks_by_itself: bool = Field(default=True, description="Nacheinander fragen, bis jemand zusagt.")

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.kind is VolunteerKind.MENTOR:
            if self.household_id is None:
                raise PydanticCustomError("household", "Eine Patenschaft ist für einen Haushalt: bitte angeben.")
        elif self.starts_at is None or self.ends_at is None:
            raise PydanticCustomError("time", "Bitte Beginn und Ende angeben.")
        if self.kind is VolunteerKind.INTERPRETER and self.language is None:
            raise PydanticCustomError("language", "Bitte die Sprache angeben.")
        if self.kind not in (VolunteerKind.INTERPRETER, VolunteerKind.MENTOR) and self.title is None:
            raise PydanticCustomError("title", "Bitte in wenigen Worten sagen, worum es geht.")
        if (self.starts_at is None) != (self.ends_at is None):
            raise PydanticCustomError("time", "Bitte Beginn und Ende angeben.")
        if self.starts_at is not None and self.ends_at is not None:
            if self.ends_at <= self.starts_at:
                raise PydanticCustomError("order", "Das Ende liegt vor dem Beginn.")
            if (self.ends_at - self.starts_at).total_seconds() > 24 * 3600:
                raise PydanticCustomError("length", "Ein Einsatz dauert höchstens einen Tag.")
        return self


class HowItWas(Input):
    """A volunteer was there: how long with the way, how it fitted, how hard it was."""

    minutes: Minutes
    rating: Rating | None = Field(default=None, description="Wie gut es gepasst hat, 5 ist sehr gut.")
    strain: Rating | None = Field(default=None, description="Wie belastend es war, 5 ist sehr belastend.")
    feedback: LongText | None = None


class SiteRating(Input):
    """How well it fitted, 5 is very well."""

    rating: Rating | None = None
    feedback: LongText | None = None


class NoteHours(Input):
    """So long the mentor was with the household on that day."""

    on: Day
    minutes: Annotated[int, Field(ge=1, le=1440)]


class EndMentorship(SiteRating):
    """A mentorship ends."""

    reason: MentorshipEnd


class NameConflict(Input):
    """A volunteer and a household are not to meet; why is not asked."""

    household_id: UUID
    by_volunteer: bool = Field(default=False, description="Ob die oder der Ehrenamtliche es gewünscht hat.")


class OwnWishes(Input):
    """What a volunteer says of themselves: how often they may be asked, in which language, until when they pause."""

    max_a_month: Annotated[int, Field(ge=0, le=60)]
    mail_language: Literal["de", "en", "ar", "fa"]
    paused_until: Day | None = None
