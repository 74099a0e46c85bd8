"""A letter that could not be taken in any of its attempts is written down like one that was refused."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    alter table letter_refused drop constraint ck_letter_refused_reason
    """,
    """
    alter table letter_refused add constraint ck_letter_refused_reason check (reason in ('forged', 'unknown_key',
        'foreign', 'not_ours', 'unreadable', 'replayed', 'newer_version', 'out-of-attempts'))
    """,
)


def upgrade() -> None:
    """Bring the tables from the previous revision to this one."""
    for statement in _STATEMENTS:
        op.execute(statement)
