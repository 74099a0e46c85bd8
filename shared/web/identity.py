"""Who asks, and whether they may: dependencies for API operations and pages."""

from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from fastapi import Depends, Security
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request

from shared.contracts.words import CITY
from shared.web import tokens
from shared.web.accounts import sessions
from shared.web.problems import Problem, SignInNeeded
from shared.web.tokens import Principal, Role

__all__ = ["Principal", "Role", "identify", "page_for", "partner_of", "signed_in"]

COOKIE = "lokal_session"
RENEW_AFTER = 5 * 60
"""Seconds after which the issuing stack renews the token, so that other services seldom meet a stale one."""

_bearer = HTTPBearer(auto_error=False, scheme_name="Bearer", description="Von `lokal token` ausgestellt.")
_cookie = APIKeyCookie(
    name=COOKIE, auto_error=False, scheme_name="Sitzung", description="Nach der Anmeldung im Browser."
)


def cookie_name(request: Request) -> str:
    """`__Host-` binds the cookie to this very host and to HTTPS, so that no neighbouring host can plant one."""
    return f"__Host-{COOKIE}" if request.app.state.secure else COOKIE


def sign_in_address(stack: str, next_path: str | None, *, renew: bool = False) -> str:
    """Where somebody signs in to a stack, and where they get to afterwards."""
    address = "/reporting/sign-in" if stack == CITY else "/sign-in"
    if renew:
        address += "/renew"
    return f"{address}?next={quote(next_path, safe='/')}" if next_path else address


def partner_of(principal: Principal) -> str:
    """The partner or authority that an account belongs to: its name up to the first dot.

    `projekt-ankommen` is the partner's own account, `projekt-ankommen.keller` that of one of its people.
    """
    return principal.account.partition(".")[0]


async def identify(request: Request) -> Principal | None:
    """Who asks, once per request; None if nobody does. Leaves in the request's state why, and a renewed token."""
    state = request.state
    if not hasattr(state, "principal"):
        state.principal, state.refusal = await _identify(request)
    return state.principal  # type: ignore[no-any-return]


async def _identify(request: Request) -> tuple[Principal | None, str]:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    from_cookie = not scheme
    token = request.cookies.get(cookie_name(request), "") if from_cookie else credentials.strip()
    if not token:
        return None, "Bitte melden Sie sich an."
    if not from_cookie and scheme.lower() != "bearer":
        return None, "Es wird ein Bearer-Token erwartet."
    keys = request.app.state.keys
    idle = sessions.IDLE_LIMIT.total_seconds() - tokens.SESSION_TOKEN.total_seconds()
    try:
        verified = await tokens.verify(keys, token)
        principal, age = verified.principal, verified.age
    except tokens.TokenExpired as late:
        if not from_cookie or late.since > idle:
            return None, "Ihre Anmeldung ist abgelaufen."
        if late.principal.issuer != keys.stack or not request.app.state.issues_sign_in:
            request.state.renew_at = late.principal.issuer
            return None, "Ihre Anmeldung ist abgelaufen."
        principal, age = late.principal, float("inf")
    except tokens.TokenRefused:
        return None, "Diese Anmeldung ist ungültig. Bitte melden Sie sich neu an."
    if principal.issuer == keys.stack and request.app.state.issues_sign_in:
        current = await _current(request, principal)
        if current is None:
            return None, "Diese Anmeldung wurde beendet. Bitte melden Sie sich neu an."
        kind, principal = current
        if not tokens.may_issue(keys.stack, principal.role, principal.site):
            return None, "Dieses Konto gehört nicht hierher."
        if from_cookie and kind is sessions.SessionKind.SIGN_IN and age > RENEW_AFTER:
            request.state.new_token = tokens.issue(keys, principal)
    return principal, ""


async def _current(request: Request, principal: Principal) -> tuple[sessions.SessionKind, Principal] | None:
    if (session := getattr(request.state, "session", None)) is not None:
        return await sessions.current_account(session, principal)
    async with request.app.state.database.transaction() as session:
        return await sessions.current_account(session, principal)


def _check(request: Request, principal: Principal | None, roles: tuple[Role, ...], page: bool) -> Principal:
    if principal is None:
        raise SignInNeeded(f"{request.state.refusal} Es wurde nichts gespeichert.", _way_in(request) if page else None)
    own_site = request.app.state.settings.site
    if roles and principal.role not in roles:
        raise Problem(403, "Dafür fehlt Ihrem Konto die Berechtigung. Es wurde nichts geändert.")
    if principal.role is Role.TEAM and own_site not in (CITY, principal.site):
        raise Problem(403, "Ihr Konto gehört zu einem anderen Standort. Es wurde nichts geändert.")
    return principal


def _way_in(request: Request) -> str:
    if "hx-request" in request.headers:
        back = _path_of(request.headers.get("hx-current-url", ""))
    elif request.method in ("GET", "HEAD"):
        back = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    else:
        back = ""
    if (issuer := getattr(request.state, "renew_at", None)) is not None:
        return sign_in_address(issuer, back, renew=True)
    return sign_in_address(request.app.state.settings.site, back)


def _path_of(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:  # brackets that are no IPv6 address
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def signed_in(*roles: Role) -> Any:
    """Dependency of an API operation: the principal, one of these roles (any, if none is named); else 401 or 403.

    In a site's own service a team member of another site is refused, whatever the operation.
    """

    async def check(
        request: Request,
        _bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
        _cookie: Annotated[str | None, Security(_cookie)],
    ) -> Principal:
        return _check(request, await identify(request), roles, page=False)

    return Depends(check)


def page_for(*roles: Role) -> Any:
    """Dependency of a page: as `signed_in`, but leads to the sign-in, and says no with a German page."""

    async def check(request: Request) -> Principal:
        return _check(request, await identify(request), roles, page=True)

    return Depends(check)
