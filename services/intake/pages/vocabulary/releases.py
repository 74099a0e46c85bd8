"""German words for releases and fragments."""

TIMELINE: dict[str, str] = {
    "release_issued": "Freigabe erteilt",
    "release_ended": "Freigabe beendet",
    "release_code": "Zugangslink erstellt",
}
FIELDS: dict[str, str] = {
    "consent_id": "Einwilligung",
    "basis": "Rechtsgrundlage",
    "reference": "Worauf sie sich stützt",
    "fields": "Angaben",
    "needed": "Was gebraucht wird",
    "ends_on": "Bis",
    "code": "Zugangscode",
    "ticket": "Zugangslink",
}
DONE: dict[str, str] = {
    "released": "Die Freigabe ist erteilt.",
    "release_ended": "Die Freigabe ist beendet.",
}
