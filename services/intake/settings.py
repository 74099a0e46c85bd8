"""What an intake process is told by its environment."""

from pydantic import Field

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """The intake's own settings besides those of every service."""

    first_visit_due_days: int = Field(
        default=14, ge=1, le=365, description="Days after a move within which the first visit is owed (ours)."
    )
