"""The search in order of names, open and closed files alike; merged files."""

import sqlalchemy as sa
from alembic import op

from services.intake.domain.sounds import sounds  # not in SQL: files entered before are heard like those after

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    drop index ix_household_open_by_name
    """,
    """
    drop index ix_household_open_by_fold
    """,
    """
    create index ix_household_in_order on household ("left"(search, 100), id)
    """,
    """
    create table merge (
        id uuid not null,
        kept_id uuid not null,
        absorbed_id uuid not null,
        at timestamp with time zone not null,
        by text not null,
        moved jsonb not null,
        filled jsonb not null,
        constraint pk_merge primary key (id),
        constraint fk_merge_kept_id foreign key (kept_id) references household (id),
        constraint uq_merge_absorbed_id unique (absorbed_id),
        constraint fk_merge_absorbed_id foreign key (absorbed_id) references household (id),
        constraint ck_merge_two check (kept_id <> absorbed_id)
    )
    """,
    """
    create index ix_merge_kept_id on merge (kept_id)
    """,
)
_NAMES = sa.text(
    "select h.id, concat_ws(' ', h.family_name, (select string_agg(p.given_name || ' ' || p.family_name, ' ' "
    "order by p.position) from person p where p.household_id = h.id)) as names from household h where h.sounds = ''"
)
_SET_SOUNDS = sa.text("update household set sounds = :sounds where id = :id")


def upgrade() -> None:
    """Bring the tables from the previous revision to this one."""
    for statement in _STATEMENTS:
        op.execute(statement)
    connection = op.get_bind()
    for household_id, names in connection.execute(_NAMES).all():
        connection.execute(_SET_SOUNDS, {"id": household_id, "sounds": sounds(names)})
