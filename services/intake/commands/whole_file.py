"""A household's file as a whole: read to hand it over or to show it, entered again elsewhere, and forgotten.

Which tables belong to it say the tables themselves (`tables.base.belongs_to_file`); nothing here names one, so that
what is added later is neither left behind nor left over.
"""

from datetime import date
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.tables import FILE_TABLES, FileTable, Forget, metadata

_IDS = bindparam("ids", type_=ARRAY(Uuid))
_WITH_MERGED = text(
    "with recursive file (id) as (select cast(:id as uuid) union "
    "select h.id from household h join file on h.merged_into = file.id) select id from file"
)
_SUBJECTS = text(
    "select subject, last from subject_sequence where subject in ("
    "select unnest(:ids)::text union all select id::text from contact where household_id = any(:ids))"
).bindparams(_IDS)
_CARRY_ON = text(
    "insert into subject_sequence (subject, last) values (:subject, :last) "
    "on conflict (subject) do update set last = greatest(subject_sequence.last, excluded.last)"
)
_FORGETTING = text("select set_config('lokal.forgetting', :state, true)")
# Answers that were kept for repeated requests may show the file.
_FORGET_ANSWERS = text(
    "update idempotency set body = null where exists (select from unnest("
    ":ids || array(select id from person where household_id = any(:ids))) named "
    "where position(convert_to(named::text, 'UTF8') in body) > 0)"
).bindparams(_IDS)


class UnknownContent(ValueError):
    """The content has a table or a field that this site does not have: taking it would lose what stands there."""


class ForeignContent(ValueError):
    """The content would stand in another family's file, or take something out of it."""


async def dump(session: AsyncSession, household_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """Everything that travels of a file and of the files merged into it, by table, in an order that can be entered.

    Values are as PostgreSQL writes them in JSON. The caller has locked the household.
    """
    await session.flush()
    ids = await with_merged(session, household_id)
    content: dict[str, list[dict[str, Any]]] = {}
    for name, of_file in _in_order():
        if of_file.travels:
            numbered = [f"'{column}'" for column in _numbered(of_file)]
            rows = text(
                f"select to_jsonb(t) - array[{', '.join(numbered)}]::text[] as row from {name} t "  # noqa: S608
                f"where {_of_file(of_file)} order by {', '.join(_key(of_file))}"
            )
            found = await session.execute(rows.bindparams(_IDS).columns(row=JSONB), {"ids": ids})
            content[str(name)] = list(found.scalars())  # a plain word: SQLAlchemy's own kind of text is no key in JSON
    return content


async def load(session: AsyncSession, content: dict[str, list[dict[str, Any]]]) -> None:
    """Enter what `dump` has read at another site, or here before.

    A column that the sender does not know gets the database's default. What stayed here without saying whose it was
    belongs to the file again, as the content has it. Raises `UnknownContent`, and `ForeignContent` for a row that is
    here already and another family's; the caller then rolls back.
    """
    check_known(content)
    for name, of_file in _in_order():
        if rows := content.get(name):
            await _enter(session, of_file, rows)
    session.expire_all()


def check_known(content: dict[str, list[dict[str, Any]]]) -> None:
    """Whether this release has a place for everything that the content holds. Raises `UnknownContent`."""
    if unknown := content.keys() - {name for name, of_file in FILE_TABLES.items() if of_file.travels}:
        raise UnknownContent(f"unknown tables: {', '.join(sorted(unknown))}")
    for name, rows in content.items():
        of_file = FILE_TABLES[name]
        known = {column.name for column in of_file.table.columns} - set(_numbered(of_file))
        if unknown := {field for row in rows for field in row} - known:
            raise UnknownContent(f"unknown fields of {name}: {', '.join(sorted(unknown))}")
        if any(row.keys() != rows[0].keys() for row in rows):
            raise UnknownContent(f"rows of {name} have not the same fields")


def check_own(content: dict[str, list[dict[str, Any]]]) -> None:
    """Whether the rows of a letter refer to each other alone: to its own households, persons and what they have.

    Raises `ForeignContent`. The content is known (`check_known`).
    """
    there = {name: {str(row.get("id")) for row in rows} for name, rows in content.items()}
    for name, rows in content.items():
        of_file = FILE_TABLES[name]
        if name != "household":
            owners = there.get("person" if of_file.column == "person_id" else "household", set())
            if any(str(row.get(of_file.column)) not in owners for row in rows):
                raise ForeignContent(f"rows of {name} that belong to nobody in the letter")
        for column, referred in _references(of_file):
            if any(row.get(column) is not None and str(row[column]) not in there.get(referred, set()) for row in rows):
                raise ForeignContent(f"{name}.{column} refers to what is not in the letter")


def _references(of_file: FileTable) -> list[tuple[str, str]]:
    """Columns that refer to a row that travels with the file, and to which table."""
    return [
        (column.name, key.column.table.name)
        for column in of_file.table.columns
        for key in column.foreign_keys
        if key.column.name == "id" and key.column.table.name in FILE_TABLES
    ]


async def _enter(session: AsyncSession, of_file: FileTable, rows: list[dict[str, Any]]) -> None:
    name = of_file.table.name
    columns = [f'"{field}"' for field in rows[0]]
    again = "nothing"
    if of_file.forget is Forget.UNLINK:
        changes = ", ".join(f"{column} = excluded.{column}" for column in columns)
        owner = f"{name}.{of_file.column}"
        again = f"update set {changes} where {owner} is null or {owner} = excluded.{of_file.column}"
    statement = (
        f"insert into {name} ({', '.join(columns)}) select {', '.join(columns)} "  # noqa: S608  (names are checked)
        f"from jsonb_populate_recordset(null::{name}, cast(:rows as jsonb)) "
        f"on conflict ({', '.join(_key(of_file))}) do {again} returning 1"
    )
    entered = await session.execute(text(statement), {"rows": orjson.dumps(rows).decode()})
    if len(entered.all()) != len(rows):
        raise ForeignContent(f"rows of {name} that are another family's here")


async def forget(session: AsyncSession, household_id: UUID) -> None:
    """Remove a file and those merged into it from this database, the answers kept for repeated requests included.

    The lines of the access log stay; what they say besides who looked when is the caller's to take out.
    """
    await session.flush()
    ids = await with_merged(session, household_id)
    await session.execute(_FORGET_ANSWERS, {"ids": ids})
    await session.execute(_FORGETTING, {"state": "on"})
    for name, of_file in reversed(_in_order()):
        if of_file.forget is Forget.DELETE:
            statement = f"delete from {name} t where {_of_file(of_file)}"  # noqa: S608
        elif of_file.forget is Forget.UNLINK:
            nothing = ", ".join(f"{column} = null" for column in _links(of_file))
            statement = f"update {name} t set {nothing} where {_of_file(of_file)}"  # noqa: S608
        else:
            continue
        await session.execute(text(statement).bindparams(_IDS), {"ids": ids})
    await session.execute(_FORGETTING, {"state": "off"})
    session.expire_all()


async def sequences(session: AsyncSession, household_id: UUID) -> dict[str, int]:
    """The last number given to each subject of the file: the household, its contacts, the files merged into it.

    Read after the last event: a number that is not carried on would be given twice.
    """
    ids = await with_merged(session, household_id)
    return {row.subject: row.last for row in await session.execute(_SUBJECTS, {"ids": ids})}


async def letter_of(session: AsyncSession, household_id: UUID, moved_on: date | None) -> dict[str, Any]:
    """What a handover letter holds; read after the last event of this household: no number is given twice."""
    tables = await dump(session, household_id)
    numbers = await sequences(session, household_id)
    return {"moved_on": moved_on and moved_on.isoformat(), "sequences": numbers, "tables": tables}


async def carry_on(session: AsyncSession, numbers: dict[str, int]) -> None:
    """Go on counting where another site has stopped; a number never falls."""
    for subject, last in sorted(numbers.items()):  # in one order: two that wait for each other would be a deadlock
        await session.execute(_CARRY_ON, {"subject": subject, "last": last})


async def with_merged(session: AsyncSession, household_id: UUID) -> list[UUID]:
    """The household and all that were merged into it."""
    return list((await session.execute(_WITH_MERGED, {"id": household_id})).scalars())


def _in_order() -> list[tuple[str, FileTable]]:
    """What is referred to comes before what refers to it."""
    return [(table.name, FILE_TABLES[table.name]) for table in metadata.sorted_tables if table.name in FILE_TABLES]


def _of_file(of_file: FileTable) -> str:
    if of_file.column == "person_id":
        return "t.person_id in (select id from person where household_id = any(:ids))"
    if of_file.column == "contact_id":
        return "t.contact_id in (select id from contact where household_id = any(:ids))"
    return f"t.{of_file.column} = any(:ids)"


def _numbered(of_file: FileTable) -> list[str]:
    """Columns that each database numbers by itself."""
    return [column.name for column in of_file.table.columns if column.identity is not None]


def _key(of_file: FileTable) -> list[str]:
    return [f'"{column.name}"' for column in of_file.table.primary_key]


def _links(of_file: FileTable) -> list[str]:
    """Columns that say whose a row is."""
    referring = {
        column.name
        for column in of_file.table.columns
        for key in column.foreign_keys
        if key.target_fullname in ("household.id", "person.id")
    }
    return sorted(referring | {of_file.column})
