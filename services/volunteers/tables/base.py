"""The registry of the volunteers' own tables, and the guards that they have in common."""

from enum import StrEnum
from typing import Any

from sqlalchemy import DDL, Text, event
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from shared.tables import MOMENT, new_metadata, now, one_of

__all__ = ["MOMENT", "TEXTS", "Base", "Via", "metadata", "now", "one_of"]

TEXTS: Any = ARRAY(Text)
"""A list of words: kinds, districts."""

_registry = registry(metadata=new_metadata())


class Base(SQLModel, registry=_registry):
    """Base of the volunteers' tables."""


class Via(StrEnum):
    """Which way something came."""

    PAGE = "page"
    API = "api"
    MAIL = "mail"
    TIMER = "timer"
    EVENT = "event"


metadata = Base.metadata

MAY_COME = """
create function may_come(whom uuid, family uuid, last_day date, with_minors boolean, in_confidence boolean,
    by_woman boolean) returns void language plpgsql as
$$
declare
    person volunteer;
begin
    -- Whoever takes the certificate away waits for this transaction, and the other way round.
    select * into strict person from volunteer where id = whom for share;
    if person.state <> 'active' then
        raise exception using message = 'the volunteer is not at work', errcode = 'check_violation';
    end if;
    if with_minors and coalesce(person.certificate_due_on < last_day, true) then
        raise exception using message = 'no certificate of good conduct', errcode = 'check_violation';
    end if;
    if in_confidence and person.confidentiality_on is null then
        raise exception using message = 'no undertaking of confidentiality', errcode = 'check_violation';
    end if;
    if by_woman and person.woman is not true then
        raise exception using message = 'a woman is wanted', errcode = 'check_violation';
    end if;
    if exists (select from conflict c where c.volunteer_id = whom and c.household_id = family) then
        raise exception using message = 'this volunteer and this household are kept apart',
            errcode = 'check_violation';
    end if;
end
$$
"""
"""The rules that no way into the database gets round (domain rule 9, § 72a SGB VIII): the guard behind matching."""

ASSIGNMENT_ALLOWED = """
create function assignment_allowed() returns trigger language plpgsql as
$$
declare
    request help_request;
begin
    select * into strict request from help_request where id = new.request_id;
    perform may_come(new.volunteer_id, request.household_id,
        (coalesce(new.ends_at, now()) at time zone 'Europe/Berlin')::date,
        request.minors, new.kind in ('interpreter', 'mentor'), request.woman_wanted);
    return new;
end
$$
"""
MENTORSHIP_ALLOWED = """
create function mentorship_allowed() returns trigger language plpgsql as
$$
begin
    perform may_come(new.volunteer_id, new.household_id, new.started_on, new.minors, true, false);
    return new;
end
$$
"""
CERTIFICATE_KEPT = """
create function certificate_kept() returns trigger language plpgsql as
$$
begin
    if exists (
        select from assignment a join help_request r on r.id = a.request_id
        where a.volunteer_id = new.id and a.state = 'accepted' and r.minors and coalesce(new.certificate_due_on <
            (coalesce(a.ends_at, now()) at time zone 'Europe/Berlin')::date, true)
    ) or exists (
        select from mentorship m where m.volunteer_id = new.id and m.ended_on is null and m.minors
            and coalesce(new.certificate_due_on < m.started_on, true)
    ) then
        raise exception using message = 'still has assignments with minors', errcode = 'check_violation';
    end if;
    return null;
end
$$
"""
"""Whoever takes a certificate away ends, in the same transaction, what may not be without it."""

# `person volunteer` names a table, so these come after the tables; triggers after these.
event.listen(metadata, "before_create", DDL("create extension if not exists btree_gist"))  # type: ignore[no-untyped-call]
for _statement in (MAY_COME, ASSIGNMENT_ALLOWED, MENTORSHIP_ALLOWED, CERTIFICATE_KEPT):
    event.listen(metadata, "after_create", DDL(_statement.replace("%", "%%")))  # type: ignore[no-untyped-call]

TRIGGERS = (
    "create constraint trigger volunteer_certificate_kept after update of certificate_due_on on volunteer "
    "deferrable initially deferred for each row execute function certificate_kept()",
    "create trigger assignment_allowed before insert or update on assignment for each row "
    "when (new.state = 'accepted') execute function assignment_allowed()",
    "create trigger mentorship_allowed before insert or update on mentorship for each row "
    "when (new.ended_on is null) execute function mentorship_allowed()",
)
for _statement in TRIGGERS:
    event.listen(metadata, "after_create", DDL(_statement))  # type: ignore[no-untyped-call]
