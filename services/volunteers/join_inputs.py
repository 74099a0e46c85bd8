"""What somebody says of themselves on the public page."""

from collections.abc import Iterator
from datetime import time
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from services.volunteers.register_inputs import Email, LanguageIn, Phone
from shared.contracts.words import District, VolunteerKind, Weekday
from shared.web.inputs import Input, ShortText

OwnWords = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
_SKILLS = ("understands", "speaks", "reads", "writes")


class PartOfDay(StrEnum):
    """Tageszeit: as exact as one says it before the first talk (ours)."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


HOURS: dict[PartOfDay, tuple[time, time]] = {
    PartOfDay.MORNING: (time(8), time(12)),
    PartOfDay.AFTERNOON: (time(12), time(17)),
    PartOfDay.EVENING: (time(17), time(21)),
}
SLOTS = tuple(f"{day.value}-{part.value}" for day in Weekday for part in PartOfDay)
"""The boxes of the week: `mon-morning`."""


def _slot(value: str) -> str:
    if value not in SLOTS:
        raise ValueError("Diese Zeit gibt es nicht.")
    return value


class JoinLanguage(LanguageIn):
    """A language with boxes: what is not ticked they cannot."""

    understands: bool = False
    speaks: bool = False

    @model_validator(mode="after")
    def _can_something(self) -> Self:
        if not any(getattr(self, skill) for skill in _SKILLS):
            raise ValueError("Bitte ankreuzen, was Sie in dieser Sprache können.")
        return self


class Join(Input):
    """A registration. `website` is a field that people do not see; `consent` is to the note beside it."""

    given_name: ShortText
    family_name: ShortText
    email: Email
    phone: Phone | None = None
    kinds: Annotated[list[VolunteerKind], Field(min_length=1, max_length=len(VolunteerKind))]
    languages: Annotated[list[JoinLanguage], Field(default=[], max_length=10)]
    districts: Annotated[list[District], Field(default=[], max_length=len(District))]
    times: Annotated[list[Annotated[str, AfterValidator(_slot)]], Field(default=[], max_length=len(SLOTS))]
    wishes: OwnWords | None = None
    limits: OwnWords | None = None
    driving_licence: bool = False
    car: bool = False
    consent: bool
    website: ShortText | None = None

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if not self.consent:
            raise ValueError("Ohne Ihr Einverständnis dürfen wir die Angaben nicht speichern.")
        if len({known.language for known in self.languages}) < len(self.languages):
            raise ValueError("Bitte jede Sprache nur einmal angeben.")
        return self

    def spans(self) -> Iterator[dict[str, Any]]:
        """The ticked boxes as weekday, start and end."""
        for slot in dict.fromkeys(self.times):
            day, part = slot.split("-")
            starts, ends = HOURS[PartOfDay(part)]
            yield {"weekday": Weekday(day), "starts": starts, "ends": ends}
