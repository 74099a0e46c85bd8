"""Wissen: answers to questions that come back."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from services.referrals.commands import knowledge
from services.referrals.desk import ByAny, ByCoordinator
from services.referrals.directory_inputs import AddKnowledge, WriteKnowledge
from services.referrals.queries.knowledge import knowledge_page, list_knowledge
from services.referrals.tables import KnowledgePage
from shared.contracts.words import NeedArea, Topic
from shared.web.inputs import Slug
from shared.web.pagination import Page, PageQuery
from shared.web.problems import conflict
from shared.web.routing import Session, api_router

router: APIRouter = api_router("/referrals/api/v1/knowledge", tags=["Wissen"])

PageSlug = Annotated[Slug, Path(description="Kurzname der Seite.")]


class KnowledgeAnswer(BaseModel):
    """An answer, who looks after it, and when it is looked through again."""

    page_id: UUID = Field(validation_alias="id")
    slug: str
    topic: Topic | None
    area: NeedArea | None
    title: dict[str, str]
    body: dict[str, str]
    owner: str
    review_on: date
    review_due: bool = Field(description="Der Tag der nächsten Prüfung ist vorbei.")
    changed_at: datetime

    @classmethod
    def of(cls, page: KnowledgePage, today: date) -> Self:
        """The page as it stands today."""
        return cls.model_validate(page.model_dump() | {"review_due": page.review_on < today})


@router.get("")
async def list_pages(
    page: PageQuery,
    by: ByAny,
    session: Session,
    topic: Annotated[Topic | None, Query(description="Zu diesem Anliegen.")] = None,
    area: Annotated[NeedArea | None, Query(description="Zu diesem Bereich.")] = None,
    search: Annotated[str | None, Query(max_length=100, description="In Titel und Text.")] = None,
) -> Page[KnowledgeAnswer]:
    """Die Seiten nach Kurznamen."""
    after = page.after(str)
    rows = await list_knowledge(session, topic, area, search, after[0] if after else None, page.limit + 1)
    return page.page(rows, lambda row: (row.slug,), lambda row: KnowledgeAnswer.of(row, by.today))


@router.post("", status_code=201, responses=conflict)
async def add(body: AddKnowledge, by: ByCoordinator, session: Session) -> KnowledgeAnswer:
    """Schreibt eine neue Seite."""
    return KnowledgeAnswer.of(await knowledge.add_page(session, by, body), by.today)


@router.get("/{slug}")
async def read(slug: PageSlug, by: ByAny, session: Session) -> KnowledgeAnswer:
    """Eine Seite."""
    return KnowledgeAnswer.of(await knowledge_page(session, slug), by.today)


@router.put("/{slug}")
async def write(slug: PageSlug, body: WriteKnowledge, by: ByCoordinator, session: Session) -> KnowledgeAnswer:
    """Schreibt eine Seite neu; eine zurückgezogene steht damit wieder da."""
    return KnowledgeAnswer.of(await knowledge.write_page(session, by, slug, body), by.today)


@router.post("/{slug}/withdraw", responses=conflict)
async def withdraw(slug: PageSlug, by: ByCoordinator, session: Session) -> KnowledgeAnswer:
    """Zieht eine Seite zurück, die nicht mehr stimmt."""
    return KnowledgeAnswer.of(await knowledge.withdraw_page(session, by, slug), by.today)
