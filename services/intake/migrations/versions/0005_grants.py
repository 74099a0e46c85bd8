"""Who may see what of a household."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE release (
        id UUID NOT NULL,
        household_id UUID NOT NULL,
        person_id UUID,
        recipient_kind VARCHAR(32) NOT NULL,
        recipient_slug TEXT,
        recipient_id UUID,
        purpose VARCHAR(32) NOT NULL,
        needed TEXT,
        basis VARCHAR(32) NOT NULL,
        consent_id UUID,
        reference TEXT,
        referral_id UUID,
        assignment_id UUID,
        fields TEXT[] NOT NULL,
        ends_on DATE,
        issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
        issued_by TEXT NOT NULL,
        ended_at TIMESTAMP WITH TIME ZONE,
        end_reason VARCHAR(32),
        replaces UUID,
        CONSTRAINT pk_release PRIMARY KEY (id),
        CONSTRAINT ck_release_recipient CHECK ((recipient_slug is null) <> (recipient_id is null)),
        CONSTRAINT ck_release_consent CHECK ((basis = 'consent') = (consent_id is not null)),
        CONSTRAINT ck_release_reference CHECK (basis = 'consent' or reference is not null),
        CONSTRAINT ck_release_ended CHECK ((ended_at is null) = (end_reason is null)),
        CONSTRAINT fk_release_household_id FOREIGN KEY(household_id) REFERENCES household (id),
        CONSTRAINT fk_release_person_id FOREIGN KEY(person_id) REFERENCES person (id),
        CONSTRAINT ck_release_recipient_kind CHECK (recipient_kind IN ('partner', 'volunteer', 'authority')),
        CONSTRAINT ck_release_purpose CHECK (purpose IN ('referral', 'interpreting',
            'mentoring', 'accompaniment', 'appointment', 'other')),
        CONSTRAINT ck_release_basis CHECK (basis IN ('consent', 'statutory', 'vital_interest')),
        CONSTRAINT fk_release_consent_id FOREIGN KEY(consent_id) REFERENCES consent (id),
        CONSTRAINT ck_release_end_reason CHECK (end_reason IN ('completed', 'consent_withdrawn', 'handed_over',
            'household_closed', 'erased', 'expired', 'revoked')),
        CONSTRAINT uq_release_replaces UNIQUE (replaces),
        CONSTRAINT fk_release_replaces FOREIGN KEY(replaces) REFERENCES release (id)
    )
    """,
    """
    CREATE INDEX ix_release_household_id ON release (household_id)
    """,
    """
    CREATE INDEX ix_release_open ON release (ends_on) WHERE ended_at is null
    """,
    """
    CREATE TABLE release_code (
        hash TEXT NOT NULL,
        release_id UUID NOT NULL,
        household_id UUID NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
        used_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_release_code PRIMARY KEY (hash),
        CONSTRAINT fk_release_code_release_id FOREIGN KEY(release_id) REFERENCES release (id),
        CONSTRAINT fk_release_code_household_id FOREIGN KEY(household_id) REFERENCES household (id)
    )
    """,
    """
    CREATE INDEX ix_release_code_household_id ON release_code (household_id)
    """,
    """
    CREATE INDEX ix_release_code_release_id ON release_code (release_id)
    """,
    """
    CREATE TABLE release_look (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        release_id UUID NOT NULL,
        household_id UUID NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        who TEXT NOT NULL,
        fields TEXT[] NOT NULL,
        basis VARCHAR(32) NOT NULL,
        CONSTRAINT pk_release_look PRIMARY KEY (id),
        CONSTRAINT fk_release_look_release_id FOREIGN KEY(release_id) REFERENCES release (id),
        CONSTRAINT fk_release_look_household_id FOREIGN KEY(household_id) REFERENCES household (id),
        CONSTRAINT ck_release_look_basis CHECK (basis IN ('consent', 'statutory', 'vital_interest'))
    )
    """,
    """
    CREATE INDEX ix_release_look_household_id ON release_look (household_id)
    """,
    """
    CREATE INDEX ix_release_look_release_id ON release_look (release_id)
    """,
    """
    create trigger release_look_append_only before update or delete on release_look for each row execute function
        keep_as_written()
    """,
    """
    create trigger release_look_not_emptied before truncate on release_look execute function keep_as_written()
    """,
    """
    create or replace function keep_as_written() returns trigger language plpgsql as
    $$
    begin
        if current_setting('lokal.forgetting', true) = 'on' and (
            tg_op = 'DELETE' and tg_table_name in ('timeline', 'release_look')
            or tg_op = 'UPDATE' and tg_table_name = 'access_log'
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
