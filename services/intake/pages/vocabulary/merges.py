"""German words for merges."""

TIMELINE: dict[str, str] = {
    "merged": "Mit einer anderen Akte zusammengeführt",
    "merged_into": "In einer anderen Akte aufgegangen",
    "unmerged": "Von der anderen Akte wieder getrennt",
    "reopened": "Wieder eigene Akte",
}
FIELDS: dict[str, str] = {
    "same": "Personen",
    "absorbed_id": "Andere Akte",
    "absorbed_person_id": "Person der anderen Akte",
}
DONE: dict[str, str] = {
    "merged": "Die Akten sind zusammengeführt. Unter „Zusammengeführt“ lässt sich das rückgängig machen.",
    "unmerged": "Die Akten sind wieder getrennt.",
}
