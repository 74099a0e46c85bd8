"""What an intake process is told by its environment."""

from pathlib import Path

from pydantic import Field

from shared.contracts.words import Service
from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """The intake's own settings besides those of every service."""

    first_visit_due_days: int = Field(
        default=14, ge=1, le=365, description="Days after a move within which the first visit is owed (ours)."
    )
    letter_key_files: Path = Field(
        default_factory=lambda known: Path(known["signing_key_file"]).parent,
        description="Folder with the keys to which letters to this site are sealed; default: beside the signing key.",
    )
    handover_alarm_minutes: int = Field(
        default=60, ge=1, description="Minutes after which a handover that has not arrived raises an alarm (ours)."
    )
    existing_services: list[Service] = Field(
        default=[Service.INTAKE, Service.REPORTING, Service.REFERRALS, Service.VOLUNTEERS],
        description="The services that hold data about households and must acknowledge an erasure.",
    )
    deletion_months: dict[str, int] = Field(
        default={"closed_files": 36, "refused_letters": 6, "import_rows": 1, "access_log": 24, "kept_answers": 3},
        description="Months after which each kind of record is deleted (ours); a kind that is not named is kept.",
    )
