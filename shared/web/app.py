"""Puts a service's web side together."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from shared.database import Database
from shared.refusals import Refused
from shared.settings import ServiceSettings
from shared.web import openapi, sign_in
from shared.web.keys import KeyRing
from shared.web.middleware import Front
from shared.web.problems import Problem, answer
from shared.web.templating import Templates

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
VENDOR = _HERE / "vendor"

Ready = Callable[[], Awaitable[list[str]]]
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(
    settings: ServiceSettings,
    *,
    service: str,
    title: str,
    database: Database,
    keys: KeyRing,
    routers: Sequence[APIRouter],
    lifespan: Lifespan,
    ready: Ready,
    templates: Templates,
    issues_sign_in: bool = False,
) -> FastAPI:
    """The service's app: its routers, with sign-in, problems, static files, health and metrics around them.

    `ready` names what the service still waits for, empty when it can work. `issues_sign_in` is for the one service of
    a stack whose database holds the accounts: it gets the sign-in pages and renews sessions.
    """
    app = FastAPI(
        title=title,
        version="1",
        lifespan=lifespan,
        openapi_url=f"/{service}/api/openapi.json",
        docs_url=None,  # both want scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # it would record bodies
    )
    app.state.settings = settings
    app.state.service = service
    app.state.database = database
    app.state.keys = keys
    app.state.templates = templates
    app.state.issues_sign_in = issues_sign_in
    app.state.large_bodies = {}
    app.state.secure = settings.public_url.startswith("https://")
    templates.serve(settings, service)

    for kind in (Problem, Refused, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, answer)
    app.add_middleware(Front)
    for router in routers:
        app.include_router(router)
    if issues_sign_in:
        app.include_router(sign_in.router(settings.site))
    app.include_router(_technical(ready))
    _mount_static(app, service)
    app.openapi = lambda: openapi.document(app)  # type: ignore[method-assign]
    return app


def _technical(ready: Ready) -> APIRouter:
    """Health and metrics; the gateway does not pass them on."""
    router = APIRouter(include_in_schema=False)

    @router.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/health/ready")
    async def is_ready() -> Response:
        missing = await ready()
        return JSONResponse(
            {"status": "waiting" if missing else "ok", "missing": missing}, status_code=503 if missing else 200
        )

    @router.get("/metrics")
    async def show_metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


class _Static(StaticFiles):
    """Files whose address carries a fingerprint may be kept for good; they hold nothing personal."""

    async def get_response(self, path: str, scope: Any) -> Response:
        response = await super().get_response(path, scope)
        versioned = b"v=" in scope.get("query_string", b"")
        response.headers["cache-control"] = (
            "public, max-age=31536000, immutable" if versioned else "public, max-age=300"
        )
        return response


def _mount_static(app: FastAPI, service: str) -> None:
    app.mount(f"/{service}/static/vendor", _Static(directory=VENDOR, check_dir=False), name="vendor")
    app.mount(f"/{service}/static", _Static(directory=STATIC), name="static")
