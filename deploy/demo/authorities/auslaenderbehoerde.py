"""A simulated Ausländerbehörde: puts whoever is sent on its waiting list first, and names an appointment later.

A program of its own, started with `LOKAL_URL` and `LOKAL_PARTNER`; what it knows is in `office`.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from office import Send, serve, think

_places = count(1)


async def handle(name: str, data: dict[str, Any], send: Send) -> None:
    """First the waiting list; when that is told back, somebody looks at it, and it goes on and is accepted."""
    referral = {"referral_id": data.get("referral_id")}
    if name == "referral-requested.v1":
        await send("hold-referral", {**referral, "position": next(_places)})
    elif name == "referral-held.v1":
        await think()
        await send("resume-referral", referral)
    elif name == "referral-resumed.v1" and data["state"] == "requested":
        at = datetime.now(UTC).replace(hour=9, minute=30, second=0, microsecond=0) + timedelta(days=28)
        appointment = {"at": at.isoformat(), "place": "Ausländerbehörde, Schalter 3"}
        await send("accept-referral", {**referral, "appointments": [appointment]})
    elif name == "deletion-requested.v1":
        await send("confirm-deletion", {"deletion_id": data["deletion_id"]})


if __name__ == "__main__":
    asyncio.run(serve(handle))
