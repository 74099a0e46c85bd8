"""Sends the mails, and asks once a day who is to confirm its details."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime

import structlog
from fastapi import FastAPI
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands.stale import ask_to_confirm
from services.referrals.mail_texts import Writing, render
from services.referrals.settings import Settings
from shared.database import Database
from shared.days import day_of
from shared.logging import describe
from shared.mail import Letter, Mail, Sender
from shared.mail import sending as mail_sending

LOOKS_EVERY_SECONDS = 600.0

log = structlog.get_logger(__name__)


def sender(database: Database, settings: Settings) -> Sender:
    """Sends what the referrals have to say."""

    async def text_of(session: AsyncSession, mail: Mail, now: datetime) -> Letter | None:
        return await render(session, mail, Writing(now, settings))

    return Sender(database, settings, text_of)


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Sends and asks while it is entered."""
    database, settings = app.state.database, app.state.settings
    if not settings.smtp_url:
        log.warning("mails_are_not_sent", why="LOKAL_SMTP_URL is empty")
    task = asyncio.create_task(_ask_daily(database, settings), name="who is to confirm")
    try:
        async with mail_sending.running(sender(database, settings)):
            yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def problems(app: FastAPI) -> list[str]:
    """Nothing: work goes on without mails."""
    return []


async def _ask_daily(database: Database, settings: Settings) -> None:
    asked_on: date | None = None
    while True:
        now = datetime.now(UTC)
        try:
            if asked_on != day_of(now):
                await ask_all(database, settings, now)
                asked_on = day_of(now)
        except Exception as error:  # whatever it is, it must not end the asking
            log.warning("nobody_asked_to_confirm", error=describe(error))
        await asyncio.sleep(LOOKS_EVERY_SECONDS)


async def ask_all(database: Database, settings: Settings, now: datetime) -> None:
    """Ask every partner whose details are due."""
    while True:
        async with database.transaction() as session:
            if not await ask_to_confirm(session, now, settings.stale_after_days):
                return
