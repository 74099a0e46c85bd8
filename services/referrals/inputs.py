"""What comes in about referrals: bodies of calls and forms of pages."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.contracts.words import CancelReason, DeclineReason, LegalBasis, NeedArea, ReferralOutcome, Topic
from shared.web.inputs import Day, Input

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
