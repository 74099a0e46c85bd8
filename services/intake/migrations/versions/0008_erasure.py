"""Erasures and deletion periods."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_STATEMENTS: tuple[str, ...] = (
    """
    create table erasure (
        id uuid not null,
        household_id uuid not null,
        person_ids uuid[] not null,
        merged_household_ids uuid[] not null,
        site text not null,
        because varchar(32),
        erased_at timestamp with time zone not null,
        erased_by text,
        expected text[] not null,
        asked_at timestamp with time zone not null,
        completed_at timestamp with time zone,
        constraint pk_erasure primary key (id),
        constraint uq_erasure_household_id unique (household_id),
        constraint ck_erasure_because check (because in ('asked', 'no_longer_needed', 'period')),
        constraint ck_erasure_order check (completed_at >= erased_at)
    )
    """,
    """
    create index ix_erasure_erased_at on erasure (erased_at, id)
    """,
    """
    create index ix_erasure_open on erasure (asked_at) where completed_at is null
    """,
    """
    create table erasure_acknowledgement (
        erasure_id uuid not null,
        source text not null,
        at timestamp with time zone not null,
        constraint pk_erasure_acknowledgement primary key (erasure_id, source),
        constraint fk_erasure_acknowledgement_erasure_id foreign key (erasure_id) references erasure (id)
    )
    """,
    """
    create table deletion_run (
        id uuid not null,
        at timestamp with time zone not null,
        by text not null,
        counts jsonb not null,
        constraint pk_deletion_run primary key (id)
    )
    """,
    """
    create index ix_deletion_run_at on deletion_run (at)
    """,
    """
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
    """,
)


def upgrade() -> None:
    """Bring the tables from the previous revision to this one."""
    for statement in _STATEMENTS:
        op.execute(statement)
