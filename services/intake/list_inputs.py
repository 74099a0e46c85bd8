"""What is handed to the intake about lists of moves: the same for API and pages."""

import base64
import binascii
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from services.intake.commands.imports import Decision
from services.intake.domain.lists import Column
from services.intake.sheets_in import MAX_BYTES
from shared.web.inputs import Input, ShortText


def _decodable(text: str) -> str:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("Der Inhalt der Datei wird in Base64 erwartet (RFC 4648).") from None
    return text


class HandInList(Input):
    """A file, CSV or XLSX."""

    name: ShortText = Field(description="Name der Datei, damit man sie wiedererkennt.")
    content: Annotated[
        str,
        StringConstraints(min_length=1, max_length=4 * (MAX_BYTES // 3 + 1)),
        AfterValidator(_decodable),
    ] = Field(description="Inhalt der Datei in Base64.")

    def decoded(self) -> bytes:
        """The file's bytes."""
        return base64.b64decode(self.content)


class MapColumns(Input):
    """Which column of the list is where, counted from 0."""

    columns: dict[Column, Annotated[int, Field(ge=0, le=1000)]]


class Decide(Input):
    """What a family is that may have a file: another one, the one of the file `household_id`, or left out."""

    decision: Decision
    household_id: UUID | None = None


class NothingMore(Input):
    """The address says everything."""
