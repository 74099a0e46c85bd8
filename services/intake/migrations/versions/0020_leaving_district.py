"""Districts that this site looked after until they got a site of their own."""

from alembic import op

revision = "0020"
down_revision = "0012"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    create table leaving_district (
        district text not null,
        to_site text,
        since timestamp with time zone not null,
        handed_over integer not null default 0,
        constraint pk_leaving_district primary key (district),
        constraint ck_leaving_district_handed_over check (handed_over >= 0)
    )
    """,
)


def upgrade() -> None:
    """Bring the tables from the previous revision to this one."""
    for statement in _STATEMENTS:
        op.execute(statement)
