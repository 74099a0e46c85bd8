"""What the pages' forms hold, and how a form that was refused is shown again with nothing lost."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from services.intake.domain.days import BERLIN
from services.intake.domain.interpreters import USUAL_MINUTES
from services.intake.domain.releases import ReleaseField
from services.intake.inputs import (
    Appointment,
    CorrectContact,
    CorrectHousehold,
    GiveConsent,
    IdentifyNeed,
    InterpreterForAppointment,
    InterpreterForOfficeHours,
    IssueRelease,
    Languages,
    Minutes,
    MoveHousehold,
    Recipient,
    RecordContact,
    RegisterHousehold,
    VisitDone,
)
from shared.contracts.kinds import ClockTime, Language
from shared.contracts.words import Channel, LegalBasis, Purpose, RecipientKind, TargetGroup, Topic, Weekday
from shared.refusals import Invalid
from shared.web.forms import Filled
from shared.web.inputs import Day, Input, LongText, ShortText, Slug

TimeOfDay = time
"""The same under a name that a field called `time` does not hide."""


class RegisterForm(RegisterHousehold):
    """As the call, with a box to tick; languages may be open, and who has no surname has the family's."""

    protected: bool = False
    languages: Languages = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _named_as_the_family(cls, given: Any) -> Any:
        family, persons = given.get("family_name"), given.get("persons")
        if family is None or not isinstance(persons, list):
            return given
        return {**given, "persons": [{"family_name": family, **person} for person in persons]}


class MoveForm(MoveHousehold):
    """As the call, with a box to tick."""

    left_city: bool = False


class CorrectForm(CorrectHousehold):
    """As the call; the page sends all fields, so an empty one is meant to be empty."""

    protected: bool = False
    languages: Languages = Field(default_factory=list)

    @model_validator(mode="after")
    def _empty_means_none(self) -> Self:
        # pydantic's record of what was given decides in the command what changes
        self.model_fields_set.update({"phone", "case_number", "protected", "languages"})
        return self


class AppointmentForm(Input):
    """Day and time of a first visit, as one enters them in Dortmund."""

    day: Day
    time: TimeOfDay
    language: Language | None = None
    interpreter_wanted: bool = False
    minutes: Minutes = USUAL_MINUTES
    woman_wanted: bool = False
    consent_in_advance: bool = False

    def appointment(self) -> Appointment:
        """The moment that is meant."""
        at = datetime.combine(self.day, self.time, BERLIN)
        return Appointment(at=at, **self.model_dump(exclude={"day", "time"}))


class AppointmentWishForm(Input):
    """When a family needs somebody who interprets, as one enters it in Dortmund."""

    day: Day
    time: TimeOfDay
    minutes: Minutes = USUAL_MINUTES
    language: Language
    woman_wanted: bool = False
    consent_in_advance: bool = False

    def wish(self) -> InterpreterForAppointment:
        """The moment that is meant."""
        at = datetime.combine(self.day, self.time, BERLIN)
        return InterpreterForAppointment(at=at, **self.model_dump(exclude={"day", "time"}))


class OfficeHoursWishForm(Input):
    """In which of the coming office hours somebody is to interpret."""

    session: ShortText
    language: Language
    woman_wanted: bool = False

    def wish_or_fault(
        self, form: Filled[Any], offered: Mapping[str, tuple[datetime, datetime]]
    ) -> InterpreterForOfficeHours | None:
        """The wish as the command takes it, or None with the fault put into the form."""
        if self.session not in offered:
            form.errors["session"] = "Diese Sprechstunde ist vorbei oder fällt aus. Bitte eine andere wählen."
            return None
        at, until = offered[self.session]
        return InterpreterForOfficeHours(at=at, until=until, language=self.language, woman_wanted=self.woman_wanted)


class VisitDoneForm(Input):
    """The visit took place, at the appointed time or at this one."""

    day: Day | None = None
    time: TimeOfDay | None = None
    note: LongText | None = None

    def done(self) -> VisitDone:
        """The moment that is meant; none: the appointed one."""
        if self.day is None:
            return VisitDone(note=self.note)
        return VisitDone(at=datetime.combine(self.day, self.time or time(12), BERLIN), note=self.note)


class NoteForm(Input):
    """A note to something that happened."""

    note: LongText | None = None


class NeedForm(IdentifyNeed):
    """As the call, with one time window besides."""

    weekday: Weekday | None = None
    begins: ClockTime | None = None
    ends: ClockTime | None = None

    def need(self) -> IdentifyNeed:
        """The need as the command takes it. Raises `Invalid` for half a time window."""
        given = self.model_dump(exclude={"weekday", "begins", "ends", "times"})
        if self.weekday is None and self.begins is None and self.ends is None:
            return IdentifyNeed.model_validate(given)
        if self.weekday is None or self.begins is None or self.ends is None:
            raise Invalid("weekday", "Bitte Wochentag, Anfang und Ende angeben, oder nichts davon.")
        if self.begins >= self.ends:
            raise Invalid("ends", "Das Ende liegt vor dem Anfang.")
        window = {"weekday": self.weekday, "from": self.begins, "to": self.ends}
        return IdentifyNeed.model_validate({**given, "times": [window]})

    def need_or_fault(self, form: Filled[Any]) -> IdentifyNeed | None:
        """The need, or None with the fault put into the form."""
        try:
            return self.need()
        except Invalid as invalid:
            form.refuse(invalid)
            return None


class ContactForm(Input):
    """A contact with a family."""

    channel: Channel
    topic: Topic | None = None
    language: Language | None = None
    day: Day | None = None
    time: TimeOfDay | None = None

    def contact(self, household_id: UUID) -> RecordContact:
        """The contact; without a day it is now."""
        at = datetime.combine(self.day, self.time or time(12), BERLIN) if self.day else None
        return RecordContact(
            target_group=TargetGroup.REFUGEE,
            channel=self.channel,
            topic=self.topic,
            language=self.language,
            household_id=household_id,
            at=at,
        )


class ConsentForm(Input):
    """Who may see what for: a partner or an authority by its short name, a volunteer by number, never by name."""

    kind: RecipientKind
    slug: Slug | None = None
    volunteer: UUID | None = None
    volunteer_id: UUID | None = None
    """Entered by hand where the list of the volunteers is not there."""
    purpose: Purpose
    person_id: UUID | None = None
    need: UUID | None = None
    """For whose offers the consent was missing: the team goes on there."""

    def consent_or_fault(self, form: Filled[Any]) -> GiveConsent | None:
        """The consent as the command takes it, or None with the fault put into the form."""
        try:
            return self._consent()
        except Invalid as invalid:
            form.refuse(invalid)
            return None

    def _consent(self) -> GiveConsent:
        if self.kind is RecipientKind.VOLUNTEER:
            if self.volunteer is None and self.volunteer_id is None:
                raise Invalid("volunteer", "Bitte auswählen, wer von den Ehrenamtlichen etwas sehen darf.")
            if None not in (self.volunteer, self.volunteer_id) and self.volunteer != self.volunteer_id:
                raise Invalid("volunteer_id", "Bitte entweder auswählen oder die Nummer eingeben.")
            if self.slug is not None:
                raise Invalid("slug", "Ehrenamtliche haben keinen Kurznamen. Bitte dieses Feld leer lassen.")
            recipient = Recipient(kind=self.kind, id=self.volunteer or self.volunteer_id)
        else:
            if self.slug is None:
                raise Invalid("slug", "Bitte den Partner oder die Behörde auswählen.")
            if self.volunteer is not None:
                raise Invalid("volunteer", "Dieses Feld ist nur für Ehrenamtliche. Bitte dort nichts auswählen.")
            if self.volunteer_id is not None:
                raise Invalid("volunteer_id", "Eine Nummer haben nur Ehrenamtliche. Bitte dieses Feld leer lassen.")
            recipient = Recipient(kind=self.kind, slug=self.slug)
        return GiveConsent(recipient=recipient, purpose=self.purpose, person_id=self.person_id)


class ReleaseForm(Input):
    """What a recipient may look at: by a consent of the file, or without one on a basis that is named."""

    consent_id: UUID | None = None
    basis: LegalBasis | None = None
    kind: RecipientKind | None = None
    slug: Slug | None = None
    purpose: Purpose | None = None
    reference: ShortText | None = None
    person_id: UUID | None = None
    fields: list[ReleaseField] = Field(default_factory=list)
    needed: ShortText | None = None
    ends_on: Day | None = None

    def release_or_fault(self, form: Filled[Any]) -> IssueRelease | None:
        """The release as the command takes it, or None with the faults put into the form."""
        try:
            return self._release()
        except Invalid as invalid:
            form.refuse(invalid)
            return None

    def _release(self) -> IssueRelease:
        common = self.model_dump(include={"person_id", "reference", "fields", "needed", "ends_on"})
        if self.basis is None:
            if self.consent_id is None:
                raise Invalid("consent_id", "Bitte eine Einwilligung wählen, oder unten eine andere Rechtsgrundlage.")
            return IssueRelease.model_validate({**common, "consent_id": self.consent_id})
        if self.consent_id is not None:
            raise Invalid("basis", "Bitte entweder die Einwilligung wählen oder eine andere Rechtsgrundlage.")
        missing = [
            (name, text)
            for name, value, text in (
                ("kind", self.kind, "Bitte angeben, wer etwas sehen darf."),
                ("slug", self.slug, "Bitte den Kurznamen des Empfängers angeben."),
                ("purpose", self.purpose, "Bitte angeben, wofür."),
            )
            if value is None
        ]
        if missing:
            raise Invalid(*missing[0], more=missing[1:])
        recipient = {"kind": self.kind, "slug": self.slug}
        return IssueRelease.model_validate(
            {**common, "basis": self.basis, "recipient": recipient, "purpose": self.purpose}
        )


class CodeForm(Input):
    """The one-time code from a link of the team, or the city's ticket."""

    code: ShortText | None = None
    ticket: Annotated[str, Field(max_length=1000)] | None = None


class TapForm(Input):
    """One tap at the desk."""

    target_group: TargetGroup

    def contact(self) -> RecordContact:
        """The contact that it is."""
        return RecordContact(target_group=self.target_group, channel=Channel.OFFICE_HOURS)


class LastContactForm(Input):
    """What one adds to the last contact at the desk: one thing a time."""

    topic: Topic | None = None
    language: Language | None = None
    partner: Slug | None = None

    def correction(self) -> CorrectContact:
        """Only what was given; the rest of the contact stays."""
        return CorrectContact.model_validate(self.model_dump(exclude_none=True))


class ReasonForm(Input):
    """Why a protected address is needed."""

    reason: ShortText
