"""Starts the intake of one site: `python -m services.intake`."""

from services.intake.app import SERVICE, create_app
from services.intake.settings import Settings
from shared import logging
from shared.web import server


def main() -> None:
    """Serve until told to stop."""
    settings = Settings()
    logging.configure(settings.site, SERVICE, settings.log_format)
    server.run(create_app(settings), settings)


if __name__ == "__main__":
    main()
