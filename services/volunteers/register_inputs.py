"""What comes in about volunteers: who they are, what they can do, when they can come, what they have shown."""

from datetime import time
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from services.volunteers.domain.people import BlockReason, SkillLevel
from services.volunteers.inputs import NameConflict
from shared.contracts.kinds import Language
from shared.contracts.words import District, VolunteerKind, Weekday
from shared.web.inputs import Day, Input, LongText, ShortText, Slug

__all__ = [
    "AbsenceIn",
    "BlockIn",
    "EnterVolunteer",
    "LanguageIn",
    "Leave",
    "NameConflict",
    "Pause",
    "Profile",
    "SetCertificate",
    "SetConfidentiality",
    "SetTimes",
    "SpanIn",
]

MailLanguage = Literal["de", "en", "ar", "fa"]
"""The languages in which the city writes to volunteers."""
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s<>()]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$", max_length=254)]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 ()/-]{2,30}$")]
_MOST_TIMES = 100


def _whole_minutes(clock: time) -> time:
    if clock.tzinfo is not None or clock.second or clock.microsecond:
        raise ValueError("Bitte die Uhrzeit in Stunden und Minuten angeben, zum Beispiel 17:30.")
    return clock


Clock = Annotated[time, AfterValidator(_whole_minutes)]
"""On the wall in Dortmund, in whole minutes."""


class LanguageIn(Input):
    """A language and what somebody can do in it; German as well."""

    language: Language
    level: SkillLevel
    understands: bool = True
    speaks: bool = True
    reads: bool = False
    writes: bool = False
    dialects: ShortText | None = None


class Profile(Input):
    """Who a volunteer is and what they offer, as the team keeps it. Without `districts` they help in the whole city."""

    given_name: ShortText
    family_name: ShortText
    email: Email | None = None
    phone: Phone | None = None
    mail_language: MailLanguage = "de"
    organisation: Slug | None = Field(default=None, description="Der Verein, zu dem sie gehören.")
    kinds: Annotated[list[VolunteerKind], Field(default=[], max_length=len(VolunteerKind))]
    districts: Annotated[list[District], Field(default=[], max_length=len(District))]
    home_district: District | None = None
    skills: LongText | None = None
    wishes: LongText | None = None
    limits: LongText | None = None
    note: LongText | None = Field(default=None, description="Vermerk des Teams.")
    woman: bool | None = Field(default=None, description="Für Familien, die eine Frau wünschen.")
    driving_licence: bool = False
    car: bool = False
    max_a_month: Annotated[int, Field(ge=0, le=60)] = 4
    languages: Annotated[list[LanguageIn], Field(default=[], max_length=30)]

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.email is None and self.phone is None:
            raise ValueError("Bitte eine E-Mail-Adresse oder eine Telefonnummer angeben.")
        if len({known.language for known in self.languages}) < len(self.languages):
            raise ValueError("Bitte jede Sprache nur einmal angeben.")
        return self


class SetCertificate(Input):
    """When the certificate of good conduct was looked at, and until when that counts; both empty: there is none.

    Nothing of its content is kept (§ 72a Abs. 5 SGB VIII).
    """

    inspected_on: Day | None = None
    due_on: Day | None = Field(default=None, description="Ohne Angabe nach der üblichen Frist.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.inspected_on is None and self.due_on is not None:
            raise ValueError("Bitte angeben, wann das Führungszeugnis angesehen wurde.")
        if self.inspected_on is not None and self.due_on is not None and self.due_on < self.inspected_on:
            raise ValueError("Die Frist liegt vor dem Tag, an dem es angesehen wurde.")
        return self


class SetConfidentiality(Input):
    """The day on which they undertook to keep to themselves what they hear; empty: they have not."""

    on: Day | None = None


class EnterVolunteer(Profile):
    """Somebody helps from now on, entered by a team that has met them."""

    certificate: SetCertificate | None = None
    confidentiality_on: Day | None = None


class SpanIn(Input):
    """A time of every week, local; 0:00 as the end is midnight."""

    weekday: Weekday
    starts: Clock
    ends: Clock

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends != time(0) and self.ends <= self.starts:
            raise ValueError("Das Ende liegt vor dem Beginn.")
        return self


class BlockIn(SpanIn):
    """A time of every week at which they cannot come; without a reason they do not want to be asked for it."""

    reason: BlockReason | None = None


class AbsenceIn(Input):
    """Days on which they are away, both inclusive."""

    from_on: Day
    until_on: Day

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until_on < self.from_on:
            raise ValueError("Der letzte Tag liegt vor dem ersten.")
        return self


class SetTimes(Input):
    """All of a volunteer's times; what is not named is no longer true."""

    available: Annotated[list[SpanIn], Field(default=[], max_length=_MOST_TIMES)]
    blocks: Annotated[list[BlockIn], Field(default=[], max_length=_MOST_TIMES)]
    absences: Annotated[list[AbsenceIn], Field(default=[], max_length=_MOST_TIMES)]


class Pause(Input):
    """The last day on which nobody asks them; empty: they may be asked again."""

    until: Day | None = None


class Leave(Input):
    """Somebody leaves; with `erase` everything that says who they were is removed as well."""

    erase: bool = False


class RemoveConflict(Input):
    """They may meet again."""

    household_id: UUID
