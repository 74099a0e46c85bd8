"""German words that only the pages of this service need."""

from collections.abc import Callable
from typing import Any

from shared.places import neighbourhood_name

FILTERS: dict[str, Callable[..., Any]] = {"neighbourhood": neighbourhood_name}
