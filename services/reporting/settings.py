"""Settings of the reporting service."""

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Nothing of its own yet: the city's reporting needs what every service needs."""
