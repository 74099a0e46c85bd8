"""Which story a line of work belongs to: correlation, cause and W3C trace, kept in a context variable.

A request or a received event begins a `Story`; every log line and every event written meanwhile carries it, so that
one move can be followed through all services (W3C Trace Context level 1, `traceparent`).
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from shared.ids import uuid7

_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})")


@dataclass(frozen=True, slots=True)
class Story:
    """`correlation_id` names the whole story, `causation_id` the event that led here, if one did."""

    correlation_id: UUID
    traceparent: str
    causation_id: UUID | None = None


current: ContextVar[Story | None] = ContextVar("story", default=None)


def child_of(traceparent: str | None) -> str:
    """A `traceparent` of a new span in the given trace, or of a new trace if there is none or it is malformed."""
    match = _TRACEPARENT.fullmatch(traceparent or "")
    trace, flags = match.groups() if match else (secrets.token_hex(16), "01")
    return f"00-{trace}-{secrets.token_hex(8)}-{flags}"


@contextmanager
def story(
    correlation_id: UUID | None = None, traceparent: str | None = None, causation_id: UUID | None = None
) -> Iterator[Story]:
    """Work inside belongs to this story; what is not given is begun anew."""
    new = Story(correlation_id or uuid7(), child_of(traceparent), causation_id)
    token = current.set(new)
    try:
        yield new
    finally:
        current.reset(token)


def trace_id() -> str | None:
    """The 32 hexadecimal digits of the current trace."""
    present = current.get()
    return present.traceparent.split("-")[1] if present else None
