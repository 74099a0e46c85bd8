"""Hears what partners' systems ask for: a queue each, taken at a bounded rate, so that nobody waits for another.

Which partners are connected is asked of the database again and again: a new one is heard within a second or two, and
nothing has to be started again for it.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import aio_pika
import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage, FieldValue
from fastapi import FastAPI
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals import metrics
from services.referrals.background.forgers import Forgers
from services.referrals.commands.access import accesses
from services.referrals.commands.partner_commands import Asked, NotCarriedOut, carry_out, forget_refused, read, refuse
from shared import tracing
from shared.contracts.words import RefusalReason
from shared.database import Database, is_unreachable
from shared.logging import describe
from shared.messaging.link import BROKER_FAULTS, Link, Outgoing
from shared.messaging.partners import command_queue, partner_of_user
from shared.messaging.topology import dead_letters_of
from shared.messaging.users import vhost_of

log = structlog.get_logger(__name__)

REFRESH_SECONDS = 1.0
"""How often is asked which partners are connected."""
WATCH_SECONDS = 10.0
"""How often a quiet queue is asked whether it still has its consumer."""
PREFETCH = 50
"""In flight, so that forged ones go quickly; a queue holds 16 MiB at most, and so does this."""
BURST = 100
"""Commands that are taken at once before the rate counts."""
TRIES = 3
KEPT_REFUSALS = timedelta(days=30)

_TAKE = text("insert into inbox (event_id, consumer) values (:id, :consumer) on conflict do nothing returning event_id")


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Hears the partners while it is entered; the broker is not waited for."""
    settings = app.state.settings
    management_url = settings.rabbitmq_management_url
    desk = Desk(settings.rabbitmq_url, app.state.database, settings.commands_per_second, management_url)
    task = asyncio.create_task(desk.run(), name="partner desk")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def problems(app: FastAPI) -> list[str]:
    """Nothing: a broker or a database that is away is told of already."""
    return []


class Pace:
    """So many a second in the long run, and a few at once: a bucket of tokens."""

    def __init__(self, per_second: float, burst: int) -> None:
        self._per_second = per_second
        self._burst = burst
        self._left = float(burst)
        self._seen = asyncio.get_running_loop().time()

    async def turn(self) -> None:
        """Wait for the next turn."""
        clock = asyncio.get_running_loop()
        self._left = min(self._burst, self._left + (clock.time() - self._seen) * self._per_second)
        self._seen = clock.time()
        if self._left < 1:
            await asyncio.sleep((1 - self._left) / self._per_second)
        self._left -= 1


class Desk:
    """Has a counter for each partner whose system is connected."""

    def __init__(
        self, rabbitmq_url: str, database: Database, per_second: float, management_url: str | None = None
    ) -> None:
        self._url = rabbitmq_url
        self._forgers = Forgers(management_url, vhost_of(rabbitmq_url))
        self._database = database
        self._per_second = per_second
        self._link = Link(rabbitmq_url, name="lokal partner desk")
        self._connection: AbstractConnection | None = None
        self._opening = asyncio.Lock()
        self._counters: dict[str, asyncio.Task[None]] = {}
        self._forgotten_at = datetime.min.replace(tzinfo=UTC)

    async def run(self) -> None:
        """Serve until it is cancelled."""
        try:
            while True:
                try:
                    await self._refresh()
                except Exception as error:  # whatever it is, it must not end the desk
                    log.warning("partners_not_known", error=describe(error))
                await asyncio.sleep(REFRESH_SECONDS)
        finally:
            await _end(*self._counters.values())
            await self._link.close()
            if self._connection is not None:
                with contextlib.suppress(*BROKER_FAULTS):
                    async with asyncio.timeout(2):
                        await self._connection.close()

    async def _refresh(self) -> None:
        now = datetime.now(UTC)
        async with self._database.transaction() as session:
            connected = {access.slug for access in await accesses(session)}
            if now - self._forgotten_at > timedelta(hours=1):
                await forget_refused(session, now - KEPT_REFUSALS)
                self._forgotten_at = now
        for slug in self._counters.keys() - connected:
            await _end(self._counters.pop(slug))
        for slug in connected - self._counters.keys():
            self._counters[slug] = asyncio.create_task(self._counter(slug), name=f"commands of {slug}")

    async def _counter(self, slug: str) -> None:
        """Keep taking one partner's commands, one after the other."""
        queue, pause = command_queue(slug), 0.2
        pace = Pace(self._per_second, BURST)
        while True:
            try:
                channel = await self._channel()
                async with contextlib.aclosing(_arriving(channel, queue, self._link)) as arriving:
                    async for message in arriving:
                        pause = 0.2
                        if self._is_one_too_many(slug, message):
                            await message.ack()
                            continue
                        await pace.turn()
                        await self._take(slug, message)
            except Exception as error:  # whatever it is: a counter that ended would hear nobody
                log.warning("commands_not_heard", queue=queue, error=describe(error), pause_seconds=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5)

    async def _channel(self) -> AbstractChannel:
        async with self._opening:
            if self._connection is None or self._connection.is_closed:
                self._connection = await aio_pika.connect(
                    self._url, timeout=10, client_properties={"connection_name": "lokal partner desk"}
                )
            async with asyncio.timeout(10):
                return await self._connection.channel(publisher_confirms=False)

    async def _take(self, slug: str, message: AbstractIncomingMessage) -> None:
        """Carry one command out, or refuse it; then acknowledge it."""
        pause, tries = 0.1, 0
        while True:
            try:
                await self._settle(slug, message)
                break
            except Exception as error:
                if is_unreachable(error):
                    log.warning("database_away", queue=command_queue(slug), error=describe(error), pause_seconds=pause)
                elif (tries := tries + 1) == TRIES:
                    await self._bury(slug, message, describe(error))
                    break
                await asyncio.sleep(pause)
                pause = min(pause * 2, 10)
        await message.ack()

    async def _settle(self, slug: str, message: AbstractIncomingMessage) -> None:
        queue = command_queue(slug)
        try:
            self._check_sender(slug, message)
            asked = read(message.body)
            async with self._database.transaction() as session:
                await _count(session, asked, queue)
                with tracing.story(causation_id=asked.id):
                    await carry_out(session, slug, asked, datetime.now(UTC))
        except NotCarriedOut as why:
            if why.reason is RefusalReason.REPEATED and message.redelivered:
                return  # it is the broker that repeats: the answer was given, and the acknowledgement was lost
            await self._refuse(slug, queue, why)
        else:
            metrics.COMMANDS.labels(queue, asked.data.command).inc()

    def _check_sender(self, slug: str, message: AbstractIncomingMessage) -> None:
        """The broker vouches for the user that a message names, not for the routing key. Raises `NotCarriedOut`."""
        user = message.user_id
        if not user:
            raise NotCarriedOut(RefusalReason.UNNAMED_SENDER)
        sender = partner_of_user(user, vhost_of(self._url))
        # The administration's own user: brought again from the dead letters.
        if sender != slug and user != self._link.user:
            raise _Forged(sender)

    def _is_one_too_many(self, slug: str, message: AbstractIncomingMessage) -> bool:
        """Whether somebody forges so many that they are only counted: whose queue it is must not wait for them."""
        sender = partner_of_user(message.user_id or "", vhost_of(self._url))
        if sender in (None, slug) or not self._forgers.notice(str(sender)):
            return False
        metrics.COMMANDS_REFUSED.labels(command_queue(slug), RefusalReason.FOREIGN_SENDER.value).inc()
        return True

    async def _refuse(self, slug: str, queue: str, why: NotCarriedOut) -> None:
        told = why.sender or slug if isinstance(why, _Forged) else slug
        async with self._database.transaction() as session:
            if why.command_id is not None:
                await session.execute(_TAKE, {"id": why.command_id, "consumer": queue})
            await refuse(session, told, why, datetime.now(UTC))
        metrics.COMMANDS_REFUSED.labels(queue, why.reason.value).inc()
        log.warning(
            "command_refused",
            queue=queue,
            partner=told,
            command_id=str(why.command_id) if why.command_id else None,
            command=why.command,
            reason=why.reason.value,
            fields=list(why.fields),
        )

    async def _bury(self, slug: str, message: AbstractIncomingMessage, exception: str) -> None:
        """Our fault, not the partner's: operations get the command, the partner learns that nothing was done."""
        queue = command_queue(slug)
        headers: dict[str, FieldValue] = {
            "reason": "failed",
            "exception": exception,
            "attempts": TRIES,
            "queue": queue,
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        letter = Outgoing("", dead_letters_of(queue), message.body, message.message_id, headers=headers)
        await self._link.publish(letter)
        log.error("command_dead_lettered", queue=queue, partner=slug, exception=exception)
        try:
            asked: Asked | None = read(message.body)
        except NotCarriedOut:
            asked = None
        told = NotCarriedOut(RefusalReason.FAILED, command=asked.data.command if asked else None)
        async with self._database.transaction() as session:
            await refuse(session, slug, told, datetime.now(UTC))
        metrics.COMMANDS_REFUSED.labels(queue, RefusalReason.FAILED.value).inc()


class _Forged(NotCarriedOut):
    """A command in another's name."""

    def __init__(self, sender: str | None) -> None:
        super().__init__(RefusalReason.FOREIGN_SENDER)
        self.sender = sender


async def _count(session: AsyncSession, asked: Asked, queue: str) -> None:
    """A command counts once. Raises `NotCarriedOut` for one whose id was there before."""
    taken = await session.execute(_TAKE, {"id": asked.id, "consumer": queue})
    if taken.scalar_one_or_none() is None:
        raise NotCarriedOut(RefusalReason.REPEATED, command_id=asked.id, command=asked.data.command)


async def _arriving(channel: AbstractChannel, queue: str, link: Link) -> AsyncGenerator[AbstractIncomingMessage, None]:
    """What comes to a queue; ends when nobody consumes it any more (it was deleted, the channel was closed)."""
    async with channel:
        await channel.set_qos(prefetch_count=PREFETCH)
        arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        await (await channel.get_queue(queue, ensure=False)).consume(arrived.put)
        log.info("consuming", queue=queue)
        while not channel.is_closed:
            try:
                async with asyncio.timeout(WATCH_SECONDS):
                    message = await arrived.get()
            except TimeoutError:
                if not await link.consumers_of(queue):
                    log.warning("consumer_vanished", queue=queue)
                    return
            else:
                yield message


async def _end(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
