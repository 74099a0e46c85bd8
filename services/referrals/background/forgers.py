"""Who writes in others' names loses the right to write: until operations give it back, nobody waits because of it.

Before RabbitMQ 4.0 a `CC` header gets round the routing key, so that a partner can fill another's queue of commands
faster than it can be emptied. It cannot happen by mistake, and the broker vouches for the sender.
"""

import asyncio
import time
from collections import deque

import httpx
import structlog

from services.referrals import metrics
from shared.logging import describe
from shared.messaging.management import Management
from shared.messaging.partners import partner_user
from shared.messaging.users import silence

log = structlog.get_logger(__name__)

MOST = 5
"""Commands in others' names within `WITHIN_SECONDS` that are only told of."""
WITHIN_SECONDS = 60.0


class Forgers:
    """Counts by sender, and silences those who go too far; without a management API it only counts."""

    def __init__(self, management_url: str | None, vhost: str) -> None:
        self._url = management_url
        self._vhost = vhost
        self._noticed: dict[str, deque[float]] = {}
        self._silencing: set[asyncio.Task[None]] = set()

    def notice(self, sender: str) -> bool:
        """One more of this sender; whether it is one too many, which nobody needs to be told of one by one."""
        now, times = time.monotonic(), self._noticed.setdefault(sender, deque(maxlen=MOST))
        too_many = len(times) == MOST and now - times[0] < WITHIN_SECONDS
        if too_many:
            if not self._silencing and self._url is not None:
                task = asyncio.create_task(self._silence(self._url, sender), name="silence a forger")
                self._silencing.add(task)
                task.add_done_callback(self._silencing.discard)
        else:
            times.append(now)
        return too_many

    async def _silence(self, url: str, sender: str) -> None:
        try:
            async with Management(url, self._vhost) as management:
                await silence(management, partner_user(sender, self._vhost))
        except httpx.HTTPError as error:
            log.error("partner_not_silenced", partner=sender, error=describe(error))
        else:
            metrics.SILENCED.inc()
            log.error("partner_silenced", partner=sender)
        await asyncio.sleep(1)  # what it has written before still comes
