"""What the contract tests look at: the catalogue's schemas, and the samples that are kept for ever."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from shared.contracts import Event, catalogue, schemas

SAMPLES = sorted((Path(schemas.__file__).parent / "samples").glob("*.json"))
EVENTS = sorted(catalogue().values(), key=lambda event: event.type)


def name(event: type[Event]) -> str:
    """`household-moved.v1`: how an event is called in the output of a test run."""
    return f"{event.event}.v{event.major}"


def samples_of(event: type[Event]) -> list[dict[str, Any]]:
    """All kept messages of one version."""
    return [json.loads(path.read_bytes()) for path in SAMPLES if path.name.startswith(f"{name(event)}.")]


def committed_schema(event: type[Event]) -> dict[str, Any]:
    """The schema of the data as it lies in the repository."""
    schema: dict[str, Any] = json.loads((schemas.FOLDER / schemas.file_name(event)).read_bytes())
    return schema


FORMATS = FormatChecker(["uuid", "date"])


@FORMATS.checks("date-time", raises=ValueError)
def _is_date_time(value: object) -> bool:
    """RFC 3339; the library checks it only with a further package."""
    return not isinstance(value, str) or ("T" in value and datetime.fromisoformat(value).tzinfo is not None)


def is_valid(schema: dict[str, Any], data: object) -> bool:
    """Whether the data is what the schema says, formats included."""
    return bool(Draft202012Validator(schema, format_checker=FORMATS).is_valid(data))


def fields(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every field of a schema by its path, nested ones and the names in a map included, references resolved."""

    def walk(node: dict[str, Any], path: str) -> Iterator[tuple[str, dict[str, Any]]]:
        while "$ref" in node:
            rest = {key: value for key, value in node.items() if key != "$ref"}
            node = {**schema["$defs"][node["$ref"].removeprefix("#/$defs/")], **rest}
        if path:
            yield path, node
        for field, inner in node.get("properties", {}).items():
            yield from walk(inner, f"{path}.{field}".lstrip("."))
        for keyword in ("items", "additionalProperties", "propertyNames"):
            if isinstance(node.get(keyword), dict):
                yield from walk(node[keyword], f"{path}[{keyword}]")
        for keyword in ("anyOf", "oneOf", "allOf", "prefixItems"):
            for number, inner in enumerate(node.get(keyword, [])):
                yield from walk(inner, f"{path}[{keyword} {number}]")

    return walk(schema, "")
