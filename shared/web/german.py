"""Dates, times, languages and numbers as people here read them; days and hours are those of Europe/Berlin."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from markupsafe import Markup

BERLIN = ZoneInfo("Europe/Berlin")
_GERMAN = Locale("de")
_FREQUENT = ("ar", "fa", "ku", "ti", "ps", "ur", "so", "am", "tr", "sq", "sr", "ru", "uk", "en", "fr", "de")
_NOT_IN_CLDR = {"prs": "Dari", "kmr": "Kurmandschi", "mnk": "Mandinka"}
_WEEKDAYS = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")


def now() -> datetime:
    """This moment, in Berlin."""
    return datetime.now(UTC).astimezone(BERLIN)


def today() -> date:
    """Today, in Berlin."""
    return now().date()


def _day(value: date | datetime) -> date:
    return value.astimezone(BERLIN).date() if isinstance(value, datetime) else value


def day(value: date | datetime, *, weekday: bool = False) -> str:
    """24.12.2026, or „Do 24.12.2026"."""
    found = _day(value)
    text = f"{found:%d.%m.%Y}"
    return f"{_WEEKDAYS[found.weekday()]} {text}" if weekday else text


def clock(value: datetime | time) -> str:
    """14:00"""
    return f"{value.astimezone(BERLIN) if isinstance(value, datetime) else value:%H:%M}"


def moment(value: datetime) -> Markup:
    """24.12.2026, 14:00, machine-readable."""
    return _marked(value.isoformat(), f"{day(value)}, {clock(value)}")


def relative_words(value: date | datetime, reference: date | None = None) -> str:
    """„heute", „gestern", „vor 3 Tagen", „morgen", „in 5 Tagen"; from a fortnight on the date itself."""
    distance = (_day(value) - (reference or today())).days
    match distance:
        case 0:
            return "heute"
        case -1:
            return "gestern"
        case 1:
            return "morgen"
        case _ if -14 < distance < 0:
            return f"vor {-distance} Tagen"
        case _ if 0 < distance < 14:
            return f"in {distance} Tagen"
    return day(value)


def day_in_words(value: date | datetime) -> Markup:
    """The day in relation to today; the exact date on hover and for screen readers."""
    found = _day(value)
    text = relative_words(found)
    if text == day(found):
        return _marked(found.isoformat(), text)
    return Markup(
        '<time datetime="{iso}" title="{full}">{text}<span class="kern-sr-only"> ({full})</span></time>'
    ).format(iso=found.isoformat(), full=day(found, weekday=True), text=text)


def _marked(iso: str, text: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(iso, text)


def language(tag: str) -> str:
    """„Arabisch" for `ar` (BCP 47; names from Unicode CLDR); an unknown tag stays as it is."""
    if tag in _NOT_IN_CLDR:
        return _NOT_IN_CLDR[tag]
    try:
        return Locale.parse(tag, sep="-").get_display_name(_GERMAN) or tag
    except (UnknownLocaleError, ValueError):
        return str(_GERMAN.languages.get(tag.split("-")[0], tag))


def languages(tags: Iterable[str]) -> str:
    """„Arabisch, Persisch"."""
    return ", ".join(language(tag) for tag in tags)


def language_choices() -> list[tuple[str, str]]:
    """The languages to tick, the most frequent first (ours); a call can name any other."""
    return [(tag, language(tag)) for tag in _FREQUENT]


def number(value: int | None) -> str:
    """1.250"""
    return "–" if value is None else f"{value:,}".replace(",", ".")
