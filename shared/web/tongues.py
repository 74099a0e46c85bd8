"""The four languages of public pages and mails (the leaflets', report, 3.1b): names, direction, days and languages."""

from datetime import datetime

from babel import Locale
from babel.dates import format_date

from shared.days import BERLIN

NAMES = {"de": "Deutsch", "en": "English", "ar": "العربية", "fa": "فارسی"}
"""Each by its own name."""
RIGHT_TO_LEFT = frozenset({"ar", "fa"})


def direction(lang: str) -> str:
    """`rtl` or `ltr`, as the attribute `dir` has it."""
    return "rtl" if lang in RIGHT_TO_LEFT else "ltr"


def language_name(tag: str, lang: str) -> str:
    """What a language (BCP 47) is called in another one."""
    own = Locale.parse(lang).languages
    return own.get(tag.replace("-", "_")) or own.get(tag.split("-")[0]) or tag


def day(moment: datetime, lang: str) -> str:
    """„Donnerstag, 12. Januar 2017" in the words of the language, as a day in Dortmund."""
    return format_date(moment.astimezone(BERLIN).date(), "full", locale=lang)


def clock(moment: datetime) -> str:
    """14:00, in Dortmund."""
    return f"{moment.astimezone(BERLIN):%H:%M}"


def weekday(number: int, lang: str) -> str:
    """„Montag", "Monday" … from 0."""
    return str(Locale.parse(lang).days["stand-alone"]["wide"][number])
