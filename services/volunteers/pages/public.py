"""Pages for volunteers, in their own language."""

from typing import Any

from starlette.responses import Response

from services.volunteers.pages.vocabulary.volunteer import TEXTS
from shared.web import tongues
from shared.web.templating import PageMaker


def render(
    pages: PageMaker, template: str, lang: str, *, status: int = 200, switch: str = "", **context: Any
) -> Response:
    """A page in a language; `switch` is the same page's address with `{}` for the language, where one may choose."""
    languages = [(known, name, switch.format(known)) for known, name in tongues.NAMES.items()] if switch else []
    return pages.render(
        template,
        status=status,
        lang=lang,
        dir=tongues.direction(lang),
        t=TEXTS[lang],
        languages=languages,
        **context,
    )
