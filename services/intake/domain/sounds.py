"""How names sound, however they were transliterated."""


def sounds(names: str) -> str:
    """The sounds of each word, separated by blanks."""
    return ""
