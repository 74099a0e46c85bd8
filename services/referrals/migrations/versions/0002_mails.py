"""Mails to partners with one-time links, and who was asked to confirm its details."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    create table mail (
        id bigint generated always as identity,
        to_address text not null,
        kind text not null,
        about jsonb not null,
        state text default 'waiting' not null,
        attempts integer default '0' not null,
        next_try_at timestamp with time zone,
        error_code text,
        created_at timestamp with time zone default now() not null,
        sent_at timestamp with time zone,
        constraint pk_mail primary key (id),
        constraint ck_mail_address check (to_address like '%@%'),
        constraint ck_mail_state check (state in ('waiting', 'sent', 'failed')),
        constraint ck_mail_waiting check ((state = 'waiting') = (next_try_at is not null)),
        constraint ck_mail_sent check ((state = 'sent') = (sent_at is not null))
    )
    """,
    "create index ix_mail_waiting on mail (to_address, id) where state = 'waiting'",
    "create index ix_mail_about on mail using gin (about jsonb_path_ops)",
    """
    create table mail_link (
        hash text not null,
        kind text not null,
        about jsonb not null,
        expires_at timestamp with time zone not null,
        used_at timestamp with time zone,
        constraint pk_mail_link primary key (hash)
    )
    """,
    "alter table partner add column wants_mail boolean default true not null",
    "alter table partner alter column wants_mail drop default",
    "alter table partner add column asked_on date",
    "alter table offer add column asked_on date",
)


def upgrade() -> None:
    """Bring the tables from the previous revision to this one."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Take this revision back."""
    op.execute("alter table offer drop column asked_on")
    op.execute("alter table partner drop column asked_on, drop column wants_mail")
    for table in ("mail_link", "mail"):
        op.execute(f"drop table {table}")
