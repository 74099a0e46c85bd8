"""What a referral means for the file: when contact data are open, which, and what is told a second time."""

from collections.abc import Iterable

from services.intake.domain.releases import ReleaseField
from shared.contracts.referrals import Referral, ReferralCancelledV2, ReferralHeld
from shared.contracts.words import CancelCause, GrantEnd, LegalBasis, OfferKind, PartnerKind, ReferralState

ENDED = frozenset(
    {
        ReferralState.COMPLETED,
        ReferralState.DECLINED,
        ReferralState.EXPIRED,
        ReferralState.FAILED,
        ReferralState.CANCELLED,
    }
)
_HELPED = frozenset({ReferralState.ACCEPTED, ReferralState.IN_PROGRESS})
_ASKED = _HELPED | {ReferralState.REQUESTED}
_REPEATABLE = frozenset({"referral_held", "referral_resumed"})
"""What may happen to one referral several times."""


def is_told_again(kind: str, site: str, sequence: int, known: Iterable[tuple[str, str, int]]) -> bool:
    """Whether the file says it already; `known` are kind, site and sequence of the referral's lines.

    A site that takes a file over is told under a number of its own how its referrals stand, which mostly stands in the
    file that came with it.
    """
    if any(number == sequence for _, _, number in known):
        return True
    if kind not in _REPEATABLE:
        return any(kind == line for line, _, _ in known)
    before = [(number, line, to) for line, to, number in known if line in _REPEATABLE and number < sequence]
    return bool(before) and max(before)[1] == kind and max(before)[2] != site


def opens_contact_data(told: Referral) -> bool:
    """Whether the partner may look: when it has accepted, an authority when it was asked (network contract: grants)."""
    state = told.held_from if isinstance(told, ReferralHeld) else told.state
    return state in (_ASKED if told.partner_kind is PartnerKind.AUTHORITY else _HELPED)


def fields_for(told: Referral, *, protected: bool) -> list[ReleaseField]:
    """Name, contact and what is needed; more only where it cannot be done without (domain rules 6 and 14)."""
    fields = [ReleaseField.NAME, ReleaseField.LANGUAGES, ReleaseField.PHONE, ReleaseField.NEEDED]
    recognises = told.partner_kind is PartnerKind.AUTHORITY and told.basis is LegalBasis.STATUTORY
    if recognises:
        fields += [ReleaseField.BIRTH_DATE, ReleaseField.CASE_NUMBER]
    if (recognises or told.kind is OfferKind.MOVING_HELP) and not protected:
        fields.append(ReleaseField.ADDRESS)
    return fields


def end_of_release(told: Referral) -> GrantEnd:
    """Why the release ends with its referral."""
    if not isinstance(told, ReferralCancelledV2):
        return GrantEnd.COMPLETED
    withdrawn = told.reason is CancelCause.CONSENT_WITHDRAWN
    return GrantEnd.CONSENT_WITHDRAWN if withdrawn else GrantEnd.REVOKED
