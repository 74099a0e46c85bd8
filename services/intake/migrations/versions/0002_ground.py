"""Files that go from site to site, members who come and go, and what may be forgotten."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    alter table household
        add standing varchar(32) not null default 'in_charge',
        add handed_to text,
        add handed_at timestamp with time zone,
        add owner text,
        add substitute text,
        add merged_into uuid,
        add sounds text not null default '',
        add created_by text,
        add constraint ck_household_standing check (standing in ('in_charge', 'caretaker', 'superseded')),
        add constraint ck_household_handed check (standing = 'in_charge' or handed_to is not null),
        add constraint fk_household_merged_into foreign key (merged_into) references household (id)
    """,
    """
    create index ix_household_sounds on household using gin (sounds gin_trgm_ops)
    """,
    """
    create index ix_household_open_by_fold on household (fold(family_name), id) where closed_on is null
    """,
    """
    create index ix_household_merged_into on household (merged_into) where merged_into is not null
    """,
    """
    alter table person
        add joined_on date,
        add created_as varchar(32),
        add left_on date,
        add left_because varchar(32),
        add constraint ck_person_created_as check (created_as in ('birth', 'joined')),
        add constraint ck_person_left_because check (left_because in ('death', 'left')),
        add constraint ck_person_order check (left_on >= joined_on),
        add constraint ck_person_left check ((left_on is null) = (left_because is null))
    """,
    """
    alter table consent
        add person_id uuid,
        add constraint fk_consent_person_id foreign key (person_id) references person (id)
    """,
    """
    alter table access_log
        drop constraint ck_access_log_look,
        drop constraint ck_access_log_via,
        add constraint ck_access_log_look check (look in ('file', 'address', 'search', 'list', 'export', 'access_log',
            'release', 'fragment', 'print', 'letter')),
        add constraint ck_access_log_via check (via in ('page', 'api', 'link'))
    """,
    """
    create or replace function keep_as_written() returns trigger language plpgsql as
    $$
    begin
        if current_setting('lokal.forgetting', true) = 'on' and (
            tg_op = 'DELETE' and tg_table_name = 'timeline' or tg_op = 'UPDATE' and tg_table_name = 'access_log'
        ) then
            return coalesce(new, old);
        end if;
        raise exception using message = tg_table_name || ' is append-only', errcode = 'restrict_violation';
    end
    $$
    """,
)


def upgrade() -> None:
    """Bring the tables from the previous revision to this one."""
    for statement in _STATEMENTS:
        op.execute(statement)
