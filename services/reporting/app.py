"""Puts reporting together: database, messaging, pages and calls."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from services.reporting import api, metrics, pages
from services.reporting.consumers import consumers, queue
from services.reporting.queries import sites
from services.reporting.settings import Settings
from shared.database import Database
from shared.messaging import Messaging, Publisher
from shared.web import schemas
from shared.web.app import create_app as create_web_app
from shared.web.keys import KeyRing
from shared.web.templating import Templates

SERVICE = "reporting"


def create_app(settings: Settings) -> FastAPI:
    """The city's reporting."""
    publisher = Publisher(site=settings.site, service=SERVICE, public_url=settings.public_url)
    database = Database(settings.database_url, publisher)
    messaging = Messaging(
        settings.rabbitmq_url,
        database,
        queue=queue(settings.site),
        consumers=consumers,
        accept_unnamed=settings.accept_unnamed_senders,
    )

    async def published_keys() -> Mapping[str, Sequence[Mapping[str, Any]]]:
        async with database.transaction() as session:
            return await sites.public_keys(session)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with messaging, metrics.kept_current(database):
            yield
        await database.dispose()

    async def ready() -> list[str]:
        try:
            async with database.transaction() as session:
                await session.execute(text("select 1 from site limit 1"))
        except (SQLAlchemyError, OSError):
            return ["the database does not answer"]
        return messaging.problems()

    return create_web_app(
        settings,
        service=SERVICE,
        title="Zahlen",
        database=database,
        keys=KeyRing(settings.site, settings.signing_key_file, published_keys),
        routers=[*api.routers, schemas.router(SERVICE), *pages.routers],
        lifespan=lifespan,
        ready=ready,
        templates=Templates(Path(__file__).parent / "templates"),
        issues_sign_in=True,
    )
