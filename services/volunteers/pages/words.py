"""German words that only the pages of this service need."""

from collections.abc import Callable
from typing import Any

from services.volunteers.domain.words import WHY_NOT
from services.volunteers.pages.vocabulary import care, register, requests
from shared.places import neighbourhood_name

FILTERS: dict[str, Callable[..., Any]] = {
    "neighbourhood": neighbourhood_name,
    "step": requests.step,
    "via": requests.via,
    "why_not": WHY_NOT.__getitem__,
}

_FIELDS: dict[str, str] = {**care.FIELDS, **register.FIELDS, **requests.FIELDS}
"""What the fields of the forms are called, for the list of what is to be corrected."""


def field_label(name: str) -> str:
    """The words over a field of a form."""
    return _FIELDS.get(name.split(".")[-1], "Eingabe")
