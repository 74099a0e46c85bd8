"""What strangers have written, made fit for a terminal."""

import unicodedata


def plain(text: str) -> str:
    """The text with its control and formatting characters shown instead of obeyed.

    A message's id, headers and data may come from anybody; an escape sequence in them could otherwise move the cursor,
    hide lines or change what the terminal shows.
    """
    return "".join(character if _is_plain(character) else _shown(character) for character in text)


def _is_plain(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _shown(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
