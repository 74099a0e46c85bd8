"""What belongs to a household's file says so: else it would be left behind in a handover or over by an erasure."""

import pytest
from sqlalchemy import Table

from services.intake.tables import FILE_TABLES, Forget, metadata

SAYS_WHOSE = ("household_id", "person_id")


def _refers_to_file(table: Table) -> bool:
    by_name = any(name in table.columns for name in SAYS_WHOSE)
    return by_name or any(key.column.table.name in FILE_TABLES for key in table.foreign_keys)


@pytest.mark.parametrize("name", sorted(table.name for table in metadata.sorted_tables if _refers_to_file(table)))
def test_a_table_that_says_whose_its_rows_are_belongs_to_the_file(name: str) -> None:
    """A new table with a household's or a person's id is registered by `belongs_to_file`."""
    assert name in FILE_TABLES


@pytest.mark.parametrize("name", sorted(FILE_TABLES))
def test_rows_are_found_and_can_go(name: str) -> None:
    """The column is there, what is unlinked may be empty, and nothing that stays holds the file in place."""
    of_file = FILE_TABLES[name]
    assert of_file.column in of_file.table.columns
    to_file = [key.parent for key in of_file.table.foreign_keys if key.column.table.name in ("household", "person")]
    if of_file.forget is Forget.UNLINK:
        assert all(column.nullable for column in (*to_file, of_file.table.columns[of_file.column]))
    if of_file.forget is Forget.KEEP:
        assert not to_file
