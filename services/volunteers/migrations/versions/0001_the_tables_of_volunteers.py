"""The tables of the volunteers' service."""

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
    create table erased_household (
        id uuid not null,
        erasure_id uuid not null,
        at TIMESTAMP with TIME ZONE not null,
        constraint pk_erased_household primary key (id)
    )
    """,
    """
    create table gathering (
        id uuid not null,
        kind varchar(32) not null,
        site text not null,
        title text not null,
        about text,
        place text not null,
        starts_at TIMESTAMP with TIME ZONE not null,
        ends_at TIMESTAMP with TIME ZONE not null,
        revision integer not null,
        created_by text not null,
        created_at TIMESTAMP with TIME ZONE not null,
        cancelled_at TIMESTAMP with TIME ZONE,
        constraint pk_gathering primary key (id),
        constraint ck_gathering_words check (title <> '' and place <> ''),
        constraint ck_gathering_order check (starts_at < ends_at),
        constraint ck_gathering_kind check (kind in ('training', 'exchange'))
    )
    """,
    """
    create index ix_gathering_of_site on gathering (site, starts_at)
    """,
    """
    create table help_request (
        id uuid not null,
        kind varchar(32) not null,
        occasion varchar(32),
        title text,
        site text not null,
        district varchar(32),
        neighbourhood text,
        household_id uuid,
        original_household_id uuid,
        visit_id uuid,
        language text,
        starts_at TIMESTAMP with TIME ZONE,
        ends_at TIMESTAMP with TIME ZONE,
        woman_wanted boolean not null,
        minors boolean not null,
        car_wanted boolean not null,
        organisation text,
        state varchar(32) not null,
        asks_by_itself boolean not null,
        ask_at TIMESTAMP with TIME ZONE,
        origin varchar(32) not null,
        origin_id uuid,
        sequence bigint not null,
        created_at TIMESTAMP with TIME ZONE not null,
        created_by text not null,
        filled_at TIMESTAMP with TIME ZONE,
        closed_at TIMESTAMP with TIME ZONE,
        constraint pk_help_request primary key (id),
        constraint ck_help_request_both_times check ((starts_at is null) = (ends_at is null)),
        constraint ck_help_request_order check (starts_at < ends_at),
        constraint ck_help_request_time check (starts_at is not null or kind = 'mentor'),
        constraint ck_help_request_mentor check (kind <> 'mentor' or household_id is not null or state in ('withdrawn',
            'done', 'unfilled')),
        constraint ck_help_request_language check (kind <> 'interpreter' or language is not null),
        constraint ck_help_request_title check (title is not null or kind in ('interpreter', 'mentor')),
        constraint ck_help_request_closed check ((state in ('done', 'unfilled', 'withdrawn')) = (closed_at is not
            null)),
        constraint ck_help_request_ask_at check (ask_at is null or state = 'open'),
        constraint ck_help_request_kind check (kind in ('interpreter', 'mentor', 'teacher', 'moving_helper',
            'companion')),
        constraint ck_help_request_occasion check (occasion in ('first_visit', 'office_hours', 'appointment')),
        constraint ck_help_request_district check (district in ('innenstadt-west', 'innenstadt-nord', 'innenstadt-ost',
            'eving', 'scharnhorst', 'brackel', 'aplerbeck', 'hoerde', 'hombruch', 'luetgendortmund', 'huckarde',
                'mengede')),
        constraint ck_help_request_state check (state in ('suggested', 'open', 'filled', 'done', 'unfilled',
            'withdrawn')),
        constraint ck_help_request_origin check (origin in ('hand', 'site', 'need', 'referral', 'standing'))
    )
    """,
    """
    create index ix_help_request_ask_at on help_request (ask_at) where ask_at is not null
    """,
    """
    create index ix_help_request_household_id on help_request (household_id)
    """,
    """
    create index ix_help_request_of_site on help_request (site, starts_at)
    """,
    """
    create index ix_help_request_visit_id on help_request (visit_id)
    """,
    """
    create unique index uq_help_request_origin on help_request (origin, origin_id, kind)
    """,
    """
    CREATE UNIQUE INDEX uq_help_request_standing ON help_request (site, starts_at, language) WHERE origin = 'standing'
    """,
    """
    create table idempotency (
        account text not null,
        key text not null,
        request bytea not null,
        status integer,
        headers jsonb,
        body bytea,
        at TIMESTAMP with TIME ZONE default now() not null,
        constraint pk_idempotency primary key (account, key)
    )
    """,
    """
    create table inbox (
        event_id uuid not null,
        consumer text not null,
        handled_at TIMESTAMP with TIME ZONE default now() not null,
        constraint pk_inbox primary key (event_id, consumer)
    )
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
        merged_with uuid,
        merge_sequence bigint not null,
        constraint pk_known_household primary key (household_id),
        constraint ck_known_household_district check (district in ('innenstadt-west', 'innenstadt-nord',
            'innenstadt-ost', 'eving', 'scharnhorst', 'brackel', 'aplerbeck', 'hoerde', 'hombruch', 'luetgendortmund',
                'huckarde', 'mengede')),
        constraint ck_known_household_closed check (closed in ('moved_away', 'no_longer_needed', 'declined',
            'unreachable', 'deceased', 'merged', 'entered_by_mistake'))
    )
    """,
    """
    create index ix_known_household_merged_into on known_household (merged_into)
    """,
    """
    create table mail (
        id bigint generated always as identity,
        to_address text not null,
        kind text not null,
        about jsonb not null,
        state TEXT DEFAULT 'waiting' NOT NULL,
        attempts INTEGER DEFAULT '0' NOT NULL,
        next_try_at TIMESTAMP with TIME ZONE,
        error_code text,
        created_at TIMESTAMP with TIME ZONE default now() not null,
        sent_at TIMESTAMP with TIME ZONE,
        constraint pk_mail primary key (id),
        constraint ck_mail_address check (to_address like '%@%'),
        constraint ck_mail_state check (state in ('waiting', 'sent', 'failed')),
        constraint ck_mail_waiting check ((state = 'waiting') = (next_try_at is not null)),
        constraint ck_mail_sent check ((state = 'sent') = (sent_at is not null))
    )
    """,
    """
    create index ix_mail_about on mail using gin (about jsonb_path_ops)
    """,
    """
    CREATE INDEX ix_mail_waiting ON mail (to_address, id) WHERE state = 'waiting'
    """,
    """
    create table mail_link (
        hash text not null,
        kind text not null,
        about jsonb not null,
        expires_at TIMESTAMP with TIME ZONE not null,
        used_at TIMESTAMP with TIME ZONE,
        constraint pk_mail_link primary key (hash)
    )
    """,
    """
    create table outbox (
        position bigint generated always as identity,
        id uuid not null,
        routing_key text not null,
        sequence bigint not null,
        body bytea not null,
        added_at TIMESTAMP with TIME ZONE default clock_timestamp() not null,
        constraint pk_outbox primary key (position)
    )
    """,
    """
    create table rota_run (
        id uuid not null,
        week date not null,
        computed_at TIMESTAMP with TIME ZONE not null,
        computed_by text not null,
        optimal boolean not null,
        gap float not null,
        seconds float not null,
        constraint pk_rota_run primary key (id),
        constraint ck_rota_run_monday check (extract(isodow from week) = 1)
    )
    """,
    """
    create index ix_rota_run_week on rota_run (week)
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
    create table standing_wish (
        site text not null,
        language text not null,
        constraint pk_standing_wish primary key (site, language)
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
    create table volunteer (
        id uuid not null,
        state varchar(32) not null,
        given_name text not null,
        family_name text not null,
        email text,
        phone text,
        mail_language text not null,
        organisation text,
        kinds text[] not null,
        districts text[] not null,
        home_district varchar(32),
        skills text,
        wishes text,
        limits text,
        note text,
        woman boolean,
        driving_licence boolean not null,
        car boolean not null,
        max_a_month integer not null,
        certificate_inspected_on date,
        certificate_due_on date,
        confidentiality_on date,
        paused_until date,
        resting_until date,
        call_since TIMESTAMP with TIME ZONE,
        calendar_hash text,
        via varchar(32) not null,
        registered_at TIMESTAMP with TIME ZONE not null,
        confirmed_at TIMESTAMP with TIME ZONE,
        changed_at TIMESTAMP with TIME ZONE not null,
        left_on date,
        constraint pk_volunteer primary key (id),
        constraint ck_volunteer_name check (given_name <> '' and family_name <> ''),
        constraint ck_volunteer_email check (email like '%@%'),
        constraint ck_volunteer_reachable check (email is not null or phone is not null),
        constraint ck_volunteer_mail_language check (mail_language in ('de', 'en', 'ar', 'fa')),
        constraint ck_volunteer_max_a_month check (max_a_month between 0 and 60),
        constraint ck_volunteer_certificate check ((certificate_inspected_on is null) = (certificate_due_on is null)),
        constraint ck_volunteer_certificate_days check (certificate_due_on >= certificate_inspected_on),
        constraint ck_volunteer_left check ((state = 'left') = (left_on is not null)),
        constraint ck_volunteer_state check (state in ('unconfirmed', 'new', 'active', 'left')),
        constraint ck_volunteer_home_district check (home_district in ('innenstadt-west', 'innenstadt-nord',
            'innenstadt-ost', 'eving', 'scharnhorst', 'brackel', 'aplerbeck', 'hoerde', 'hombruch', 'luetgendortmund',
                'huckarde', 'mengede')),
        constraint uq_volunteer_calendar_hash unique (calendar_hash),
        constraint ck_volunteer_via check (via in ('page', 'api', 'mail', 'timer', 'event'))
    )
    """,
    """
    CREATE UNIQUE INDEX uq_volunteer_email ON volunteer (lower(email)) WHERE state <> 'left'
    """,
    """
    create table absence (
        id uuid not null,
        volunteer_id uuid not null,
        from_on date not null,
        until_on date not null,
        constraint pk_absence primary key (id),
        constraint ck_absence_order check (until_on >= from_on),
        constraint fk_absence_volunteer_id foreign key(volunteer_id) references volunteer (id) on delete cascade
    )
    """,
    """
    create index ix_absence_volunteer_id on absence (volunteer_id)
    """,
    """
    create table assignment (
        id uuid not null,
        request_id uuid not null,
        volunteer_id uuid not null,
        kind varchar(32) not null,
        starts_at TIMESTAMP with TIME ZONE,
        ends_at TIMESTAMP with TIME ZONE,
        state varchar(32) not null,
        reasons text[] not null,
        asked_at TIMESTAMP with TIME ZONE not null,
        asked_by text not null,
        answer_by TIMESTAMP with TIME ZONE,
        answered_at TIMESTAMP with TIME ZONE,
        answered_via varchar(32),
        decline_reason varchar(32),
        cancel_reason varchar(32),
        ended_at TIMESTAMP with TIME ZONE,
        reminded_at TIMESTAMP with TIME ZONE,
        asked_how_it_was_at TIMESTAMP with TIME ZONE,
        minutes integer,
        rating integer,
        strain integer,
        feedback text,
        site_rating integer,
        site_feedback text,
        grant_id uuid,
        grant_site text,
        grant_sequence bigint not null,
        constraint pk_assignment primary key (id),
        constraint ck_assignment_answer_by check ((state = 'offered') = (answer_by is not null)),
        constraint ck_assignment_why_declined check ((state = 'declined') = (decline_reason is not null)),
        constraint ck_assignment_why_cancelled check ((state = 'cancelled') = (cancel_reason is not null)),
        constraint ck_assignment_ended check ((state in ('offered', 'accepted')) = (ended_at is null)),
        constraint ck_assignment_minutes check ((state = 'completed') = (minutes is not null)),
        constraint ck_assignment_minutes_of_a_day check (minutes between 0 and 1440),
        constraint ck_assignment_ratings check (coalesce(rating, 1) between 1 and 5 and coalesce(strain, 1) between 1
            and 5 and coalesce(site_rating, 1) between 1 and 5),
        constraint uq_assignment_asked_once unique nulls not distinct (request_id, volunteer_id, starts_at),
        CONSTRAINT ex_assignment_double_booking EXCLUDE USING gist (volunteer_id WITH =, tstzrange(starts_at, ends_at)
            WITH &&) WHERE (state in ('accepted', 'completed') and starts_at is not null),
        constraint fk_assignment_request_id foreign key(request_id) references help_request (id),
        constraint fk_assignment_volunteer_id foreign key(volunteer_id) references volunteer (id),
        constraint ck_assignment_kind check (kind in ('interpreter', 'mentor', 'teacher', 'moving_helper',
            'companion')),
        constraint ck_assignment_state check (state in ('offered', 'accepted', 'declined', 'cancelled', 'completed')),
        constraint ck_assignment_answered_via check (answered_via in ('page', 'api', 'mail', 'timer', 'event')),
        constraint ck_assignment_decline_reason check (decline_reason in ('no', 'not_at_such_times', 'no_answer',
            'overtaken')),
        constraint ck_assignment_cancel_reason check (cancel_reason in ('volunteer', 'withdrawn', 'not_allowed',
            'did_not_take_place', 'erased'))
    )
    """,
    """
    create index ix_assignment_answer_by on assignment (answer_by) where answer_by is not null
    """,
    """
    create index ix_assignment_volunteer_id on assignment (volunteer_id)
    """,
    """
    CREATE UNIQUE INDEX uq_assignment_one_comes ON assignment (request_id) WHERE state in ('accepted', 'completed')
    """,
    """
    create table availability (
        id uuid not null,
        volunteer_id uuid not null,
        weekday varchar(32) not null,
        starts time without time zone not null,
        ends time without time zone not null,
        constraint pk_availability primary key (id),
        constraint ck_availability_order check (starts < ends or ends = '00:00'),
        constraint fk_availability_volunteer_id foreign key(volunteer_id) references volunteer (id) on delete cascade,
        constraint ck_availability_weekday check (weekday in ('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'))
    )
    """,
    """
    create index ix_availability_volunteer_id on availability (volunteer_id)
    """,
    """
    create table conflict (
        id uuid not null,
        volunteer_id uuid not null,
        household_id uuid not null,
        original_household_id uuid,
        by_volunteer boolean not null,
        named_on date not null,
        constraint pk_conflict primary key (id),
        constraint fk_conflict_volunteer_id foreign key(volunteer_id) references volunteer (id) on delete cascade
    )
    """,
    """
    create index ix_conflict_household_id on conflict (household_id)
    """,
    """
    create index ix_conflict_volunteer_id on conflict (volunteer_id)
    """,
    """
    create table invitation (
        gathering_id uuid not null,
        volunteer_id uuid not null,
        invited_at TIMESTAMP with TIME ZONE not null,
        comes boolean,
        attended boolean,
        constraint pk_invitation primary key (gathering_id, volunteer_id),
        constraint fk_invitation_gathering_id foreign key(gathering_id) references gathering (id) on delete cascade,
        constraint fk_invitation_volunteer_id foreign key(volunteer_id) references volunteer (id) on delete cascade
    )
    """,
    """
    create index ix_invitation_volunteer_id on invitation (volunteer_id)
    """,
    """
    create table mentorship (
        id uuid not null,
        volunteer_id uuid not null,
        household_id uuid,
        original_household_id uuid,
        request_id uuid,
        referral_id uuid,
        site text not null,
        district varchar(32),
        organisation text,
        minors boolean not null,
        started_on date not null,
        ended_on date,
        end_reason varchar(32),
        rating integer,
        feedback text,
        site_rating integer,
        site_feedback text,
        grant_id uuid,
        grant_site text,
        grant_sequence bigint not null,
        constraint pk_mentorship primary key (id),
        constraint ck_mentorship_ended check ((ended_on is null) = (end_reason is null)),
        constraint ck_mentorship_order check (ended_on >= started_on),
        constraint ck_mentorship_household check (household_id is not null or ended_on is not null),
        constraint ck_mentorship_ratings check (coalesce(rating, 1) between 1 and 5 and coalesce(site_rating, 1)
            between 1 and 5),
        constraint fk_mentorship_volunteer_id foreign key(volunteer_id) references volunteer (id),
        constraint uq_mentorship_request_id unique (request_id),
        constraint fk_mentorship_request_id foreign key(request_id) references help_request (id),
        constraint ck_mentorship_district check (district in ('innenstadt-west', 'innenstadt-nord', 'innenstadt-ost',
            'eving', 'scharnhorst', 'brackel', 'aplerbeck', 'hoerde', 'hombruch', 'luetgendortmund', 'huckarde',
                'mengede')),
        constraint ck_mentorship_end_reason check (end_reason in ('settled', 'moved_away', 'volunteer', 'household',
            'did_not_fit', 'not_allowed', 'file_closed', 'erased'))
    )
    """,
    """
    create index ix_mentorship_household_id on mentorship (household_id)
    """,
    """
    create index ix_mentorship_volunteer_id on mentorship (volunteer_id)
    """,
    """
    create unique index uq_mentorship_running on mentorship (volunteer_id, household_id) where ended_on is null
    """,
    """
    create table request_step (
        id bigint generated always as identity,
        request_id uuid not null,
        volunteer_id uuid,
        what text not null,
        at TIMESTAMP with TIME ZONE not null,
        by text not null,
        via varchar(32) not null,
        constraint pk_request_step primary key (id),
        constraint fk_request_step_request_id foreign key(request_id) references help_request (id) on delete cascade,
        constraint fk_request_step_volunteer_id foreign key(volunteer_id) references volunteer (id) on delete set null,
        constraint ck_request_step_via check (via in ('page', 'api', 'mail', 'timer', 'event'))
    )
    """,
    """
    create index ix_request_step_request_id on request_step (request_id)
    """,
    """
    create table rota_line (
        run_id uuid not null,
        request_id uuid not null,
        volunteer_id uuid,
        gap jsonb,
        constraint pk_rota_line primary key (run_id, request_id),
        constraint fk_rota_line_run_id foreign key(run_id) references rota_run (id) on delete cascade,
        constraint fk_rota_line_request_id foreign key(request_id) references help_request (id) on delete cascade,
        constraint fk_rota_line_volunteer_id foreign key(volunteer_id) references volunteer (id) on delete cascade
    )
    """,
    """
    create index ix_rota_line_volunteer_id on rota_line (volunteer_id)
    """,
    """
    create table thanks (
        id uuid not null,
        volunteer_id uuid not null,
        on_day date not null,
        from_on date not null,
        until_on date not null,
        words text,
        constraint pk_thanks primary key (id),
        constraint ck_thanks_order check (until_on >= from_on),
        constraint fk_thanks_volunteer_id foreign key(volunteer_id) references volunteer (id) on delete cascade
    )
    """,
    """
    create index ix_thanks_volunteer_id on thanks (volunteer_id)
    """,
    """
    create table volunteer_language (
        volunteer_id uuid not null,
        language text not null,
        level varchar(32) not null,
        understands boolean not null,
        speaks boolean not null,
        reads boolean not null,
        writes boolean not null,
        dialects text,
        constraint pk_volunteer_language primary key (volunteer_id, language),
        constraint fk_volunteer_language_volunteer_id foreign key(volunteer_id) references volunteer (id) on delete
            cascade,
        constraint ck_volunteer_language_level check (level in ('a1', 'a2', 'b1', 'b2', 'c1', 'c2', 'native'))
    )
    """,
    """
    create table weekly_block (
        id uuid not null,
        volunteer_id uuid not null,
        weekday varchar(32) not null,
        starts time without time zone not null,
        ends time without time zone not null,
        reason varchar(32),
        constraint pk_weekly_block primary key (id),
        constraint ck_weekly_block_order check (starts < ends or ends = '00:00'),
        constraint fk_weekly_block_volunteer_id foreign key(volunteer_id) references volunteer (id) on delete cascade,
        constraint ck_weekly_block_weekday check (weekday in ('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun')),
        constraint ck_weekly_block_reason check (reason in ('integration_course', 'work', 'school', 'family', 'other'))
    )
    """,
    """
    create index ix_weekly_block_volunteer_id on weekly_block (volunteer_id)
    """,
    """
    create table mentorship_hours (
        id uuid not null,
        mentorship_id uuid not null,
        on_day date not null,
        minutes integer not null,
        constraint pk_mentorship_hours primary key (id),
        constraint ck_mentorship_hours_minutes check (minutes between 1 and 1440),
        constraint fk_mentorship_hours_mentorship_id foreign key(mentorship_id) references mentorship (id) on delete
            cascade
    )
    """,
    """
    create index ix_mentorship_hours_mentorship_id on mentorship_hours (mentorship_id)
    """,
    """
    create function may_come(whom uuid, family uuid, last_day date, with_minors boolean, in_confidence boolean,
        by_woman boolean) returns void language plpgsql as
    $$
    declare
        person volunteer;
    begin
        -- Whoever takes the certificate away waits for this transaction, and the other way round.
        select * into strict person from volunteer where id = whom for share;
        if person.state <> 'active' then
            raise exception using message = 'the volunteer is not at work', errcode = 'check_violation';
        end if;
        if with_minors and coalesce(person.certificate_due_on < last_day, true) then
            raise exception using message = 'no certificate of good conduct', errcode = 'check_violation';
        end if;
        if in_confidence and person.confidentiality_on is null then
            raise exception using message = 'no undertaking of confidentiality', errcode = 'check_violation';
        end if;
        if by_woman and person.woman is not true then
            raise exception using message = 'a woman is wanted', errcode = 'check_violation';
        end if;
        if exists (select from conflict c where c.volunteer_id = whom and c.household_id = family) then
            raise exception using message = 'this volunteer and this household are kept apart',
                errcode = 'check_violation';
        end if;
    end
    $$
    """,
    """
    create function assignment_allowed() returns trigger language plpgsql as
    $$
    declare
        request help_request;
    begin
        select * into strict request from help_request where id = new.request_id;
        perform may_come(new.volunteer_id, request.household_id,
            (coalesce(new.ends_at, now()) at time zone 'Europe/Berlin')::date,
            request.minors, new.kind in ('interpreter', 'mentor'), request.woman_wanted);
        return new;
    end
    $$
    """,
    """
    create function mentorship_allowed() returns trigger language plpgsql as
    $$
    begin
        perform may_come(new.volunteer_id, new.household_id, new.started_on, new.minors, true, false);
        return new;
    end
    $$
    """,
    """
    create function certificate_kept() returns trigger language plpgsql as
    $$
    begin
        if exists (
            select from assignment a join help_request r on r.id = a.request_id
            where a.volunteer_id = new.id and a.state = 'accepted' and r.minors and coalesce(new.certificate_due_on <
                (coalesce(a.ends_at, now()) at time zone 'Europe/Berlin')::date, true)
        ) or exists (
            select from mentorship m where m.volunteer_id = new.id and m.ended_on is null and m.minors
                and coalesce(new.certificate_due_on < m.started_on, true)
        ) then
            raise exception using message = 'still has assignments with minors', errcode = 'check_violation';
        end if;
        return null;
    end
    $$
    """,
    """
    create constraint trigger volunteer_certificate_kept after update of certificate_due_on on volunteer deferrable
        initially deferred for each row execute function certificate_kept()
    """,
    """
    create trigger assignment_allowed before insert or update on assignment for each row when (new.state = 'accepted')
        execute function assignment_allowed()
    """,
    """
    create trigger mentorship_allowed before insert or update on mentorship for each row when (new.ended_on is null)
        execute function mentorship_allowed()
    """,
)
_TABLES = (
    "mentorship_hours",
    "weekly_block",
    "volunteer_language",
    "thanks",
    "rota_line",
    "request_step",
    "mentorship",
    "invitation",
    "conflict",
    "availability",
    "assignment",
    "absence",
    "volunteer",
    "subject_sequence",
    "standing_wish",
    "site_register",
    "rota_run",
    "outbox",
    "mail_link",
    "mail",
    "known_household",
    "inbox",
    "idempotency",
    "help_request",
    "gathering",
    "erased_household",
)
_FUNCTIONS = (
    "assignment_allowed()",
    "mentorship_allowed()",
    "certificate_kept()",
    "may_come(uuid, uuid, date, boolean, boolean, boolean)",
)


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
    op.execute("drop extension btree_gist")
