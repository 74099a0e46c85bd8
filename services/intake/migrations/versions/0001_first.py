"""The intake's first tables.

Written as the statements themselves, so that what stands in the database can be read here; a test compares the result
with the tables' description, constraint by constraint.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    create extension if not exists btree_gist
    """,
    """
    create extension if not exists pg_trgm
    """,
    """
    create extension if not exists unaccent
    """,
    """
    create function fold(text) returns text language sql immutable strict parallel safe as
    $$ select lower(public.unaccent('public.unaccent'::regdictionary, $1)) $$
    """,
    """
    create function keep_as_written() returns trigger language plpgsql as
    $$ begin raise exception using message = tg_table_name || ' is append-only', errcode = 'restrict_violation'; end
        $$
    """,
    """
    CREATE TABLE household (
        id UUID NOT NULL,
        family_name TEXT NOT NULL,
        phone TEXT,
        case_number TEXT,
        languages TEXT[] NOT NULL,
        protected BOOLEAN NOT NULL,
        charge INTEGER NOT NULL,
        registered_on DATE NOT NULL,
        stated_on DATE NOT NULL,
        closed_on DATE,
        closing_reason VARCHAR(32),
        search TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_household PRIMARY KEY (id),
        CONSTRAINT ck_household_charge CHECK (charge >= 1),
        CONSTRAINT ck_household_family_name CHECK (family_name <> ''),
        CONSTRAINT ck_household_closed CHECK ((closed_on is null) = (closing_reason is null)),
        CONSTRAINT ck_household_closing_reason CHECK (closing_reason IN ('moved_away', 'no_longer_needed',
            'declined', 'unreachable', 'deceased', 'merged', 'entered_by_mistake'))
    )
    """,
    """
    CREATE INDEX ix_household_search ON household USING gin (search gin_trgm_ops)
    """,
    """
    CREATE INDEX ix_household_open_by_name ON household (family_name, id) WHERE closed_on is null
    """,
    """
    CREATE TABLE access_log (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        who TEXT NOT NULL,
        role TEXT NOT NULL,
        look VARCHAR(32) NOT NULL,
        why TEXT NOT NULL,
        via VARCHAR(32) NOT NULL,
        households UUID[] NOT NULL,
        CONSTRAINT pk_access_log PRIMARY KEY (id),
        CONSTRAINT ck_access_log_look CHECK (look IN ('file', 'address', 'search', 'list', 'export', 'access_log')),
        CONSTRAINT ck_access_log_via CHECK (via IN ('page', 'api'))
    )
    """,
    """
    CREATE INDEX ix_access_log_at ON access_log (at, id)
    """,
    """
    CREATE INDEX ix_access_log_households ON access_log USING gin (households)
    """,
    """
    create trigger access_log_append_only before update or delete on access_log for each row execute function
        keep_as_written()
    """,
    """
    create trigger access_log_not_emptied before truncate on access_log execute function keep_as_written()
    """,
    """
    CREATE TABLE site_register (
        site TEXT NOT NULL,
        sequence BIGINT NOT NULL,
        districts TEXT[] NOT NULL,
        interim_districts TEXT[] NOT NULL,
        public_keys JSONB NOT NULL,
        office_hours JSONB NOT NULL,
        closed_on DATE,
        CONSTRAINT pk_site_register PRIMARY KEY (site)
    )
    """,
    """
    CREATE TABLE outbox (
        position BIGINT GENERATED ALWAYS AS IDENTITY,
        id UUID NOT NULL,
        routing_key TEXT NOT NULL,
        sequence BIGINT NOT NULL,
        body BYTEA NOT NULL,
        added_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_outbox PRIMARY KEY (position)
    )
    """,
    """
    CREATE TABLE subject_sequence (
        subject TEXT NOT NULL,
        last BIGINT NOT NULL,
        CONSTRAINT pk_subject_sequence PRIMARY KEY (subject)
    )
    """,
    """
    CREATE TABLE inbox (
        event_id UUID NOT NULL,
        consumer TEXT NOT NULL,
        handled_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        CONSTRAINT pk_inbox PRIMARY KEY (event_id, consumer)
    )
    """,
    """
    CREATE TABLE account (
        name TEXT NOT NULL,
        display_name TEXT NOT NULL,
        role TEXT NOT NULL,
        site TEXT,
        password_hash TEXT,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        disabled_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_account PRIMARY KEY (name),
        CONSTRAINT ck_account_account_name_form CHECK (name ~ '^[a-z0-9][a-z0-9._-]{1,59}$'),
        CONSTRAINT ck_account_account_role_known CHECK (role in ('team', 'coordinator', 'administration', 'partner',
            'authority', 'volunteer', 'guest', 'privacy', 'operations')),
        CONSTRAINT ck_account_account_team_has_site CHECK (role not in ('team') or site is not null)
    )
    """,
    """
    CREATE TABLE sign_in_failure (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        account TEXT NOT NULL,
        client TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        CONSTRAINT pk_sign_in_failure PRIMARY KEY (id)
    )
    """,
    """
    CREATE INDEX sign_in_failure_account ON sign_in_failure (account, at)
    """,
    """
    CREATE INDEX sign_in_failure_client ON sign_in_failure (client, at)
    """,
    """
    CREATE TABLE idempotency (
        account TEXT NOT NULL,
        key TEXT NOT NULL,
        request BYTEA NOT NULL,
        status INTEGER,
        headers JSONB,
        body BYTEA,
        at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        CONSTRAINT pk_idempotency PRIMARY KEY (account, key)
    )
    """,
    """
    COMMENT ON COLUMN idempotency.request IS 'SHA-256 of method, path, query and body'
    """,
    """
    COMMENT ON COLUMN idempotency.status IS 'null only inside the transaction that answers'
    """,
    """
    CREATE TABLE residence (
        id UUID NOT NULL,
        household_id UUID NOT NULL,
        street TEXT NOT NULL,
        postal_code TEXT NOT NULL,
        city TEXT NOT NULL,
        district VARCHAR(32) NOT NULL,
        neighbourhood TEXT,
        tenancy VARCHAR(32) NOT NULL,
        moved_in DATE,
        moved_out DATE,
        CONSTRAINT pk_residence PRIMARY KEY (id),
        CONSTRAINT ck_residence_postal_code CHECK (postal_code ~ '^[0-9]{5}$'),
        CONSTRAINT ck_residence_order CHECK (moved_out >= moved_in),
        CONSTRAINT ex_residence_one_at_a_time EXCLUDE USING gist (household_id WITH =, daterange(moved_in,
            moved_out, '[)') WITH &&),
        CONSTRAINT fk_residence_household_id FOREIGN KEY(household_id) REFERENCES household (id),
        CONSTRAINT ck_residence_district CHECK (district IN ('innenstadt-west', 'innenstadt-nord', 'innenstadt-ost',
            'eving', 'scharnhorst', 'brackel', 'aplerbeck', 'hoerde', 'hombruch', 'luetgendortmund', 'huckarde',
            'mengede')),
        CONSTRAINT ck_residence_tenancy CHECK (tenancy IN ('shelter', 'city_leased', 'private'))
    )
    """,
    """
    CREATE UNIQUE INDEX uq_residence_current ON residence (household_id) WHERE moved_out is null
    """,
    """
    CREATE TABLE person (
        id UUID NOT NULL,
        household_id UUID NOT NULL,
        position INTEGER NOT NULL,
        given_name TEXT NOT NULL,
        family_name TEXT NOT NULL,
        birth_date DATE,
        first_legal_circle VARCHAR(32) NOT NULL,
        CONSTRAINT pk_person PRIMARY KEY (id),
        CONSTRAINT ck_person_name CHECK (given_name <> '' and family_name <> ''),
        CONSTRAINT fk_person_household_id FOREIGN KEY(household_id) REFERENCES household (id),
        CONSTRAINT ck_person_first_legal_circle CHECK (first_legal_circle IN ('asylblg', 'sgb2', 'sgb12', 'none'))
    )
    """,
    """
    CREATE INDEX ix_person_household_id ON person (household_id)
    """,
    """
    CREATE UNIQUE INDEX uq_person_position ON person (household_id, position)
    """,
    """
    CREATE TABLE timeline (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        household_id UUID NOT NULL,
        kind TEXT NOT NULL,
        "on" DATE NOT NULL,
        at TIMESTAMP WITH TIME ZONE,
        details JSONB NOT NULL,
        recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
        recorded_by TEXT NOT NULL,
        CONSTRAINT pk_timeline PRIMARY KEY (id),
        CONSTRAINT fk_timeline_household_id FOREIGN KEY(household_id) REFERENCES household (id)
    )
    """,
    """
    CREATE INDEX ix_timeline_file ON timeline (household_id, "on", id)
    """,
    """
    create trigger timeline_append_only before update or delete on timeline for each row execute function
        keep_as_written()
    """,
    """
    create trigger timeline_not_emptied before truncate on timeline execute function keep_as_written()
    """,
    """
    CREATE TABLE first_visit (
        state VARCHAR(32) NOT NULL,
        moved_on DATE NOT NULL,
        due_on DATE NOT NULL,
        at TIMESTAMP WITH TIME ZONE,
        language TEXT,
        interpreter_wanted BOOLEAN,
        ended_on DATE,
        id UUID NOT NULL,
        household_id UUID NOT NULL,
        note TEXT,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_first_visit PRIMARY KEY (id),
        CONSTRAINT ck_first_visit_due CHECK (due_on >= moved_on),
        CONSTRAINT ck_first_visit_ended CHECK ((state in ('owed', 'scheduled', 'missed')) = (ended_on is null)),
        CONSTRAINT ck_first_visit_at CHECK (state not in ('scheduled', 'missed', 'completed') or at is not null),
        CONSTRAINT ck_first_visit_state CHECK (state IN ('owed', 'scheduled', 'missed', 'completed', 'refused',
            'waived', 'dropped')),
        CONSTRAINT fk_first_visit_household_id FOREIGN KEY(household_id) REFERENCES household (id)
    )
    """,
    """
    CREATE UNIQUE INDEX uq_first_visit_open ON first_visit (household_id) WHERE state in ('owed', 'scheduled',
        'missed')
    """,
    """
    CREATE INDEX ix_first_visit_open_due ON first_visit (due_on, id) WHERE state in ('owed', 'scheduled', 'missed')
    """,
    """
    CREATE INDEX ix_first_visit_household_id ON first_visit (household_id)
    """,
    """
    CREATE TABLE consent (
        id UUID NOT NULL,
        household_id UUID NOT NULL,
        recipient_kind VARCHAR(32) NOT NULL,
        recipient_slug TEXT,
        recipient_id UUID,
        purpose VARCHAR(32) NOT NULL,
        purpose_in_words TEXT,
        given_on DATE NOT NULL,
        withdrawn_on DATE,
        CONSTRAINT pk_consent PRIMARY KEY (id),
        CONSTRAINT ck_consent_recipient CHECK ((recipient_slug is null) <> (recipient_id is null)),
        CONSTRAINT ck_consent_withdrawn CHECK (withdrawn_on >= given_on),
        CONSTRAINT fk_consent_household_id FOREIGN KEY(household_id) REFERENCES household (id),
        CONSTRAINT ck_consent_recipient_kind CHECK (recipient_kind IN ('partner', 'volunteer', 'authority')),
        CONSTRAINT ck_consent_purpose CHECK (purpose IN ('referral', 'interpreting', 'mentoring', 'accompaniment',
            'appointment', 'other'))
    )
    """,
    """
    CREATE INDEX ix_consent_household_id ON consent (household_id)
    """,
    """
    CREATE TABLE session (
        id UUID NOT NULL,
        account TEXT NOT NULL,
        kind TEXT NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
        revoked_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_session PRIMARY KEY (id),
        CONSTRAINT ck_session_session_kind_known CHECK (kind in ('sign_in', 'token')),
        CONSTRAINT fk_session_account FOREIGN KEY(account) REFERENCES account (name) ON DELETE CASCADE
    )
    """,
    """
    CREATE INDEX session_account ON session (account)
    """,
    """
    CREATE TABLE legal_circle_change (
        person_id UUID NOT NULL,
        "on" DATE NOT NULL,
        legal_circle VARCHAR(32) NOT NULL,
        recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_legal_circle_change PRIMARY KEY (person_id, "on"),
        CONSTRAINT fk_legal_circle_change_person_id FOREIGN KEY(person_id) REFERENCES person (id),
        CONSTRAINT ck_legal_circle_change_legal_circle CHECK (legal_circle IN ('asylblg', 'sgb2', 'sgb12', 'none'))
    )
    """,
    """
    CREATE TABLE need (
        id UUID NOT NULL,
        household_id UUID NOT NULL,
        person_id UUID,
        area VARCHAR(32) NOT NULL,
        languages TEXT[] NOT NULL,
        times JSONB NOT NULL,
        note TEXT,
        identified_on DATE NOT NULL,
        met_on DATE,
        CONSTRAINT pk_need PRIMARY KEY (id),
        CONSTRAINT ck_need_met CHECK (met_on >= identified_on),
        CONSTRAINT fk_need_household_id FOREIGN KEY(household_id) REFERENCES household (id),
        CONSTRAINT fk_need_person_id FOREIGN KEY(person_id) REFERENCES person (id),
        CONSTRAINT ck_need_area CHECK (area IN ('language', 'school', 'kindergarten', 'social_contacts',
            'housing_surroundings', 'leisure'))
    )
    """,
    """
    CREATE INDEX ix_need_household_id ON need (household_id)
    """,
    """
    CREATE TABLE contact (
        id UUID NOT NULL,
        target_group VARCHAR(32) NOT NULL,
        channel VARCHAR(32) NOT NULL,
        topic VARCHAR(32),
        language TEXT,
        household_id UUID,
        person_id UUID,
        partner TEXT,
        counterpart_id UUID,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        void BOOLEAN NOT NULL,
        recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
        recorded_by TEXT NOT NULL,
        corrected_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_contact PRIMARY KEY (id),
        CONSTRAINT ck_contact_person CHECK (person_id is null or household_id is not null),
        CONSTRAINT ck_contact_target_group CHECK (target_group IN ('partner', 'refugee', 'host_society')),
        CONSTRAINT ck_contact_channel CHECK (channel IN ('office_hours', 'visit', 'phone', 'email', 'accompaniment',
            'event')),
        CONSTRAINT ck_contact_topic CHECK (topic IN ('application_help', 'housing', 'legal', 'health', 'language',
            'school', 'kindergarten', 'social_contacts', 'housing_surroundings', 'leisure', 'volunteering',
            'neighbourhood_conflict', 'other')),
        CONSTRAINT fk_contact_household_id FOREIGN KEY(household_id) REFERENCES household (id),
        CONSTRAINT fk_contact_person_id FOREIGN KEY(person_id) REFERENCES person (id)
    )
    """,
    """
    CREATE INDEX ix_contact_at ON contact (at, id)
    """,
    """
    CREATE INDEX ix_contact_household_id ON contact (household_id)
    """,
)


def upgrade() -> None:
    """Create everything."""
    for statement in _STATEMENTS:
        op.execute(statement)
