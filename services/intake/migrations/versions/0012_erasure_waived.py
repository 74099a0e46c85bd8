"""An acknowledgement nobody waits for any more says who decided so and why; moves of erased families are known."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    alter table erasure_acknowledgement add column waived_by text, add column why text
    """,
    """
    alter table erasure_acknowledgement add constraint ck_erasure_acknowledgement_waived
        check ((waived_by is null) = (why is null))
    """,
    """
    alter table imported_move drop constraint ck_imported_move_origin
    """,
    """
    alter table imported_move add constraint ck_imported_move_origin check (origin in ('list', 'letter', 'erasure'))
    """,
)


def upgrade() -> None:
    """Bring the tables from the previous revision to this one."""
    for statement in _STATEMENTS:
        op.execute(statement)
