"""The states of a referral: what may follow what, and what must be said with it (network contract, „Referral states").

After FHIR Task as profiled by HL7 SDOH Clinical Care, Primero and findhelp.
"""

from collections.abc import Mapping

from shared.contracts.words import (
    CancelCause,
    OfferKind,
    ReferralState,
    Topic,
)
from shared.refusals import Conflict, Invalid

_S = ReferralState
ALLOWED: Mapping[ReferralState, frozenset[ReferralState]] = {
    _S.DRAFT: frozenset({_S.REQUESTED}),
    _S.REQUESTED: frozenset({_S.ACCEPTED, _S.DECLINED, _S.EXPIRED, _S.ON_HOLD, _S.CANCELLED}),
    _S.ACCEPTED: frozenset({_S.IN_PROGRESS, _S.FAILED, _S.ON_HOLD, _S.CANCELLED}),
    _S.IN_PROGRESS: frozenset({_S.COMPLETED, _S.FAILED, _S.ON_HOLD, _S.CANCELLED}),
    _S.ON_HOLD: frozenset({_S.REQUESTED, _S.ACCEPTED, _S.IN_PROGRESS, _S.CANCELLED}),
    **dict.fromkeys((_S.COMPLETED, _S.DECLINED, _S.EXPIRED, _S.FAILED, _S.CANCELLED), frozenset()),
}
"""From each state the states that may follow; one that rests goes back to where it came from alone."""
OPEN = frozenset({_S.REQUESTED, _S.ACCEPTED, _S.IN_PROGRESS, _S.ON_HOLD})
OVER = frozenset({_S.COMPLETED, _S.DECLINED, _S.EXPIRED, _S.FAILED, _S.CANCELLED})
TRY_AGAIN = OVER - {_S.COMPLETED}
"""What came to nothing can be tried again with a new referral; a closed one is never reopened."""
WITHOUT_HELP = TRY_AGAIN - {_S.CANCELLED}
"""The partner could not help or did not answer: somebody has to ask the next one, or to decide against it."""
FOR_THE_TEAM = frozenset({CancelCause.SENDER, CancelCause.HOUSEHOLD_DECLINED})

_NOW = {
    _S.DRAFT: "ist noch ein Entwurf",
    _S.REQUESTED: "wartet auf Antwort",
    _S.ACCEPTED: "ist angenommen",
    _S.IN_PROGRESS: "läuft",
    _S.ON_HOLD: "ruht",
    _S.COMPLETED: "ist abgeschlossen",
    _S.DECLINED: "wurde abgelehnt",
    _S.EXPIRED: "ist ohne Antwort abgelaufen",
    _S.FAILED: "kam nicht zustande",
    _S.CANCELLED: "wurde abgebrochen",
}


def check_move(now: ReferralState, to: ReferralState, held_from: ReferralState | None = None) -> None:
    """Raise `Conflict` unless `to` may follow `now`."""
    if to not in ALLOWED[now] or (now is _S.ON_HOLD and to is not _S.CANCELLED and to is not held_from):
        raise Conflict(f"Die Vermittlung {_NOW[now]}; dieser Schritt ist jetzt nicht möglich.")


def check_offer_for_topic(topic: Topic | None, kind: OfferKind, legal_advice: bool) -> None:
    """Legal topics go to centres for legal advice alone: the network gives none itself (domain rule 4)."""
    if topic is Topic.LEGAL and not (kind is OfferKind.COUNSELLING and legal_advice):
        raise Invalid("offer_id", "Rechtliche Fragen gehen nur an Beratungsstellen, die Rechtsberatung anbieten.")
