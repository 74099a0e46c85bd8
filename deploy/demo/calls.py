"""What the demonstration enters, as calls that a program could make against the public API."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

API = "/intake/api/v1"


@dataclass(frozen=True, slots=True)
class Call:
    """One call, a POST unless said. Braces stand for what earlier answers of the same story said, as in
    `{person_ids[1]}`.

    `there` is where to find what somebody may have entered by hand before; of the same `name` it is taken up.
    `waits`: what a site has just told may not be known there yet (409); the call is then made again.
    """

    path: str
    body: Mapping[str, Any]
    there: str | None = None
    method: str = "POST"
    waits: bool = False

    def filled(self, known: Mapping[str, Any]) -> "Call":
        """The call with the ids that are known by now."""
        body = {name: _filled(value, known) for name, value in self.body.items()}
        return Call(self.path.format(**known), body, self.there, self.method, self.waits)


def _filled(value: Any, known: Mapping[str, Any]) -> Any:
    return value.format(**known) if isinstance(value, str) and value.startswith("{") else value


@dataclass(frozen=True, slots=True)
class Given:
    """What the answer to a call of an earlier story says: the call's key and the name in its answer."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Story:
    """Calls in the order in which they must be made. Stories told together do not depend on each other; what one needs
    of those told before stands in `given`, by the name under which its calls use it.

    `name` is part of each call's Idempotency-Key, so that a story that is told again changes nothing.
    """

    name: str
    calls: tuple[Call, ...]
    given: Mapping[str, Given] = field(default_factory=dict)

    def keyed(self) -> Iterator[tuple[str, Call]]:
        """Each call with its Idempotency-Key."""
        for number, call in enumerate(self.calls):
            yield key_of(self.name, number), call


def key_of(story: str, number: int) -> str:
    """The Idempotency-Key of a story's call."""
    return f"demo-{story}-{number}"
