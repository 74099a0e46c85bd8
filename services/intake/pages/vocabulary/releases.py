"""German words for releases and fragments."""

TIMELINE: dict[str, str] = {}
FIELDS: dict[str, str] = {}
DONE: dict[str, str] = {}
