"""Authorities, barriers and agreements."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE authority_notice (
        id UUID NOT NULL,
        household_id UUID NOT NULL,
        person_id UUID NOT NULL,
        authority VARCHAR(32) NOT NULL,
        told VARCHAR(32) NOT NULL,
        "on" DATE NOT NULL,
        recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
        acknowledged_on DATE,
        acknowledged_by TEXT,
        CONSTRAINT pk_authority_notice PRIMARY KEY (id),
        CONSTRAINT ck_authority_notice_acknowledged CHECK ((acknowledged_on is null) = (acknowledged_by is null)),
        CONSTRAINT fk_authority_notice_household_id FOREIGN KEY(household_id) REFERENCES household (id),
        CONSTRAINT fk_authority_notice_person_id FOREIGN KEY(person_id) REFERENCES person (id),
        CONSTRAINT ck_authority_notice_authority CHECK (authority IN ('sozialamt', 'jobcenter')),
        CONSTRAINT ck_authority_notice_told CHECK (told IN ('takes_over', 'gives_up', 'changes', 'recalled'))
    )
    """,
    """
    CREATE INDEX ix_authority_notice_household_id ON authority_notice (household_id)
    """,
    """
    CREATE INDEX ix_authority_notice_open ON authority_notice ("on", id) WHERE acknowledged_on is null
    """,
    """
    CREATE UNIQUE INDEX uq_authority_notice ON authority_notice (person_id, "on", authority, told)
    WHERE told <> 'recalled'
    """,
    """
    CREATE TABLE without_benefits (
        person_id UUID NOT NULL,
        since DATE NOT NULL,
        household_id UUID NOT NULL,
        reason TEXT NOT NULL,
        recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
        recorded_by TEXT NOT NULL,
        CONSTRAINT pk_without_benefits PRIMARY KEY (person_id, since),
        CONSTRAINT fk_without_benefits_person_id FOREIGN KEY(person_id) REFERENCES person (id),
        CONSTRAINT fk_without_benefits_household_id FOREIGN KEY(household_id) REFERENCES household (id)
    )
    """,
    """
    CREATE INDEX ix_without_benefits_household_id ON without_benefits (household_id)
    """,
    """
    CREATE TABLE barrier (
        id UUID NOT NULL,
        household_id UUID NOT NULL,
        person_id UUID,
        need_id UUID,
        kind VARCHAR(32) NOT NULL,
        topic VARCHAR(32),
        authority TEXT,
        reach_ended BOOLEAN NOT NULL,
        note TEXT,
        recorded_on DATE NOT NULL,
        recorded_by TEXT NOT NULL,
        CONSTRAINT pk_barrier PRIMARY KEY (id),
        CONSTRAINT ck_barrier_individual CHECK (kind = 'structural' or (authority is null and not reach_ended)),
        CONSTRAINT ck_barrier_structural CHECK (kind = 'individual' or authority is not null or topic is not null),
        CONSTRAINT fk_barrier_household_id FOREIGN KEY(household_id) REFERENCES household (id),
        CONSTRAINT fk_barrier_person_id FOREIGN KEY(person_id) REFERENCES person (id),
        CONSTRAINT fk_barrier_need_id FOREIGN KEY(need_id) REFERENCES need (id),
        CONSTRAINT ck_barrier_kind CHECK (kind IN ('individual', 'structural')),
        CONSTRAINT ck_barrier_topic CHECK (topic IN ('application_help', 'housing', 'legal', 'health',
            'language', 'school', 'kindergarten', 'social_contacts', 'housing_surroundings', 'leisure',
            'volunteering', 'neighbourhood_conflict', 'other'))
    )
    """,
    """
    CREATE INDEX ix_barrier_household_id ON barrier (household_id)
    """,
    """
    CREATE TABLE agreement (
        id UUID NOT NULL,
        household_id UUID NOT NULL,
        concluded_on DATE NOT NULL,
        review_on DATE,
        areas TEXT[] NOT NULL,
        withdrawn_on DATE,
        recorded_by TEXT NOT NULL,
        CONSTRAINT pk_agreement PRIMARY KEY (id),
        CONSTRAINT ck_agreement_withdrawn CHECK (withdrawn_on >= concluded_on),
        CONSTRAINT fk_agreement_household_id FOREIGN KEY(household_id) REFERENCES household (id)
    )
    """,
    """
    CREATE INDEX ix_agreement_household_id ON agreement (household_id)
    """,
    """
    CREATE TABLE agreement_goal (
        id UUID NOT NULL,
        household_id UUID NOT NULL,
        agreement_id UUID NOT NULL,
        side VARCHAR(32) NOT NULL,
        position INTEGER NOT NULL,
        words TEXT NOT NULL,
        reached_on DATE,
        CONSTRAINT pk_agreement_goal PRIMARY KEY (id),
        CONSTRAINT ck_agreement_goal_words CHECK (words <> ''),
        CONSTRAINT fk_agreement_goal_household_id FOREIGN KEY(household_id) REFERENCES household (id),
        CONSTRAINT fk_agreement_goal_agreement_id FOREIGN KEY(agreement_id) REFERENCES agreement (id),
        CONSTRAINT ck_agreement_goal_side CHECK (side IN ('household', 'site'))
    )
    """,
    """
    CREATE INDEX ix_agreement_goal_household_id ON agreement_goal (household_id)
    """,
    """
    CREATE UNIQUE INDEX uq_agreement_goal_position ON agreement_goal (agreement_id, side, position)
    """,
    """
    CREATE TABLE agreement_review (
        id UUID NOT NULL,
        household_id UUID NOT NULL,
        agreement_id UUID NOT NULL,
        "on" DATE NOT NULL,
        note TEXT,
        recorded_by TEXT NOT NULL,
        CONSTRAINT pk_agreement_review PRIMARY KEY (id),
        CONSTRAINT fk_agreement_review_household_id FOREIGN KEY(household_id) REFERENCES household (id),
        CONSTRAINT fk_agreement_review_agreement_id FOREIGN KEY(agreement_id) REFERENCES agreement (id)
    )
    """,
    """
    CREATE INDEX ix_agreement_review_agreement_id ON agreement_review (agreement_id)
    """,
    """
    CREATE INDEX ix_agreement_review_household_id ON agreement_review (household_id)
    """,
)


def upgrade() -> None:
    """Bring the tables from the previous revision to this one."""
    for statement in _STATEMENTS:
        op.execute(statement)
