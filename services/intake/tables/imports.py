"""Imported lists of moves: files, rows that wait for a decision, and what was taken from where."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, func, literal_column, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import Integer, Text, Uuid
from sqlmodel import Field, col

from services.intake.tables.base import MOMENT, Base, Forget, belongs_to_file, now, one_of
from services.intake.tables.files import Household, Person
from shared.ids import uuid7


class FileState(StrEnum):
    """How far an imported file is."""

    MAPPING = "mapping"
    """It is not known yet what its columns mean."""
    PREVIEW = "preview"
    """What would be taken can be looked at; nothing has been taken."""
    TAKING = "taking"
    DONE = "done"


class RowState(StrEnum):
    """What has become of a family's move in a list."""

    READY = "ready"
    BAD = "bad"
    DUPLICATE = "duplicate"
    """It waits for a decision: somebody may have this family's file already."""
    TAKEN = "taken"
    UNCHANGED = "unchanged"
    """The move was known already."""
    LEFT_OUT = "left_out"


class Way(StrEnum):
    """What taking a row means."""

    NEW = "new"
    MOVE = "move"
    """The family has a file here and moves."""
    ELSEWHERE = "elsewhere"
    """The row goes to another site as a letter."""


class Origin(StrEnum):
    """How a move became known here."""

    LIST = "list"
    LETTER = "letter"
    ERASURE = "erasure"
    """It stood in a file that was erased."""


class ImportFile(Base, table=True):
    """A list as it was handed in. Its bytes are not kept; `sheet`, its lines, only until they are taken."""

    __tablename__ = "import_file"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    name: str = Field(sa_type=Text)
    sha256: str = Field(sa_type=Text, unique=True)
    """The same file again is recognised by it."""
    header_hash: str = Field(sa_type=Text)
    header: list[str] = Field(sa_type=ARRAY(Text))  # type: ignore[call-overload]
    line_count: int
    notes: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))  # type: ignore[call-overload]
    mapping: dict[str, int] = Field(default_factory=dict, sa_type=JSONB)
    """Which column of the list is where."""
    sheet: list[Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    state: FileState = Field(default=FileState.MAPPING, sa_type=one_of(FileState, "state"))
    at: datetime = Field(default_factory=now, sa_type=MOMENT)
    by: str = Field(sa_type=Text)
    taken_at: datetime | None = Field(default=None, sa_type=MOMENT)
    taken_by: str | None = Field(default=None, sa_type=Text)

    __table_args__ = (
        CheckConstraint("(taken_at is null) = (state in ('mapping', 'preview'))", name="taken"),
        Index("ix_import_file_at", "at", "id"),
    )


class ImportRow(Base, table=True):
    """A family's move in a list, or one that another site has sent and that waits for a decision here.

    `content` is the body of a registration. It is personal data and goes as soon as the row is settled.
    """

    __tablename__ = "import_row"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    file_id: UUID | None = Field(default=None, foreign_key="import_file.id", ondelete="CASCADE")
    from_site: str | None = Field(default=None, sa_type=Text)
    lines: list[int] = Field(default_factory=list, sa_type=ARRAY(Integer))  # type: ignore[call-overload]
    state: RowState = Field(sa_type=one_of(RowState, "state"))
    way: Way | None = Field(default=None, sa_type=one_of(Way, "way"))
    to_site: str | None = Field(default=None, sa_type=Text)
    move_id: UUID | None = None
    content: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    former_district: str | None = Field(default=None, sa_type=Text)
    visited: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))  # type: ignore[call-overload]
    faults: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)
    """`line`, `column`, `message`; none repeats what stands in the list."""
    candidates: list[UUID] = Field(default_factory=list, sa_type=ARRAY(Uuid))  # type: ignore[call-overload]
    """The files that may be this family's."""
    household_id: UUID | None = None
    """The file in which the move was entered."""
    at: datetime = Field(default_factory=now, sa_type=MOMENT)
    settled_at: datetime | None = Field(default=None, sa_type=MOMENT)
    settled_by: str | None = Field(default=None, sa_type=Text)

    __table_args__ = (
        CheckConstraint("(content is null) = (state not in ('ready', 'duplicate'))", name="content"),
        CheckConstraint("(file_id is null) <> (from_site is null)", name="source"),
        Index("ix_import_row_file", "file_id", "state", "id"),
        Index("ix_import_row_duplicate", "id", postgresql_where=text("state = 'duplicate'")),
        Index("ix_import_row_candidates", "candidates", postgresql_using="gin"),
    )


class ImportMapping(Base, table=True):
    """What the columns of a list with this header mean, as somebody has said."""

    __tablename__ = "import_mapping"

    header_hash: str = Field(sa_type=Text, primary_key=True)
    mapping: dict[str, int] = Field(sa_type=JSONB)
    at: datetime = Field(default_factory=now, sa_type=MOMENT)
    by: str = Field(sa_type=Text)


class ImportedMove(Base, table=True):
    """A move that was taken here, or decided on, so that no list and no letter brings it a second time.

    It holds ids alone and stays when the file is erased: an older list must not bring the family back.
    """

    __tablename__ = "imported_move"

    move_id: UUID = Field(primary_key=True)
    household_id: UUID | None = None
    """None: somebody has decided not to take it."""
    origin: Origin = Field(sa_type=one_of(Origin, "origin"))
    at: datetime = Field(default_factory=now, sa_type=MOMENT)


belongs_to_file(ImportRow, forget=Forget.UNLINK, travels=False)
belongs_to_file(ImportedMove, forget=Forget.KEEP, travels=False)

CASE_NUMBER = func.lower(func.replace(col(Household.case_number), literal_column("' '"), literal_column("''")))
"""The case number as `domain.lists.normal_case_number` has it."""
Index("ix_household_case_number", CASE_NUMBER)
Index("ix_person_birth_date", col(Person.birth_date))
