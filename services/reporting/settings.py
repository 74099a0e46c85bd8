"""Settings of the reporting service."""

from pathlib import Path

from pydantic import Field

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Reporting's own settings besides those of every service."""

    services: str = Field(
        default="",
        description="Where the services answer whether they are ready, for the page „Betrieb“: "
        "`name=URL`, separated by spaces.",
    )
    services_file: Path | None = Field(
        default=None, description="File with more of them, which is read at each look: sites join while this runs."
    )

    @property
    def service_urls(self) -> dict[str, str]:
        """The same by name."""
        written = self.services_file.read_text() if self.services_file and self.services_file.exists() else ""
        return {name: url for name, _, url in (pair.partition("=") for pair in f"{self.services} {written}".split())}
