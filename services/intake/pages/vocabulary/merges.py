"""German words for merges."""

TIMELINE: dict[str, str] = {}
FIELDS: dict[str, str] = {}
DONE: dict[str, str] = {}
