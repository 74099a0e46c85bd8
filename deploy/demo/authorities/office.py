"""What both simulated authorities know of the network, all of it from docs/partners.md; nothing of ours is imported."""

import asyncio
import json
import os
import uuid
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import aio_pika

PARTNER, PREFIX = os.environ["LOKAL_PARTNER"], "de.dortmund.lokal-willkommen."
PAUSE_SECONDS = float(os.environ.get("LOKAL_OFFICE_PAUSE", "5"))
"""So long somebody in the office looks at a question before it is answered."""

Send = Callable[[str, dict[str, Any]], Awaitable[None]]
Handle = Callable[[str, dict[str, Any], Send], Awaitable[None]]


async def serve(handle: Handle) -> None:
    """Read the authority's queue for ever; `handle` is given each event's name and data once, and a way to answer."""
    connection = await aio_pika.connect_robust(os.environ["LOKAL_URL"])
    channel = await connection.channel()
    await channel.set_qos(prefetch_count=20)
    commands = await channel.get_exchange("lokal.partner", ensure=False)
    handled: set[str] = set()

    async def send(command: str, data: dict[str, Any]) -> None:
        known = {"specversion": "1.0", "source": f"/partners/{PARTNER}", "type": f"{PREFIX}{command}.v1"}
        body = json.dumps({**known, "id": str(uuid.uuid4()), "data": data}).encode()
        message = aio_pika.Message(body, user_id=connection.url.user, delivery_mode=2)
        await commands.publish(message, f"{PARTNER}.{command}.v1")

    queue = await channel.get_queue(f"partner.{PARTNER}", ensure=False)
    async with queue.iterator() as messages:
        async for message in messages:
            event = json.loads(message.body)
            if event["id"] not in handled and not _is_over(event["data"]):
                name = event["type"].removeprefix(PREFIX)
                print(PARTNER, name, event["data"].get("state", ""), flush=True)
                await handle(name, event["data"], send)
                handled.add(event["id"])
            await message.ack()


def _is_over(data: dict[str, Any]) -> bool:
    """Asked for long ago: whoever joins late need not answer any more."""
    due_on = data.get("due_on")
    return due_on is not None and date.fromisoformat(due_on) < date.today()  # noqa: DTZ011  (a day as the office has it)


async def think() -> None:
    """Somebody in the office looks at it."""
    await asyncio.sleep(PAUSE_SECONDS)
