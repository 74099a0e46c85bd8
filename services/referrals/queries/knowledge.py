"""Answers to questions that come back, by topic."""

from collections.abc import Sequence

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.tables import KnowledgePage
from shared.contracts.words import NeedArea, Topic
from shared.refusals import Missing


async def list_knowledge(
    session: AsyncSession,
    topic: Topic | None,
    area: NeedArea | None,
    search: str | None,
    after: str | None,
    limit: int,
) -> Sequence[KnowledgePage]:
    """The pages that stand, by their slug; `search` looks into titles and answers in German."""
    query = select(KnowledgePage).where(col(KnowledgePage.withdrawn_at).is_(None))
    if topic is not None:
        query = query.where(KnowledgePage.topic == topic)
    if area is not None:
        query = query.where(KnowledgePage.area == area)
    if search:
        title, body = col(KnowledgePage.title)["de"].astext, col(KnowledgePage.body)["de"].astext  # type: ignore[index]
        query = query.where(func.lower(title + " " + body).contains(search.lower(), autoescape=True))
    if after is not None:
        query = query.where(col(KnowledgePage.slug) > after)
    return (await session.exec(query.order_by(col(KnowledgePage.slug)).limit(limit))).all()


async def knowledge_page(session: AsyncSession, slug: str) -> KnowledgePage:
    """One page that stands. Raises `Missing`."""
    query = select(KnowledgePage).where(KnowledgePage.slug == slug, col(KnowledgePage.withdrawn_at).is_(None))
    page = (await session.exec(query)).one_or_none()
    if page is None:
        raise Missing("Die Seite")
    return page
