"""Imported lists of moves."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE import_file (
        id UUID NOT NULL,
        name TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        header_hash TEXT NOT NULL,
        header TEXT[] NOT NULL,
        line_count INTEGER NOT NULL,
        notes TEXT[] NOT NULL,
        mapping JSONB NOT NULL,
        sheet JSONB,
        state VARCHAR(32) NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        by TEXT NOT NULL,
        taken_at TIMESTAMP WITH TIME ZONE,
        taken_by TEXT,
        CONSTRAINT pk_import_file PRIMARY KEY (id),
        CONSTRAINT ck_import_file_taken CHECK ((taken_at is null) = (state in ('mapping', 'preview'))),
        CONSTRAINT uq_import_file_sha256 UNIQUE (sha256),
        CONSTRAINT ck_import_file_state CHECK (state IN ('mapping', 'preview', 'taking', 'done'))
    )
    """,
    """
    CREATE INDEX ix_import_file_at ON import_file (at, id)
    """,
    """
    CREATE TABLE import_row (
        id UUID NOT NULL,
        file_id UUID,
        from_site TEXT,
        lines INTEGER[] NOT NULL,
        state VARCHAR(32) NOT NULL,
        way VARCHAR(32),
        to_site TEXT,
        move_id UUID,
        content JSONB,
        former_district TEXT,
        visited TEXT[] NOT NULL,
        faults JSONB NOT NULL,
        candidates UUID[] NOT NULL,
        household_id UUID,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        settled_at TIMESTAMP WITH TIME ZONE,
        settled_by TEXT,
        CONSTRAINT pk_import_row PRIMARY KEY (id),
        CONSTRAINT ck_import_row_content CHECK ((content is null) = (state not in ('ready', 'duplicate'))),
        CONSTRAINT ck_import_row_source CHECK ((file_id is null) <> (from_site is null)),
        CONSTRAINT fk_import_row_file_id FOREIGN KEY(file_id) REFERENCES import_file (id) ON DELETE CASCADE,
        CONSTRAINT ck_import_row_state CHECK (state IN ('ready', 'bad', 'duplicate', 'taken', 'unchanged', 'left_out')),
        CONSTRAINT ck_import_row_way CHECK (way IN ('new', 'move', 'elsewhere'))
    )
    """,
    """
    CREATE INDEX ix_import_row_candidates ON import_row USING gin (candidates)
    """,
    """
    CREATE INDEX ix_import_row_duplicate ON import_row (id) WHERE state = 'duplicate'
    """,
    """
    CREATE INDEX ix_import_row_file ON import_row (file_id, state, id)
    """,
    """
    CREATE TABLE import_mapping (
        header_hash TEXT NOT NULL,
        mapping JSONB NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        by TEXT NOT NULL,
        CONSTRAINT pk_import_mapping PRIMARY KEY (header_hash)
    )
    """,
    """
    CREATE TABLE imported_move (
        move_id UUID NOT NULL,
        household_id UUID,
        origin VARCHAR(32) NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_imported_move PRIMARY KEY (move_id),
        CONSTRAINT ck_imported_move_origin CHECK (origin IN ('list', 'letter'))
    )
    """,
    """
    CREATE INDEX ix_household_case_number ON household (lower(replace(case_number, ' ', '')))
    """,
    """
    CREATE INDEX ix_person_birth_date ON person (birth_date)
    """,
)


def upgrade() -> None:
    """Bring the tables from the previous revision to this one."""
    for statement in _STATEMENTS:
        op.execute(statement)
