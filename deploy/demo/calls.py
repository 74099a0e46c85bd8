"""What the demonstration enters, as calls that a program could make against the public API."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

API = "/intake/api/v1"


@dataclass(frozen=True, slots=True)
class Call:
    """One POST. Braces stand for what earlier answers of the same story said, as in `{person_ids[1]}`.

    `there` is where to find what somebody may have entered by hand before; of the same `name` it is taken up.
    """

    path: str
    body: Mapping[str, Any]
    there: str | None = None

    def filled(self, known: Mapping[str, Any]) -> "Call":
        """The call with the ids that are known by now."""
        body = {name: _filled(value, known) for name, value in self.body.items()}
        return Call(self.path.format(**known), body, self.there)


def _filled(value: Any, known: Mapping[str, Any]) -> Any:
    return value.format(**known) if isinstance(value, str) and value.startswith("{") else value


@dataclass(frozen=True, slots=True)
class Story:
    """Calls in the order in which they must be made; stories do not depend on each other.

    `name` is part of each call's Idempotency-Key, so that a story that is told again changes nothing.
    """

    name: str
    calls: tuple[Call, ...]

    def keyed(self) -> Iterator[tuple[str, Call]]:
        """Each call with its Idempotency-Key."""
        for number, call in enumerate(self.calls):
            yield f"demo-{self.name}-{number}", call
