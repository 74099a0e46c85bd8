"""German words of the board and of a referral's page."""

_STEPS = {
    "drafted": "Entwurf",
    "requested": "Angefragt",
    "reminded": "Partner erinnert",
    "escalated": "Ohne Antwort: an das Team gegeben",
    "accepted": "Angenommen",
    "declined": "Abgelehnt",
    "started": "Hat begonnen",
    "held": "Ruht",
    "resumed": "Geht weiter",
    "completed": "Abgeschlossen",
    "failed": "Nicht zustande gekommen",
    "cancelled": "Abgebrochen",
    "expired": "Ohne Antwort abgelaufen",
    "waived": "Niemand anders wird gefragt",
}
_REASONS = {"declined": "DeclineReason", "cancelled": "CancelCause", "waived": "CancelCause"}


def step(what: str) -> str:
    """What was done."""
    return _STEPS[what]


def reason_kind(what: str) -> str:
    """From which list the reason of a step or state is."""
    return _REASONS[what]
