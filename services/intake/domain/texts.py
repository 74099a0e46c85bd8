"""What people write: names in any script, but nothing that cannot be read, printed or stored."""

import re
import unicodedata

from shared.refusals import Invalid

_UNWRITABLE = frozenset({"Cc", "Cs", "Co", "Cn"})
# U+200C and U+200D join and part letters in Persian; the other format characters can turn the order of a whole line.
_JOINERS = frozenset("\u200c\u200d")
_PICTURES = frozenset({"So", "Sk"})
_PLAIN_SK = frozenset("´`^¨")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")


def fault_of_name(text: str) -> str | None:
    """What is wrong with a name of a person or a street, in German; None if nothing is."""
    for character in text:
        category = unicodedata.category(character)
        if category in _UNWRITABLE or (category == "Cf" and character not in _JOINERS):
            return "Hier steht ein unsichtbares Steuerzeichen. Bitte den Namen neu eintippen."
        if category in _PICTURES and character not in _PLAIN_SK:
            return "Ein Name kann keine Bildzeichen (Emoji) enthalten."
    if not any(unicodedata.category(character).startswith("L") for character in text):
        return "Ein Name enthält mindestens einen Buchstaben."
    return None


def check_name(text: str, path: str) -> str:
    """The name as it is kept: composed (NFC), without spaces around it."""
    if (fault := fault_of_name(text)) is not None:
        raise Invalid(path, fault)
    return unicodedata.normalize("NFC", text).strip()
