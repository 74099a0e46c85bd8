"""Letters between sites, and where files went."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_STATEMENTS: tuple[str, ...] = (
    """
    create table letter_out (
        id uuid not null,
        kind varchar(32) not null,
        to_site text not null,
        household_id uuid,
        charge integer,
        content jsonb,
        state varchar(32) not null,
        made_at timestamp with time zone not null,
        made_by text not null,
        sent_at timestamp with time zone,
        tries integer not null,
        confirmed_at timestamp with time zone,
        why text,
        constraint pk_letter_out primary key (id),
        constraint ck_letter_out_kind check (kind in ('handover', 'supplement', 'registration', 'receipt')),
        constraint ck_letter_out_state check (state in ('waiting', 'sent', 'confirmed', 'refused', 'superseded')),
        constraint ck_letter_out_handover check (kind <> 'handover' or (household_id is not null and charge >= 2)),
        constraint ck_letter_out_content check (state <> 'waiting' or content is not null)
    )
    """,
    """
    create index ix_letter_out_household_id on letter_out (household_id)
    """,
    """
    create index ix_letter_out_waiting on letter_out (made_at, id) where state = 'waiting'
    """,
    """
    create unique index uq_letter_out_given_up on letter_out (household_id, charge) where kind = 'handover'
    """,
    """
    create table letter_in (
        letter_id uuid not null,
        from_site text not null,
        kind varchar(32) not null,
        household_id uuid,
        charge integer,
        outcome varchar(32) not null,
        digest bytea not null,
        received_at timestamp with time zone not null,
        repeats integer not null,
        constraint pk_letter_in primary key (letter_id, from_site),
        constraint ck_letter_in_kind check (kind in ('handover', 'supplement', 'registration', 'receipt')),
        constraint ck_letter_in_outcome check (outcome in ('accepted', 'stale', 'erased', 'held', 'refused'))
    )
    """,
    """
    create index ix_letter_in_household_id on letter_in (household_id)
    """,
    """
    create table letter_refused (
        id bigint generated always as identity not null,
        at timestamp with time zone not null,
        reason varchar(32) not null,
        claimed_site text,
        digest bytea not null,
        constraint pk_letter_refused primary key (id),
        constraint ck_letter_refused_reason check (reason in ('forged', 'unknown_key', 'foreign', 'not_ours',
            'unreadable', 'replayed', 'newer_version'))
    )
    """,
    """
    create index ix_letter_refused_at on letter_refused (at)
    """,
    """
    create table passed_on (
        household_id uuid not null,
        charge integer not null,
        to_site text not null,
        confirmed_at timestamp with time zone not null,
        constraint pk_passed_on primary key (household_id),
        constraint ck_passed_on_charge check (charge >= 2)
    )
    """,
    """
    create index ix_passed_on_confirmed_at on passed_on (confirmed_at)
    """,
    """
    create table supplement (
        id uuid not null,
        household_id uuid not null,
        charge integer not null,
        from_site text not null,
        content jsonb,
        state varchar(32) not null,
        why text,
        parked_at timestamp with time zone not null,
        constraint pk_supplement primary key (id),
        constraint ck_supplement_state check (state in ('parked', 'applied', 'forwarded', 'unfit')),
        constraint ck_supplement_content check ((state = 'parked') = (content is not null))
    )
    """,
    """
    create index ix_supplement_household_id on supplement (household_id)
    """,
    """
    create table expected (
        household_id uuid not null,
        charge integer not null,
        from_site text not null,
        district varchar(32) not null,
        since timestamp with time zone not null,
        constraint pk_expected primary key (household_id),
        constraint ck_expected_district check (district in ('innenstadt-west', 'innenstadt-nord', 'innenstadt-ost',
            'eving', 'scharnhorst', 'brackel', 'aplerbeck', 'hoerde', 'hombruch', 'luetgendortmund', 'huckarde',
            'mengede'))
    )
    """,
)


def upgrade() -> None:
    """Bring the tables from the previous revision to this one."""
    for statement in _STATEMENTS:
        op.execute(statement)
