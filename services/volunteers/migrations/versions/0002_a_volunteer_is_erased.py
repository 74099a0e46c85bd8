"""A volunteer who has left is erased: the row stays for the figures, without a name and without a way to reach them."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An erased one can be reached by nobody."""
    op.execute("alter table volunteer add column erased_on date")
    op.execute("alter table volunteer drop constraint ck_volunteer_reachable")
    op.execute(
        "alter table volunteer add constraint ck_volunteer_reachable "
        "check (email is not null or phone is not null or erased_on is not null)"
    )
    op.execute("alter table volunteer add constraint ck_volunteer_erased check (erased_on is null or state = 'left')")


def downgrade() -> None:
    """Those that were erased get an address that does not exist; nothing is known of them."""
    op.execute("alter table volunteer drop constraint ck_volunteer_erased")
    op.execute("alter table volunteer drop constraint ck_volunteer_reachable")
    op.execute("update volunteer set phone = '000' where email is null and phone is null")
    op.execute(
        "alter table volunteer add constraint ck_volunteer_reachable check (email is not null or phone is not null)"
    )
    op.execute("alter table volunteer drop column erased_on")
