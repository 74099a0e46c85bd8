"""What comes in: the base of request bodies and forms, and the texts in them."""

import unicodedata
from datetime import date
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    field_validator,
)
from pydantic_core import PydanticCustomError

_ALLOWED_CONTROLS = frozenset("\t\n\r")


def check_text(text: str) -> str:
    """The text in Unicode's composed form (NFC), or an error for characters that no database and no screen can hold.

    PostgreSQL refuses NUL and lone surrogates with an error that would become a 500; other control characters garble
    print and terminals. Right-to-left text, emoji and combining characters are welcome.
    """
    for character in text:
        if (character < " " and character not in _ALLOWED_CONTROLS) or character == "\x7f":
            raise PydanticCustomError("text_control", "Steuerzeichen sind hier nicht erlaubt.")
        if "\ud800" <= character <= "\udfff":
            raise PydanticCustomError("text_surrogate", "Der Text enthält ein unvollständiges Zeichen.")
    return unicodedata.normalize("NFC", text)


def _check(value: Any, depth: int = 0) -> Any:
    if isinstance(value, str):
        return check_text(value)
    if depth < 3 and isinstance(value, list):
        return [_check(item, depth + 1) for item in value]
    return value


class Input(BaseModel):
    """Base of every request body: unknown fields are an error, texts are trimmed and storable."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True, hide_input_in_errors=True)

    @field_validator("*", mode="before")
    @classmethod
    def _storable(cls, value: Any) -> Any:
        return _check(value)


def _as_written(value: Any) -> Any:
    """Pydantic would read a number, also one in quotation marks, as seconds since 1970; nobody means that."""
    try:
        number = isinstance(value, int | float | str) and float(value)
    except (ValueError, OverflowError):
        return value
    if number is False:
        return value
    raise ValueError("Bitte das Datum als Text angeben, zum Beispiel 2026-12-24.")


def _countable(value: date) -> date:
    """The first and the last year of the calendar have no day before or after them in another time zone."""
    if value.year in (date.min.year, date.max.year):
        raise ValueError("Bitte das Jahr prüfen.")
    return value


Day = Annotated[date, BeforeValidator(_as_written), AfterValidator(_countable)]
"""A calendar day, as text: 2026-12-24."""
Moment = Annotated[AwareDatetime, BeforeValidator(_as_written), AfterValidator(_countable)]
"""A point in time, as text with its zone."""
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""A name, a street: one line."""
LongText = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
"""A note."""
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
"""A site, a partner: lower case, digits, single hyphens."""
