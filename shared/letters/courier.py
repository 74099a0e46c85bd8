"""The courier brings committed letters from `letter_out` to the broker: steps S5 to S8 of a handover.

A letter stays `waiting` until the broker has confirmed it, however often that fails; it is sealed anew for each
attempt, with the key that the receiving site has then. If the courier dies between confirmation and commit, the letter
is sent a second time, and the receiving site accepts it once. Several couriers may work on one table: a letter in work
is locked and skipped by the others.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import orjson
import structlog

from shared.database import Database, is_unreachable
from shared.ids import uuid7
from shared.letters import CHANNEL, CONTENT_TYPE, EXCHANGE, MAX_BYTES, LetterKind, NoLetterKey, OutgoingLetter, steps
from shared.logging import describe
from shared.messaging.link import Link, NotConfirmed, Outgoing

log = structlog.get_logger(__name__)

# The rows of a long list wait until the families' files are on their way.
_CLAIM = """
    select id, kind, to_site, household_id, charge, content, made_at from letter_out
    where state = 'waiting' and id <> all ($1::uuid[]) and to_site <> all ($2::text[])
    order by kind = 'registration', made_at, id limit 1 for update skip locked
"""
_SENT = "update letter_out set state = 'sent', sent_at = clock_timestamp(), tries = tries + 1 where id = $1"

POLL_SECONDS = 1.0
"""How often it looks without having been woken."""
LONGEST_PAUSE = 30.0
"""Seconds between two attempts at most: a site may be away for days, and somebody may have asked to try again."""

Seal = Callable[[OutgoingLetter], Awaitable[bytes]]
Result = TypeVar("Result")


class Courier:
    """Sends the waiting letters of one database until it is cancelled."""

    def __init__(self, database: Database, rabbitmq_url: str, seal: Seal, *, publish_timeout: float = 10.0) -> None:
        self._database_url = database.url
        self._link = Link(rabbitmq_url, timeout=publish_timeout, name="lokal courier")
        self._seal = seal
        self._rests: dict[UUID | str, tuple[float, float]] = {}
        """Until when a letter, or all letters to a site, are left alone, and for how many seconds that is."""

    async def run(self) -> None:
        """Work for ever; a fault of database or broker costs a pause, never a letter."""
        pause = 0.1
        try:
            while True:
                begun = time.monotonic()
                try:
                    await self._work()
                except Exception as error:  # whatever it is: a courier that ended would leave all later letters behind
                    if time.monotonic() - begun > 10:
                        pause = 0.1  # it had worked in between
                    log.warning("letters_not_sent", error=describe(error), pause_seconds=pause)
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, 10)
        finally:
            await self._link.close()

    async def _work(self) -> None:
        connection = await asyncpg.connect(self._database_url, timeout=10, command_timeout=30)
        bell = asyncio.Event()
        try:
            await connection.add_listener(CHANNEL, lambda *_: bell.set())
            while not connection.is_closed():
                bell.clear()
                while await _to_its_end(self.send_one(connection)):
                    pass
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await bell.wait()
        finally:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
                await connection.close(timeout=2)

    async def send_one(self, connection: asyncpg.Connection) -> bool:
        """Try the oldest letter that waits and does not rest; False if there is none."""
        resting = [what for what, (until, _) in self._rests.items() if until > time.monotonic()]
        letters = [what for what in resting if isinstance(what, UUID)]
        sites = [what for what in resting if isinstance(what, str)]
        async with connection.transaction():
            row = await connection.fetchrow(_CLAIM, letters, sites)
            if row is None:
                return False
            steps.reached("S5")
            letter = _letter(row)
            if not await self._is_sent(letter):
                return True
            await connection.execute(_SENT, letter.id)
            steps.reached("S8")
        steps.reached("T2")
        self._rests.pop(letter.to_site, None)
        self._rests.pop(letter.id, None)
        log.info("letter_sent", kind=letter.kind, to_site=letter.to_site)
        return True

    async def _is_sent(self, letter: OutgoingLetter) -> bool:
        try:
            await self._send(letter)
        except (NotConfirmed, NoLetterKey) as error:
            self._let_rest(letter.to_site, letter, error)  # the next letter to this site would fare no better
        except Exception as error:
            if is_unreachable(error):
                raise
            self._let_rest(letter.id, letter, error)
        else:
            return True
        return False

    async def _send(self, letter: OutgoingLetter) -> None:
        sealed = await self._seal(letter)
        steps.reached("S6")
        if len(sealed) > MAX_BYTES:
            raise ValueError("the broker would refuse a letter of this size, and close the channel")
        # The letter's own id can be made from a case number, so it stands inside only.
        await self._link.publish(Outgoing(EXCHANGE, letter.to_site, sealed, str(uuid7()), CONTENT_TYPE))
        steps.reached("S7")

    def _let_rest(self, what: UUID | str, letter: OutgoingLetter, error: Exception) -> None:
        _, last = self._rests.get(what, (0.0, 0.5))
        pause = min(last * 2, LONGEST_PAUSE)
        self._rests[what] = (time.monotonic() + pause, pause)
        # Without the letter's id: one that was made from a case number must not stand in a log.
        log.warning(
            "letter_not_sent", kind=letter.kind, to_site=letter.to_site, error=describe(error), pause_seconds=pause
        )


def _letter(row: asyncpg.Record) -> OutgoingLetter:
    values = dict(row)
    values["kind"] = LetterKind(values["kind"])
    values["content"] = orjson.loads(values["content"] or "{}")
    return OutgoingLetter(**values)


async def _to_its_end(work: Coroutine[Any, Any, Result]) -> Result:
    """Await the work, also when we are cancelled meanwhile: what the broker has would else be sent again."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)
        raise
