"""The letter box takes sealed letters from the site's own queue and gives each one effect: steps R1 to R8, C1 to C3.

Each letter has a transaction of its own. Where one can end:

* taken, or taken before: acknowledged after the commit;
* a passing fault, or a sender whose key the register has not told yet: published, confirmed, to a waiting room, from
  which it comes back after a pause that grows with each attempt; then acknowledged;
* refused, or out of attempts: written down (without content), published, confirmed, to `<queue>.dead`, still sealed;
  then acknowledged;
* database or broker away: not acknowledged; it waits here, or comes again.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

import structlog
from aio_pika.abc import AbstractIncomingMessage, FieldValue
from prometheus_client import Counter
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import metrics
from shared.database import Database, is_unreachable
from shared.letters import Letter, LetterKind, LetterRefused, Refusal, RefusedBecause, SenderUnknown, steps
from shared.logging import describe
from shared.messaging.link import BROKER_FAULTS, Link, NotConfirmed, Outgoing
from shared.messaging.topology import RETRY_PAUSES, dead_letters_of, retry_exchange

log = structlog.get_logger(__name__)

REFUSED = Counter("lokal_letters_refused_total", "Letters that were not accepted.", ["site", "reason"])

PREFETCH = 4
"""Letters in flight: each may have 8 MiB."""
GIVE_BACK_PAUSE = 1.0
"""Seconds before a letter that could not be settled goes back to the broker."""
FREE_TRIES = 3
"""How often a letter is tried again, uncounted, when the database seemed away and yet answers."""

Open = Callable[[bytes], Awaitable[Letter]]
"""Opens and checks a sealed letter; raises `LetterRefused`."""
Take = Callable[[AsyncSession, Letter], Awaitable[None]]
"""Gives an opened letter its effect in the session's transaction; may raise `LetterRefused`."""
Refuse = Callable[[AsyncSession, Refusal], Awaitable[None]]
"""Writes down that a letter was refused."""


class LetterBox:
    """One site's letters: a queue, a database, and what is done with them."""

    def __init__(
        self,
        site: str,
        queue: str,
        database: Database,
        link: Link,
        *,
        open_: Open,
        take: Take,
        refuse: Refuse,
        retry_pauses: Sequence[float] = RETRY_PAUSES,
    ) -> None:
        self.queue = queue
        self._site = site
        self._database = database
        self._link = link
        self._open = open_
        self._take = take
        self._refuse = refuse
        self._retry_pauses = tuple(retry_pauses)
        for reason in RefusedBecause:  # so that the first refusal is seen as a rise, not as a new series
            REFUSED.labels(site, reason)

    async def take(self, message: AbstractIncomingMessage) -> None:
        """Take one letter from the queue; returns when it is settled (acknowledged, or given back to the broker)."""
        steps.reached("R1")
        if message.redelivered:
            metrics.REDELIVERED.labels(self.queue).inc()
        try:
            await self._settle(message)
        except (NotConfirmed, *BROKER_FAULTS) as error:
            log.warning("letter_not_settled", queue=self.queue, error=describe(error))
        except Exception:
            log.exception("letter_not_settled", queue=self.queue)
        else:
            return
        await asyncio.sleep(GIVE_BACK_PAUSE)  # a missing dead-letter queue must not become a busy loop
        with contextlib.suppress(*BROKER_FAULTS):  # with the connection gone, the broker does it by itself
            await message.nack(requeue=True)

    async def _settle(self, message: AbstractIncomingMessage) -> None:
        pause, free_tries = 0.1, FREE_TRIES
        while True:
            try:
                letter = await self._give_effect(message.body)
            except SenderUnknown as unknown:
                if not await self._put_aside(message, "the sender's key is not known yet"):
                    await self._turn_away(message, unknown)
            except LetterRefused as refused:
                await self._turn_away(message, refused)
            except Exception as error:
                if is_unreachable(error):
                    answers = await self._database.answers()
                    if not answers or free_tries:
                        # No attempt was made, so none is counted: an hour without database must not bury good letters.
                        free_tries -= answers
                        log.warning("database_away", queue=self.queue, error=describe(error), pause_seconds=pause)
                        await asyncio.sleep(pause)
                        pause = min(pause * 2, 10)
                        continue
                if not await self._put_aside(message, describe(error)):
                    await self._turn_away(message, LetterRefused(RefusedBecause.OUT_OF_ATTEMPTS), describe(error))
            else:
                await message.ack()
                steps.reached("C3" if letter.kind is LetterKind.RECEIPT else "R8")
            return

    async def _give_effect(self, sealed: bytes) -> Letter:
        letter = await self._open(sealed)
        steps.reached("R2")
        async with self._database.transaction() as session:
            await self._take(session, letter)
        steps.reached("T4" if letter.kind is LetterKind.RECEIPT else "T3")
        log.info("letter_taken", kind=letter.kind, from_site=letter.from_site)
        return letter

    async def _turn_away(self, message: AbstractIncomingMessage, refused: LetterRefused, exception: str = "") -> None:
        """Write down, without content, that the letter was refused, and lay it to the dead letters."""
        digest = hashlib.sha256(message.body).digest()
        async with self._database.transaction() as session:
            await self._refuse(session, Refusal(refused.because, digest, refused.claimed_site))
        await self._bury(message, refused.because.value, exception)
        REFUSED.labels(self._site, refused.because).inc()

    async def _put_aside(self, message: AbstractIncomingMessage, exception: str) -> bool:
        """Try it again later; False when it is out of attempts."""
        attempts = _attempts(message) + 1
        if attempts > len(self._retry_pauses):
            return False
        pause = self._retry_pauses[attempts - 1]
        await self._move(message, retry_exchange(pause), self.queue, {"attempts": attempts})
        log.warning("letter_put_aside", queue=self.queue, attempts=attempts, pause_seconds=pause, error=exception)
        return True

    async def _bury(self, message: AbstractIncomingMessage, reason: str, exception: str) -> None:
        attempts = _attempts(message) + 1
        why: dict[str, FieldValue] = {
            "reason": reason,
            "exception": exception,
            "attempts": attempts,
            "queue": self.queue,
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        await self._move(message, "", dead_letters_of(self.queue), why)
        metrics.DEAD_LETTERED.labels(self.queue, reason).inc()
        log.error("letter_refused", queue=self.queue, reason=reason, exception=exception, attempts=attempts)

    async def _move(
        self, message: AbstractIncomingMessage, exchange: str, routing_key: str, headers: dict[str, FieldValue]
    ) -> None:
        """Publish the letter elsewhere, confirmed, and only then acknowledge it here; headers of others stay behind."""
        content_type = message.content_type or "application/octet-stream"
        await self._link.publish(
            Outgoing(exchange, routing_key, message.body, message.message_id, content_type, headers)
        )
        await message.ack()


def _attempts(message: AbstractIncomingMessage) -> int:
    """Attempts made so far, counted by us in a header (the broker also counts killed consumers)."""
    count = (message.headers or {}).get("attempts", 0)
    return max(count, 0) if isinstance(count, int) else 0
