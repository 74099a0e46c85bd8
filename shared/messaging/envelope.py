"""CloudEvents 1.0 in the structured mode: one JSON object a message, readable in any language.

Attributes and extensions as the network's contract has them; `sequence` follows the CloudEvents sequence extension,
`traceparent` the distributed tracing extension.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson
from pydantic import ValidationError

from shared.contracts import PREFIX, Event, catalogue

CONTENT_TYPE = "application/cloudevents+json"
MAX_BYTES = 256 * 1024
"""An event may not be larger: checked in the command, since one oversized message closes the channel for all that are
in flight on it."""

_SEQUENCE_DIGITS = 10
SEQUENCE_BYTES = len('"sequence":"",') + _SEQUENCE_DIGITS
"""What `with_sequence` adds to a message body."""

MAX_FAULTS = 10
"""Faults that are told of one message: the text travels in a header, which must fit into one frame."""

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

Data = TypeVar("Data", bound=Event, covariant=True)


class Unreadable(ValueError):
    """A message that is no CloudEvent as this network writes them; its text quotes nothing of the message."""


class AgainstSchema(ValueError):
    """A known event whose data is not what its class says; its text names fields and faults, never values."""


@dataclass(frozen=True, slots=True)
class Received(Generic[Data]):
    """One event as a consumer sees it. `body` is the message as it came, `data` its payload, typed."""

    id: UUID
    type: str
    source: str
    subject: str
    time: datetime
    site: str
    district: str | None
    sequence: int
    correlation_id: UUID | None
    causation_id: UUID | None
    traceparent: str | None
    data: Data
    body: bytes
    restates: UUID | None = None
    """The event that says the same in a newer major; who reads that one passes this one over."""


def write(
    event: Event,
    *,
    id: UUID,
    source: str,
    dataschema: str,
    site: str,
    time: datetime,
    correlation_id: UUID | None = None,
    causation_id: UUID | None = None,
    traceparent: str | None = None,
    restates: UUID | None = None,
) -> bytes:
    """The message body of an event, still without `sequence`, which `with_sequence` adds."""
    attributes: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(id),
        "source": source,
        "type": event.type,
        "subject": event.subject,
        "time": time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "dataschema": dataschema,
        "site": site,
    }
    if (district := event.concerned_district) is not None:
        attributes["district"] = district
    if correlation_id is not None:
        attributes["correlationid"] = str(correlation_id)
    if causation_id is not None:
        attributes["causationid"] = str(causation_id)
    if traceparent is not None:
        attributes["traceparent"] = traceparent
    if restates is not None:
        attributes["restates"] = str(restates)
    attributes["data"] = event.model_dump(mode="json", exclude_none=True)
    return orjson.dumps(attributes)


def with_sequence(body: bytes, sequence: int) -> bytes:
    """The whole message body: `sequence` is given by the database, after the rest was written."""
    return b'{"sequence":"%0*d",%b' % (_SEQUENCE_DIGITS, sequence, body[1:])


def read(body: bytes, *, typed: bool = True) -> Received[Any]:
    """Read a message body; `data` becomes its event class where the type is known, else stays a dict.

    `typed=False` leaves `data` a dict in any case. Raises `Unreadable` or `AgainstSchema`.
    """
    if len(body) > MAX_BYTES:
        raise Unreadable(f"larger than {MAX_BYTES} bytes")
    try:
        attributes = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Unreadable("not JSON") from None
    if not isinstance(attributes, dict):
        raise Unreadable("not a JSON object")
    if attributes.get("specversion") != "1.0":
        raise Unreadable("attribute specversion is not 1.0")
    data = attributes.get("data")
    if not isinstance(data, dict):
        raise Unreadable("attribute data is not an object")
    kind = _text(attributes, "type")
    known = catalogue().get(kind) if typed else None
    try:
        return Received(
            id=UUID(_text(attributes, "id")),
            type=kind,
            source=_text(attributes, "source"),
            subject=_text(attributes, "subject"),
            time=_instant(_text(attributes, "time")),
            site=_site(_text(attributes, "site")),
            district=_optional_text(attributes, "district"),
            sequence=_number(_text(attributes, "sequence")),
            correlation_id=_optional_uuid(attributes.get("correlationid")),
            causation_id=_optional_uuid(attributes.get("causationid")),
            traceparent=_optional_text(attributes, "traceparent"),
            data=data if known is None else known.model_validate(data),
            body=body,
            restates=_optional_uuid(attributes.get("restates")),
        )
    except ValidationError as error:
        # The first word of a place is a field of ours; those below may be keys of the sender's, and say anything.
        faults = [f"{fault['loc'][0] if fault['loc'] else 'data'}: {fault['type']}" for fault in error.errors()]
        told = "; ".join(dict.fromkeys(faults[:MAX_FAULTS]))
        raise AgainstSchema(f"{kind.removeprefix(PREFIX)}: {told}{' …' if len(faults) > MAX_FAULTS else ''}") from None
    except Unreadable:
        raise
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise Unreadable(
            "an attribute is not of its type (id, time, sequence, correlationid, causationid, restates)"
        ) from None


def _text(attributes: dict[str, Any], name: str) -> str:
    value = attributes.get(name)
    if not isinstance(value, str) or not value:
        raise Unreadable(f"attribute {name} is missing or not a text")
    # CloudEvents forbids them, and no column of a database takes NUL: it would be tried again in vain.
    if _CONTROL.search(value):
        raise Unreadable(f"attribute {name} holds a control character")
    return value


def _site(value: str) -> str:
    # It becomes a metric's label, where nothing may stand that a stranger has made up.
    if len(value) > 64 or not _SLUG.fullmatch(value):
        raise Unreadable("attribute site is no slug")
    return value


def _optional_text(attributes: dict[str, Any], name: str) -> str | None:
    return None if attributes.get(name) is None else _text(attributes, name)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < (number := int(text)) < 2**63):
        raise ValueError("not a number that was given by a database")
    return number


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("no time zone")
    return instant.astimezone(UTC)


def _optional_uuid(value: Any) -> UUID | None:
    return None if value is None else UUID(value)
