"""Signing in and out in the browser: pages of the service whose stack holds the accounts."""

from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from shared.contracts.words import CITY
from shared.web import accounts, tokens
from shared.web.accounts.sessions import SIGN_IN_LASTS
from shared.web.identity import identify, sign_in_address
from shared.web.navigation import home
from shared.web.problems import Problem
from shared.web.templating import Pages
from shared.web.tokens import Principal


def safe_next(path: str | None) -> str | None:
    """The path if it is one of this origin: a link must not lead from our sign-in to somebody else's page."""
    if not path or not path.startswith("/") or path.startswith(("//", "/\\")):
        return None
    if any(character < " " or character == "\\" for character in path) or len(path) > 2000:
        return None
    return path


def router(stack: str) -> APIRouter:
    """`/sign-in` of a site, `/reporting/sign-in` of the city, with renewal and sign-out beside it."""
    base = "/reporting" if stack == CITY else ""
    other = "the site" if stack == CITY else CITY
    pages = APIRouter(include_in_schema=False)

    def form(pages: Pages, back: str | None, status: int = 200, message: str | None = None) -> Response:
        return pages.render(
            "sign_in.html",
            status,
            action=f"{base}/sign-in",
            next=back or "",
            other=sign_in_address(other, back),
            of_city=stack == CITY,
            message=message,
        )

    @pages.get(f"{base}/sign-in", name="sign_in")
    async def show(request: Request, pages: Pages, next: Annotated[str | None, Query()] = None) -> Response:
        if (principal := await identify(request)) is None:
            response = form(pages, safe_next(next))
            if request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
                # Who follows a link in a mail comes without the strict cookie. Asked again from here, it is sent.
                response.headers["Refresh"] = "0"
            return response
        if (target := safe_next(next) or home(principal)) is not None:
            return pages.redirect(target)
        raise Problem(403, "Sie sind angemeldet. Für Ihr Konto gibt es hier noch keine Seite.")

    @pages.post(f"{base}/sign-in")
    async def enter(
        request: Request,
        pages: Pages,
        account: Annotated[str, Form()] = "",
        password: Annotated[str, Form()] = "",
        next: Annotated[str, Form()] = "",
    ) -> Response:
        database = request.app.state.database
        back = safe_next(next)
        address = request.client.host if request.client else None
        try:
            found = await accounts.authenticate(database, account, password, address)
        except accounts.WrongCredentials:
            return form(pages, back, 401, "Konto oder Passwort stimmt nicht. Bitte versuchen Sie es noch einmal.")
        except accounts.Throttled as throttled:
            minutes = f"{throttled.minutes} Minuten" if throttled.minutes > 1 else "einer Minute"
            response = form(
                pages,
                back,
                429,
                f"Zu viele Versuche. Zur Sicherheit geht es erst in {minutes} weiter. "
                "Haben Sie Ihr Passwort vergessen? Die Technik kann ein neues setzen.",
            )
            response.headers["Retry-After"] = str(int(throttled.wait.total_seconds()) + 1)
            return response
        async with database.transaction() as session:
            session_id = await accounts.open_session(session, found.name, accounts.SessionKind.SIGN_IN, SIGN_IN_LASTS)
        principal = Principal(found.name, found.role, found.site, session_id, stack, found.display_name)
        request.state.new_token = tokens.issue(request.app.state.keys, principal)
        return pages.redirect(back or home(principal) or f"{base}/sign-in")

    @pages.get(f"{base}/sign-in/renew")
    async def renew(request: Request, next: Annotated[str | None, Query()] = None) -> Response:
        back = safe_next(next)
        principal = await identify(request)
        if principal is None or principal.issuer != stack:
            return RedirectResponse(sign_in_address(stack, back), status_code=303)
        request.state.new_token = tokens.issue(request.app.state.keys, principal)
        return RedirectResponse(back or home(principal) or f"{base}/sign-in", status_code=303)

    @pages.post(f"{base}/sign-out")
    async def leave(request: Request, pages: Pages) -> Response:
        principal = await identify(request)
        if principal is not None and principal.issuer == stack:
            async with request.app.state.database.transaction() as session:
                await accounts.revoke_session(session, principal.session_id)
        request.state.new_token = ""
        return pages.redirect(f"{base}/sign-in")

    return pages
