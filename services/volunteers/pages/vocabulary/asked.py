"""What somebody is asked for, in the language of the volunteer: what, when, and roughly where."""

from datetime import datetime

from services.volunteers.pages.vocabulary.volunteer import KINDS, OCCASIONS, TEXTS
from services.volunteers.tables import Assignment, HelpRequest
from shared.contracts.words import InterpreterOccasion, VolunteerKind
from shared.places import neighbourhood_name
from shared.web import tongues
from shared.web.words import site_name, word


def what(request: HelpRequest, lang: str) -> str:
    """„Dolmetschen: Arabisch", „Beim Umzug helfen: Schrank und Kisten", in the language of the volunteer."""
    kind = KINDS[lang][request.kind]
    if request.kind is VolunteerKind.INTERPRETER and request.language is not None:
        return f"{kind}: {tongues.language_name(request.language, lang)}"
    return f"{kind}: {request.title}" if request.title else kind


def where(request: HelpRequest, lang: str) -> str:
    """Roughly where: the office, or the neighbourhood; never an address."""
    if request.occasion is InterpreterOccasion.OFFICE_HOURS:
        return f"{OCCASIONS[lang][request.occasion]}, lokal willkommen {site_name(request.site)}"
    place = neighbourhood_name(request.neighbourhood) if request.neighbourhood else ""
    if not place and request.district is not None:
        place = word(request.district)
    occasion = OCCASIONS[lang][request.occasion] if request.occasion is not None else ""
    return ", ".join(filter(None, (occasion, place))) or f"lokal willkommen {site_name(request.site)}"


def time_words(starts_at: datetime | None, ends_at: datetime | None, lang: str) -> str:
    """Day and times, or that none is set."""
    if starts_at is None or ends_at is None:
        return TEXTS[lang]["no_time"]
    hours = f"{tongues.clock(starts_at)}–{tongues.clock(ends_at)} {TEXTS[lang]['clock']}".strip()
    return f"{tongues.day(starts_at, lang)}, {hours}"


def when(thing: Assignment | HelpRequest, lang: str) -> str:
    """Day and times in the language of the volunteer."""
    return time_words(thing.starts_at, thing.ends_at, lang)
