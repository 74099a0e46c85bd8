"""German words for the team's care for its work."""

TIMELINE: dict[str, str] = {
    "assigned": "Zuständigkeit im Team geändert",
    "task_added": "Aufgabe notiert",
    "task_done": "Aufgabe erledigt",
    "safety_note": "Sicherheitshinweis geschrieben",
    "safety_note_gone": "Sicherheitshinweis entfernt",
    "child_protection": "Kinderschutz: Weg begonnen",
    "child_noticed": "Kinderschutz: Anhaltspunkte notiert",
    "child_discussed": "Kinderschutz: im Team beraten",
    "child_expert": "Kinderschutz: Fachkraft hinzugezogen",
    "child_parents": "Kinderschutz: mit Eltern und Kind gesprochen",
    "child_help_offered": "Kinderschutz: auf Hilfen hingewirkt",
    "child_youth_office": "Kinderschutz: Jugendamt informiert",
    "child_closed": "Kinderschutz: Weg beendet",
}
FIELDS: dict[str, str] = {
    "owner": "Zuständig",
    "substitute": "Vertretung",
    "due_on": "Bis wann",
    "what": "Was ist zu tun",
    "for_whom": "Für wen",
    "text": "Hinweis",
    "step": "Schritt",
    "done_by": "Durch wen",
    "result": "Ergebnis",
}
DONE: dict[str, str] = {
    "assigned": "Die Zuständigkeit ist eingetragen.",
    "task": "Die Aufgabe ist notiert.",
    "task_done": "Die Aufgabe ist erledigt.",
    "safety_note": "Der Sicherheitshinweis ist eingetragen.",
    "protected": "Die Adresse ist geschützt. Sie steht in keiner Liste und keinem Ausdruck mehr.",
}
PROTECTION_STEPS: dict[str, tuple[str, str]] = {
    "noticed": (
        "Anhaltspunkte notieren",
        "Was wurde wann von wem gesehen oder gehört? Beobachtung und Deutung trennen.",
    ),
    "discussed": ("Im Team beraten", "Nicht allein entscheiden: mindestens zu zweit einschätzen."),
    "expert": (
        "Insoweit erfahrene Fachkraft hinzuziehen",
        "Die Beratung ist ohne Namen möglich und steht allen zu, die mit Kindern zu tun haben.",
    ),
    "parents": (
        "Mit Eltern und Kind sprechen",
        "Nur wenn der Schutz des Kindes dadurch nicht in Frage steht; mit Dolmetschen, nicht durch das Kind.",
    ),
    "help_offered": ("Auf Hilfen hinwirken", "Welche Hilfe wurde angeboten, wurde sie angenommen?"),
    "youth_office": (
        "Jugendamt informieren",
        "Wenn Hilfe nicht reicht oder nicht angenommen wird; bei akuter Gefahr sofort, als erster Schritt.",
    ),
}
"""Each step of the child-protection path: what to do, and what to mind (§ 8a SGB VIII)."""
