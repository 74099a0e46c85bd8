"""A simulated Jobcenter: names who is in charge of a family and an appointment, a working day in a week from now.

A program of its own, started with `LOKAL_URL` and `LOKAL_PARTNER`; what it knows is in `office`.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from office import Send, serve, think

_numbers = count(1)


async def handle(name: str, data: dict[str, Any], send: Send) -> None:
    """Accept whoever is sent, and confirm what is to be deleted."""
    if name == "referral-requested.v1":
        await think()
        number = next(_numbers)
        contact = {"name": f"Beispiel-Sachbearbeitung {number}", "phone": "0231 000700", "room": f"Zimmer {number}"}
        appointment = {"at": _in_a_week(number), "place": "Jobcenter, Beispielstraße 1"}
        answer = {"referral_id": data["referral_id"], "contact": contact, "appointments": [appointment]}
        await send("accept-referral", answer)
    elif name == "deletion-requested.v1":
        await send("confirm-deletion", {"deletion_id": data["deletion_id"]})


def _in_a_week(number: int) -> str:
    day = datetime.now(UTC).replace(hour=8 + number % 4, minute=0, second=0, microsecond=0) + timedelta(days=7)
    while day.isoweekday() > 5:
        day += timedelta(days=1)
    return day.isoformat()


if __name__ == "__main__":
    asyncio.run(serve(handle))
