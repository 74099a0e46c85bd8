"""Knowledge: pages that answer recurring questions in plain language (report, 6)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import Text
from sqlmodel import Field

from services.referrals.tables.base import MOMENT, Base, now, one_of
from shared.contracts.words import NeedArea, Topic
from shared.ids import uuid7


class KnowledgePage(Base, table=True):
    """An answer to a question that comes back, with an owner and a day on which it is to be looked through again."""

    __tablename__ = "knowledge_page"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    slug: str = Field(sa_type=Text, unique=True)
    topic: Topic | None = Field(default=None, sa_type=one_of(Topic, "topic"))
    area: NeedArea | None = Field(default=None, sa_type=one_of(NeedArea, "area"))
    title: dict[str, str] = Field(sa_type=JSONB)
    body: dict[str, str] = Field(sa_type=JSONB)
    owner: str = Field(sa_type=Text)
    review_on: date
    changed_at: datetime = Field(default_factory=now, sa_type=MOMENT)
    withdrawn_at: datetime | None = Field(default=None, sa_type=MOMENT)

    __table_args__ = (
        CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="slug"),
        CheckConstraint("coalesce(title ->> 'de', '') <> '' and coalesce(body ->> 'de', '') <> ''", name="german"),
    )
