"""The registry of the intake's own tables, and what they have in common."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import DDL, Table, event
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from shared.tables import MOMENT, new_metadata, now, one_of

__all__ = ["MOMENT", "Base", "metadata", "now", "one_of"]

_registry = registry(metadata=new_metadata())


class Base(SQLModel, registry=_registry):
    """Base of the intake's tables."""


metadata = Base.metadata

EXTENSIONS = ("btree_gist", "pg_trgm", "unaccent")

FOLD = """
create function fold(text) returns text language sql immutable strict parallel safe as
$$ select lower(public.unaccent('public.unaccent'::regdictionary, $1)) $$
"""
"""Case and accents folded. `unaccent` alone is only `stable`, because a dictionary can change; ours does not."""

KEEP_AS_WRITTEN = """
create or replace function keep_as_written() returns trigger language plpgsql as
$$
begin
    if current_setting('lokal.forgetting', true) = 'on' and (
        tg_op = 'DELETE' and tg_table_name in ('timeline', 'release_look', 'access_log')
        or tg_op = 'UPDATE' and tg_table_name = 'access_log'
    ) then
        return coalesce(new, old);
    end if;
    raise exception using message = tg_table_name || ' is append-only', errcode = 'restrict_violation';
end
$$
"""
"""What is written down stays, with these exceptions: a file that is forgotten takes its timeline and the ledger of
its releases along, the reasons in the access log that named it are taken out (GDPR Art. 17), and lines of that log go
when their deletion period is over. Whoever does that says so in its own transaction.
"""

APPEND_ONLY = (
    "create trigger {table}_append_only before update or delete on {table} "
    "for each row execute function keep_as_written()"
)
NOT_EMPTIED = "create trigger {table}_not_emptied before truncate on {table} execute function keep_as_written()"

for _statement in (*(f"create extension if not exists {name}" for name in EXTENSIONS), FOLD, KEEP_AS_WRITTEN):
    event.listen(metadata, "before_create", DDL(_statement))  # type: ignore[no-untyped-call]


APPEND_ONLY_TABLES: set[str] = set()
"""By name: what the database lets nobody change."""


def append_only(table: type[SQLModel]) -> None:
    """Rows of this table can be added and read; the database refuses everything else."""
    APPEND_ONLY_TABLES.add(str(table.__tablename__))
    for statement in (APPEND_ONLY, NOT_EMPTIED):
        name = metadata.tables[str(table.__tablename__)]
        event.listen(name, "after_create", DDL(statement.format(table=name)))  # type: ignore[no-untyped-call]


class Forget(StrEnum):
    """What becomes of the rows when the file is given up or erased."""

    DELETE = "delete"
    UNLINK = "unlink"
    """They stay as part of the site's own work, and no longer say whose they were."""
    KEEP = "keep"
    """They hold ids alone and are what the site must still know afterwards."""


@dataclass(frozen=True, slots=True)
class FileTable:
    """A table whose rows belong to a household's file.

    `column` says to which: a household, or one of its persons or contacts.
    """

    table: Table
    column: str
    forget: Forget
    travels: bool
    """Whether the rows go along when the file goes to another site."""


FILE_TABLES: dict[str, FileTable] = {}
"""By name: everything that is handed over, shown in an export, and erased."""


def belongs_to_file(
    table: type[SQLModel], column: str = "household_id", *, forget: Forget = Forget.DELETE, travels: bool = True
) -> None:
    """Say of a table, once and where it is described, that its rows belong to a file.

    Columns that are added later and must not be empty need a default of the database: the letter of a site that does
    not know them yet lacks them.
    """
    name = str(table.__tablename__)
    FILE_TABLES[name] = FileTable(metadata.tables[name], column, forget, travels)
