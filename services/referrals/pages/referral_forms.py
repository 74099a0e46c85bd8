"""What the forms of the referrals' pages hold."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.referrals.directory_inputs import Clock, Phone
from services.referrals.domain.matching import Wish
from services.referrals.inputs import Accept, Appointment, Basis, ContactPerson, DraftReferral
from services.referrals.tables import KnownNeed
from shared.contracts.words import CancelReason, DeclineReason, LegalBasis, ReferralOutcome
from shared.days import BERLIN
from shared.refusals import Invalid
from shared.web.inputs import Day, Input, ShortText


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
    """What belongs to a step: why, with what outcome, at which place of the waiting list, with whom and when."""

    contact_name: ShortText | None = None
    contact_phone: Phone | None = None
    contact_room: ShortText | None = None
    day: Day | None = None
    clock: Clock | None = None
    place: ShortText | None = None

    decline: DeclineReason | None = None
    cancel: CancelReason | None = None
    outcome: ReferralOutcome | None = None
    position: Annotated[int, Field(ge=1, le=10_000)] | None = None

    def answer(self) -> Accept:
        """The yes, with whom and when. Raises `Invalid` where half of it is missing."""
        if self.contact_name is None and (self.contact_phone or self.contact_room):
            raise Invalid("contact_name", "Bitte auch den Namen angeben.")
        if (self.day is None) != (self.clock is None):
            raise Invalid("clock" if self.clock is None else "day", "Bitte Tag und Uhrzeit angeben.")
        contact = None
        if self.contact_name is not None:
            contact = ContactPerson(name=self.contact_name, phone=self.contact_phone, room=self.contact_room)
        if self.day is None or self.clock is None:
            return Accept(contact=contact)
        at = datetime.combine(self.day, self.clock, BERLIN)
        return Accept(contact=contact, appointments=[Appointment(at=at, place=self.place)])
