"""Errors as people and programs get them: a German page for a browser, `application/problem+json` (RFC 9457) else.

An answer names the field and what to do. It never repeats what was entered, and neither does the log: wrong input is
personal data just as right input is.
"""

import http
import json
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match

from shared import refusals, tracing
from shared.web import messages

MEDIA_TYPE = "application/problem+json"


class FieldError(BaseModel):
    """One wrong field: where it stands in the request and what is wrong with it."""

    path: str = Field(examples=["persons.0.birth_date"])
    message: str = Field(examples=["Das Geburtsdatum liegt nach dem Einzug."])


class ProblemDetails(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(default="about:blank", examples=["about:blank"])
    title: str = Field(examples=["Angaben prüfen"])
    status: int = Field(examples=[422])
    detail: str
    errors: list[FieldError] = []
    correlation_id: str | None = Field(default=None, description="Names this request to operations.")


class Problem(Exception):
    """An answer that is a problem; raising it undoes the request's transaction."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})


class SignInNeeded(Problem):
    """Nobody has signed in, or not any more; a page leads to `sign_in` instead of showing an error."""

    def __init__(self, detail: str, sign_in: str | None = None) -> None:
        super().__init__(401, detail, headers={"WWW-Authenticate": "Bearer"})
        self.sign_in = sign_in


conflict: dict[int | str, dict[str, Any]] = {
    409: {"description": "Der Stand der Dinge erlaubt das nicht (mehr).", "content": {MEDIA_TYPE: {}}}
}
"""For `responses=` of an operation that can refuse because of the state of things."""
missing: dict[int | str, dict[str, Any]] = {
    404: {"description": "Etwas, das die Anfrage nennt, gibt es nicht.", "content": {MEDIA_TYPE: {}}}
}
"""For `responses=` of an operation whose body or query names something; what the path names is documented already."""


def to_problem(error: Exception) -> Problem:
    """What is answered for an error that a handler may raise."""
    match error:
        case Problem():
            return error
        case refusals.Invalid():
            return Problem(422, messages.CHECK_INPUT, errors=error.errors)
        case refusals.Missing():
            return Problem(404, error.message)
        case refusals.Forbidden():
            return Problem(403, error.message)
        case refusals.Refused():
            return Problem(409, error.message)
        case RequestValidationError():
            return Problem(422, messages.CHECK_INPUT, errors=messages.of_validation(error.errors()))
        case HTTPException(status_code=400):
            # FastAPI's word for a body that is no text in UTF-8 or nested too deeply.
            return Problem(422, messages.CHECK_INPUT, errors=[("", messages.UNREADABLE_BODY)])
        case HTTPException():
            own = error.detail if error.detail != http.HTTPStatus(error.status_code).phrase else None
            detail = own or messages.DETAILS.get(error.status_code, title_of(error.status_code))
            return Problem(error.status_code, detail, headers=error.headers)
    return Problem(500, messages.DETAILS[500])


def wants_page(request: Request) -> bool:
    """Whether a person in a browser waits for this answer (a script's partial update is told in JSON)."""
    return (
        "/api/" not in request.url.path
        and "text/html" in request.headers.get("accept", "")
        and "hx-request" not in request.headers
    )


async def answer(request: Request, error: Exception) -> Response:
    """The response for an error: problem, page, or the way to the sign-in."""
    problem = to_problem(error)
    if problem.status == 405:
        problem.headers["Allow"] = ", ".join(_allowed_methods(request))
    if isinstance(problem, SignInNeeded) and problem.sign_in is not None and "/api/" not in request.url.path:
        if "hx-request" in request.headers:
            return Response(status_code=204, headers={"HX-Redirect": problem.sign_in})
        if request.method in ("GET", "HEAD"):
            return RedirectResponse(problem.sign_in, status_code=303)
    if wants_page(request):
        page: Response = request.app.state.templates.render(
            request,
            "problem.html",
            status=problem.status,
            title=title_of(problem.status),
            problem=problem,
            request_number=story.correlation_id if (story := tracing.current.get()) else "–",
            sign_in=getattr(problem, "sign_in", None),
        )
        page.headers.update(problem.headers)
        return page
    return as_json(problem)


def _allowed_methods(request: Request) -> list[str]:
    """Every method of this address; the router itself names only those of the first operation that it finds."""
    scopes = [{**request.scope, "method": method} for method in ("DELETE", "GET", "PATCH", "POST", "PUT")]
    return [
        scope["method"]
        for scope in scopes
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes)
    ]


def as_json(problem: Problem) -> Response:
    """The problem document."""
    story = tracing.current.get()
    document = {
        "type": "about:blank",
        "title": title_of(problem.status),
        "status": problem.status,
        "detail": problem.detail,
        "errors": [{"path": path, "message": message} for path, message in problem.errors],
        "correlation_id": str(story.correlation_id) if story else None,
    }
    # ASCII, because a wrong field's name comes from the client and may hold what UTF-8 cannot express.
    body = json.dumps(document, ensure_ascii=True)
    return Response(body, problem.status, problem.headers, media_type=MEDIA_TYPE)


def title_of(status: int) -> str:
    """A short German heading for a status."""
    return messages.TITLES.get(status) or http.HTTPStatus(status).phrase
