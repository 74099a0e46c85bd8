"""Ended releases, the other file of a merge, and whom a partner helps now."""

from alembic import op

revision = "0004"
down_revision = "0002"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    create table ended_grant (
        grant_id uuid not null,
        referral_id uuid not null,
        constraint pk_ended_grant primary key (grant_id),
        constraint fk_ended_grant_referral_id foreign key (referral_id) references referral (id)
    )
    """,
    "create index ix_ended_grant_referral_id on ended_grant (referral_id)",
    "alter table known_household add column merged_with uuid",
    """
    create index ix_referral_helped on referral (person_ref)
    where state in ('requested', 'accepted', 'in_progress', 'on_hold')
    """,
)
_BACK = (
    "drop index ix_referral_helped",
    "alter table known_household drop column merged_with",
    "drop table ended_grant",
)


def upgrade() -> None:
    """Make them."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Take them away."""
    for statement in _BACK:
        op.execute(statement)
