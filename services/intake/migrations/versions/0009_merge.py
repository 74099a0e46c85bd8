"""The search in order of names, open and closed files alike; merged files."""

from alembic import op

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
    create index ix_household_by_fold on household (fold(family_name), id)
    """,
)


def upgrade() -> None:
    """Bring the tables from the previous revision to this one."""
    for statement in _STATEMENTS:
        op.execute(statement)
