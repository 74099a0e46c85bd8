"""Starts the city's volunteers: `python -m services.volunteers`."""

from services.volunteers.app import SERVICE, create_app
from services.volunteers.settings import Settings
from shared import logging
from shared.web import server


def main() -> None:
    """Serve until told to stop."""
    settings = Settings()
    logging.configure(settings.site, SERVICE, settings.log_format)
    server.run(create_app(settings), settings)


if __name__ == "__main__":
    main()
