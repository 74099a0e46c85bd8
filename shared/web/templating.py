"""Pages: Jinja2 templates over one layout, with the words, dates and times that people read."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote
from uuid import uuid4

from fastapi import Depends
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from shared.contracts.words import CITY
from shared.settings import ServiceSettings
from shared.web import german, words
from shared.web.idempotency import FORM_FIELD
from shared.web.navigation import home, keys, navigation, sign_out_address

_HERE = Path(__file__).parent


class Templates:
    """A service's templates, and behind them the shared ones."""

    def __init__(self, folder: Path) -> None:
        self.site = CITY
        self.environment = Environment(
            loader=ChoiceLoader([FileSystemLoader(folder), FileSystemLoader(_HERE / "templates")]),
            autoescape=True,  # always: a file without an ending would be left unescaped by the usual rule
            undefined=StrictUndefined,  # a misspelt variable must not become an empty place on a page
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.filters.update(
            date=german.day,
            time=german.clock,
            moment=german.moment,
            day_words=german.day_in_words,
            language=german.language,
            languages=german.languages,
            number=german.number,
            word=words.word,
            partner_name=words.partner_name,
            site_name=words.site_name,
        )
        self.environment.globals.update(once=_once, icon=_icon)

    def serve(self, settings: ServiceSettings, service: str) -> None:
        """Bind to the service whose pages these are."""
        self.site = settings.site
        self.environment.globals.update(
            service=service,
            site=settings.site,
            site_title=words.site_name(settings.site),
            static=lambda path: f"/{service}/static/{path}?v={_fingerprint(path)}",
        )

    def render(self, request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        """The page; always in it: `request`, `principal` (or None), `navigation`, `now`."""
        principal = getattr(request.state, "principal", None)
        text = self.environment.get_template(template).render(
            request=request,
            principal=principal,
            navigation=navigation(principal, request.url.path),
            # A team stays at its own place, also on the city's pages.
            place=words.site_name(principal.site) if principal and principal.site else words.site_name(self.site),
            home=(home(principal) if principal else None) or "/",
            sign_out=sign_out_address(principal.issuer) if principal else None,
            keys=keys(principal),
            now=german.now(),
            **context,
        )
        return HTMLResponse(text, status_code=status)


class PageMaker:
    """What a page's handler answers with."""

    def __init__(self, request: Request) -> None:
        self._request = request

    def render(self, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        """A page, or a part of one for htmx."""
        templates: Templates = self._request.app.state.templates
        return templates.render(self._request, template, status, **context)

    def redirect(self, path: str) -> Response:
        """Lead on after a form was accepted, so that reloading does not send it again."""
        if "hx-request" in self._request.headers:
            # As the other branch does it: a header holds no letter beyond Latin-1, and no line break.
            return Response(status_code=204, headers={"HX-Redirect": quote(path, safe=":/%#?=@[]!$&'()*+,;")})
        return RedirectResponse(path, status_code=303)

    @property
    def partial(self) -> bool:
        """Whether htmx asks for a part only (and not for the whole page through a boosted link)."""
        headers = self._request.headers
        return "hx-request" in headers and "hx-boosted" not in headers and "hx-history-restore-request" not in headers


async def _pages(request: Request) -> PageMaker:
    return PageMaker(request)


Pages = Annotated[PageMaker, Depends(_pages)]


def _once() -> Markup:
    """A hidden field that makes a form count once, however often the button is pressed."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FORM_FIELD, uuid4())


def _icon(name: str) -> Markup:
    """One of KERN's icons, decorative: the text beside it says what is meant."""
    return Markup('<span class="kern-icon kern-icon--{}" aria-hidden="true"></span>').format(name)


@cache
def _fingerprint(path: str) -> str:
    """Changes with the file's content, so that browsers may keep each version for ever."""
    root = _HERE if path.startswith("vendor/") else _HERE / "static"
    try:
        return hashlib.sha256((root / path).read_bytes()).hexdigest()[:12]
    except FileNotFoundError:
        return "missing"
