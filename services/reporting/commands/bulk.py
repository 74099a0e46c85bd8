"""Many rows in one statement: the hot path inserts a whole group commit at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, Table, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import dialect
from sqlmodel.ext.asyncio.session import AsyncSession

_DIALECT = dialect()  # type: ignore[no-untyped-call]


def insert_many(table: Table, columns: Sequence[str], conflict: str) -> TextClause:
    """An insert that takes one array a column, so that its text and plan are the same for any number of rows."""
    names = ", ".join(f'"{column}"' for column in columns)
    types = {column: table.columns[column].type for column in columns}
    arrays = ", ".join(f"cast(:{column} as {types[column].compile(_DIALECT)}[])" for column in columns)
    statement = f'insert into "{table.name}" ({names}) select * from unnest({arrays}) {conflict}'  # noqa: S608  (our own tables)
    return text(statement).bindparams(*(bindparam(column, type_=ARRAY(types[column])) for column in columns))


async def insert_rows(
    session: AsyncSession, statement: TextClause, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Run a statement of `insert_many`; no rows, no statement."""
    if rows:
        await session.execute(statement, {column: [row[column] for row in rows] for column in columns})
