"""Puts the intake together: database, messaging, pages and calls."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from services.intake import api, background, metrics, pages
from services.intake.api.unready import answer_not_known_yet
from services.intake.commands import NotKnownYet
from services.intake.consumers import consumers, queue
from services.intake.pages import words
from services.intake.queries import sites
from services.intake.settings import Settings
from shared.database import Database
from shared.messaging import Publisher
from shared.messaging.running import Messaging
from shared.web import schemas
from shared.web.app import create_app as create_web_app
from shared.web.german import language_choices
from shared.web.keys import KeyRing
from shared.web.templating import Templates
from shared.web.words import choices

SERVICE = "intake"
_MIB = 1024 * 1024
LARGE_BODIES = {"/intake/imports": 24 * _MIB, "/intake/api/v1/imports": 24 * _MIB}
"""Where more than the usual may be sent: lists of ten thousand rows."""


def create_app(settings: Settings) -> FastAPI:
    """The intake of one site."""
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
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with messaging, background.running(app), metrics.kept_current(database, settings.site):
            yield
        await database.dispose()

    async def ready() -> list[str]:
        try:
            async with database.transaction() as session:
                await session.execute(text("select 1 from household limit 1"))
                known = await sites.own_entry(session, settings.site)
        except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            return ["the database does not answer"]
        waiting = [] if known else ["the site register has not told this site's districts"]
        return messaging.problems() + waiting + await background.problems(app)

    app = create_web_app(
        settings,
        service=SERVICE,
        title="Aufnahme",
        database=database,
        keys=KeyRing(settings.site, settings.signing_key_file, published_keys),
        routers=[*api.routers, schemas.router(SERVICE), *pages.routers],
        lifespan=lifespan,
        ready=ready,
        templates=_templates(settings),
        issues_sign_in=True,
    )
    app.state.large_bodies = LARGE_BODIES
    app.add_exception_handler(NotKnownYet, answer_not_known_yet)
    return app


def _templates(settings: Settings) -> Templates:
    templates = Templates(Path(__file__).parent / "templates")
    templates.environment.filters.update(words.FILTERS)
    templates.environment.globals.update(
        choices=choices,
        first_visit_due_days=settings.first_visit_due_days,
        field_label=words.field_label,
        place_name=words.place_name,
        language_choices=language_choices,
        neighbourhood_choices=words.neighbourhood_choices,
    )
    return templates
