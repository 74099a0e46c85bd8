"""The team's care for its own work."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE follow_up (
        id UUID NOT NULL,
        household_id UUID NOT NULL,
        due_on DATE NOT NULL,
        what TEXT NOT NULL,
        for_whom TEXT,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        created_by TEXT NOT NULL,
        done_on DATE,
        done_by TEXT,
        CONSTRAINT pk_follow_up PRIMARY KEY (id),
        CONSTRAINT ck_follow_up_what CHECK (what <> ''),
        CONSTRAINT ck_follow_up_done CHECK ((done_on is null) = (done_by is null)),
        CONSTRAINT fk_follow_up_household_id FOREIGN KEY(household_id) REFERENCES household (id)
    )
    """,
    """
    CREATE INDEX ix_follow_up_household_id ON follow_up (household_id)
    """,
    """
    CREATE INDEX ix_follow_up_open ON follow_up (due_on, id) WHERE done_on is null
    """,
    """
    CREATE TABLE safety_note (
        household_id UUID NOT NULL,
        text TEXT NOT NULL,
        by TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_safety_note PRIMARY KEY (household_id),
        CONSTRAINT ck_safety_note_text CHECK (text <> ''),
        CONSTRAINT fk_safety_note_household_id FOREIGN KEY(household_id) REFERENCES household (id)
    )
    """,
    """
    CREATE TABLE child_protection (
        id UUID NOT NULL,
        household_id UUID NOT NULL,
        opened_on DATE NOT NULL,
        opened_by TEXT NOT NULL,
        closed_on DATE,
        closed_by TEXT,
        result TEXT,
        CONSTRAINT pk_child_protection PRIMARY KEY (id),
        CONSTRAINT ck_child_protection_closed CHECK ((closed_on is null) = (closed_by is null)),
        CONSTRAINT ck_child_protection_result CHECK (closed_on is null or result is not null),
        CONSTRAINT fk_child_protection_household_id FOREIGN KEY(household_id) REFERENCES household (id)
    )
    """,
    """
    CREATE INDEX ix_child_protection_household_id ON child_protection (household_id)
    """,
    """
    CREATE UNIQUE INDEX uq_child_protection_open ON child_protection (household_id) WHERE closed_on is null
    """,
    """
    CREATE TABLE child_protection_step (
        path_id UUID NOT NULL,
        step VARCHAR(32) NOT NULL,
        household_id UUID NOT NULL,
        done_on DATE NOT NULL,
        done_by TEXT NOT NULL,
        note TEXT,
        recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
        recorded_by TEXT NOT NULL,
        CONSTRAINT pk_child_protection_step PRIMARY KEY (path_id, step),
        CONSTRAINT fk_child_protection_step_path_id FOREIGN KEY(path_id) REFERENCES child_protection (id),
        CONSTRAINT ck_child_protection_step_step CHECK (step IN ('noticed', 'discussed', 'expert',
            'parents', 'help_offered', 'youth_office')),
        CONSTRAINT fk_child_protection_step_household_id FOREIGN KEY(household_id) REFERENCES household (id)
    )
    """,
    """
    CREATE INDEX ix_child_protection_step_household_id ON child_protection_step (household_id)
    """,
)


def upgrade() -> None:
    """Bring the tables from the previous revision to this one."""
    for statement in _STATEMENTS:
        op.execute(statement)
