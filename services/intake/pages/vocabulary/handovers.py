"""German words for handovers."""

TIMELINE: dict[str, str] = {
    "handed_over": "Akte übergeben an",
    "arrived": "Akte übernommen von",
    "move_told": "Weiterer Umzug gemeldet an",
    "supplement_unfit": "Nachtrag nicht übernommen von",
}
FIELDS: dict[str, str] = {}
DONE: dict[str, str] = {
    "handed_over": "Der Umzug ist eingetragen. Die Akte geht an den zuständigen Standort.",
    "repeated": "Der Brief wird noch einmal gesendet.",
    "started": "Die Akten sind unterwegs.",
}
