"""German words by subject: kinds of lines in a timeline, names of fields, and what a page says after an entry."""

from services.intake.pages.vocabulary import (
    care,
    erasures,
    handovers,
    imports,
    merges,
    people,
    referrals,
    releases,
    volunteers,
)

_SUBJECTS = (handovers, imports, people, releases, care, erasures, merges, referrals, volunteers)

TIMELINE: dict[str, str] = {kind: word for subject in _SUBJECTS for kind, word in subject.TIMELINE.items()}
FIELDS: dict[str, str] = {field: word for subject in _SUBJECTS for field, word in subject.FIELDS.items()}
DONE: dict[str, str] = {done: word for subject in _SUBJECTS for done, word in subject.DONE.items()}
"""The key stands in the address, in at most 20 characters."""
