"""Completes the OpenAPI document: every answer that can come is in it; a client, and a fuzzer, can rely on it."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from shared.web.idempotency import FORM, HEADER
from shared.web.messages import DETAILS, TITLES
from shared.web.problems import MEDIA_TYPE, ProblemDetails

_UNSAFE = ("post", "put", "patch", "delete")
_PROBLEM = {"$ref": "#/components/schemas/Problem"}


def document(app: FastAPI) -> dict[str, Any]:
    """The app's OpenAPI document, made once."""
    if app.openapi_schema is None:
        app.openapi_schema = _complete(get_openapi(title=app.title, version=app.version, routes=app.routes))
    return app.openapi_schema


def _complete(schema: dict[str, Any]) -> dict[str, Any]:
    components = schema.setdefault("components", {}).setdefault("schemas", {})
    for replaced in ("HTTPValidationError", "ValidationError"):
        components.pop(replaced, None)
    problem = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    components.update(problem.pop("$defs", {}))
    components["Problem"] = problem
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            _complete_operation(path, method, operation)
    return schema


def _complete_operation(path: str, method: str, operation: dict[str, Any]) -> None:
    responses = operation.setdefault("responses", {})
    responses.pop("422", None)
    possible = {422}
    if operation.get("security"):
        possible |= {401, 403}
    if "{" in path:
        possible.add(404)
    if "requestBody" in operation:
        possible.add(413)
    for status in possible:
        responses.setdefault(str(status), {"description": DETAILS.get(status, TITLES[status])})
    for status, response in responses.items():
        if status[0] in "45":
            response["content"] = {MEDIA_TYPE: {"schema": _PROBLEM}}
    operation["responses"] = dict(sorted(responses.items()))
    if method in _UNSAFE and operation.get("security"):
        operation.setdefault("parameters", []).append(
            {
                "name": HEADER,
                "in": "header",
                "required": False,
                "description": "Derselbe Schlüssel zweimal: eine Wirkung und dieselbe Antwort.",
                "schema": {"type": "string", "pattern": f"^{FORM}$"},
            }
        )
