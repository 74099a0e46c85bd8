"""German words for imported lists."""

TIMELINE: dict[str, str] = {}
FIELDS: dict[str, str] = {}
DONE: dict[str, str] = {}
