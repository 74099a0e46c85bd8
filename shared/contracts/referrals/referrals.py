"""The closed loop of a referral (Vermittlung): nobody is passed on and forgotten (network contract, „Referral states").

Each of these events is published twice where the partner is concerned: once `internal`, with our own ids, and once as
the partner's own copy, with the pseudonym `person_ref` that was made for that partner alone and none of our ids.
"""

from datetime import date
from typing import Self
from uuid import UUID

from pydantic import model_validator

from shared.contracts.base import Event
from shared.contracts.kinds import Count, Day, Language, Moment, Slug, WeeklyTime
from shared.contracts.words import (
    CancelCause,
    CancelReason,
    DeclineReason,
    DeletionReason,
    District,
    LegalBasis,
    NeedArea,
    OfferKind,
    PartnerKind,
    ReferralOutcome,
    ReferralState,
    Topic,
)


class Referral(Event):
    """What is true of a referral after the change."""

    referral_id: UUID
    site: Slug
    """The site in charge of the household, or whose contact it was."""
    partner: Slug
    partner_kind: PartnerKind
    offer_id: UUID | None = None
    kind: OfferKind
    """Of the offer that was asked for."""
    state: ReferralState
    on: Day
    """The day on which it happened, as opposed to the day of its entry."""
    area: NeedArea | None = None
    topic: Topic | None = None
    district: District | None = None
    languages: tuple[Language, ...] = ()
    times: tuple[WeeklyTime, ...] = ()
    """When they can; empty: no restriction known."""
    basis: LegalBasis | None = None
    """None: people without a file, of whom the partner learns nothing."""
    requested_on: Day | None = None
    due_on: Day | None = None
    """Until when an answer is expected; the last day counts."""
    replaces: UUID | None = None
    """The referral that came to nothing and is tried again with this one."""
    household_id: UUID | None = None
    person_id: UUID | None = None
    contact_id: UUID | None = None
    need_id: UUID | None = None
    person_ref: UUID | None = None
    """In a partner's own copy alone: whom it is about, by a random id that this partner alone knows."""

    @model_validator(mode="after")
    def _does_not_mix_pseudonyms(self) -> Self:
        ours = (self.household_id, self.person_id, self.contact_id, self.need_id)
        if self.person_ref is not None and any(each is not None for each in ours):
            raise ValueError("a partner's copy holds none of our ids")
        return self


class ReferralRequested(
    Referral, name="referral-requested", publisher="referrals", subject="referral_id", site="site", district="district"
):
    """A partner was asked (Anfrage gestellt), with consent or on another recorded legal basis for this very one."""


class ReferralReminded(
    Referral, name="referral-reminded", publisher="referrals", subject="referral_id", site="site", district="district"
):
    """The partner has not answered yet and was reminded (Erinnerung)."""

    open_days: Count
    """Working days since it was asked."""


class ReferralEscalated(
    Referral, name="referral-escalated", publisher="referrals", subject="referral_id", site="site", district="district"
):
    """The partner has still not answered; the team takes it up (Eskalation)."""

    open_days: Count


class ReferralAccepted(
    Referral, name="referral-accepted", publisher="referrals", subject="referral_id", site="site", district="district"
):
    """The partner has accepted (angenommen); the site opens the contact data to it."""

    days_to_answer: Count
    """Calendar days from the question to the answer."""
    appointments: tuple[Moment, ...] = ()
    """When the partner expects the family; where and with whom, the team sees at the referral."""


class ReferralDeclined(
    Referral, name="referral-declined", publisher="referrals", subject="referral_id", site="site", district="district"
):
    """The partner has declined (abgelehnt)."""

    reason: DeclineReason
    days_to_answer: Count


class ReferralStarted(
    Referral, name="referral-started", publisher="referrals", subject="referral_id", site="site", district="district"
):
    """The partner has begun with the help (begonnen)."""


class ReferralHeld(
    Referral, name="referral-held", publisher="referrals", subject="referral_id", site="site", district="district"
):
    """It rests (ruht); with a position it is a place on a waiting list."""

    held_from: ReferralState
    """Where it returns to."""
    position: Count | None = None


class ReferralResumed(
    Referral, name="referral-resumed", publisher="referrals", subject="referral_id", site="site", district="district"
):
    """It goes on where it rested (fortgesetzt)."""


class ReferralCompleted(
    Referral, name="referral-completed", publisher="referrals", subject="referral_id", site="site", district="district"
):
    """It is done (abgeschlossen)."""

    outcome: ReferralOutcome


class ReferralFailed(
    Referral, name="referral-failed", publisher="referrals", subject="referral_id", site="site", district="district"
):
    """It came to nothing after it was accepted (nicht zustande gekommen)."""

    outcome: ReferralOutcome


class ReferralCancelled(
    Referral,
    name="referral-cancelled",
    publisher="referrals",
    subject="referral_id",
    site="site",
    district="district",
    ending=date(2027, 5, 31),
):
    """It was taken back (abgebrochen); the partner is told what to delete."""

    reason: CancelReason

    def in_next_major(self) -> "ReferralCancelledV2":
        """With the word that it has: what else `sender` may have meant is not known any more."""
        return ReferralCancelledV2(**self.__dict__ | {"reason": CancelCause(self.reason.value)})


class ReferralCancelledV2(
    Referral,
    name="referral-cancelled",
    major=2,
    publisher="referrals",
    subject="referral_id",
    site="site",
    district="district",
):
    """It has ended before its time (abgebrochen), and by what; the partner is told what to delete.

    The first major calls it `sender` also when the family's file was closed or erased, as if the team had thought
    better of it: the partner asked back in vain, and the figures blamed the team.
    """

    reason: CancelCause

    def in_former_major(self) -> ReferralCancelled:
        """With the nearest word that the first major has."""
        nearest = CancelReason.SENDER if self.reason in _CALLED_SENDER else CancelReason(self.reason.value)
        return ReferralCancelled(**self.__dict__ | {"reason": nearest})


_CALLED_SENDER = frozenset({CancelCause.FILE_CLOSED, CancelCause.ERASED})


class ReferralExpired(
    Referral, name="referral-expired", publisher="referrals", subject="referral_id", site="site", district="district"
):
    """There was no answer in time (abgelaufen), which is not the partner's no."""

    open_days: Count


class Deletion(Event):
    """A partner is to delete what it has of a referral's person (GDPR Art. 19)."""

    deletion_id: UUID
    referral_id: UUID
    site: Slug
    partner: Slug
    person_ref: UUID | None = None
    on: Day
    reason: DeletionReason


class DeletionRequested(Deletion, name="deletion-requested", publisher="referrals", subject="referral_id", site="site"):
    """The partner was told to delete (Löschung verlangt); told again until it has confirmed."""


class DeletionConfirmed(Deletion, name="deletion-confirmed", publisher="referrals", subject="referral_id", site="site"):
    """The partner has said that it has deleted (Löschung bestätigt)."""
