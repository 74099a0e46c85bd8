"""The database as the last guard, and its agreement with the code."""

from collections.abc import Callable

import httpx
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.intake.metrics import measure
from services.intake.tables import metadata
from shared.database import Database
from tests.component.intake.conftest import Intake
from tests.component.intake.samples import API, SITE, days_ago, register

_CATALOGUE = r"""
select 'column', table_name, column_name, concat_ws(' ', data_type, udt_name, is_nullable, column_default,
       is_identity, character_maximum_length)
from information_schema.columns where table_schema = 'public'
union all
select 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
from pg_constraint where connamespace = 'public'::regnamespace
union all
select 'index', tablename, indexname, indexdef from pg_indexes where schemaname = 'public'
union all
select 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
union all
select 'function', '', p.oid::regprocedure::text, regexp_replace(prosrc, '\s+', ' ', 'g') from pg_proc p
where pronamespace = 'public'::regnamespace
  and not exists (select from pg_depend d where d.objid = p.oid and deptype = 'e')
union all
select 'extension', '', extname, '' from pg_extension
order by 1, 2, 3, 4
"""


async def _catalogue(database: Database) -> list[tuple[str, ...]]:
    async with database.transaction() as session:
        rows = (await session.execute(text(_CATALOGUE))).all()
    return [tuple(row) for row in rows if "alembic_version" not in row[1]]


async def test_migrations_and_tables_agree(fresh_intake: Intake, new_database: Callable[[], str]) -> None:
    """What the migrations have made is what the code describes: columns, constraints, indexes, triggers, functions."""
    described = Database(new_database())
    async with described.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    try:
        assert await _catalogue(fresh_intake.database) == await _catalogue(described)
    finally:
        await described.dispose()


async def _refused(intake: Intake, statement: str) -> str:
    with pytest.raises(DBAPIError) as refused:
        await intake.rows(f"{statement} returning 1" if not statement.startswith("truncate") else statement)
    return str(getattr(refused.value.orig, "sqlstate", ""))


@pytest.mark.parametrize("table", ["access_log", "timeline"])
async def test_what_is_written_down_stays(api: httpx.AsyncClient, intake: Intake, table: str) -> None:
    """Neither the access log nor a timeline can be changed, thinned out or emptied."""
    registered = await register(api)
    await api.get(f"{API}/households/{registered['household_id']}")
    assert await intake.rows(f"select 1 from {table}")
    column = "why" if table == "access_log" else "kind"
    statements = (f"update {table} set {column} = ''", f"delete from {table}", f"truncate {table}")
    for statement in statements:
        assert await _refused(intake, statement) == "23001", statement


async def test_the_database_refuses_wrong_states(api: httpx.AsyncClient, intake: Intake) -> None:
    """Two current homes, overlapping homes, two open visits, unknown words, an end without a day: none can be kept."""
    await register(api, moved_on=days_ago(20))
    wrong = {
        "insert into residence select gen_random_uuid(), household_id, street, postal_code, city, district, "
        "neighbourhood, tenancy, moved_in, null from residence": "23P01",
        "insert into residence select gen_random_uuid(), household_id, street, postal_code, city, district, "
        "neighbourhood, tenancy, moved_in - 5, moved_in + 5 from residence": "23P01",
        "insert into first_visit (id, household_id, state, moved_on, due_on, created_at) "
        "select gen_random_uuid(), household_id, 'owed', moved_on, due_on, now() from first_visit": "23505",
        "update first_visit set state = 'forgotten'": "23514",
        "update first_visit set state = 'completed'": "23514",
        "update first_visit set due_on = moved_on - 1": "23514",
        "update residence set district = 'moabit'": "23514",
        "update residence set moved_out = moved_in - 1": "23514",
        "update household set charge = 0": "23514",
        "update household set closed_on = current_date": "23514",
        "insert into legal_circle_change select id, current_date, 'sgb3', now() from person": "23514",
        "delete from household": "23503",
    }
    for statement, sqlstate in wrong.items():
        assert await _refused(intake, statement) == sqlstate, statement


async def test_social_metrics(api: httpx.AsyncClient, intake: Intake) -> None:
    """Open and overdue first visits, the oldest, and families never met are counted for Prometheus."""
    await register(api)
    await register(api, moved_on=days_ago(3))
    overdue = await register(api, moved_on=days_ago(24))
    met = await register(api, moved_on=days_ago(30))
    await api.post(f"{API}/first-visits/{met['first_visit_id']}/waive")
    talked_to = {"target_group": "refugee", "household_id": overdue["household_id"]}
    await api.post(f"{API}/contacts", json=talked_to)
    await measure(intake.database, SITE)

    def value(name: str) -> float:
        return REGISTRY.get_sample_value(f"lokal_{name}", {"site": SITE}) or 0.0

    assert (value("first_visits_open"), value("first_visits_overdue")) == (2, 1)
    assert 9 * 86_400 < value("first_visits_oldest_overdue_seconds") < 11 * 86_400
    assert (value("households_open"), value("households_without_visit")) == (4, 3)
    assert value("households_without_support") == 2
