"""Before the site register has told what this site serves, nothing that depends on it can be entered."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from shared.web.problems import MEDIA_TYPE, Problem, answer

_RETRY_AFTER = "10"

not_known_yet: dict[int | str, dict[str, Any]] = {
    503: {"description": "Das Standortregister ist noch nicht angekommen.", "content": {MEDIA_TYPE: {}}}
}


async def answer_not_known_yet(request: Request, _error: Exception) -> Response:
    """503 with Retry-After; nothing was entered."""
    problem = Problem(
        503,
        "Dieser Standort kennt seine Stadtbezirke noch nicht; die Stadt teilt sie ihm beim Start mit. "
        "Es wurde nichts gespeichert. Bitte in einer halben Minute noch einmal versuchen.",
        headers={"Retry-After": _RETRY_AFTER},
    )
    return await answer(request, problem)
