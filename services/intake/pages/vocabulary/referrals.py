"""German words for what became of a referral."""

TIMELINE: dict[str, str] = {
    "referral_requested": "Vermittlung angefragt",
    "referral_reminded": "An die Vermittlung erinnert",
    "referral_escalated": "Vermittlung seit Langem ohne Antwort, bitte nachfragen",
    "referral_accepted": "Vermittlung angenommen",
    "referral_declined": "Vermittlung abgelehnt",
    "referral_started": "Hilfe hat begonnen",
    "referral_held": "Vermittlung ruht",
    "referral_resumed": "Vermittlung geht weiter",
    "referral_completed": "Vermittlung abgeschlossen",
    "referral_failed": "Vermittlung nicht zustande gekommen",
    "referral_cancelled": "Vermittlung abgebrochen",
    "referral_expired": "Vermittlung ohne Antwort abgelaufen",
    "release_not_issued": "Keine Freigabe für die Vermittlung, weil dafür keine Einwilligung (mehr) vorliegt",
}
FIELDS: dict[str, str] = {}
DONE: dict[str, str] = {}
