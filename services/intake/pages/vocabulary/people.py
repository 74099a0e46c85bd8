"""German words for people, barriers and agreements."""

TIMELINE: dict[str, str] = {
    "person_birth": "Geburt",
    "person_joined": "Einzug",
    "person_death": "Tod",
    "person_left": "Auszug",
    "person_returned": "Auszug oder Tod war ein Irrtum",
    "closed": "Akte geschlossen, niemand gehört mehr zum Haushalt",
    "authority_acknowledged": "Behörde hat bestätigt",
    "without_benefits": "Ohne Leistungen",
    "barrier_individual": "Persönliches Hemmnis",
    "barrier_structural": "Strukturelles Hemmnis",
    "agreement_concluded": "Vereinbarung geschlossen",
    "agreement_reviewed": "Vereinbarung besprochen",
    "agreement_withdrawn": "Vereinbarung beendet",
}
FIELDS: dict[str, str] = {
    "came_by": "Geburt oder Einzug",
    "because": "Tod oder Auszug",
    "authority": "Behörde",
    "reach_ended": "Grenze des Teams",
    "need_id": "Bedarf",
    "household_goals": "Was die Familie sich vornimmt",
    "site_goals": "Was das Team sich vornimmt",
    "areas": "Worum es geht",
    "review_on": "Nächstes Gespräch",
    "reached": "Erreicht",
}
DONE: dict[str, str] = {
    "joined": "Die Person ist eingetragen.",
    "gone": "Eingetragen. Die Person zählt ab diesem Tag nicht mehr zum Haushalt.",
    "household_over": "Eingetragen. Niemand gehört mehr zum Haushalt, die Akte ist geschlossen.",
    "returned": "Zurückgenommen. Die Person gehört zum Haushalt.",
    "explained": "Der Grund ist festgehalten.",
    "barrier": "Das Hemmnis ist festgehalten.",
    "agreed": "Die Vereinbarung ist festgehalten.",
    "reviewed": "Das Gespräch ist eingetragen.",
    "agreement_over": "Die Vereinbarung ist beendet.",
}

AUTHORITIES = {
    "sozialamt": "Sozialamt",
    "jobcenter": "Jobcenter",
    "auslaenderbehoerde": "Ausländerbehörde",
    "bamf": "Bundesamt (BAMF)",
    "jugendamt": "Jugendamt",
    "schulamt": "Schulverwaltung",
    "wohnungsamt": "Amt für Wohnen",
    "familienkasse": "Familienkasse",
    "gesundheitsamt": "Gesundheitsamt",
    "standesamt": "Standesamt",
}
"""The authorities that the page offers (ours); a call can name any other."""


def authority_name(slug: str) -> str:
    """„Jobcenter"; a slug that is not known here stays readable."""
    return AUTHORITIES.get(slug) or slug.replace("-", " ").title()
