"""Who is needed to interpret, and which volunteers have said that they come."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    create table interpreter_request (
        id uuid not null,
        occasion varchar(32) not null,
        household_id uuid,
        visit_id uuid,
        language text not null,
        at timestamp with time zone not null,
        until timestamp with time zone not null,
        woman_wanted boolean not null,
        consent_on date,
        created_at timestamp with time zone not null,
        created_by text not null,
        ended_at timestamp with time zone,
        ended_because varchar(32),
        constraint pk_interpreter_request primary key (id),
        constraint ck_interpreter_request_until check (until > at),
        constraint ck_interpreter_request_household check ((occasion = 'office_hours') = (household_id is null)),
        constraint ck_interpreter_request_visit check ((occasion = 'first_visit') = (visit_id is not null)),
        constraint ck_interpreter_request_consent check (consent_on is null or household_id is not null),
        constraint ck_interpreter_request_ended check ((ended_at is null) = (ended_because is null)),
        constraint ck_interpreter_request_occasion check (occasion in ('first_visit', 'office_hours', 'appointment')),
        constraint ck_interpreter_request_ended_because check (ended_because in ('over', 'withdrawn', 'handed_over')),
        constraint fk_interpreter_request_household_id foreign key (household_id) references household (id),
        constraint fk_interpreter_request_visit_id foreign key (visit_id) references first_visit (id)
    )
    """,
    """
    create index ix_interpreter_request_household_id on interpreter_request (household_id)
    """,
    """
    create unique index uq_interpreter_request_visit on interpreter_request (visit_id) where ended_at is null
    """,
    """
    create index ix_interpreter_request_open on interpreter_request (at, id) where ended_at is null
    """,
    """
    create table assignment (
        id uuid not null,
        household_id uuid not null,
        volunteer_id uuid not null,
        request_id uuid,
        kind varchar(32) not null,
        at timestamp with time zone,
        until timestamp with time zone,
        accepted_on date not null,
        ended_on date,
        sequence bigint not null,
        constraint pk_assignment primary key (id),
        constraint ck_assignment_kind check (kind in ('interpreter', 'mentor', 'teacher', 'moving_helper',
            'companion')),
        constraint fk_assignment_household_id foreign key (household_id) references household (id)
    )
    """,
    """
    create index ix_assignment_household_id on assignment (household_id)
    """,
)


def upgrade() -> None:
    """Bring the tables from the previous revision to this one."""
    for statement in _STATEMENTS:
        op.execute(statement)
