"""Sends what waits for partners' webhooks: signed, in order per referral, tried again after growing pauses."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import aiohttp
import structlog
from fastapi import FastAPI
from sqlalchemy import text
from standardwebhooks.webhooks import Webhook as Signer

from services.referrals import metrics
from services.referrals.commands.webhooks import KEPT, forget_settled
from shared.database import Database
from shared.logging import describe
from shared.web.outbound import NotPublic, check_url, client

log = structlog.get_logger(__name__)

PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86400))
"""Before the second, third … attempt; after the last one a delivery is given up, and the next of its referral goes."""
LOOK_SECONDS = 1.0
BUSY_SECONDS = 0.1
AT_ONCE = 20
AT_ONCE_PER_PARTNER = 4
LEASE = timedelta(seconds=60)
"""How long a delivery is somebody's who has begun with it; longer than a call may take."""

# The first that waits of each referral: what comes after it waits for it. What somebody is at has a lease.
_CLAIM = text(
    """
    with heads as (
        select distinct on (partner_id, coalesce(referral_id, event_id)) event_id, partner_id, position, next_try_at
        from webhook_delivery where state = 'waiting'
        order by partner_id, coalesce(referral_id, event_id), position
    ), ranked as (
        select event_id, position, next_try_at, row_number() over (partition by partner_id order by position) as place
        from heads where next_try_at <= :now
    )
    update webhook_delivery d set next_try_at = :until, attempts = d.attempts + 1
    from webhook w, partner p
    where w.partner_id = d.partner_id and p.id = d.partner_id and d.event_id in (
        select l.event_id from webhook_delivery l join ranked r on r.event_id = l.event_id
        where r.place <= :each and l.next_try_at <= :now and l.state = 'waiting'
        order by l.position limit :free for update of l skip locked
    )
    returning d.event_id, d.body, d.attempts, w.url, w.secret, p.slug,
        case when w.former_until > :now then w.former_secret end as former
    """
)
_SETTLE = text(
    """
    update webhook_delivery set state = cast(:state as text), answer = :answer, next_try_at = :next,
        settled_at = case when cast(:state as text) = 'waiting' then null else cast(:now as timestamptz) end
    where event_id = :event_id
    """
)
_COUNT = text("select count(*) from webhook_delivery where state = 'waiting'")


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt."""

    event_id: UUID
    body: bytes
    attempts: int
    url: str
    secrets: tuple[str, ...]
    partner: str


class Sender:
    """Sends until it is cancelled; several processes may, since a delivery is leased to one of them."""

    def __init__(self, database: Database, private_hosts: frozenset[str]) -> None:
        self._database = database
        self._private_hosts = private_hosts
        self._running: set[asyncio.Task[None]] = set()
        self._forgotten_at = datetime.min.replace(tzinfo=UTC)

    async def run(self) -> None:
        """Look again and again for what is due."""
        async with client(self._private_hosts) as session:
            try:
                while True:
                    try:
                        begun = await self.look(session)
                    except Exception as error:  # whatever it is, it must not end the sending
                        log.warning("webhooks_not_sent", error=describe(error))
                        begun = 0
                    # What has just been settled may have another one behind it.
                    await asyncio.sleep(BUSY_SECONDS if begun or self._running else LOOK_SECONDS)
            finally:
                for task in self._running:
                    task.cancel()
                await asyncio.gather(*self._running, return_exceptions=True)

    async def look(self, session: aiohttp.ClientSession) -> int:
        """Begin with what is due; how many calls were begun."""
        now, free = datetime.now(UTC), AT_ONCE - len(self._running)
        async with self._database.transaction() as database:
            if now - self._forgotten_at > timedelta(hours=1):
                await forget_settled(database, now - KEPT)
                self._forgotten_at = now
            metrics.WEBHOOKS_WAITING.set((await database.execute(_COUNT)).scalar_one())
            how = {"now": now, "until": now + LEASE, "each": AT_ONCE_PER_PARTNER, "free": free}
            rows = (await database.execute(_CLAIM, how)).all() if free else []
        for row in rows:
            keys = tuple(secret for secret in (row.secret, row.former) if secret)
            call = Call(row.event_id, row.body, row.attempts, row.url, keys, row.slug)
            task = asyncio.create_task(self._send(session, call))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return len(rows)

    async def _send(self, session: aiohttp.ClientSession, call: Call) -> None:
        try:
            answer, arrived = await self._post(session, call)
            await self._settle(call, answer, arrived)
        except Exception as error:  # the lease runs out, and it is tried again
            log.warning("webhook_not_settled", event_id=str(call.event_id), error=describe(error))

    async def _post(self, session: aiohttp.ClientSession, call: Call) -> tuple[str, bool]:
        """The answer in a word, and whether the partner has it."""
        if check_url(call.url, self._private_hosts) is not None:
            return "not public", False
        try:
            async with session.post(
                call.url, data=call.body, headers=signed(call, datetime.now(UTC)), allow_redirects=False
            ) as answer:
                return str(answer.status), 200 <= answer.status < 300
        except TimeoutError:
            return "timeout", False
        except (aiohttp.ClientError, OSError, ValueError) as error:
            cause = error if isinstance(error, NotPublic) else getattr(error, "os_error", None)
            return ("not public" if isinstance(cause, NotPublic) else "unreachable"), False

    async def _settle(self, call: Call, answer: str, arrived: bool) -> None:
        now = datetime.now(UTC)
        over = call.attempts > len(PAUSES) or answer == "410"  # Gone: Standard Webhooks has it mean „never again"
        state = "delivered" if arrived else "failed" if over else "waiting"
        pause = PAUSES[min(call.attempts, len(PAUSES)) - 1]
        async with self._database.transaction() as database:
            how = {"state": state, "answer": answer, "now": now, "next": now + pause, "event_id": call.event_id}
            await database.execute(_SETTLE, how)
        if not arrived:
            metrics.WEBHOOKS_FAILED.labels("given up" if over else "tried again").inc()
            say = log.error if over else log.warning
            event_id = str(call.event_id)
            say("webhook_failed", partner=call.partner, event_id=event_id, attempts=call.attempts, answer=answer)


def signed(call: Call, now: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks 1.0; with two secrets there are two signatures."""
    text_of_body = call.body.decode()
    signatures = [Signer(secret).sign(str(call.event_id), now, text_of_body) for secret in call.secrets]
    return {
        "content-type": "application/cloudevents+json",
        "user-agent": "lokal-willkommen",
        "webhook-id": str(call.event_id),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Sends while it is entered."""
    sender = Sender(app.state.database, app.state.settings.private_hosts)
    task = asyncio.create_task(sender.run(), name="webhooks")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def problems(app: FastAPI) -> list[str]:
    """Nothing: partners that do not answer are told of by metrics and on their pages."""
    return []
