"""German words for interpreters who are wished for, and for volunteers who come."""

TIMELINE: dict[str, str] = {
    "interpreter_wished": "Dolmetschen angefragt",
    "interpreter_unwished": "Anfrage nach Dolmetschen zurückgenommen",
    "assignment_accepted": "Ehrenamtlicher Einsatz zugesagt",
    "assignment_cancelled": "Ehrenamtlicher Einsatz abgesagt",
    "assignment_completed": "Ehrenamtlicher Einsatz erledigt",
    "assignment_no_consent": "Für den ehrenamtlichen Einsatz fehlt die Einwilligung der Familie",
    "mentorship_started": "Patenschaft begonnen",
    "mentorship_ended": "Patenschaft beendet",
}
FIELDS: dict[str, str] = {
    "minutes": "Wie lange",
    "woman_wanted": "Wer dolmetscht",
    "consent_in_advance": "Einverständnis der Familie",
    "from": "Von",
    "until": "Bis",
    "volunteer": "Ehrenamtliche",
    "session": "Sprechstunde",
}
DONE: dict[str, str] = {
    "interpreter": "Dolmetschen ist angefragt.",
    "interpreter_gone": "Die Anfrage ist zurückgenommen.",
}
