"""Lists in pages: `limit` and an opaque `cursor`, stable while rows are added (no offsets)."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Generic, TypeVar

import orjson
from fastapi import Depends, Query
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from shared.refusals import Invalid
from shared.web.inputs import check_text

Item = TypeVar("Item")
Row = TypeVar("Row")


class Page(BaseModel, Generic[Item]):
    """One page of a list; `next_cursor` leads to the next one and is null on the last."""

    items: list[Item]
    next_cursor: str | None = Field(default=None, description="Für `cursor` des nächsten Aufrufs.")


def _storable(value: Any) -> Any:
    """A value that the database can compare with; raises `ValueError` for one that only an invented cursor has."""
    match value:
        case str():
            check_text(value)
        case int() if abs(value) >= 2**63:
            raise ValueError
        case date() if value.year in (date.min.year, date.max.year):  # no day before or after in another time zone
            raise ValueError
    return value


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page is asked for. Fetch `limit + 1` rows: the one too many tells that there is a next page."""

    limit: int
    cursor: str | None

    def after(self, *types: Any) -> tuple[Any, ...] | None:
        """The sort key of the last row of the page before, in these types; None for the first page.

        Raises `Invalid` for a cursor that was not made by `page` with a key of the same types.
        """
        if self.cursor is None:
            return None
        try:
            padded = self.cursor + "=" * (-len(self.cursor) % 4)
            values = orjson.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
            if not isinstance(values, list) or len(values) != len(types):
                raise ValueError
            return tuple(
                _storable(TypeAdapter(kind).validate_python(value)) for kind, value in zip(types, values, strict=True)
            )
        except (ValueError, binascii.Error, ValidationError):
            raise Invalid("cursor", "Diese Fortsetzung gibt es nicht; bitte von vorn beginnen.") from None

    def page(
        self, rows: Sequence[Row], key: Callable[[Row], tuple[Any, ...]], item: Callable[[Row], Item]
    ) -> Page[Item]:
        """The page for up to `limit + 1` rows; `key` is the row's place in the list's order."""
        shown = rows[: self.limit]
        cursor = None
        if len(rows) > self.limit:
            # `str` for what asyncpg returns: its UUIDs are a subclass, which orjson does not know.
            cursor = base64.urlsafe_b64encode(orjson.dumps(list(key(shown[-1])), default=str)).decode().rstrip("=")
        return Page(items=[item(row) for row in shown], next_cursor=cursor)


async def _page_request(
    limit: Annotated[int, Query(ge=1, le=200, description="Höchstens so viele Einträge.")] = 50,
    cursor: Annotated[
        str | None, Query(min_length=1, max_length=1000, description="`next_cursor` der Seite davor.")
    ] = None,
) -> PageRequest:
    return PageRequest(limit, cursor)


PageQuery = Annotated[PageRequest, Depends(_page_request)]
"""The query parameters `limit` (1 to 200, else 50) and `cursor`."""
