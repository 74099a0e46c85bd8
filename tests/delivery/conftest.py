"""The running city, as the journeys have it."""

from tests.journeys.conftest import stack

__all__ = ["stack"]
