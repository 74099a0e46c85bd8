"""Notices: whoever enters data that is not what it seems says so, and readers of those days see it."""

from datetime import date

from sqlmodel.ext.asyncio.session import AsyncSession

from services.reporting.tables import Notice
from shared.refusals import Invalid


async def set_notice(session: AsyncSession, slug: str, begin: date, until: date, text: str) -> None:
    """Say something about the figures of these days; the same slug again replaces what was said."""
    if until < begin:
        raise Invalid("to", "Das Ende des Zeitraums liegt vor dem Anfang.")
    await session.merge(Notice(slug=slug, begin=begin, until=until, text=text))
    await session.flush()
