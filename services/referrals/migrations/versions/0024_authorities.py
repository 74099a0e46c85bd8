"""Changes of legal circle that lead to an authority, and whom and when the family meets there."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "alter table offer add column for_circles text[] not null default '{}'",
    "alter table offer alter column for_circles drop default",
    """
    create table known_circle (
        person_id uuid not null,
        on_day date not null,
        household_id uuid not null,
        circle varchar(32) not null,
        sequence bigint not null,
        constraint pk_known_circle primary key (person_id, on_day),
        constraint ck_known_circle_circle check (circle in ('asylblg', 'sgb2', 'sgb12', 'none'))
    )
    """,
    "create index ix_known_circle_household_id on known_circle (household_id)",
    """
    create table circle_referral (
        person_id uuid not null,
        circle varchar(32) not null,
        on_day date not null,
        offer_id uuid not null,
        referral_id uuid not null,
        constraint pk_circle_referral primary key (person_id, circle, on_day, offer_id),
        constraint ck_circle_referral_circle check (circle in ('asylblg', 'sgb2', 'sgb12', 'none')),
        constraint fk_circle_referral_offer_id foreign key (offer_id) references offer (id),
        constraint uq_circle_referral_referral_id unique (referral_id),
        constraint fk_circle_referral_referral_id foreign key (referral_id) references referral (id)
    )
    """,
    """
    create table referral_contact (
        referral_id uuid not null,
        name text not null,
        phone text,
        email text,
        room text,
        constraint pk_referral_contact primary key (referral_id),
        constraint fk_referral_contact_referral_id foreign key (referral_id) references referral (id)
    )
    """,
    """
    create table referral_appointment (
        id uuid not null,
        referral_id uuid not null,
        at timestamptz not null,
        place text,
        constraint pk_referral_appointment primary key (id),
        constraint fk_referral_appointment_referral_id foreign key (referral_id) references referral (id)
    )
    """,
    "create index ix_referral_appointment_referral_id on referral_appointment (referral_id)",
)
_BACK = (
    "drop table referral_appointment",
    "drop table referral_contact",
    "drop table circle_referral",
    "drop table known_circle",
    "alter table offer drop column for_circles",
)


def upgrade() -> None:
    """Make them."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Take them away."""
    for statement in _BACK:
        op.execute(statement)
