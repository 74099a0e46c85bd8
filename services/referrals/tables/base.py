"""The registry of the referrals' own tables, and the guards that they have in common."""

from typing import Any

from sqlalchemy import DDL, Text, event
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from shared.tables import MOMENT, new_metadata, now, one_of

__all__ = ["MOMENT", "TEXTS", "Base", "guarded", "metadata", "now", "one_of"]

TEXTS: Any = ARRAY(Text)
"""A list of words: districts, languages."""

_registry = registry(metadata=new_metadata())


class Base(SQLModel, registry=_registry):
    """Base of the referrals' tables."""


metadata = Base.metadata

KEEP_AS_WRITTEN = """
create function keep_as_written() returns trigger language plpgsql as
$$
begin
    raise exception using message = tg_table_name || ' is append-only', errcode = 'restrict_violation';
end
$$
"""

REFERRAL_MOVES = """
create function referral_moves() returns trigger language plpgsql as
$$
begin
    if tg_op = 'DELETE' then
        if old.state <> 'draft' then
            raise exception using message = 'only a draft is deleted', errcode = 'restrict_violation';
        end if;
        return old;
    end if;
    if tg_op = 'INSERT' then
        if new.state <> 'draft' then
            raise exception using message = 'a referral begins as a draft', errcode = 'restrict_violation';
        end if;
        return new;
    end if;
    if new.state = old.state then
        if new.held_from is distinct from old.held_from then
            raise exception using message = 'where a referral rests from is kept', errcode = 'restrict_violation';
        end if;
        return new;
    end if;
    if not (
        (old.state = 'draft' and new.state = 'requested')
        or (old.state = 'requested' and new.state in ('accepted', 'declined', 'expired', 'on_hold', 'cancelled'))
        or (old.state = 'accepted' and new.state in ('in_progress', 'failed', 'on_hold', 'cancelled'))
        or (old.state = 'in_progress' and new.state in ('completed', 'failed', 'on_hold', 'cancelled'))
        or (old.state = 'on_hold' and new.state in (old.held_from, 'cancelled'))
    ) then
        raise exception using message = 'no such step: ' || old.state || ' to ' || new.state,
            errcode = 'restrict_violation';
    end if;
    if new.state = 'on_hold' and new.held_from is distinct from old.state then
        raise exception using message = 'where a referral rests from is its state before',
            errcode = 'restrict_violation';
    end if;
    return new;
end
$$
"""
"""The states and what follows which (network contract, „Referral states"): the last guard behind domain/states.py."""

for _statement in (KEEP_AS_WRITTEN, REFERRAL_MOVES):
    event.listen(metadata, "before_create", DDL(_statement))  # type: ignore[no-untyped-call]


def guarded(table: type[SQLModel], *triggers: str) -> None:
    """Give a table triggers; `{table}` in a statement is its name."""
    described = metadata.tables[str(table.__tablename__)]
    for statement in triggers:
        event.listen(described, "after_create", DDL(statement.format(table=described)))  # type: ignore[no-untyped-call]


APPEND_ONLY = (
    "create trigger {table}_append_only before update or delete on {table} "
    "for each row execute function keep_as_written()"
)
NOT_EMPTIED = "create trigger {table}_not_emptied before truncate on {table} execute function keep_as_written()"
STATES = (
    "create trigger {table}_moves before insert or update or delete on {table} "
    "for each row execute function referral_moves()"
)
