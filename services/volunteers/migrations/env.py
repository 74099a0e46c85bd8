"""Alembic's environment of the volunteers' service."""

from services.volunteers.tables import metadata
from shared import migrations

migrations.run(metadata)
