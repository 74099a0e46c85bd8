"""Partners' own systems, and which of their commands were refused."""

from alembic import op

revision = "0020"
down_revision = "0003"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    create table partner_access (
        partner_id uuid not null,
        sites text[] not null,
        all_sites boolean not null,
        granted_at timestamptz not null,
        rotated_at timestamptz,
        revoked_at timestamptz,
        constraint pk_partner_access primary key (partner_id),
        constraint ck_partner_access_sites check (not (all_sites and sites <> '{}')),
        constraint fk_partner_access_partner_id foreign key (partner_id) references partner (id)
    )
    """,
    """
    create table refused_command (
        id bigint generated always as identity,
        partner_id uuid not null,
        command_id uuid,
        command text,
        reason varchar(32) not null,
        fields text[] not null,
        at timestamptz not null,
        constraint pk_refused_command primary key (id),
        constraint fk_refused_command_partner_id foreign key (partner_id) references partner (id),
        constraint ck_refused_command_reason check (reason in ('unreadable', 'against_schema', 'unknown_command',
            'unnamed_sender', 'foreign_sender', 'not_found', 'not_allowed', 'invalid', 'wrong_state', 'repeated',
            'failed'))
    )
    """,
    "create index ix_refused_command_of_partner on refused_command (partner_id, at)",
    "alter table told_to_partner alter column referral_id drop not null",
)


def upgrade() -> None:
    """Bring the tables from the previous revision to this one."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Take this revision back."""
    op.execute("delete from told_to_partner where referral_id is null")
    op.execute("alter table told_to_partner alter column referral_id set not null")
    op.execute("drop table refused_command")
    op.execute("drop table partner_access")
