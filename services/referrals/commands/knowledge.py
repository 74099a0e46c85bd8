"""Knowledge: teams and the city write answers to questions that come back, and look them through again (report, 6)."""

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands.acting import Acting
from services.referrals.directory_inputs import AddKnowledge, WriteKnowledge
from services.referrals.domain.offers import check_texts
from services.referrals.tables import KnowledgePage
from shared.refusals import Conflict, Invalid, Missing


async def add_page(session: AsyncSession, by: Acting, wanted: AddKnowledge) -> KnowledgePage:
    """Enter a new answer."""
    _check(by, wanted)
    if wanted.slug == "new":
        raise Invalid("slug", "Dieser Kurzname ist vergeben; bitte einen anderen wählen.")
    if (await session.exec(select(KnowledgePage.id).where(KnowledgePage.slug == wanted.slug))).first() is not None:
        raise Conflict("Eine Seite mit diesem Kurznamen gibt es schon.")
    page = KnowledgePage(**wanted.model_dump(), changed_at=by.now)
    session.add(page)
    await session.flush()
    return page


async def write_page(session: AsyncSession, by: Acting, slug: str, wanted: WriteKnowledge) -> KnowledgePage:
    """Enter the answer as it is now; a page that was withdrawn stands there again."""
    page = await _page(session, slug)
    _check(by, wanted)
    for field, value in wanted.model_dump().items():
        setattr(page, field, value)
    page.changed_at, page.withdrawn_at = by.now, None
    return page


async def withdraw_page(session: AsyncSession, by: Acting, slug: str) -> KnowledgePage:
    """The answer is no longer right."""
    page = await _page(session, slug)
    if page.withdrawn_at is not None:
        raise Conflict("Diese Seite wurde schon zurückgezogen.")
    page.withdrawn_at = by.now
    return page


async def _page(session: AsyncSession, slug: str) -> KnowledgePage:
    page = (await session.exec(select(KnowledgePage).where(KnowledgePage.slug == slug).with_for_update())).one_or_none()
    if page is None:
        raise Missing("Die Seite")
    return page


def _check(by: Acting, wanted: WriteKnowledge) -> None:
    check_texts("title", wanted.title)
    check_texts("body", wanted.body)
    if wanted.review_on < by.today:
        raise Invalid("review_on", "Der Tag der nächsten Prüfung ist schon vorbei.")
