"""Places that are given back, and referrals without help that stay until somebody decides."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "alter table referral add column took_place boolean not null default false",
    "alter table referral alter column took_place drop default",
    "alter table referral add column waived_at timestamptz",
    """
    alter table referral add constraint ck_referral_waived
    check (waived_at is null or state in ('declined', 'expired', 'failed'))
    """,
    """
    create index ix_referral_without_help on referral (site, ended_at)
    where state in ('declined', 'expired', 'failed') and waived_at is null
    """,
)
_BACK = (
    "drop index ix_referral_without_help",
    "alter table referral drop constraint ck_referral_waived",
    "alter table referral drop column waived_at",
    "alter table referral drop column took_place",
)


def upgrade() -> None:
    """Make them."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Take them away."""
    for statement in _BACK:
        op.execute(statement)
