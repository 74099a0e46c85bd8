"""Around every request: its story, who may send it from where, how large it may be, and what is known of it after."""

import time

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import metrics, tracing
from shared.database import is_unreachable
from shared.web import identity, messages
from shared.web.problems import Problem, answer

MAX_BODY = 1024 * 1024
"""Bytes; an app names in `state.large_bodies` the paths where more may be sent, and how much."""
_DRAIN = 40 * 1024 * 1024
"""So much of a body that is too large is read and thrown away: a browser shows no answer before it has sent all."""
_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_METHODS = _UNSAFE | {"GET", "HEAD", "OPTIONS"}

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Desks are shared: what one person saw must not come back from the next one's cache.
    "cache-control": "no-store",
}

log = structlog.get_logger("http")


def leading_to(response: Response, origin: str) -> None:
    """Let a form of this page lead on to another origin of ours, where browsers would stop it otherwise."""
    policy = _POLICY.replace("form-action 'self'", f"form-action 'self' {origin}")
    response.headers["content-security-policy"] = policy


class Front:
    """The outermost layer of every service's app."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        with tracing.story(traceparent=headers.get("traceparent")) as story:
            exchange = _Exchange(scope, receive, send, str(story.correlation_id))
            try:
                _refuse_foreign_origin(scope["method"], headers)
                await _refuse_large_body(headers, receive, _max_body(scope))
                _refuse_other_charset(headers)
                await self.app(scope, exchange.receive, exchange.send)
            except Exception as error:
                await exchange.fail(error)
            finally:
                exchange.record()


class _Exchange:
    """One request and its answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, correlation_id: str) -> None:
        self.scope = scope
        self._receive = receive
        self._send = send
        self._correlation_id = correlation_id
        self._began = time.perf_counter()
        self._received = 0
        self._max_body = _max_body(scope)
        self.status = 0

    async def receive(self) -> Message:
        """The next part of the body; a problem when there has been too much of it."""
        message = await self._receive()
        if message["type"] == "http.request":
            self._received += len(message.get("body", b""))
            if self._received > self._max_body:
                raise HTTPException(413, messages.too_large(self._max_body))
        return message

    async def send(self, message: Message) -> None:
        """Pass the answer on, with the headers that every answer has."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            if self.scope["app"].state.secure:
                headers["strict-transport-security"] = "max-age=31536000"
            headers["x-correlation-id"] = self._correlation_id
            self._set_cookie(headers)
        await self._send(message)

    def _set_cookie(self, headers: MutableHeaders) -> None:
        request = Request(self.scope)
        if (token := getattr(request.state, "new_token", None)) is not None:
            secure = "; Secure" if request.app.state.secure else ""
            end = "" if token else "; Max-Age=0"
            headers.append(
                "set-cookie",
                f"{identity.cookie_name(request)}={token}; Path=/; HttpOnly; SameSite=Strict{secure}{end}",
            )

    async def fail(self, error: Exception) -> None:
        """Answer for an error that nobody has answered for."""
        if isinstance(error, Problem | HTTPException):
            problem: Exception = error
        elif is_unreachable(error):
            log.error("database_away", exc_info=error)
            problem = Problem(503, messages.DETAILS[503], headers={"Retry-After": "5"})
        else:
            log.error("request_failed", exc_info=error)
            problem = error
        if self.status:  # the answer has begun; a cut connection is all that can still be said
            raise error
        request = Request(self.scope, self._receive)
        response = await answer(request, problem)
        await response(self.scope, self._receive, self.send)

    def record(self) -> None:
        """Metrics and the request log: the route's template, never the path, a query or who asked.

        Staff are named nowhere here, so that working times cannot be read from a log.
        """
        seconds = time.perf_counter() - self._began
        route = getattr(self.scope.get("route"), "path_format", "-")
        # A method can be any word; neither a label nor a log line repeats what a stranger has made up.
        method = self.scope["method"] if self.scope["method"] in _METHODS else "other"
        metrics.HTTP_SECONDS.labels(method, route, str(self.status)).observe(seconds)
        if not route.startswith(("/health", "/metrics")) and route != "-":
            log.info(
                "request",
                method=method,
                route=route,
                status=self.status,
                ms=round(seconds * 1000, 1),
            )


def _refuse_foreign_origin(method: str, headers: Headers) -> None:
    """Another website must not send forms with this browser's cookie (cross-site request forgery).

    Browsers say where a request comes from (Fetch Metadata, `Sec-Fetch-Site`; older ones by `Origin`) and no script
    can forge it; what says neither is no browser. A request with a bearer token carries its own proof and cannot be
    made by a foreign page without being asked first; any other `Authorization` proves nothing. Two sites of ours are
    foreign to each other as well.
    """
    if method not in _UNSAFE or headers.get("authorization", "").lower().startswith("bearer "):
        return
    site = headers.get("sec-fetch-site")
    if site is not None:
        if site in ("same-origin", "none"):
            return
    else:
        origin = headers.get("origin")
        if origin is None or (origin != "null" and origin.partition("://")[2] == headers.get("host")):
            return
    raise Problem(403, "Diese Anfrage kam von einer anderen Website und wurde nicht ausgeführt.")


def _refuse_other_charset(headers: Headers) -> None:
    """Forms come in UTF-8. The parser would decode with any codec that is named, also with ones that make lone
    surrogates (`unicode_escape`) or always fail (`undefined`).
    """
    kind, *parameters = headers.get("content-type", "").lower().split(";")
    if kind.strip() != "multipart/form-data":
        return
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip(' "') not in ("utf-8", "utf8"):
            raise Problem(422, messages.CHECK_INPUT, errors=[("", messages.UNREADABLE_BODY)])


def _max_body(scope: Scope) -> int:
    larger: dict[str, int] = scope["app"].state.large_bodies
    return larger.get(scope["path"], MAX_BODY)


async def _refuse_large_body(headers: Headers, receive: Receive, allowed: int) -> None:
    declared = headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared) <= allowed:
        return
    if int(declared) <= _DRAIN:
        more = True
        while more:
            message = await receive()
            more = message["type"] == "http.request" and message.get("more_body", False)
    raise Problem(413, messages.too_large(allowed))
