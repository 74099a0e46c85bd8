"""German words for imported lists."""

TIMELINE: dict[str, str] = {"from_list": "Aus der Liste des Sozialamts übernommen"}
FIELDS: dict[str, str] = {
    "case_number": "Aktenzeichen",
    "columns": "Spalte",
    "file": "Datei",
    "text": "Zeilen",
    "household_id": "Akte",
    "decision": "Entscheidung",
    "house_number": "Hausnummer",
    "former_district": "Bisheriger Stadtbezirk",
}
DONE: dict[str, str] = {}
