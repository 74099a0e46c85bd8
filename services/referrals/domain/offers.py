"""What holds for every offer, and when what is known of a partner or an offer counts as out of date.

Offers belong to partners (domain rule 7): the partner keeps them or confirms them when it is asked.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from services.referrals.domain.matching import STALE_AFTER_DAYS
from shared.contracts.words import OfferKind
from shared.refusals import Invalid

LANGUAGES = ("de", "en", "ar", "fa")
"""The languages of the public directory, as those of the leaflets."""
_WITH_LEVEL = frozenset({OfferKind.GERMAN_COURSE, OfferKind.LANGUAGE_CAFE, OfferKind.TRAINING})


def stale_before(today: date, days: int = STALE_AFTER_DAYS) -> date:
    """What was confirmed before this day is out of date."""
    return today - timedelta(days=days)


def is_stale(confirmed_on: date, today: date, days: int = STALE_AFTER_DAYS) -> bool:
    """Whether nobody has confirmed it for so long that it is marked."""
    return confirmed_on < stale_before(today, days)


def check_texts(field: str, texts: Mapping[str, str]) -> None:
    """Texts are there in German at least, and in no other languages than the directory's."""
    for language, text in texts.items():
        if language not in LANGUAGES:
            raise Invalid(f"{field}.{language}", "Möglich sind de, en, ar und fa.")
        if not text.strip():
            raise Invalid(f"{field}.{language}", "Bitte einen Text angeben oder die Sprache weglassen.")
    if "de" not in texts:
        raise Invalid(f"{field}.de", "Bitte den Text auf Deutsch angeben.")


def check_kind(kind: OfferKind, legal_advice: bool, level: str | None) -> None:
    """Legal advice is given by counselling centres alone (report, 3.1b); levels belong to what teaches German."""
    if legal_advice and kind is not OfferKind.COUNSELLING:
        raise Invalid("legal_advice", "Rechtsberatung gibt es nur bei Angeboten der Art Beratung.")
    if level is not None and kind not in _WITH_LEVEL:
        raise Invalid("level", "Ein Sprachniveau haben nur Deutschkurse, Sprachcafés und Schulungen.")


def check_capacity(places: int | None, free: int | None, waiting: int) -> None:
    """Free places are known only where places are, and nobody waits while there are some."""
    if free is not None and places is None:
        raise Invalid("places", "Bitte auch angeben, wie viele Plätze es insgesamt gibt.")
    if free is not None and places is not None and free > places:
        raise Invalid("free", f"Es gibt nur {places} Plätze; frei können nicht mehr sein.")
    if free and waiting:
        raise Invalid("waiting", "Solange Plätze frei sind, wartet niemand; bitte die Zahlen prüfen.")


def check_order(first: date | int | None, last: date | int | None, field: str, message: str) -> None:
    """The second is not before (or below) the first."""
    if first is not None and last is not None and last < first:  # type: ignore[operator]
        raise Invalid(field, message)
