"""What the forms of the referrals' pages hold."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.referrals.domain.matching import Wish
from services.referrals.inputs import Basis, DraftReferral
from services.referrals.tables import KnownNeed
from shared.contracts.words import CancelReason, DeclineReason, LegalBasis, ReferralOutcome
from shared.refusals import Invalid
from shared.web.inputs import Input, ShortText


class SendForm(Input):
    """Which offer is asked, and on which basis; without one the partner is asked by consent."""

    offer_id: UUID
    without_consent: bool = False
    basis: LegalBasis = LegalBasis.CONSENT
    reference: ShortText | None = None

    def for_need(self, need: KnownNeed) -> DraftReferral:
        """The referral of this need's household or person. Raises `Invalid` where the basis is missing."""
        if self.without_consent and self.basis is LegalBasis.CONSENT:
            raise Invalid("basis", "Bitte die Rechtsgrundlage wählen.")
        return DraftReferral(
            household_id=need.household_id,
            person_id=need.person_id,
            need_id=need.need_id,
            area=need.area,
            offer_id=self.offer_id,
            legal_basis=Basis(kind=self.basis, reference=self.reference),
        )


class SlipForm(Input):
    """Which offer somebody without a file is sent to."""

    offer_id: UUID

    def for_contact(self, contact_id: UUID, wish: Wish) -> DraftReferral:
        """The anonymous referral of this contact."""
        return DraftReferral(contact_id=contact_id, area=wish.area, topic=wish.topic, offer_id=self.offer_id)


class StepForm(Input):
    """What belongs to a step: why, with what outcome, at which place of the waiting list."""

    decline: DeclineReason | None = None
    cancel: CancelReason | None = None
    outcome: ReferralOutcome | None = None
    position: Annotated[int, Field(ge=1, le=10_000)] | None = None
