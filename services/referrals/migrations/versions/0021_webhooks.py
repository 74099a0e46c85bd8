"""Webhooks of partners, and what is sent to them."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    create table webhook (
        partner_id uuid not null,
        url text not null,
        secret text not null,
        former_secret text,
        former_until timestamptz,
        set_at timestamptz not null,
        constraint pk_webhook primary key (partner_id),
        constraint fk_webhook_partner_id foreign key (partner_id) references partner (id)
    )
    """,
    """
    create table webhook_delivery (
        event_id uuid not null,
        position bigint generated always as identity not null,
        partner_id uuid not null,
        referral_id uuid,
        event text not null,
        body bytea not null,
        state varchar(32) not null,
        attempts integer not null,
        next_try_at timestamptz not null,
        added_at timestamptz not null,
        settled_at timestamptz,
        answer text,
        constraint pk_webhook_delivery primary key (event_id),
        constraint fk_webhook_delivery_partner_id foreign key (partner_id) references partner (id),
        constraint ck_webhook_delivery_state check (state in ('waiting', 'delivered', 'failed'))
    )
    """,
    "create index ix_webhook_delivery_referral_id on webhook_delivery (referral_id)",
    "create index ix_webhook_delivery_waiting on webhook_delivery (partner_id, position) where state = 'waiting'",
    "create index ix_webhook_delivery_of_partner on webhook_delivery (partner_id, added_at)",
)


def upgrade() -> None:
    """Bring the tables from the previous revision to this one."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Take this revision back."""
    op.execute("drop table webhook_delivery")
    op.execute("drop table webhook")
