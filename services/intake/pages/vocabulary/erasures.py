"""German words for erasures and exports."""

TIMELINE: dict[str, str] = {}
FIELDS: dict[str, str] = {}
DONE: dict[str, str] = {}
