"""How names sound, however they were transliterated: Mohammed, Muhammad, Mohamad and محمد are one.

A sound is what remains of a word when the vowels, which each language and each office writes differently, are left out
and the consonants that are mistaken for each other are one. Where spelling does not tell which sound was meant (the
„ch" of Rachid and of Chaled), a word has several; two words sound alike if one of their sounds is the same.
"""

import re
import unicodedata
from itertools import islice, product

_MOST = 8
"""Sounds of one word at most; what is still more ambiguous is no name."""

# What would lose its sound with its accent.
_WITH_ACCENT = str.maketrans(
    {"ç": "š", "č": "š", "ş": "š", "ș": "š", "ž": "z", "ı": "i", "ø": "o", "ł": "l", "đ": "d", "æ": "a", "œ": "o"}
    | {"þ": "t", "ð": "d", "ə": "e"}
)
_INSIDE = "'’‘`´ʿʾʼ\u0640\u200c"
"""Apostrophes, the stretched line and the narrow gap of the Arabic script."""
_SH = "ʃ"  # survives the removal of accents

_LATIN: dict[str, tuple[str, ...]] = {
    "dsch": ("g",),
    "tsch": ("s",),
    "sch": ("s",),
    "tch": ("s",),
    "dj": ("g",),
    "dz": ("s",),
    "kh": ("k", "h"),  # Khalid (Halid)
    "gh": ("g",),
    "ph": ("f",),
    "zh": ("s",),
    "ck": ("k",),
    "sh": ("s", "sh"),  # Rashid, Ishaq
    "ch": ("s", "k"),  # Rachid, Chaled
    "th": ("t", "s", "th"),  # Thabit, Othman (Osman), Fathi
    "dh": ("d", "s"),  # Dhulfikar (Zulfikar)
    "j": ("", "g"),  # Jusuf (Yusuf), Jamal (Djamal)
    "c": ("k", "g"),  # Carl, Cemal (Djamal)
    "q": ("k",),
    "z": ("s",),
    "x": ("ks",),
    _SH: ("s",),
    # Written as one pleases where it is no consonant, and not told from one by what is written.
    **dict.fromkeys("aeiouyvw", ("",)),
}
_ARABIC: dict[str, tuple[str, ...]] = {
    **dict.fromkeys("اىءعةويیٱ", ("",)),
    **dict.fromkeys("سصشزژچ", ("s",)),
    **dict.fromkeys("كکق", ("k",)),
    **dict.fromkeys("تط", ("t",)),
    **dict.fromkeys("حهھە", ("h",)),
    **dict.fromkeys("ذضظ", ("d", "s")),
    "خ": ("k", "h"),
    "ث": ("t", "s"),
    "غ": ("g",),
    "گ": ("g",),
    "ج": ("g",),
    "ب": ("b",),
    "پ": ("b",),
    "د": ("d",),
    "ر": ("r",),
    "ف": ("f",),
    "ل": ("l",),
    "م": ("m",),
    "ن": ("n",),
}
_LETTERS = {**_LATIN, **_ARABIC}
_AT_THE_END = {"t": ("t", "d"), "p": ("p", "b")}
"""Turkish hardens the end: Ahmet (Ahmad), Zeynep (Zainab)."""
_LETTER = re.compile("|".join(sorted(_LATIN, key=len, reverse=True)) + "|.")
_TWICE = re.compile(r"([a-zʃ])\1+")
_WORD = re.compile(r"[^\W\d_]+")
_JOINED = re.compile(r"\b(?:[^\W\d_]+(?:-[^\W\d_]+)+|(?:al|el|ben|bin|abu|abd) [^\W\d_]+)", re.IGNORECASE)


def sounds_of(word: str) -> tuple[str, ...]:
    """The sounds that a word may have; none if only one consonant would be left, which says nothing."""
    spelled = _spelled(word)
    spellings = [spelled]
    if spelled[-2:] in ("ah", "eh"):  # Fatimah is Fatima, but Saleh is Salih
        spellings.append(spelled[:-1])
    if spelled.startswith("ال") and len(spelled) > 4:  # the article is written together in Arabic alone
        spellings.append(spelled[2:])
    found = dict.fromkeys(sound for spelling in spellings for sound in _sounds(spelling))
    return tuple(sound for sound in found if len(sound) > 1)


def sounds(names: str) -> str:
    """The sounds of all words, each between two blanks, so that a whole sound can be looked for.

    What has a hyphen inside, or an article before it, sounds also as one word: Al-Hussein, Al Hussein are Alhussein.
    """
    composed = _composed(names)
    words = [*_WORD.findall(composed), *_JOINED.findall(composed)]
    found = dict.fromkeys(sound for word in words for sound in sounds_of(word))
    return f" {' '.join(found)} " if found else ""


def _composed(names: str) -> str:
    """Without the signs inside a word that would end it: vowel signs, apostrophes for ʿAin and Hamza."""
    composed = unicodedata.normalize("NFC", names)
    return "".join(c for c in composed if unicodedata.category(c) != "Mn" and c not in _INSIDE)


def _spelled(word: str) -> str:
    """In small letters without accents, doubled Latin letters once (Arabic does not write doubling at all)."""
    accented = _composed(word).lower().replace("ß", "s").translate(_WITH_ACCENT).replace("š", _SH)
    plain = "".join(c for c in unicodedata.normalize("NFKD", accented) if c.isalpha())
    return _TWICE.sub(r"\1", plain.replace("الله", "الا"))


def _sounds(spelled: str) -> list[str]:
    letters = _LETTER.findall(spelled)
    choices = [_LETTERS.get(letter, (letter,)) for letter in letters]
    if letters and letters[-1] in _AT_THE_END:
        choices[-1] = _AT_THE_END[letters[-1]]
    return ["".join(chosen) for chosen in islice(product(*choices), _MOST)]
