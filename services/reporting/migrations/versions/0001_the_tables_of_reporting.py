"""The tables of reporting."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the tables from the previous revision to this one."""
    op.create_table(
        "account",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("name ~ '^[a-z0-9][a-z0-9._-]{1,59}$'", name="account_name_form"),
        sa.CheckConstraint(
            "role in ('team', 'coordinator', 'administration', 'partner', 'authority', 'volunteer', 'guest', "
            "'privacy', 'operations')",
            name="account_role_known",
        ),
        sa.CheckConstraint("role not in ('team') or site is not null", name="account_team_has_site"),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "contact",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("target_group", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("household_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("partner", sa.Text(), nullable=True),
        sa.Column("counterpart_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("void", sa.Boolean(), nullable=False),
        sa.Column(
            "day", sa.Date(), sa.Computed("((at at time zone 'Europe/Berlin'))::date", persisted=True), nullable=False
        ),
        sa.Column(
            "weekday",
            sa.SmallInteger(),
            sa.Computed("extract(isodow from (at at time zone 'Europe/Berlin'))", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "hour",
            sa.SmallInteger(),
            sa.Computed("extract(hour from (at at time zone 'Europe/Berlin'))", persisted=True),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("contact_id"),
    )
    op.create_index("contact_day", "contact", ["day", "site"], unique=False, postgresql_where=sa.text("not void"))
    op.create_table(
        "event_archive",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("event_archive_type", "event_archive", ["type", "position"], unique=False)
    op.create_table(
        "first_visit",
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("owed_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.CheckConstraint("(settled_on is null) = (outcome is null)", name="first_visit_is_settled_somehow"),
        sa.PrimaryKeyConstraint("household_id", "visit_id"),
    )
    op.create_index("first_visit_settled", "first_visit", ["settled_on"], unique=False)
    op.create_table(
        "household",
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("registered_site", sa.Text(), nullable=True),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("household_id"),
    )
    op.create_index("household_registered", "household", ["registered_on"], unique=False)
    op.create_table(
        "household_fact",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=True),
        sa.Column("asylblg", sa.Integer(), nullable=True),
        sa.Column("sgb2", sa.Integer(), nullable=True),
        sa.Column("sgb12", sa.Integer(), nullable=True),
        sa.Column("none", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("circle_from", sa.Text(), nullable=True),
        sa.Column("circle_to", sa.Text(), nullable=True),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_index("household_fact_household", "household_fact", ["household_id", "sequence"], unique=False)
    op.create_table(
        "household_period",
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("begin", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=True),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("asylblg", sa.Integer(), nullable=False),
        sa.Column("sgb2", sa.Integer(), nullable=False),
        sa.Column("sgb12", sa.Integer(), nullable=False),
        sa.Column("none", sa.Integer(), nullable=False),
        sa.CheckConstraint('"end" is null or "end" > begin', name="household_period_is_some_days"),
        sa.CheckConstraint("least(asylblg, sgb2, sgb12, none) >= 0", name="household_period_counts_persons"),
        sa.PrimaryKeyConstraint("household_id", "begin"),
    )
    op.create_index("household_period_days", "household_period", ["begin", "end"], unique=False)
    op.create_table(
        "idempotency",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False, comment="SHA-256 of method, path, query and body"),
        sa.Column("status", sa.Integer(), nullable=True, comment="null only inside the transaction that answers"),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("account", "key"),
    )
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "consumer"),
    )
    op.create_table(
        "need",
        sa.Column("need_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("identified_on", sa.Date(), nullable=True),
        sa.Column("met_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("need_id"),
    )
    op.create_index("need_identified", "need", ["identified_on"], unique=False)
    op.create_table(
        "notice",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("begin", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint("until >= begin", name="notice_is_about_days"),
        sa.PrimaryKeyConstraint("slug"),
    )
    op.create_table(
        "outbox",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("routing_key", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("position"),
    )
    op.create_table(
        "sign_in_failure",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("sign_in_failure_account", "sign_in_failure", ["account", "at"], unique=False)
    op.create_index("sign_in_failure_client", "sign_in_failure", ["client", "at"], unique=False)
    op.create_table(
        "site",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("public_keys", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("office_hours", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("slug"),
    )
    op.create_table(
        "subject_sequence",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject"),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('sign_in', 'token')", name="session_kind_known"),
        sa.ForeignKeyConstraint(["account"], ["account.name"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("session_account", "session", ["account"], unique=False)
    op.create_table(
        "site_district",
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("interim", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site"],
            ["site.slug"],
        ),
        sa.PrimaryKeyConstraint("district"),
    )


def downgrade() -> None:
    """Take this revision back."""
    op.drop_table("site_district")
    op.drop_index("session_account", table_name="session")
    op.drop_table("session")
    op.drop_table("subject_sequence")
    op.drop_table("site")
    op.drop_index("sign_in_failure_client", table_name="sign_in_failure")
    op.drop_index("sign_in_failure_account", table_name="sign_in_failure")
    op.drop_table("sign_in_failure")
    op.drop_table("outbox")
    op.drop_table("notice")
    op.drop_index("need_identified", table_name="need")
    op.drop_table("need")
    op.drop_table("inbox")
    op.drop_table("idempotency")
    op.drop_index("household_period_days", table_name="household_period")
    op.drop_table("household_period")
    op.drop_index("household_fact_household", table_name="household_fact")
    op.drop_table("household_fact")
    op.drop_index("household_registered", table_name="household")
    op.drop_table("household")
    op.drop_index("first_visit_settled", table_name="first_visit")
    op.drop_table("first_visit")
    op.drop_index("event_archive_type", table_name="event_archive")
    op.drop_table("event_archive")
    op.drop_index("contact_day", table_name="contact", postgresql_where=sa.text("not void"))
    op.drop_table("contact")
    op.drop_table("account")
