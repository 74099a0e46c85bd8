"""What a valid request to each writing route says, by subject."""

from typing import Any

import httpx

from tests.component.security.writes import (
    care,
    erasures,
    handovers,
    imports,
    merges,
    people,
    releases,
    volunteers,
)

SUBJECTS = (handovers, imports, people, releases, care, erasures, merges, volunteers)

WRITES: dict[str, dict[str, Any]] = {route: body for subject in SUBJECTS for route, body in subject.WRITES.items()}
"""`METHOD /path/as/in/the/route/table` to the body of a valid request."""
PRIVACY = tuple(path for subject in SUBJECTS for path in subject.PRIVACY)
"""Paths that are called with the role of data protection."""


async def make(api: httpx.AsyncClient, ids: dict[str, str]) -> None:
    """Enter what the addresses name."""
    for subject in SUBJECTS:
        await subject.make(api, ids)
