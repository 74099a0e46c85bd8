"""What comes in about referrals: bodies of calls and forms of pages."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from services.referrals.directory_inputs import Email, Phone
from shared.contracts.words import CancelReason, DeclineReason, LegalBasis, NeedArea, ReferralOutcome, Topic
from shared.web.inputs import Day, Input, Moment, ShortText

Reference = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]


class Basis(Input):
    """On what the person's data may go to the partner."""

    kind: LegalBasis
    reference: Reference | None = Field(
        default=None, description="Worauf sie beruht, zum Beispiel der Bescheid; nötig, wenn es keine Einwilligung ist."
    )


class DraftReferral(Input):
    """A referral of a household or one of its persons, or of somebody without a file (`contact_id`)."""

    household_id: UUID | None = None
    person_id: UUID | None = None
    contact_id: UUID | None = Field(default=None, description="Für Menschen ohne Akte; der Partner erfährt nichts.")
    need_id: UUID | None = None
    area: NeedArea | None = None
    topic: Topic | None = None
    offer_id: UUID
    legal_basis: Basis | None = None
    replaces: UUID | None = Field(default=None, description="Die Vermittlung, die nichts wurde.")


class Step(Input):
    """A step without more to say."""

    on: Day | None = Field(default=None, description="Wann es war, wenn das Team es nachträgt; sonst heute.")


class ContactPerson(Input):
    """Whom the family turns to at the partner: an employee at work."""

    name: ShortText
    phone: Phone | None = None
    email: Email | None = None
    room: ShortText | None = None


class Appointment(Input):
    """When the partner expects the family, and where."""

    at: Moment
    place: ShortText | None = None


class Accept(Step):
    """A yes, with whom the family meets, and when."""

    contact: ContactPerson | None = None
    appointments: Annotated[list[Appointment], Field(max_length=5)] = Field(default_factory=list)


class Decline(Step):
    """Why not."""

    reason: DeclineReason


class Cancel(Step):
    """Why it is taken back."""

    reason: CancelReason


class Waive(Input):
    """Why nobody else is asked."""

    reason: CancelReason


class Outcome(Step):
    """What became of it."""

    outcome: ReferralOutcome


class Hold(Step):
    """Rests; with a position on a waiting list."""

    position: int | None = Field(default=None, ge=1, le=10_000, description="Platz auf der Warteliste.")


class AcceptMany(Input):
    """Several at once."""

    ids: list[UUID] = Field(min_length=1, max_length=100)
