"""Alembic's environment of the intake."""

from services.intake.tables import metadata
from shared import migrations

migrations.run(metadata)
