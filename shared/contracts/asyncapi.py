"""The network's messages as an AsyncAPI 3.0 document: generated from the classes, committed, served as YAML.

`python -m shared.contracts.asyncapi` writes it, with `--check` it only says (exit 1) that it is out of date. It holds
no address and no credential: what a partner connects to is in the URL that it was given.
"""

import argparse
import inspect
import json
import sys
from pathlib import Path
from typing import Any

from shared.contracts.base import Event, catalogue
from shared.contracts.commands import COMMANDS, Command
from shared.contracts.referrals import CommandRefused
from shared.contracts.referrals.referrals import Deletion, Referral
from shared.contracts.schemas import ENVELOPE, FOLDER, Schema, schema_of

FILE = Path(__file__).parent / "asyncapi.yaml"
SAMPLES = Path(__file__).parent / "samples"
CONTENT_TYPE = "application/cloudevents+json"
FOR_EVERYBODY = ("offer-", "partner-", "site-opened", "site-closed", "round-table-held")
"""Events that are published for everybody; a name or the beginning of one."""
_ENVELOPE = "CloudEvent"
_COMMAND_ENVELOPE = "CommandEnvelope"
_REFS = "#/components/schemas/"


def is_for_partners(event: type[Event]) -> bool:
    """Whether a partner's queue can hold it: its own copy, or what is public."""
    return is_addressed(event) or event.event.startswith(FOR_EVERYBODY)


def is_addressed(event: type[Event]) -> bool:
    """Whether a partner gets it as a copy of its own."""
    return issubclass(event, (Referral, Deletion, CommandRefused))


def name_of(event: type[Event] | type[Command]) -> str:
    """How a message is called in the document: `household-moved.v1`."""
    return f"{event.event if issubclass(event, Event) else event.command}.v{event.major}"


def events() -> list[type[Event]]:
    """All events by name and major."""
    return sorted(catalogue().values(), key=lambda event: (event.event, event.major))


def commands() -> list[type[Command]]:
    """All commands by name and major."""
    return sorted(COMMANDS.values(), key=lambda command: (command.command, command.major))


def example_of(event: type[Event]) -> dict[str, Any]:
    """A kept message of an event, with as much in it as it can hold; a partner's own copy where there is one."""
    found = sorted(SAMPLES.glob(f"{name_of(event)}.*.json"), key=lambda path: (".full." not in path.name, path.name))
    if not found:
        raise FileNotFoundError(f"{name_of(event)} has no sample in {SAMPLES}")
    sample: dict[str, Any] = json.loads(found[0].read_bytes())
    return sample


def example_of_command(command: type[Command]) -> dict[str, Any]:
    """A command with its required fields, and those that say something of their own."""
    data: dict[str, Any] = {}
    for name, field in command.model_fields.items():
        if name in _EXAMPLES and (field.is_required() or name in _TOLD):
            data[name] = _EXAMPLES[name]
    return {
        "specversion": "1.0",
        "id": "00000000-0000-7000-8000-0000000000c1",
        "source": "/partners/projekt-ankommen",
        "type": command.type,
        "data": command.model_validate_json(json.dumps(data)).model_dump(mode="json", exclude_unset=True),
    }


def document() -> dict[str, Any]:
    """The whole document."""
    schemas: Schema = {_ENVELOPE: _placed(json.loads((FOLDER / ENVELOPE).read_bytes()), {})}
    schemas[_COMMAND_ENVELOPE] = _command_envelope()
    messages = {name_of(event): _event_message(event, schemas) for event in events()}
    messages |= {name_of(command): _command_message(command, schemas) for command in commands()}
    partners = [name_of(event) for event in events() if is_for_partners(event)]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "lokal willkommen",
            "version": "1",
            "description": "Events and commands of a city's integration network, for partners' own systems.",
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": {
            "broker": {
                "host": "{host}",
                "protocol": "amqp",
                "protocolVersion": "0.9.1",
                "description": "The city's RabbitMQ. Host, user and password are in the URL that a partner was given.",
                "variables": {"host": {"description": "From the partner's URL."}},
            }
        },
        "channels": {
            "events": {
                "address": "{site}.{service}.{event}.{version}.{audience}",
                "title": "All events, for the network's own services",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in map(name_of, events())},
                "parameters": {
                    "site": {"description": "The site that the event concerns, or `city`."},
                    "service": {
                        "description": "Who publishes it.",
                        "enum": ["intake", "referrals", "volunteers", "reporting"],
                    },
                    "event": {"description": "E.g. `household-moved`."},
                    "version": {"description": "The major version, e.g. `v1`."},
                    "audience": {"description": "`internal`, `public`, or the slug of one partner."},
                },
                "bindings": {"amqp": _exchange("lokal.events")},
            },
            "partner": {
                "address": "partner.{partner}",
                "title": "What a partner receives",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in partners},
                "parameters": {"partner": {"description": "The partner's slug."}},
                "bindings": {
                    "amqp": {
                        "is": "queue",
                        "queue": {
                            "name": "partner.{partner}",
                            "durable": True,
                            "exclusive": False,
                            "autoDelete": False,
                        },
                        "bindingVersion": "0.3.0",
                    }
                },
            },
            "commands": {
                "address": "{partner}.{command}.{version}",
                "title": "What a partner may ask for",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in map(name_of, commands())},
                "parameters": {
                    "partner": {"description": "The partner's own slug; the broker refuses any other."},
                    "command": {"description": "E.g. `accept-referral`."},
                    "version": {"description": "The major version, e.g. `v1`."},
                },
                "bindings": {"amqp": _exchange("lokal.partner")},
            },
        },
        "operations": {
            "tellNetwork": {
                "action": "send",
                "channel": {"$ref": "#/channels/events"},
                "summary": "What has happened.",
            },
            "tellPartner": {
                "action": "send",
                "channel": {"$ref": "#/channels/partner"},
                "summary": "What is addressed to a partner, and what is public at its sites.",
            },
            "takeCommands": {
                "action": "receive",
                "channel": {"$ref": "#/channels/commands"},
                "summary": "Carried out, or answered by command-refused; the AMQP user_id is the partner's own user.",
                "bindings": {"amqp": {"userId": "partner-{partner}", "ack": True, "bindingVersion": "0.3.0"}},
            },
        },
        "components": {"messages": messages, "schemas": schemas},
    }


def rendered() -> bytes:
    """The bytes that are committed and served; the same for the same classes on every machine."""
    import yaml  # a tool of development: what is served is the committed file

    head = "# Generated by `python -m shared.contracts.asyncapi` from the classes; do not edit.\n"
    text = yaml.safe_dump(document(), allow_unicode=True, sort_keys=False, width=120)
    return (head + text).encode()


def _event_message(event: type[Event], schemas: Schema) -> dict[str, Any]:
    schemas[name_of(event)] = _placed(schema_of(event), schemas)
    title, _, more = inspect.cleandoc(event.__doc__ or event.event).partition("\n\n")
    if event.ending is not None:
        schemas[name_of(event)]["deprecated"] = True
        newer = f"{event.event}.v{event.major + 1}"
        more = f"Deprecated: published beside {newer}, which says the same, until {event.ending}.\n\n{more}".strip()
    message: dict[str, Any] = {
        "name": name_of(event),
        "title": event.event,
        "summary": " ".join(title.split()),
        "contentType": CONTENT_TYPE,
        "payload": {
            "allOf": [{"$ref": f"{_REFS}{_ENVELOPE}"}],
            "properties": {"type": {"const": event.type}, "data": {"$ref": f"{_REFS}{name_of(event)}"}},
        },
        "examples": [{"name": event.event, "payload": example_of(event)}],
        "bindings": {"amqp": {"contentEncoding": "utf-8", "messageType": event.type, "bindingVersion": "0.3.0"}},
    }
    if more:
        message["description"] = more
    return message


def _command_message(command: type[Command], schemas: Schema) -> dict[str, Any]:
    schemas[name_of(command)] = _placed(command.model_json_schema(), schemas)
    title, _, more = inspect.cleandoc(command.__doc__ or command.command).partition("\n\n")
    message: dict[str, Any] = {
        "name": name_of(command),
        "title": command.command,
        "summary": " ".join(title.split()),
        "contentType": CONTENT_TYPE,
        "payload": {
            "allOf": [{"$ref": f"{_REFS}{_COMMAND_ENVELOPE}"}],
            "properties": {"type": {"const": command.type}, "data": {"$ref": f"{_REFS}{name_of(command)}"}},
        },
        "examples": [{"name": command.command, "payload": example_of_command(command)}],
    }
    if more:
        message["description"] = more
    return message


def _placed(schema: Schema, schemas: Schema) -> Schema:
    """The schema for `components`: its definitions stand beside it, for all that use them."""
    for name, definition in schema.get("$defs", {}).items():
        moved = _moved(definition)
        if schemas.setdefault(name, moved) != moved:
            raise ValueError(f"two things are called {name}")
    left = {key: value for key, value in schema.items() if key not in ("$schema", "$id", "$comment", "$defs")}
    placed: Schema = _moved(left)
    return placed


def _moved(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            key: value.replace("#/$defs/", _REFS) if key == "$ref" else _moved(value) for key, value in node.items()
        }
    return [_moved(each) for each in node] if isinstance(node, list) else node


def _command_envelope() -> Schema:
    return {
        "title": "CommandEnvelope",
        "description": "One command as it stands in a message: CloudEvents 1.0, structured mode.",
        "type": "object",
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "format": "uuid", "description": "Makes it count once."},
            "source": {"type": "string", "description": "E.g. `/partners/projekt-ankommen`."},
            "type": {"type": "string"},
            "data": {"type": "object"},
        },
        "required": ["specversion", "id", "source", "type", "data"],
    }


def _exchange(name: str) -> dict[str, Any]:
    exchange = {"name": name, "type": "topic", "durable": True, "autoDelete": False}
    return {"is": "routingKey", "exchange": exchange, "bindingVersion": "0.3.0"}


_EXAMPLES: dict[str, Any] = {
    "referral_id": "00000000-0000-7000-8000-000000000091",
    "deletion_id": "00000000-0000-7000-8000-0000000000b1",
    "offer_id": "00000000-0000-7000-8000-0000000000a1",
    "reason": "no_capacity",
    "outcome": "got_help",
    "position": 3,
    "kind": "german_course",
    "title": {"de": "Deutsch am Vormittag", "en": "German in the morning"},
    "districts": ["brackel"],
    "languages": ["ar", "de"],
    "places": 12,
    "free": 3,
    "rrule": "FREQ=WEEKLY;BYDAY=MO",
    "starts_at": "09:00",
    "ends_at": "11:00",
}
_TOLD = ("position", "districts", "languages", "places", "free", "rrule", "starts_at", "ends_at")


def main(arguments: list[str] | None = None, file: Path = FILE) -> int:
    """Exit status: 0 up to date or written, 1 out of date."""
    parser = argparse.ArgumentParser(prog="python -m shared.contracts.asyncapi", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, only say whether it is out of date")
    if not parser.parse_args(arguments).check:
        file.write_bytes(rendered())
        return 0
    if file.exists() and file.read_bytes() == rendered():
        return 0
    print(f"{file.name} is not what the classes say. Run `python -m shared.contracts.asyncapi`.", file=sys.stderr)  # noqa: T201
    return 1


if __name__ == "__main__":
    sys.exit(main())
