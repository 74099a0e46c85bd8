"""Sends the mails to volunteers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import structlog
from fastapi import FastAPI
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.mail_texts import Writing, render
from services.volunteers.settings import Settings
from shared.database import Database
from shared.mail import Letter, Mail, Sender
from shared.mail import sending as mail_sending


def sender(database: Database, settings: Settings) -> Sender:
    """Sends what the service has to say."""

    async def text_of(session: AsyncSession, mail: Mail, now: datetime) -> Letter | None:
        return await render(session, mail, Writing(now, settings))

    return Sender(database, settings, text_of)


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Sends while it is entered."""
    if not app.state.settings.smtp_url:
        structlog.get_logger(__name__).warning("mails_are_not_sent", why="LOKAL_SMTP_URL is empty")
    async with mail_sending.running(sender(app.state.database, app.state.settings)):
        yield
