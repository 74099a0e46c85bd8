"""The contracts to read: every event and command of the network, with its fields and an example; and as AsyncAPI 3.

Public: there is nothing in it that a partner's engineers may not know.
"""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.referrals.pages.directory import render
from shared.contracts import asyncapi, history
from shared.contracts.schemas import Schema
from shared.web.routing import Session, page_router
from shared.web.templating import Pages

router: APIRouter = page_router("/referrals/asyncapi")
YAML = "application/yaml"


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field of a message's data."""

    name: str
    kind: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Message:
    """An event or a command as the page shows it."""

    name: str
    summary: str
    description: str
    publisher: str
    for_partners: bool
    fields: tuple[FieldRow, ...]
    example: str
    history: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """On which day which fields came, the first publication first."""


@router.get(".yaml")
async def show_document() -> Response:
    """The document as it is committed."""
    return Response(asyncapi.FILE.read_bytes(), media_type=YAML)


@router.get("")
async def show_page(request: Request, session: Session, pages: Pages) -> Response:
    """The same to read; as YAML for whoever asks for it."""
    if YAML in request.headers.get("accept", ""):
        return await show_document()
    events, commands = messages()
    return render(pages, "asyncapi.html", "en", "", events=events, commands=commands)


@cache
def messages() -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    """All events and all commands."""
    document = asyncapi.document()
    schemas = document["components"]["schemas"]
    told = document["components"]["messages"]
    known = history.read()

    def shown(name: str, publisher: str, for_partners: bool) -> Message:
        message = told[name]
        return Message(
            name=name,
            summary=message["summary"],
            description=message.get("description", ""),
            publisher=publisher,
            for_partners=for_partners,
            fields=_fields(schemas[name]),
            example=json.dumps(message["examples"][0]["payload"], indent=2, ensure_ascii=False),
            history=tuple((day, tuple(fields)) for day, fields in sorted(known.get(name, {}).items())),
        )

    events = tuple(
        shown(asyncapi.name_of(event), event.publisher or "each service", asyncapi.is_for_partners(event))
        for event in asyncapi.events()
    )
    return events, tuple(shown(asyncapi.name_of(command), "", True) for command in asyncapi.commands())


def _fields(schema: Schema) -> tuple[FieldRow, ...]:
    required = set(schema.get("required", ()))
    return tuple(
        FieldRow(name, _kind(field), name in required, " ".join(str(field.get("description", "")).split()))
        for name, field in schema.get("properties", {}).items()
    )


def _kind(field: dict[str, Any]) -> str:
    """A field's kind in a word: `uuid`, `date`, `District`, `list of string`."""
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    if "anyOf" in field:
        return " or ".join(_kind(each) for each in field["anyOf"] if each.get("type") != "null")
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if field.get("type") == "array":
        return f"list of {_kind(field.get('items', {}))}"
    return str(field.get("format") or field.get("const") or field.get("type", "any"))
