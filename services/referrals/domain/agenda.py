"""What the data proposes to talk about: needs without offers, reasons for declining, offers gone stale, barriers.

A proposal's text goes onto an agenda that guests read. It therefore never says a count of people from 1 to 4, nor a sum
from which such a count of one site could be computed; the number itself is for the site's own team
(docs/decisions/0026).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

SMALL = range(1, 5)
"""Counts of people that could point at one of them."""


class Subject(StrEnum):
    """What a proposal is about, in the order in which it is proposed."""

    NEED = "need"
    DECLINED = "declined"
    STALE = "stale"
    BARRIER = "barrier"


@dataclass(frozen=True, slots=True)
class Shown:
    """What was counted: `by_site` how often at each site; `what` names it for people, `name` for the key."""

    subject: Subject
    name: str
    what: str
    by_site: Mapping[str, int]
    of_people: bool = True

    @property
    def count(self) -> int:
        """At all sites together."""
        return sum(self.by_site.values())


@dataclass(frozen=True, slots=True)
class Proposal:
    """An agenda item that one click adds. `count` is None where it is withheld from everybody but the site's team."""

    key: str
    text: str
    count: int | None
    withheld: bool


_SENTENCES: Mapping[Subject, str] = {
    Subject.NEED: "Bedarf ohne Angebot: {what} ({count})",
    Subject.DECLINED: "Absagen von Partnern, Grund: {what} ({count} in den letzten drei Monaten)",
    Subject.STALE: "Angebote, die seit 90 Tagen niemand bestätigt hat ({count})",
    Subject.BARRIER: "Strukturelles Hemmnis: {what} ({count} in den letzten drei Monaten)",
}
_SUBJECTS = list(Subject)


def propose(found: Sequence[Shown], *, inside: bool) -> list[Proposal]:
    """The proposals, the most frequent of each subject first; `inside` for the team of the one site counted."""
    order = sorted(found, key=lambda shown: (_SUBJECTS.index(shown.subject), -_rank(shown, inside), shown.name))
    return [_proposal(shown, inside) for shown in order if shown.count]


def _rank(shown: Shown, inside: bool) -> int:
    """By frequency, without the order telling what is withheld."""
    return shown.count if inside or not _withheld(shown) else 0


def _proposal(shown: Shown, inside: bool) -> Proposal:
    withheld = _withheld(shown)
    count = None if withheld and not inside else shown.count
    text = _SENTENCES[shown.subject].format(what=shown.what, count=_words(shown, withheld))
    return Proposal(f"{shown.subject.value}-{shown.name.replace('_', '-')}", text, count, withheld)


def _withheld(shown: Shown) -> bool:
    return shown.of_people and any(count in SMALL for count in shown.by_site.values())


def _words(shown: Shown, withheld: bool) -> str:
    if not withheld:
        return f"{shown.count}-mal"
    return "weniger als 5-mal" if shown.count in SMALL else "Anzahl nicht genannt"
