"""Routers whose every request is one transaction, and whose writes count once."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from shared.database import FOR_GOOD
from shared.refusals import Invalid
from shared.web import idempotency
from shared.web.identity import identify

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_TRY_AGAIN = frozenset({"40001", "40P01"})
"""SQLSTATE of a serialization failure and of a deadlock: the same request, run again, succeeds."""
_ATTEMPTS = 3


class TransactionalRoute(APIRoute):
    """Runs a request in one database transaction that is committed before the answer leaves.

    Whoever has read "201 Created" may rely on it; whoever has read an error may rely on nothing having been written.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, inside the transaction."""
        handle = super().get_route_handler()
        known = _query_names(self.dependant)

        async def in_transaction(request: Request) -> Response:
            for attempt in range(1, _ATTEMPTS + 1):
                try:
                    return await _run(request, handle, known)
                except _Undone as undone:
                    if undone.for_good:
                        async with request.app.state.database.transaction() as session:
                            session.add_all(make() for make in undone.for_good)
                    return undone.response
                except DBAPIError as error:
                    if attempt == _ATTEMPTS or getattr(error.orig, "sqlstate", None) not in _TRY_AGAIN:
                        raise
            raise AssertionError  # the loop returns or raises

        return in_transaction


class _Undone(Exception):
    """Carries an answer of 400 or more out of the transaction, which it thereby undoes; and what stays all the same."""

    def __init__(self, response: Response, for_good: list[Callable[[], Any]]) -> None:
        self.response = response
        self.for_good = for_good


async def _run(
    request: Request, handle: Callable[[Request], Coroutine[Any, Any, Response]], known: frozenset[str]
) -> Response:
    async with request.app.state.database.transaction() as session:
        request.state.session = session
        try:
            principal = await identify(request)
            if principal is None:
                response = await handle(request)
            else:
                _check_query(request, known)
                if request.method in SAFE_METHODS:
                    response = await handle(request)
                else:
                    response = await idempotency.once(request, session, principal, handle)
        finally:
            request.state.session = None
        if response.status_code >= 400:
            raise _Undone(response, session.info.get(FOR_GOOD, []))
    return response


def _query_names(dependant: Dependant) -> frozenset[str]:
    names: set[str] = set()
    for parameter in dependant.query_params:
        fields = getattr(parameter.field_info.annotation, "model_fields", None)
        if fields is None:
            names.add(parameter.alias)
        else:  # a model whose fields are the parameters
            names.update(field.alias or name for name, field in fields.items())
    return frozenset(names).union(*(_query_names(needed) for needed in dependant.dependencies))


def _check_query(request: Request, known: frozenset[str]) -> None:
    for name, value in request.query_params.multi_items():
        if name not in known:
            raise Invalid(name[:100], "Diesen Parameter gibt es nicht.")
        if len(request.query_params.getlist(name)) > 1:  # else the last one would silently win
            raise Invalid(name, "Bitte diesen Parameter nur einmal angeben.")
        if "\x00" in value:
            raise Invalid(name, "Steuerzeichen sind hier nicht erlaubt.")
    for name, value in request.path_params.items():
        if "\x00" in str(value):
            raise Invalid(name, "Steuerzeichen sind hier nicht erlaubt.")


async def _session(request: Request) -> AsyncSession:  # async: plain functions cost a hop through a thread
    session: AsyncSession = request.state.session
    return session


Session = Annotated[AsyncSession, Depends(_session)]
"""The transaction of this request; never commit it yourself."""


def api_router(prefix: str, tags: list[str]) -> APIRouter:
    """A router for JSON operations below `/<service>/api/v1`."""
    return APIRouter(prefix=prefix, tags=list(tags), route_class=TransactionalRoute)


def page_router(prefix: str = "") -> APIRouter:
    """A router for pages and forms; they are not part of the OpenAPI document."""
    return APIRouter(prefix=prefix, route_class=TransactionalRoute, include_in_schema=False)
