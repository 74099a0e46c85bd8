"""Which site is in charge of a district, and what a neighbourhood is called in events."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from shared.contracts.words import District
from shared.places import DISTRICT_NAMES, neighbourhoods, slug_of
from shared.refusals import Conflict, Invalid

SITE_NAMES = {
    "brackel-aplerbeck": "Brackel/Aplerbeck",
    "hoerde-hombruch": "Hörde/Hombruch",
    "mengede-huckarde": "Mengede/Huckarde",
    "eving-scharnhorst": "Eving/Scharnhorst",
    "innenstadt": "Innenstadt",
    "luetgendortmund": "Lütgendortmund",
}


class Standing(StrEnum):
    """How a site stands to a file that it holds (domain rule 1).

    A caretaker has given up its number and looks after the family until the new site has confirmed; `superseded` is a
    copy whose number is no longer the highest, which only an older database that was restored can bring about.
    """

    IN_CHARGE = "in_charge"
    CARETAKER = "caretaker"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class RegisteredSite:
    """What the site register says of one site: its own districts and those that it serves meanwhile."""

    site: str
    districts: frozenset[str]
    interim_districts: frozenset[str]


def in_charge(register: Iterable[RegisteredSite], district: str) -> str | None:
    """The site that serves a district: its own before one that stands in for it; None if nobody does."""
    standing_in = None
    for site in register:
        if district in site.districts:
            return site.site
        if district in site.interim_districts:
            standing_in = site.site
    return standing_in


def site_name(site: str) -> str:
    """The name on the door."""
    return SITE_NAMES.get(site, site)


def require_served(register: Iterable[RegisteredSite], district: District) -> str:
    """The site that serves a district. Raises `Conflict` while nobody does."""
    responsible = in_charge(register, district)
    if responsible is None:
        raise Conflict(f"Für den Stadtbezirk {DISTRICT_NAMES[district]} ist noch kein Standort eingetragen.")
    return responsible


def require_own_district(register: Iterable[RegisteredSite], own: str, district: District, path: str) -> None:
    """A household belongs to the site of the district in which it lives (domain rule 1)."""
    responsible = require_served(register, district)
    if responsible != own:
        raise Invalid(
            path,
            f"Für {DISTRICT_NAMES[district]} ist der Standort {site_name(responsible)} ({responsible}) zuständig. "
            "Bitte den Haushalt dort anmelden; hier wurde nichts eingetragen.",
        )


def neighbourhood_slug(district: District, name: str, path: str = "neighbourhood") -> str:
    """The slug of a neighbourhood given by name or slug; it must lie in the district."""
    slug = slug_of(name)
    if slug in neighbourhoods()[district]:
        return slug
    for other, known in neighbourhoods().items():
        if slug in known:
            raise Invalid(
                path, f"{known[slug]} liegt im Stadtbezirk {DISTRICT_NAMES[other]}, nicht {DISTRICT_NAMES[district]}."
            )
    listed = ", ".join(neighbourhoods()[district].values())
    raise Invalid(path, f"Diesen Stadtteil gibt es in {DISTRICT_NAMES[district]} nicht. Bekannt sind: {listed}.")
