"""Why a slot of the rota stays empty, and what would fill it, as one says it (report, 5; domain rule 10).

„Montags 9–12 Uhr fehlt Persisch: alle drei sind im Kurs."
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from services.volunteers.domain.matching import Obstacle
from services.volunteers.domain.people import BlockReason, Interval, Wanted
from services.volunteers.domain.rota import Gap
from shared.contracts.words import VolunteerKind
from shared.days import BERLIN
from shared.places import DISTRICT_NAMES
from shared.web.german import language

_OF_THE_WEEK = ("montags", "dienstags", "mittwochs", "donnerstags", "freitags", "samstags", "sonntags")
_NUMBERS = ("null", "eine", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf")
_REASONS_SAID = 3
_LACKS: Mapping[VolunteerKind, str] = {
    VolunteerKind.INTERPRETER: "jemand zum Dolmetschen",
    VolunteerKind.MENTOR: "eine Patin oder ein Pate",
    VolunteerKind.TEACHER: "jemand für Deutsch und Lernen",
    VolunteerKind.MOVING_HELPER: "jemand zum Umziehen",
    VolunteerKind.COMPANION: "jemand zum Begleiten",
}
_KEEPS: Mapping[Obstacle | BlockReason, tuple[str, str]] = {
    Obstacle.CERTIFICATE: ("hat kein gültiges Führungszeugnis", "haben kein gültiges Führungszeugnis"),
    Obstacle.CONFIDENTIALITY: ("hat keine Verschwiegenheit erklärt", "haben keine Verschwiegenheit erklärt"),
    Obstacle.CONFLICT: ("soll diesem Haushalt nicht begegnen", "sollen diesem Haushalt nicht begegnen"),
    Obstacle.WOMAN: ("ist nicht als Frau eingetragen", "sind nicht als Frauen eingetragen"),
    Obstacle.DISTRICT: ("hilft nicht in {district}", "helfen nicht in {district}"),
    Obstacle.CAR: ("hat kein Auto", "haben kein Auto"),
    Obstacle.NOT_AVAILABLE: ("kann zu dieser Zeit nicht", "können zu dieser Zeit nicht"),
    Obstacle.ABSENT: ("ist an diesem Tag nicht da", "sind an diesem Tag nicht da"),
    Obstacle.REFUSED_TIME: (
        "möchte zu solchen Zeiten nicht gefragt werden",
        "möchten zu solchen Zeiten nicht gefragt werden",
    ),
    Obstacle.BOOKED: ("ist schon woanders", "sind schon woanders"),
    Obstacle.PAUSED: ("macht Pause", "machen Pause"),
    Obstacle.RESTING: ("wird nach einem schweren Einsatz geschont", "werden nach einem schweren Einsatz geschont"),
    Obstacle.ASKED_ENOUGH: (
        "möchte in diesem Monat nicht öfter gefragt werden",
        "möchten in diesem Monat nicht öfter gefragt werden",
    ),
    Obstacle.ASKED_BEFORE: ("wurde schon gefragt", "wurden schon gefragt"),
    BlockReason.INTEGRATION_COURSE: ("ist im Kurs", "sind im Kurs"),
    BlockReason.WORK: ("ist bei der Arbeit", "sind bei der Arbeit"),
    BlockReason.SCHOOL: ("ist in der Schule", "sind in der Schule"),
    BlockReason.FAMILY: ("wird in der Familie gebraucht", "werden in der Familie gebraucht"),
    BlockReason.OTHER: ("kann dann nie", "können dann nie"),
}
"""What keeps somebody: as one says it of one, and of several."""
_WOULD_FILL: tuple[tuple[frozenset[Obstacle], str], ...] = (
    (frozenset({Obstacle.CERTIFICATE}), "Mit einem Führungszeugnis"),
    (frozenset({Obstacle.CONFIDENTIALITY}), "Mit einer Verschwiegenheitserklärung"),
    (frozenset({Obstacle.CAR}), "Mit einem Auto"),
    (
        frozenset({Obstacle.NOT_AVAILABLE, Obstacle.BLOCKED, Obstacle.REFUSED_TIME, Obstacle.BOOKED}),
        "Zu einer anderen Zeit",
    ),
)
"""What is to be had, the easiest first (ours): with it those could come whom nothing else keeps."""


def gap_words(slot: Wanted, gap: Gap) -> str:
    """Two sentences at most: what is missing when and why, and what would fill it."""
    missing = " ".join(part for part in (_when(slot.during), "fehlt", _what(slot)) if part)
    why = _why(slot, gap)
    return " ".join(filter(None, (f"{missing[0].upper()}{missing[1:]}: {why}.", _would_fill(gap))))


def _when(during: Interval | None) -> str:
    """„montags 9–12 Uhr"."""
    if during is None:
        return ""
    starts, ends = during.starts.astimezone(BERLIN), during.ends.astimezone(BERLIN)
    return f"{_OF_THE_WEEK[starts.weekday()]} {_clock(starts)}–{_clock(ends)} Uhr"


def _clock(moment: datetime) -> str:
    return f"{moment:%-H:%M}".removesuffix(":00")


def _what(slot: Wanted) -> str:
    what = _LACKS[slot.kind]
    if slot.kind is VolunteerKind.INTERPRETER and slot.language is not None:
        what = language(slot.language)
    return f"{what} (eine Frau ist gewünscht)" if slot.woman_wanted else what


def _why(slot: Wanted, gap: Gap) -> str:
    if gap.able == 0:
        return "dafür ist niemand eingetragen"
    counts = _counts(gap)
    if len(counts) == 1:
        ((keeps, _),) = counts
        return f"{_all(gap.able)} {_keeps(slot, keeps, gap.able)}"
    said = [f"{_number(count)} {_keeps(slot, keeps, count)}" for keeps, count in counts[:_REASONS_SAID]]
    if others := sum(count for _, count in counts[_REASONS_SAID:]):
        said.append(f"{_number(others)} {'kann' if others == 1 else 'können'} aus anderen Gründen nicht")
    return _listed(said)


def _counts(gap: Gap) -> list[tuple[Obstacle | BlockReason, int]]:
    """What keeps how many, the most frequent first; a time of the week by what it is."""
    counts: list[tuple[Obstacle | BlockReason, int]] = [*gap.blocks.items()]
    counts += [(obstacle, count) for obstacle, count in gap.misses.items() if obstacle is not Obstacle.BLOCKED]
    return sorted(counts, key=lambda told: -told[1])


def _all(able: int) -> str:
    return {1: "die einzige Person", 2: "beide"}.get(able, f"alle {_number(able)}")


def _keeps(slot: Wanted, keeps: Obstacle | BlockReason, count: int) -> str:
    district = DISTRICT_NAMES[slot.district] if slot.district is not None else "diesem Stadtbezirk"
    return _KEEPS[keeps][count != 1].format(district=district)


def _would_fill(gap: Gap) -> str:
    for what, words in _WOULD_FILL:
        if count := sum(gap.nearly.get(one, 0) for one in what):
            return f"{words} {'könnte eine Person' if count == 1 else f'könnten {_number(count)} Personen'} kommen."
    return ""


def _listed(parts: Iterable[str]) -> str:
    *rest, last = parts
    return f"{', '.join(rest)} und {last}" if rest else last


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)
