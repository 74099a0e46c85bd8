"""German words for handovers."""

TIMELINE: dict[str, str] = {}
FIELDS: dict[str, str] = {}
DONE: dict[str, str] = {}
