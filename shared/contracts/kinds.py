"""The kinds of value that an event may carry.

Every string is bound by a pattern, a format or an enumeration, so that no field can hold a sentence or a name.
"""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field, StringConstraints

from shared.contracts.base import VALUE_CONFIG
from shared.contracts.words import LegalCircle, Weekday


def _rfc_3339(value: Any) -> Any:
    """Pydantic reads a number, even as text, as seconds since 1970; the schema refuses it, and so must the class."""
    if not (isinstance(value, datetime) or (isinstance(value, str) and "T" in value)):
        raise ValueError("must be a time as RFC 3339 has it")
    return value


def _day_only(value: Any) -> Any:
    """Pydantic takes midnight, and a number, for a day; the schema refuses both, and so must the class."""
    if isinstance(value, datetime) or not (
        isinstance(value, date) or (isinstance(value, str) and len(value) == 10 and value[4] == "-")
    ):
        raise ValueError("must be a day as RFC 3339 has it, without a time")
    return value


def _in_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
"""A word from one of the registers (site, partner, neighbourhood, survey, question), never free text."""

Language = Annotated[
    str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$", max_length=12)
]
"""BCP 47 (RFC 5646): language, script and region, e.g. `ar`, `prs`, `ku-Latn`, `ar-SY`; no private use."""

Count = Annotated[int, Field(ge=0, strict=True)]
Flag = Annotated[bool, Field(strict=True)]

Day = Annotated[date, BeforeValidator(_day_only)]
"""A calendar day in Europe/Berlin."""

Moment = Annotated[AwareDatetime, BeforeValidator(_rfc_3339), AfterValidator(_in_utc)]
"""A point in time, kept and sent in UTC (RFC 3339)."""

ClockTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""A time of day in Europe/Berlin, `HH:MM`."""

LegalCircles = dict[LegalCircle, Count]
"""Persons per legal circle; a circle without persons may be left out."""


class Value(BaseModel):
    """A part of an event that has several fields."""

    model_config = VALUE_CONFIG


class WeeklyTime(Value):
    """A time that comes back every week: office hours, or when a family can come."""

    weekday: Weekday
    from_: ClockTime = Field(alias="from")
    to: ClockTime
