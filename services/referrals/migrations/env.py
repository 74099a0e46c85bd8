"""Alembic's environment of the referrals."""

from services.referrals.tables import metadata
from shared import migrations

migrations.run(metadata)
