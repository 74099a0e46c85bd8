"""The registry of this service's own tables, and what they have in common."""

from typing import Any

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from shared.tables import MOMENT, new_metadata, now, one_of

__all__ = ["MOMENT", "TEXTS", "Base", "metadata", "now", "one_of"]

TEXTS: Any = ARRAY(Text)
"""A list of words: districts, languages."""


class Base(SQLModel, registry=registry(metadata=new_metadata())):
    """Base of this service's tables."""


metadata = Base.metadata
