"""Settings of the reporting service."""

from pydantic import Field

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Reporting's own settings besides those of every service."""

    services: str = Field(
        default="",
        description="Where the services answer whether they are ready, for the page „Betrieb“: "
        "`name=URL`, separated by spaces.",
    )

    @property
    def service_urls(self) -> dict[str, str]:
        """The same by name."""
        return {name: url for name, _, url in (pair.partition("=") for pair in self.services.split())}
