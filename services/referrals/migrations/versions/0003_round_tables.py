"""Round tables: members, meetings, agenda, decisions, invitations."""

from alembic import op

revision = "0003"
down_revision = "0004"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    create table round_table (
        id uuid not null,
        kind varchar(32) not null,
        theme text not null,
        theme_slug text,
        site text not null,
        description text,
        active boolean not null,
        changed_at timestamp with time zone not null,
        constraint pk_round_table primary key (id),
        constraint ck_round_table_theme check (theme <> ''),
        constraint ck_round_table_theme_slug check (theme_slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
        constraint ck_round_table_kind check (kind in ('thematic', 'quarterly', 'external'))
    )
    """,
    "create index ix_round_table_site on round_table (site)",
    """
    create table round_table_member (
        id uuid not null,
        table_id uuid not null,
        partner_id uuid,
        label text,
        guest_account text,
        email text,
        constraint pk_round_table_member primary key (id),
        constraint ck_round_table_member_who check ((partner_id is null) <> (label is null) and label <> ''),
        constraint ck_round_table_member_partner
            check (partner_id is null or (guest_account is null and email is null)),
        constraint uq_round_table_member_partner unique (table_id, partner_id),
        constraint uq_round_table_member_guest unique (table_id, guest_account),
        constraint fk_round_table_member_table_id foreign key(table_id) references round_table (id) on delete cascade,
        constraint fk_round_table_member_partner_id foreign key(partner_id) references partner (id)
    )
    """,
    "create index ix_round_table_member_guest_account on round_table_member (guest_account)",
    "create index ix_round_table_member_partner_id on round_table_member (partner_id)",
    "create index ix_round_table_member_table_id on round_table_member (table_id)",
    """
    create table meeting (
        id uuid not null,
        table_id uuid not null,
        starts_at timestamp with time zone not null,
        ends_at timestamp with time zone not null,
        place text not null,
        state varchar(32) not null,
        sequence integer not null,
        minutes text,
        attended integer,
        changed_at timestamp with time zone not null,
        constraint pk_meeting primary key (id),
        constraint ck_meeting_order check (ends_at > starts_at),
        constraint ck_meeting_place check (place <> ''),
        constraint ck_meeting_attended check (attended >= 0 and (attended is null or state = 'held')),
        constraint fk_meeting_table_id foreign key(table_id) references round_table (id) on delete cascade,
        constraint ck_meeting_state check (state in ('planned', 'held', 'cancelled'))
    )
    """,
    "create index ix_meeting_table_id on meeting (table_id, starts_at)",
    """
    create table agenda_item (
        id uuid not null,
        meeting_id uuid not null,
        position integer not null,
        text text not null,
        source varchar(32) not null,
        key text,
        constraint pk_agenda_item primary key (id),
        constraint ck_agenda_item_text check (text <> ''),
        constraint ck_agenda_item_key check ((source = 'data') = (key is not null)),
        constraint uq_agenda_item_key unique (meeting_id, key),
        constraint fk_agenda_item_meeting_id foreign key(meeting_id) references meeting (id) on delete cascade,
        constraint ck_agenda_item_source check (source in ('own', 'data'))
    )
    """,
    "create index ix_agenda_item_meeting_id on agenda_item (meeting_id)",
    """
    create table decision (
        id uuid not null,
        meeting_id uuid not null,
        text text not null,
        owner text not null,
        due_on date,
        done_on date,
        constraint pk_decision primary key (id),
        constraint ck_decision_said check (text <> '' and owner <> ''),
        constraint fk_decision_meeting_id foreign key(meeting_id) references meeting (id) on delete cascade
    )
    """,
    "create index ix_decision_meeting_id on decision (meeting_id)",
    """
    create table invitation (
        id uuid not null,
        meeting_id uuid not null,
        member_id uuid not null,
        invited_at timestamp with time zone not null,
        answer varchar(32),
        answered_at timestamp with time zone,
        constraint pk_invitation primary key (id),
        constraint uq_invitation_member unique (meeting_id, member_id),
        constraint ck_invitation_answered check ((answer is null) = (answered_at is null)),
        constraint fk_invitation_meeting_id foreign key(meeting_id) references meeting (id) on delete cascade,
        constraint fk_invitation_member_id foreign key(member_id) references round_table_member (id) on delete cascade,
        constraint ck_invitation_answer check (answer in ('yes', 'no'))
    )
    """,
    "create index ix_invitation_member_id on invitation (member_id)",
)
_TABLES = ("invitation", "decision", "agenda_item", "meeting", "round_table_member", "round_table")


def upgrade() -> None:
    """Make them."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Take them away."""
    for table in _TABLES:
        op.execute(f"drop table {table}")
