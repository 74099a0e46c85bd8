"""The sites that are planned, and that AMIF pays for nothing that began before its grant (report, §6)."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0020"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_CHECKS = {
    "planned_site_state": "state in ('planned', 'released', 'open', 'extended')",
    "planned_site_partner_state": "(partner_state = 'none') = (partner is null)",
    "planned_site_partner_has_a_name": "(partner is null) = (partner_name is null)",
    "planned_site_opened_when_open": "opened_on is null or state not in ('planned', 'released')",
    "planned_site_extended_when_extended": "(extended_on is null) = (state <> 'extended')",
    "planned_site_extended_until_a_day": "(extended_on is null) = (extended_until is null)",
    "planned_site_extended_by_something": "extended_on is null or extension_funding is not null",
    "planned_site_opens_after_the_grant": (
        "funding <> 'amif' or state = 'planned' or "
        "(approved_on is not null and (opened_on is null or opened_on >= approved_on))"
    ),
    "planned_site_is_extended_after_the_grant": (
        "extended_on is null or extension_funding <> 'amif' or "
        "(extension_approved_on is not null and extended_on >= extension_approved_on)"
    ),
}
_TRIGGERS = (
    # A row in the register is the opening: the plan's state follows, and its constraints say no to it in time.
    """
    create function planned_site_opens() returns trigger language plpgsql as $$
    begin
        update planned_site
        set state = 'open', opened_on = coalesce(new.opened_on, (now() at time zone 'Europe/Berlin')::date)
        where slug = new.slug and state in ('planned', 'released');
        return new;
    end $$
    """,
    "create trigger planned_site_opens before insert on site for each row execute function planned_site_opens()",
    # The same region under another name would begin the project too early just as well.
    """
    create function district_waits_for_its_grant() returns trigger language plpgsql as $$
    declare waiting text;
    begin
        select slug into waiting from planned_site
        where state in ('planned', 'released') and funding = 'amif' and approved_on is null
            and new.district = any (districts);
        if waiting is not null and not new.interim then
            raise exception 'district % is planned for site %, whose grant is not approved', new.district, waiting
                using errcode = 'check_violation', constraint = 'district_waits_for_its_grant';
        end if;
        return new;
    end $$
    """,
    "create trigger district_waits_for_its_grant before insert or update on site_district "
    "for each row execute function district_waits_for_its_grant()",
)


def upgrade() -> None:
    """Bring the tables from the previous revision to this one."""
    op.create_table(
        "planned_site",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("districts", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("partner", sa.Text(), nullable=True),
        sa.Column("partner_name", sa.Text(), nullable=True),
        sa.Column("partner_state", sa.Text(), nullable=False),
        sa.Column("planned_for", sa.Date(), nullable=True),
        sa.Column("funding", sa.Text(), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("extension_funding", sa.Text(), nullable=True),
        sa.Column("extension_approved_on", sa.Date(), nullable=True),
        sa.Column("extended_on", sa.Date(), nullable=True),
        sa.Column("extended_until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("slug"),
        *(sa.CheckConstraint(rule, name=name) for name, rule in _CHECKS.items()),
    )
    for statement in _TRIGGERS:
        op.execute(statement)


def downgrade() -> None:
    """Take this revision back."""
    op.execute("drop trigger district_waits_for_its_grant on site_district")
    op.execute("drop trigger planned_site_opens on site")
    op.execute("drop function district_waits_for_its_grant()")
    op.execute("drop function planned_site_opens()")
    op.drop_table("planned_site")
