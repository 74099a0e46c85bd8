"""Puts the volunteers' service together: database, messaging, pages and calls."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from services.volunteers import api, background, metrics, pages
from services.volunteers.commands.known import register
from services.volunteers.consumers import consumers, queue
from services.volunteers.pages import words
from services.volunteers.settings import Settings
from shared.database import Database
from shared.messaging import Messaging, Publisher
from shared.web import schemas
from shared.web.app import create_app as create_web_app
from shared.web.keys import KeyRing
from shared.web.templating import Templates
from shared.web.words import choices

SERVICE = "volunteers"


def create_app(settings: Settings) -> FastAPI:
    """The city's volunteers."""
    publisher = Publisher(site=settings.site, service=SERVICE, public_url=settings.public_url)
    database = Database(settings.database_url, publisher)
    messaging = Messaging(settings.rabbitmq_url, database, queue=queue(settings.site), consumers=consumers)

    async def published_keys() -> Mapping[str, Sequence[Mapping[str, Any]]]:
        async with database.transaction() as session:
            return await register.public_keys(session)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with messaging, background.running(app), metrics.kept_current(database):
            yield
        await database.dispose()

    async def ready() -> list[str]:
        try:
            async with database.transaction() as session:
                await session.execute(text("select 1 from volunteer limit 1"))
        except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            return ["the database does not answer"]
        return messaging.problems()

    return create_web_app(
        settings,
        service=SERVICE,
        title="Ehrenamt",
        database=database,
        keys=KeyRing(settings.site, settings.signing_key_file, published_keys),
        routers=[*api.routers, schemas.router(SERVICE), *pages.routers],
        lifespan=lifespan,
        ready=ready,
        templates=_templates(),
    )


def _templates() -> Templates:
    templates = Templates(Path(__file__).parent / "templates")
    templates.environment.filters.update(words.FILTERS)
    templates.environment.globals.update(choices=choices, field_label=words.field_label)
    return templates
