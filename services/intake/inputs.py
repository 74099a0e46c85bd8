"""What is handed to the intake: the bodies of its calls, the same for API and pages."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from services.intake.domain.care import ProtectionStep
from services.intake.domain.interpreters import LONGEST, SHORTEST, USUAL_MINUTES
from services.intake.domain.members import CameBy, LeftBecause
from services.intake.domain.releases import ReleaseField
from services.intake.domain.texts import fault_of_name
from shared.contracts.kinds import ClockTime, Flag, Language
from shared.contracts.words import (
    BarrierKind,
    Channel,
    District,
    LegalBasis,
    LegalCircle,
    NeedArea,
    Purpose,
    RecipientKind,
    TargetGroup,
    Tenancy,
    Topic,
    Weekday,
)
from shared.web.inputs import Day, Input, LongText, Moment, ShortText, Slug


def _name(text: str) -> str:
    if (fault := fault_of_name(text)) is not None:
        raise ValueError(fault)
    return text


def _each_once(languages: list[str]) -> list[str]:
    return list(dict.fromkeys(languages))


Name = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_name)]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 ()/.-]{2,29}$")]
CaseNumber = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-zÄÖÜäöüß ./_-]{1,40}$")]
PostalCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{5}$")]
Minutes = Annotated[int, Field(ge=SHORTEST, le=LONGEST, description="How long somebody is needed.")]
AgreedInAdvance = Annotated[
    Flag, Field(description="The family agrees that whoever interprets gets to know name, phone and address.")
]
Languages = Annotated[list[Language], Field(max_length=10), AfterValidator(_each_once)]


class PersonInput(Input):
    """A member of the household."""

    given_name: Name
    family_name: Name
    birth_date: Day | None = None
    legal_circle: LegalCircle | None = None


class Address(Input):
    """Where a household lives; `neighbourhood` by name or slug."""

    street: Name
    postal_code: PostalCode
    city: Name
    district: District
    neighbourhood: Annotated[str, StringConstraints(min_length=1, max_length=60)] | None = None


class RegisterHousehold(Input):
    """A household gets a file; with `moved_on` the move that led here is entered with it."""

    family_name: Name
    persons: Annotated[list[PersonInput], Field(min_length=1, max_length=30)]
    address: Address
    tenancy: Tenancy
    legal_circle: LegalCircle | None = Field(default=None, description="For persons that give none.")
    languages: Languages
    phone: Phone | None = None
    case_number: CaseNumber | None = None
    protected: Flag = Field(default=False, description="The address must not become known.")
    moved_on: Day | None = None


class MoveHousehold(Input):
    """A move: either `address`, `tenancy` and `moved_on`, or `left_city` (then `moved_on` is today if not given)."""

    address: Address | None = None
    tenancy: Tenancy | None = None
    moved_on: Day | None = None
    left_city: Flag = False


class CorrectPerson(Input):
    """What is corrected of a person; what is not named stays."""

    person_id: UUID
    given_name: Name | None = None
    family_name: Name | None = None
    birth_date: Day | None = None


class CorrectHousehold(Input):
    """What is corrected of a household; what is not named stays, `null` empties a field that may be empty."""

    family_name: Name | None = None
    phone: Phone | None = None
    case_number: CaseNumber | None = None
    languages: Languages | None = None
    protected: Flag | None = None
    address: Address | None = Field(default=None, description="A mistake in the address; a move is a move.")
    tenancy: Tenancy | None = None
    persons: Annotated[list[CorrectPerson], Field(max_length=30)] = Field(default_factory=list)


class ChangeLegalCircle(Input):
    """From a day on a person is in a legal circle; the day may lie ahead or back."""

    legal_circle: LegalCircle
    on: Day


class TimeWindow(Input):
    """When somebody can, every week."""

    weekday: Weekday
    from_: ClockTime = Field(alias="from")
    to: ClockTime

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.from_ >= self.to:
            raise ValueError("Das Ende liegt vor dem Anfang.")
        return self


class IdentifyNeed(Input):
    """A need in one of the six areas; `note` stays with the site."""

    area: NeedArea
    person_id: UUID | None = None
    languages: Languages = Field(default_factory=list)
    times: Annotated[list[TimeWindow], Field(max_length=21)] = Field(default_factory=list)
    note: LongText | None = None
    on: Day | None = Field(default=None, description="On which day the need was recognised, if not today.")


class Recipient(Input):
    """Who may see something: a partner or authority by `slug`, a volunteer by `id`."""

    kind: RecipientKind
    slug: Slug | None = None
    id: UUID | None = None

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if (self.slug is None) == (self.id is None):
            raise ValueError("Bitte entweder slug oder id angeben.")
        return self


class GiveConsent(Input):
    """The household allows a recipient to see its data. Words other than the known purposes stay with the site."""

    recipient: Recipient
    purpose: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    person_id: UUID | None = Field(default=None, description="Who gives it, if not the whole household.")


class RecordContact(Input):
    """One contact; the target group is enough."""

    target_group: TargetGroup
    channel: Channel = Channel.OFFICE_HOURS
    topic: Topic | None = None
    language: Language | None = None
    household_id: UUID | None = None
    person_id: UUID | None = None
    partner: Slug | None = None
    counterpart_id: UUID | None = Field(
        default=None, description="Any id that the desk gives an unnamed person, to tell one from many."
    )
    at: Moment | None = None


class CorrectContact(Input):
    """What is corrected of a contact; what is not named stays, `null` empties. `void` takes it out of the count."""

    target_group: TargetGroup | None = None
    channel: Channel | None = None
    topic: Topic | None = None
    language: Language | None = None
    partner: Slug | None = None
    counterpart_id: UUID | None = None
    at: Moment | None = None
    void: Flag | None = None


class Appointment(Input):
    """When a first visit is to be, in which language, and whether somebody must interpret."""

    at: Moment
    language: Language | None = None
    interpreter_wanted: Flag | None = None
    minutes: Minutes = USUAL_MINUTES
    woman_wanted: Flag = Field(default=False, description="Only a woman is to interpret.")
    consent_in_advance: AgreedInAdvance = False


class InterpreterForOfficeHours(Input):
    """From when to when somebody is to interpret at the site."""

    at: Moment
    until: Moment
    language: Language
    woman_wanted: Flag = Field(default=False, description="Only a woman is to interpret.")


class InterpreterForAppointment(Input):
    """When a family needs somebody who interprets, for how long, and in which language."""

    at: Moment
    minutes: Minutes = USUAL_MINUTES
    language: Language
    woman_wanted: Flag = Field(default=False, description="Only a woman is to interpret.")
    consent_in_advance: AgreedInAdvance = False


class VisitDone(Input):
    """When the visit was, if not at the appointed time; `note` stays in the file."""

    at: Moment | None = None
    language: Language | None = None
    note: LongText | None = None


class VisitEnded(Input):
    """On which day, if not today; `note` stays in the file."""

    on: Day | None = None
    note: LongText | None = None


class VisitMissed(Input):
    """Nobody was at home; `note` stays in the file."""

    note: LongText | None = None


class NeedMetOn(Input):
    """On which day the need was met, if not today."""

    on: Day | None = None


class IssueRelease(Input):
    """A recipient may look: by a consent, which names it, or on another basis with recipient, purpose and reference."""

    basis: LegalBasis = LegalBasis.CONSENT
    consent_id: UUID | None = Field(default=None, description="The consent on which it rests; names the recipient.")
    recipient: Recipient | None = Field(default=None, description="Without a consent: who may look.")
    purpose: Purpose | None = Field(default=None, description="Without a consent: what for.")
    reference: ShortText | None = Field(default=None, description="Without a consent: what it rests on.")
    person_id: UUID | None = Field(default=None, description="The member of the household that it is about.")
    fields: Annotated[list[ReleaseField], Field(max_length=len(ReleaseField))] = Field(
        default_factory=lambda: [ReleaseField.NAME, ReleaseField.LANGUAGES, ReleaseField.PHONE, ReleaseField.NEEDED]
    )
    needed: ShortText | None = Field(default=None, description="What the recipient is asked for; stays at the site.")
    ends_on: Day | None = Field(default=None, description="The last day.")
    referral_id: UUID | None = None
    assignment_id: UUID | None = None

    @model_validator(mode="after")
    def _one_basis(self) -> Self:
        by_consent = self.basis is LegalBasis.CONSENT
        if by_consent and (self.consent_id is None or self.recipient is not None or self.purpose is not None):
            raise ValueError("Bitte die Einwilligung nennen; Empfänger und Zweck stehen in ihr.")
        if not by_consent and (self.consent_id is not None or self.recipient is None or self.purpose is None):
            raise ValueError("Ohne Einwilligung bitte Empfänger und Zweck nennen.")
        return self


class AssignFile(Input):
    """Who of the team looks after the file, and who does so meanwhile; accounts of this site, `null` for nobody."""

    owner: ShortText | None = None
    substitute: ShortText | None = None


class AddTask(Input):
    """Something to do for the household on a day; `for_whom` is an account of this site, else it is the owner's."""

    due_on: Day
    what: ShortText
    for_whom: ShortText | None = None


class WriteSafetyNote(Input):
    """What a colleague must know before a home visit; `null` takes it away."""

    text: LongText | None = None


class TakeProtectionStep(Input):
    """A step of the child-protection path that was taken; `done_by` is an account of this site, else who enters it."""

    step: ProtectionStep
    on: Day | None = Field(default=None, description="On which day, if not today.")
    done_by: ShortText | None = None
    note: LongText | None = None


class CloseProtection(Input):
    """How the child-protection path has ended."""

    result: LongText


class AddPerson(Input):
    """Somebody is born into the household or joins it."""

    came_by: CameBy
    on: Day = Field(description="The day of the birth, or the first day in the household.")
    given_name: Name
    family_name: Name
    birth_date: Day | None = Field(default=None, description="For a birth it is the day itself.")
    legal_circle: LegalCircle = Field(description="From that day on.")


class RemovePerson(Input):
    """Somebody has died or left the household; from `on` the person no longer counts."""

    because: LeftBecause
    on: Day


class GiveReason(Input):
    """Why a person is without benefits, so that no authority is in charge."""

    reason: ShortText


class AcknowledgedOn(Input):
    """On which day the authority has acknowledged it, if not today."""

    on: Day | None = None


class RecordBarrier(Input):
    """What stands in the way: in the person, or in the structures, with authority or topic. `note` stays here."""

    kind: BarrierKind
    person_id: UUID | None = None
    need_id: UUID | None = Field(default=None, description="The need for which nothing was found.")
    topic: Topic | None = Field(default=None, description="Of an individual barrier it stays with the site.")
    authority: Slug | None = Field(default=None, description="At which one, of a structural barrier.")
    reach_ended: Flag = Field(default=False, description="The team could not get any further there.")
    note: LongText | None = None
    on: Day | None = Field(default=None, description="On which day it was recognised, if not today.")


Goals = Annotated[list[ShortText], Field(max_length=10)]


class ConcludeAgreement(Input):
    """A voluntary agreement: what each side undertakes, in its own words, which stay with the site."""

    household_goals: Goals
    site_goals: Goals
    areas: Annotated[list[NeedArea], Field(max_length=len(NeedArea))] = Field(default_factory=list)
    review_on: Day | None = Field(default=None, description="When both sides look at it next.")
    on: Day | None = Field(default=None, description="On which day it was concluded, if not today.")


class ReviewAgreement(Input):
    """Both sides have looked at the goals. `reached` are all goals reached by now."""

    reached: Annotated[list[UUID], Field(max_length=20)] = Field(default_factory=list)
    note: LongText | None = None
    review_on: Day | None = Field(default=None, description="When both sides look at it next; none: not agreed.")
    on: Day | None = Field(default=None, description="On which day, if not today.")
