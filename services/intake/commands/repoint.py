"""The rows of one file become another file's, and exactly those become its own again.

Which tables belong to a file say the tables themselves (`tables.base.belongs_to_file`), so that what is added later
goes along. The household, its homes and its first visits stay: they are its own story. So does what the database lets
nobody change (timeline, looks at releases).
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, func, or_, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.tables import FILE_TABLES, Forget, metadata
from services.intake.tables.base import APPEND_ONLY_TABLES

_READ: dict[type, Callable[[str], Any]] = {UUID: UUID, date: date.fromisoformat}
_FORGETTING = text("select set_config('lokal.forgetting', :state, true)")
# Nobody changes a look; that of a release which goes back is written anew as it was, in the other file's ledger.
_LOOKS_BACK = text(
    "with gone as (delete from release_look l using release r where r.id = l.release_id and l.household_id = :kept "
    "and r.household_id = :absorbed returning l.*) "
    "insert into release_look (release_id, household_id, at, who, fields, basis) "
    "select release_id, :absorbed, at, who, fields, basis from gone order by id"
)
_STAY = frozenset({"household", "residence", "first_visit", "merge"})


async def move_over(
    session: AsyncSession, absorbed_id: UUID, kept_id: UUID, same: Mapping[UUID, UUID]
) -> dict[str, list[dict[str, Any]]]:
    """Give the absorbed file's rows to the kept one, and tell which: by table their keys and what stood there before.

    Persons in `same` stay, and what is about them is then about whom they are in the kept file. What the kept file can
    have only once and has already stays behind, with all that hangs on it.
    """
    await session.flush()
    moved = {"person": await _persons_over(session, absorbed_id, kept_id, same)}
    stayed: set[tuple[str, Any]] = set()
    for table in _tables():
        rows = await session.execute(select(table).where(table.c.household_id == absorbed_id))
        for row in rows.mappings().all():
            held = any((key.column.table.name, row[key.parent.name]) in stayed for key in table.foreign_keys)
            was = {column.name: row[column.name] for column in _about(table) if row[column.name] in same}
            change = {"household_id": kept_id, **{column: same[person] for column, person in was.items()}}
            if held or not await _change(session, table, _key(table, row), change):
                stayed |= {(table.name, value) for value in _key(table, row).values()}
                continue
            moved.setdefault(str(table.name), []).append({"key": _texts(_key(table, row)), "was": _texts(was)})
    return {name: entries for name, entries in moved.items() if entries}


async def move_back(
    session: AsyncSession, absorbed_id: UUID, kept_id: UUID, moved: Mapping[str, list[dict[str, Any]]]
) -> None:
    """Give back what `move_over` has told, and what has been entered since about the persons who go back.

    `moved` may have come in a letter: only rows of the kept file go, and they are about its persons, or about those of
    the absorbed file, whatever else it names.
    """
    await session.flush()
    person = metadata.tables["person"]
    stayed = set((await session.execute(select(person.c.id).where(person.c.household_id == absorbed_id))).scalars())
    gone_over = [UUID(entry["key"]["id"]) for entry in moved.get("person", [])]
    for entry in moved.get("person", []):
        values = {"household_id": absorbed_id, "position": entry["was"]["position"]}
        theirs = and_(_is(person, entry["key"]), person.c.household_id == kept_id)
        await session.execute(update(person).where(theirs).values(values))
    for table in _tables():
        for entry in moved.get(table.name, []):
            theirs = and_(_is(table, _key_since(entry["key"], kept_id)), table.c.household_id == kept_id)
            before = {
                column.name: UUID(entry["was"][column.name]) for column in _about(table) if column.name in entry["was"]
            }
            was = {name: about for name, about in before.items() if about in stayed}
            await session.execute(update(table).where(theirs).values(household_id=absorbed_id, **was))
        if about := [column.in_(gone_over) for column in _about(table)]:
            since = and_(or_(*about), table.c.household_id == kept_id)
            await session.execute(update(table).where(since).values(household_id=absorbed_id))
    await session.execute(_FORGETTING, {"state": "on"})
    await session.execute(_LOOKS_BACK, {"kept": kept_id, "absorbed": absorbed_id})
    await session.execute(_FORGETTING, {"state": "off"})


async def _persons_over(
    session: AsyncSession, absorbed_id: UUID, kept_id: UUID, same: Mapping[UUID, UUID]
) -> list[dict[str, Any]]:
    """Behind those who are there, in the order that they had."""
    person = metadata.tables["person"]
    last = select(func.max(person.c.position)).where(person.c.household_id == kept_id)
    position = (await session.execute(last)).scalar_one()
    theirs = select(person.c.id, person.c.position).where(
        person.c.household_id == absorbed_id, person.c.id.not_in(list(same))
    )
    moved = []
    for row in (await session.execute(theirs.order_by(person.c.position))).all():
        position += 1
        values = {"household_id": kept_id, "position": position}
        await session.execute(update(person).where(person.c.id == row.id).values(values))
        moved.append({"key": {"id": str(row.id)}, "was": {"position": row.position}})
    return moved


async def _change(session: AsyncSession, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether the database allows it: what a file can have only once it may have already."""
    try:
        async with session.begin_nested():
            await session.execute(update(table).where(_is(table, key)).values(**values))
    except IntegrityError:
        return False
    return True


def _tables() -> Iterator[Table]:
    """What is referred to comes before what refers to it."""
    for table in metadata.sorted_tables:
        of_file = FILE_TABLES.get(table.name)
        if of_file is None or of_file.column != "household_id" or of_file.forget is Forget.KEEP:
            continue
        if table.name not in _STAY | {"person"} and table.name not in APPEND_ONLY_TABLES:
            yield table


def _about(table: Table) -> list[Any]:
    """The columns that say which person a row is about."""
    return sorted(
        (key.parent for key in table.foreign_keys if key.target_fullname == "person.id"), key=lambda column: column.name
    )


def _key(table: Table, row: Mapping[Any, Any]) -> dict[str, Any]:
    return {column.name: row[column.name] for column in table.primary_key}


def _key_since(key: Mapping[str, Any], kept_id: UUID) -> dict[str, Any]:
    """The key that a row has since it was moved: some have one by the household whose they are."""
    return {**key, "household_id": kept_id} if "household_id" in key else {**key}


def _is(table: Table, key: Mapping[str, Any]) -> ColumnElement[bool]:
    return and_(*(table.c[name] == _of_type(table, name, value) for name, value in key.items()))


def _of_type(table: Table, name: str, value: Any) -> Any:
    if isinstance(value, str) and (read := _READ.get(table.c[name].type.python_type)):
        return read(value)
    return value


def _texts(values: Mapping[str, Any]) -> dict[str, Any]:
    """As they can be kept in JSON."""
    return {str(name): str(value) if isinstance(value, tuple(_READ)) else value for name, value in values.items()}
