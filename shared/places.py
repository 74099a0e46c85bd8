"""The city's districts, their neighbourhoods and neighbours, from a data file that can be corrected (ours)."""

import json
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TypedDict

from shared.contracts.words import District

DISTRICT_NAMES = {
    District.INNENSTADT_WEST: "Innenstadt-West",
    District.INNENSTADT_NORD: "Innenstadt-Nord",
    District.INNENSTADT_OST: "Innenstadt-Ost",
    District.EVING: "Eving",
    District.SCHARNHORST: "Scharnhorst",
    District.BRACKEL: "Brackel",
    District.APLERBECK: "Aplerbeck",
    District.HOERDE: "Hörde",
    District.HOMBRUCH: "Hombruch",
    District.LUETGENDORTMUND: "Lütgendortmund",
    District.HUCKARDE: "Huckarde",
    District.MENGEDE: "Mengede",
}
_FOLDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class _Place(TypedDict):
    neighbourhoods: list[str]
    adjacent: list[str]


def slug_of(name: str) -> str:
    """The register word of a name: „Sölderholz" is `soelderholz`."""
    folded = unicodedata.normalize("NFKD", name.strip().lower().translate(_FOLDED))
    return "-".join("".join(c if c.isalnum() and c.isascii() else " " for c in folded).split())


@cache
def neighbourhoods() -> Mapping[District, Mapping[str, str]]:
    """The neighbourhoods of each district by their slug."""
    return {
        district: {slug_of(name): name for name in place["neighbourhoods"]} for district, place in _listed().items()
    }


def neighbourhood_name(slug: str) -> str:
    """„Sölderholz" for `soelderholz`; a slug that is not known stays readable."""
    return next((known[slug] for known in neighbourhoods().values() if slug in known), slug.replace("-", " ").title())


def adjacent(district: District) -> frozenset[District]:
    """The districts that border this one."""
    return _adjacent()[district]


@cache
def _adjacent() -> Mapping[District, frozenset[District]]:
    return {district: frozenset(map(District, place["adjacent"])) for district, place in _listed().items()}


def _listed() -> Mapping[District, _Place]:
    path = Path(__file__).with_name("places.json")
    places: dict[str, _Place] = json.loads(path.read_text(encoding="utf-8"))
    return {District(district): place for district, place in places.items()}
