"""Which language helps whom: tags of one language, and of languages whose speakers understand each other (ours).

BCP 47 says what a tag means, and ISO 639-3 which languages count as a single one (a macrolanguage). The latter is not
followed blindly: Kurmanji and Sorani are both Kurdish there, and their speakers do not understand each other.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

_PERSIAN = "fa"
_ARABIC = "ar"
_KURMANJI = "ku"
_ALBANIAN = "sq"
_SPOKEN_TOGETHER: Mapping[str, str] = {
    "prs": _PERSIAN,  # Dari
    "pes": _PERSIAN,
    "fas": _PERSIAN,
    "apc": _ARABIC,  # the spoken Arabic of the Levant, Mesopotamia, Egypt, the Sudan and the Maghreb
    "ajp": _ARABIC,
    "acm": _ARABIC,
    "ayp": _ARABIC,
    "arz": _ARABIC,
    "apd": _ARABIC,
    "arb": _ARABIC,
    "ary": _ARABIC,
    "arq": _ARABIC,
    "aeb": _ARABIC,
    "ayl": _ARABIC,
    "kmr": _KURMANJI,
    "als": _ALBANIAN,
    "aln": _ALBANIAN,
}
"""The primary subtag of a variety, and that of the language as which it counts."""


def primary(tag: str) -> str:
    """The language of a tag, without its script and region: `ar` of `ar-SY`."""
    return tag.split("-")[0].lower()


@lru_cache(1024)
def family(tag: str) -> str:
    """What is the same for all tags whose speakers understand each other: `fa` of `prs`, `ar` of `ar-SY`."""
    language = primary(tag)
    return _SPOKEN_TOGETHER.get(language, language)


def nearest(wanted: str, spoken: Iterable[str]) -> str | None:
    """The tag among those spoken that is nearest to the one wanted: itself, its language, or one that is understood.

    None where no such one is among them; of equally near ones the first by its spelling.
    """
    understood = family(wanted)
    near = [tag for tag in spoken if family(tag) == understood]
    return min(near, key=lambda tag: (tag != wanted, primary(tag) != primary(wanted), tag), default=None)
