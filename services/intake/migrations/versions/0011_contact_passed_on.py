"""Contacts that a site keeps of files that it has handed over: another site counts their events on."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    create table contact_passed_on (
        contact_id uuid not null,
        to_site text not null,
        constraint pk_contact_passed_on primary key (contact_id),
        constraint fk_contact_passed_on_contact_id foreign key (contact_id) references contact (id) on delete cascade
    )
    """,
)


def upgrade() -> None:
    """Bring the tables from the previous revision to this one."""
    for statement in _STATEMENTS:
        op.execute(statement)
