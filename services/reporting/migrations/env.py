"""Alembic's environment for the reporting database."""

from services.reporting.tables import metadata
from shared.migrations import run

run(metadata)
