"""The tables of referrals."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    create function keep_as_written() returns trigger language plpgsql as
    $$
    begin
        raise exception using message = tg_table_name || ' is append-only', errcode = 'restrict_violation';
    end
    $$
    """,
    """
    create function referral_moves() returns trigger language plpgsql as
    $$
    begin
        if tg_op = 'DELETE' then
            if old.state <> 'draft' then
                raise exception using message = 'only a draft is deleted', errcode = 'restrict_violation';
            end if;
            return old;
        end if;
        if tg_op = 'INSERT' then
            if new.state <> 'draft' then
                raise exception using message = 'a referral begins as a draft', errcode = 'restrict_violation';
            end if;
            return new;
        end if;
        if new.state = old.state then
            if new.held_from is distinct from old.held_from then
                raise exception using message = 'where a referral rests from is kept', errcode =
                    'restrict_violation';
            end if;
            return new;
        end if;
        if not (
            (old.state = 'draft' and new.state = 'requested')
            or (old.state = 'requested' and new.state in ('accepted', 'declined', 'expired', 'on_hold',
                'cancelled'))
            or (old.state = 'accepted' and new.state in ('in_progress', 'failed', 'on_hold', 'cancelled'))
            or (old.state = 'in_progress' and new.state in ('completed', 'failed', 'on_hold', 'cancelled'))
            or (old.state = 'on_hold' and new.state in (old.held_from, 'cancelled'))
        ) then
            raise exception using message = 'no such step: ' || old.state || ' to ' || new.state,
                errcode = 'restrict_violation';
        end if;
        if new.state = 'on_hold' and new.held_from is distinct from old.state then
            raise exception using message = 'where a referral rests from is its state before',
                errcode = 'restrict_violation';
        end if;
        return new;
    end
    $$
    """,
    """
    create function directory_changed() returns trigger language plpgsql as
    $$
    begin
        update directory_version set version = version + 1;
        return null;
    end
    $$
    """,
    """
    create table directory_version (
        id integer not null,
        version bigint not null,
        constraint pk_directory_version primary key (id),
        constraint ck_directory_version_one check (id = 1)
    )
    """,
    """
    insert into directory_version (id, version) values (1, 0)
    """,
    """
    create table erased_household (
        id uuid not null,
        erasure_id uuid not null,
        at timestamp with time zone not null,
        constraint pk_erased_household primary key (id)
    )
    """,
    """
    create table idempotency (
        account text not null,
        key text not null,
        request bytea not null,
        status integer,
        headers jsonb,
        body bytea,
        at timestamp with time zone default now() not null,
        constraint pk_idempotency primary key (account, key)
    )
    """,
    """
    create table inbox (
        event_id uuid not null,
        consumer text not null,
        handled_at timestamp with time zone default now() not null,
        constraint pk_inbox primary key (event_id, consumer)
    )
    """,
    """
    create table knowledge_page (
        id uuid not null,
        slug text not null,
        topic varchar(32),
        area varchar(32),
        title jsonb not null,
        body jsonb not null,
        owner text not null,
        review_on date not null,
        changed_at timestamp with time zone not null,
        withdrawn_at timestamp with time zone,
        constraint pk_knowledge_page primary key (id),
        constraint ck_knowledge_page_slug check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
        constraint ck_knowledge_page_german check (coalesce(title ->> 'de', '') <> '' and coalesce(body ->> 'de',
            '') <> ''),
        constraint uq_knowledge_page_slug unique (slug),
        constraint ck_knowledge_page_topic check (topic in ('application_help', 'housing', 'legal', 'health',
            'language', 'school', 'kindergarten', 'social_contacts', 'housing_surroundings', 'leisure',
                'volunteering', 'neighbourhood_conflict', 'other')),
        constraint ck_knowledge_page_area check (area in ('language', 'school', 'kindergarten', 'social_contacts',
            'housing_surroundings', 'leisure'))
    )
    """,
    """
    create table known_barrier (
        barrier_id uuid not null,
        site text not null,
        district varchar(32) not null,
        kind varchar(32) not null,
        topic varchar(32),
        authority text,
        reach_ended boolean not null,
        on_day date not null,
        constraint pk_known_barrier primary key (barrier_id),
        constraint ck_known_barrier_district check (district in ('innenstadt-west', 'innenstadt-nord',
            'innenstadt-ost', 'eving', 'scharnhorst', 'brackel', 'aplerbeck', 'hoerde', 'hombruch',
                'luetgendortmund', 'huckarde', 'mengede')),
        constraint ck_known_barrier_kind check (kind in ('individual', 'structural')),
        constraint ck_known_barrier_topic check (topic in ('application_help', 'housing', 'legal', 'health',
            'language', 'school', 'kindergarten', 'social_contacts', 'housing_surroundings', 'leisure',
                'volunteering', 'neighbourhood_conflict', 'other'))
    )
    """,
    """
    create index ix_known_barrier_on_day on known_barrier (on_day)
    """,
    """
    create table known_consent (
        consent_id uuid not null,
        household_id uuid not null,
        original_household_id uuid,
        person_id uuid,
        recipient_kind varchar(32) not null,
        recipient_slug text,
        purpose varchar(32) not null,
        given_on date,
        withdrawn_on date,
        constraint pk_known_consent primary key (consent_id),
        constraint ck_known_consent_recipient_kind check (recipient_kind in ('partner', 'volunteer', 'authority')),
        constraint ck_known_consent_purpose check (purpose in ('referral', 'interpreting', 'mentoring',
            'accompaniment', 'appointment', 'other'))
    )
    """,
    """
    create index ix_known_consent_to on known_consent (household_id, recipient_slug)
    """,
    """
    create table known_household (
        household_id uuid not null,
        site text not null,
        district varchar(32) not null,
        neighbourhood text,
        languages text[] not null,
        persons integer not null,
        minors integer not null,
        charge integer not null,
        sequence bigint not null,
        closed varchar(32),
        merged_into uuid,
        merge_sequence bigint not null,
        constraint pk_known_household primary key (household_id),
        constraint ck_known_household_district check (district in ('innenstadt-west', 'innenstadt-nord',
            'innenstadt-ost', 'eving', 'scharnhorst', 'brackel', 'aplerbeck', 'hoerde', 'hombruch',
                'luetgendortmund', 'huckarde', 'mengede')),
        constraint ck_known_household_closed check (closed in ('moved_away', 'no_longer_needed', 'declined',
            'unreachable', 'deceased', 'merged', 'entered_by_mistake'))
    )
    """,
    """
    create index ix_known_household_merged_into on known_household (merged_into)
    """,
    """
    create table known_need (
        need_id uuid not null,
        household_id uuid not null,
        original_household_id uuid,
        person_id uuid,
        area varchar(32) not null,
        languages text[] not null,
        times jsonb not null,
        district varchar(32) not null,
        neighbourhood text,
        identified_on date,
        met_on date,
        sequence bigint not null,
        constraint pk_known_need primary key (need_id),
        constraint ck_known_need_area check (area in ('language', 'school', 'kindergarten', 'social_contacts',
            'housing_surroundings', 'leisure')),
        constraint ck_known_need_district check (district in ('innenstadt-west', 'innenstadt-nord',
            'innenstadt-ost', 'eving', 'scharnhorst', 'brackel', 'aplerbeck', 'hoerde', 'hombruch',
                'luetgendortmund', 'huckarde', 'mengede'))
    )
    """,
    """
    create index ix_known_need_household_id on known_need (household_id)
    """,
    """
    create table outbox (
        position bigint generated always as identity,
        id uuid not null,
        routing_key text not null,
        sequence bigint not null,
        body bytea not null,
        added_at timestamp with time zone default clock_timestamp() not null,
        constraint pk_outbox primary key (position)
    )
    """,
    """
    create table partner (
        id uuid not null,
        slug text not null,
        name text not null,
        kind varchar(32) not null,
        description jsonb not null,
        website text,
        email text,
        phone text,
        street text,
        postal_code text,
        city text,
        sites text[] not null,
        all_sites boolean not null,
        districts text[] not null,
        neighbourhoods text[] not null,
        languages text[] not null,
        reminder_days integer,
        escalation_days integer,
        expiry_days integer,
        confirmed_on date not null,
        active boolean not null,
        registered_at timestamp with time zone not null,
        changed_at timestamp with time zone not null,
        constraint pk_partner primary key (id),
        constraint ck_partner_slug check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
        constraint ck_partner_name check (name <> ''),
        constraint ck_partner_sites check (not (all_sites and sites <> '{}')),
        constraint ck_partner_terms check (coalesce(reminder_days, 1) between 1 and 60 and
            coalesce(escalation_days, 1) between 1 and 60 and coalesce(expiry_days, 1) between 1 and 60),
        constraint ck_partner_order_of_terms check (reminder_days < escalation_days and escalation_days <
            expiry_days and reminder_days < expiry_days),
        constraint uq_partner_slug unique (slug),
        constraint ck_partner_kind check (kind in ('association', 'parish', 'initiative', 'authority',
            'institution'))
    )
    """,
    """
    create table site_register (
        site text not null,
        sequence bigint not null,
        districts text[] not null,
        interim_districts text[] not null,
        public_keys jsonb not null,
        office_hours jsonb not null,
        closed_on date,
        constraint pk_site_register primary key (site)
    )
    """,
    """
    create table subject_sequence (
        subject text not null,
        last bigint not null,
        constraint pk_subject_sequence primary key (subject)
    )
    """,
    """
    create table cooperation (
        id uuid not null,
        partner_id uuid not null,
        site text not null,
        agreed_on date not null,
        until date,
        subject text not null,
        area varchar(32),
        topic varchar(32),
        constraint pk_cooperation primary key (id),
        constraint ck_cooperation_subject check (subject <> ''),
        constraint ck_cooperation_order check (until >= agreed_on),
        constraint fk_cooperation_partner_id foreign key(partner_id) references partner (id) on delete cascade,
        constraint ck_cooperation_area check (area in ('language', 'school', 'kindergarten', 'social_contacts',
            'housing_surroundings', 'leisure')),
        constraint ck_cooperation_topic check (topic in ('application_help', 'housing', 'legal', 'health',
            'language', 'school', 'kindergarten', 'social_contacts', 'housing_surroundings', 'leisure',
                'volunteering', 'neighbourhood_conflict', 'other'))
    )
    """,
    """
    create index ix_cooperation_partner_id on cooperation (partner_id)
    """,
    """
    create table offer (
        id uuid not null,
        partner_id uuid not null,
        kind varchar(32) not null,
        title jsonb not null,
        description jsonb not null,
        street text,
        postal_code text,
        district text,
        neighbourhood text,
        districts text[] not null,
        languages text[] not null,
        level text,
        audiences text[] not null,
        min_age integer,
        max_age integer,
        accessible boolean,
        cost_cents integer,
        places integer,
        free integer,
        waiting integer not null,
        childcare boolean not null,
        legal_advice boolean not null,
        rrule text,
        starts_at time without time zone,
        ends_at time without time zone,
        first_on date,
        valid_from date,
        valid_until date,
        confirmed_on date not null,
        withdrawn_on date,
        published_at timestamp with time zone not null,
        changed_at timestamp with time zone not null,
        constraint pk_offer primary key (id),
        constraint ck_offer_title check (coalesce(title ->> 'de', '') <> ''),
        constraint ck_offer_level check (level in ('alpha', 'a1', 'a2', 'b1', 'b2', 'c1')),
        constraint ck_offer_ages check (min_age >= 0 and max_age <= 120 and min_age <= max_age),
        constraint ck_offer_cost check (cost_cents >= 0),
        constraint ck_offer_places check (places >= 0),
        constraint ck_offer_free check (free is null or (places is not null and free between 0 and places)),
        constraint ck_offer_waiting check (waiting >= 0),
        constraint ck_offer_legal_advice check (not legal_advice or kind = 'counselling'),
        constraint ck_offer_schedule check ((rrule is null) = (starts_at is null) and (rrule is null) = (ends_at is
            null) and starts_at < ends_at),
        constraint ck_offer_validity check (valid_from <= valid_until),
        constraint fk_offer_partner_id foreign key(partner_id) references partner (id),
        constraint ck_offer_kind check (kind in ('german_course', 'mentoring', 'sport', 'language_cafe',
            'moving_help', 'interpreting', 'counselling', 'training', 'information_event', 'childcare', 'other'))
    )
    """,
    """
    create index ix_offer_changed_at on offer (changed_at, id)
    """,
    """
    create index ix_offer_confirmed_on on offer (confirmed_on) where withdrawn_on is null
    """,
    """
    create index ix_offer_kind on offer (kind) where withdrawn_on is null
    """,
    """
    create index ix_offer_partner_id on offer (partner_id)
    """,
    """
    create table partner_closure (
        id uuid not null,
        partner_id uuid not null,
        from_on date not null,
        to_on date not null,
        constraint pk_partner_closure primary key (id),
        constraint ck_partner_closure_order check (to_on >= from_on),
        constraint fk_partner_closure_partner_id foreign key(partner_id) references partner (id) on delete cascade
    )
    """,
    """
    create index ix_partner_closure_partner_id on partner_closure (partner_id, to_on)
    """,
    """
    create table partner_contact (
        id uuid not null,
        partner_id uuid not null,
        name text not null,
        role text,
        phone text,
        email text,
        substitute_for uuid,
        position integer not null,
        constraint pk_partner_contact primary key (id),
        constraint ck_partner_contact_name check (name <> ''),
        constraint ck_partner_contact_reachable check (phone is not null or email is not null),
        constraint ck_partner_contact_substitute check (substitute_for <> id),
        constraint fk_partner_contact_partner_id foreign key(partner_id) references partner (id) on delete cascade,
        constraint fk_partner_contact_substitute_for foreign key(substitute_for) references partner_contact (id) on
            delete cascade
    )
    """,
    """
    create index ix_partner_contact_partner_id on partner_contact (partner_id)
    """,
    """
    create table person_ref (
        id uuid not null,
        partner_id uuid not null,
        household_id uuid not null,
        person_id uuid,
        constraint pk_person_ref primary key (id),
        constraint uq_person_ref_partner_id_household_id_person_id unique nulls not distinct (partner_id,
            household_id, person_id),
        constraint fk_person_ref_partner_id foreign key(partner_id) references partner (id)
    )
    """,
    """
    create index ix_person_ref_household_id on person_ref (household_id)
    """,
    """
    create table offer_session (
        id uuid not null,
        offer_id uuid not null,
        on_day date not null,
        attended integer,
        visitors integer,
        constraint pk_offer_session primary key (id),
        constraint uq_offer_session_offer_id unique (offer_id, on_day),
        constraint ck_offer_session_counts check (attended >= 0 and visitors >= 0),
        constraint ck_offer_session_counted check (attended is not null or visitors is not null),
        constraint fk_offer_session_offer_id foreign key(offer_id) references offer (id) on delete cascade
    )
    """,
    """
    create table referral (
        id uuid not null,
        site text not null,
        partner_id uuid not null,
        offer_id uuid,
        kind varchar(32) not null,
        area varchar(32),
        topic varchar(32),
        state varchar(32) not null,
        held_from varchar(32),
        position integer,
        household_id uuid,
        original_household_id uuid,
        person_id uuid,
        contact_id uuid,
        need_id uuid,
        person_ref uuid,
        slip_code text,
        basis varchar(32),
        basis_reference text,
        consent_id uuid,
        replaces uuid,
        grant_id uuid,
        grant_site text,
        district varchar(32),
        languages text[] not null,
        times jsonb not null,
        created_at timestamp with time zone not null,
        created_by text not null,
        requested_at timestamp with time zone,
        answered_at timestamp with time zone,
        ended_at timestamp with time zone,
        reason text,
        outcome varchar(32),
        told_by text,
        remind_at timestamp with time zone,
        escalate_at timestamp with time zone,
        expire_at timestamp with time zone,
        reminded_at timestamp with time zone,
        escalated_at timestamp with time zone,
        moved boolean not null,
        doubled boolean not null,
        constraint pk_referral primary key (id),
        constraint ck_referral_household_or_contact check (household_id is null or contact_id is null),
        constraint ck_referral_about_something check (area is not null or topic is not null),
        constraint ck_referral_held check ((held_from is not null) = (state = 'on_hold')),
        constraint ck_referral_waits check (position is null or (state = 'on_hold' and position >= 1)),
        constraint ck_referral_requested check ((requested_at is null) = (state = 'draft')),
        constraint ck_referral_ended check ((ended_at is not null) = (state in ('completed', 'declined', 'expired',
            'failed', 'cancelled'))),
        constraint ck_referral_reason check (case state when 'declined' then coalesce(reason in ('no_capacity',
            'not_eligible', 'out_of_area', 'language_unavailable', 'other'), false) when 'cancelled' then
                coalesce(reason in ('consent_withdrawn', 'household_declined', 'moved_away', 'sender'), false) else
                    reason is null end),
        constraint ck_referral_outcome_at_end check ((outcome is not null) = (state in ('completed', 'failed'))),
        constraint ck_referral_lawful check (state = 'draft' or basis is not null or slip_code is not null),
        constraint ck_referral_anonymous_without_basis check (basis is null or slip_code is null),
        constraint ck_referral_consent_is_basis check (consent_id is null or basis = 'consent'),
        constraint ck_referral_consent_kept check (state = 'draft' or basis is distinct from 'consent' or
            consent_id is not null or household_id is null),
        constraint ck_referral_reference check (state = 'draft' or basis is null or basis = 'consent' or
            basis_reference is not null or household_id is null),
        constraint ck_referral_reference_short check (length(basis_reference) <= 100),
        constraint ck_referral_grant_whole check (num_nulls(grant_id, grant_site) in (0, 2)),
        constraint ck_referral_timed_while_requested check (state = 'requested' or num_nonnulls(remind_at,
            escalate_at, expire_at) = 0),
        constraint fk_referral_partner_id foreign key(partner_id) references partner (id),
        constraint fk_referral_offer_id foreign key(offer_id) references offer (id),
        constraint ck_referral_kind check (kind in ('german_course', 'mentoring', 'sport', 'language_cafe',
            'moving_help', 'interpreting', 'counselling', 'training', 'information_event', 'childcare', 'other')),
        constraint ck_referral_area check (area in ('language', 'school', 'kindergarten', 'social_contacts',
            'housing_surroundings', 'leisure')),
        constraint ck_referral_topic check (topic in ('application_help', 'housing', 'legal', 'health', 'language',
            'school', 'kindergarten', 'social_contacts', 'housing_surroundings', 'leisure', 'volunteering',
                'neighbourhood_conflict', 'other')),
        constraint ck_referral_state check (state in ('draft', 'requested', 'accepted', 'in_progress', 'on_hold',
            'completed', 'declined', 'expired', 'failed', 'cancelled')),
        constraint ck_referral_held_from check (held_from in ('draft', 'requested', 'accepted', 'in_progress',
            'on_hold', 'completed', 'declined', 'expired', 'failed', 'cancelled')),
        constraint uq_referral_slip_code unique (slip_code),
        constraint ck_referral_basis check (basis in ('consent', 'statutory', 'vital_interest')),
        constraint uq_referral_replaces unique (replaces),
        constraint fk_referral_replaces foreign key(replaces) references referral (id),
        constraint ck_referral_district check (district in ('innenstadt-west', 'innenstadt-nord', 'innenstadt-ost',
            'eving', 'scharnhorst', 'brackel', 'aplerbeck', 'hoerde', 'hombruch', 'luetgendortmund', 'huckarde',
                'mengede')),
        constraint ck_referral_outcome check (outcome in ('got_help', 'could_not_contact', 'not_eligible',
            'no_longer_interested', 'could_not_get_help'))
    )
    """,
    """
    CREATE INDEX ix_referral_board ON referral (site, state, requested_at) WHERE state in ('requested', 'accepted',
        'in_progress', 'on_hold')
    """,
    """
    create index ix_referral_consent_id on referral (consent_id)
    """,
    """
    create index ix_referral_grant_id on referral (grant_id)
    """,
    """
    create index ix_referral_household_id on referral (household_id)
    """,
    """
    create index ix_referral_of_partner on referral (partner_id, state)
    """,
    """
    create index ix_referral_offer_id on referral (offer_id)
    """,
    """
    create index ix_referral_to_escalate on referral (escalate_at) where escalate_at is not null
    """,
    """
    create index ix_referral_to_expire on referral (expire_at) where expire_at is not null
    """,
    """
    create index ix_referral_to_remind on referral (remind_at) where remind_at is not null
    """,
    """
    create table deletion_request (
        id uuid not null,
        referral_id uuid not null,
        partner_id uuid not null,
        site text not null,
        person_ref uuid,
        reason varchar(32) not null,
        asked_at timestamp with time zone not null,
        remind_at timestamp with time zone,
        reminded_at timestamp with time zone,
        confirmed_at timestamp with time zone,
        confirmed_by text,
        constraint pk_deletion_request primary key (id),
        constraint uq_deletion_request_referral_id_person_ref unique nulls not distinct (referral_id, person_ref),
        constraint ck_deletion_request_confirmed_whole check (num_nulls(confirmed_at, confirmed_by) in (0, 2)),
        constraint fk_deletion_request_referral_id foreign key(referral_id) references referral (id),
        constraint fk_deletion_request_partner_id foreign key(partner_id) references partner (id),
        constraint ck_deletion_request_reason check (reason in ('consent_withdrawn', 'moved_away', 'merged',
            'erased', 'over'))
    )
    """,
    """
    create index ix_deletion_request_open on deletion_request (partner_id, asked_at) where confirmed_at is null
    """,
    """
    create table referral_step (
        id bigint generated always as identity,
        referral_id uuid not null,
        what text not null,
        at timestamp with time zone not null,
        recorded_at timestamp with time zone not null,
        by text not null,
        via varchar(32) not null,
        reason text,
        outcome varchar(32),
        constraint pk_referral_step primary key (id),
        constraint fk_referral_step_referral_id foreign key(referral_id) references referral (id),
        constraint ck_referral_step_via check (via in ('page', 'api', 'mail', 'timer', 'event')),
        constraint ck_referral_step_outcome check (outcome in ('got_help', 'could_not_contact', 'not_eligible',
            'no_longer_interested', 'could_not_get_help'))
    )
    """,
    """
    create index ix_referral_step_referral_id on referral_step (referral_id)
    """,
    """
    create table told_to_partner (
        event_id uuid not null,
        referral_id uuid not null,
        partner_id uuid not null,
        event text not null,
        at timestamp with time zone not null,
        constraint pk_told_to_partner primary key (event_id),
        constraint fk_told_to_partner_referral_id foreign key(referral_id) references referral (id),
        constraint fk_told_to_partner_partner_id foreign key(partner_id) references partner (id)
    )
    """,
    """
    create index ix_told_to_partner_referral_id on told_to_partner (referral_id)
    """,
    """
    create trigger partner_directory_changed after insert or update or delete on partner for each statement execute
        function directory_changed()
    """,
    """
    create trigger partner_closure_directory_changed after insert or update or delete on partner_closure for each
        statement execute function directory_changed()
    """,
    """
    create trigger offer_directory_changed after insert or update or delete on offer for each statement execute
        function directory_changed()
    """,
    """
    create trigger referral_moves before insert or update or delete on referral for each row execute function
        referral_moves()
    """,
    """
    create trigger referral_step_append_only before update or delete on referral_step for each row execute function
        keep_as_written()
    """,
    """
    create trigger referral_step_not_emptied before truncate on referral_step execute function keep_as_written()
    """,
)
_TABLES = (
    "told_to_partner",
    "referral_step",
    "deletion_request",
    "referral",
    "offer_session",
    "person_ref",
    "partner_contact",
    "partner_closure",
    "offer",
    "cooperation",
    "subject_sequence",
    "site_register",
    "partner",
    "outbox",
    "known_need",
    "known_household",
    "known_consent",
    "known_barrier",
    "knowledge_page",
    "inbox",
    "idempotency",
    "erased_household",
    "directory_version",
)
_FUNCTIONS = ("keep_as_written", "referral_moves", "directory_changed")


def upgrade() -> None:
    """Bring the tables from the previous revision to this one."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Take this revision back."""
    for table in _TABLES:
        op.execute(f"drop table {table}")
    for function in _FUNCTIONS:
        op.execute(f"drop function {function}")
