"""What a valid request to each writing route of the team's care for its work says."""

from typing import Any

import httpx

WRITES: dict[str, dict[str, Any]] = {}
PRIVACY: tuple[str, ...] = ()


async def make(api: httpx.AsyncClient, ids: dict[str, str]) -> None:
    """Enter what the addresses of these routes name, and add its ids."""
