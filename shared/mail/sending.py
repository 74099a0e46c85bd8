"""Sends what waits: one mail after the other, to each recipient in the order of their writing.

A mail is taken by a committed row, sent outside of any transaction, and marked afterwards: a process that is killed in
between sends it again after `TAKEN_FOR`, so at worst a mail comes twice, and never not at all.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from typing import Any

import aiosmtplib
import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.database import Database
from shared.logging import describe
from shared.mail import links
from shared.mail.box import Mail
from shared.mail.settings import MailSettings

WAITING = Gauge("lokal_mails_waiting", "Mails that are written and not sent yet.")
OLDEST = Gauge("lokal_mails_oldest_waiting_seconds", "How long the oldest of them waits.")
FAILED = Counter("lokal_mails_failed_total", "Mails that were given up after the last attempt.")

PAUSES = tuple(timedelta(seconds=seconds) for seconds in (1, 5, 30, 120, 600))
"""Before the second attempt, the third, …; after the last one a mail is given up. A server that cannot be reached is
asked again after the same pauses, the last one again and again, and costs no mail an attempt."""
TAKEN_FOR = timedelta(minutes=5)
TIMEOUT_SECONDS = 30.0
EVERY_SECONDS = 2.0
KEPT_FOR = timedelta(days=30)
"""So long operations can see what was sent and what was not (ours)."""

_NOWHERE = ".invalid"
"""A domain that never exists (RFC 2606): the demonstration's partners are there."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says. `calendar` is an iCalendar object that goes along as an invitation: its method and content."""

    subject: str
    text: str
    calendar: tuple[str, bytes] | None = None


Render = Callable[[AsyncSession, Mail, datetime], Awaitable[Letter | None]]
"""Makes a mail's text when it is sent; None: there is nothing to say any more, and the mail goes nowhere."""

_TAKE = text(
    """
    update mail set attempts = attempts + 1, next_try_at = :until
    where id = (
        select m.id from mail m
        where m.state = 'waiting' and m.next_try_at <= :now and not exists (
            select 1 from mail before
            where before.state = 'waiting' and before.to_address = m.to_address and before.id < m.id
        )
        order by m.id limit 1 for update skip locked
    )
    returning id, to_address, kind, about, attempts
    """
)
_SENT = text(
    "update mail set state = 'sent', sent_at = :now, next_try_at = null, error_code = null "
    "where id = :id and state = 'waiting'"
)
_LATER = text("update mail set next_try_at = :at, error_code = :error where id = :id and state = 'waiting'")
_NOT_TRIED = text(
    "update mail set attempts = attempts - 1, next_try_at = :at, error_code = :error "
    "where id = :id and state = 'waiting'"
)
_GIVEN_UP = text(
    "update mail set state = 'failed', next_try_at = null, error_code = :error where id = :id and state = 'waiting'"
)
_NOTHING_TO_SAY = text("delete from mail where id = :id")
_FORGET = text("delete from mail where state <> 'waiting' and created_at < :before")
_COUNT = text(
    "select count(*), coalesce(extract(epoch from now() - min(created_at)), 0)::float from mail where state = 'waiting'"
)


class Sender:
    """Sends a service's mails through one mail server."""

    def __init__(self, database: Database, settings: MailSettings, render: Render) -> None:
        self._database = database
        self._settings = settings
        self._render = render
        self._unreachable = 0
        self._not_before = datetime.min.replace(tzinfo=UTC)

    async def send_due(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> int:
        """Send what is due until nothing is, or until the server is away; how many were sent."""
        if not self._settings.smtp_url or clock() < self._not_before:
            return 0
        server = aiosmtplib.SMTP(**self._settings.smtp(), timeout=TIMEOUT_SECONDS)  # type: ignore[arg-type]
        sent = 0
        try:
            while (taken := await self._take(clock())) is not None:
                mail, attempts = taken
                try:
                    await self._connect(server)
                except Exception as error:  # whatever it is: not this mail's fault, and the others wait as well
                    await self._server_away(mail, error, clock())
                    break
                sent += await self._send(server, mail, attempts, clock())
        finally:
            server.close()
        return sent

    async def measure(self, now: datetime) -> None:
        """Count what waits, and forget what was sent long ago."""
        async with self._database.transaction() as session:
            await session.execute(_FORGET, {"before": now - KEPT_FOR})
            await links.forget(session, now - KEPT_FOR)
            waiting, oldest = (await session.execute(_COUNT)).one()
        WAITING.set(waiting)
        OLDEST.set(oldest)

    async def _take(self, now: datetime) -> tuple[Mail, int] | None:
        async with self._database.transaction() as session:
            row = (await session.execute(_TAKE, {"now": now, "until": now + TAKEN_FOR})).one_or_none()
        return (Mail(row.id, row.to_address, row.kind, row.about), row.attempts) if row else None

    async def _connect(self, server: aiosmtplib.SMTP) -> None:
        if not server.is_connected:
            await server.connect()
        self._unreachable = 0

    async def _server_away(self, mail: Mail, error: Exception, now: datetime) -> None:
        self._not_before = now + PAUSES[min(self._unreachable, len(PAUSES) - 1)]
        self._unreachable += 1
        await self._mark(_NOT_TRIED, mail, at=now, error=refusal(error))
        log.warning("mail_server_away", error=refusal(error))

    async def _send(self, server: aiosmtplib.SMTP, mail: Mail, attempts: int, now: datetime) -> bool:
        try:
            message = await self._message(mail, now)
            if message is not None:
                await server.send_message(message)
        except Exception as error:  # whatever it is, the mail is still to be sent, and the others too
            await self._put_back(mail, attempts, error, now)
            return False
        if message is None:
            await self._mark(_NOTHING_TO_SAY, mail)
            return False
        await self._mark(_SENT, mail, now=now)
        return True

    async def _message(self, mail: Mail, now: datetime) -> EmailMessage | None:
        async with self._database.transaction() as session:
            letter = await self._render(session, mail, now)
        if letter is None or mail.to_address.endswith(_NOWHERE):
            return None
        message = EmailMessage()
        name, address = parseaddr(self._settings.mail_from)
        message["From"] = Address(name, addr_spec=address)
        message["To"] = Address(addr_spec=mail.to_address)
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(now)
        message["Message-ID"] = make_msgid(domain=address.partition("@")[2] or "localhost")
        message["Auto-Submitted"] = "auto-generated"  # so that no absence note comes back (RFC 3834)
        message.set_content(letter.text)
        if letter.calendar is not None:
            method, content = letter.calendar
            message.add_attachment(
                content,
                maintype="text",
                subtype="calendar",
                filename="termin.ics",
                params={"method": method, "charset": "utf-8"},
            )
        return message

    async def _put_back(self, mail: Mail, attempts: int, error: Exception, now: datetime) -> None:
        code = refusal(error)
        if attempts > len(PAUSES):
            await self._mark(_GIVEN_UP, mail, error=code)
            FAILED.inc()
            log.error("mail_given_up", mail_id=mail.id, kind=mail.kind, attempts=attempts, error=code)
        else:
            await self._mark(_LATER, mail, at=now + PAUSES[attempts - 1], error=code)
            log.warning("mail_not_sent", mail_id=mail.id, kind=mail.kind, attempts=attempts, error=code)

    async def _mark(self, statement: Any, mail: Mail, **values: Any) -> None:
        async with self._database.transaction() as session:
            await session.execute(statement, {"id": mail.id, **values})


def refusal(error: Exception) -> str:
    """What went wrong, without the server's words: they may repeat the address."""
    code = getattr(error, "code", None)
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        code = error.recipients[0].code
    return f"{code}" if isinstance(code, int) else type(error).__name__


@asynccontextmanager
async def running(sender: Sender, every: float = EVERY_SECONDS) -> AsyncIterator[None]:
    """Sends again and again while it is entered; several processes may, since each takes other mails."""

    async def again_and_again() -> None:
        while True:
            try:
                await sender.send_due()
                await sender.measure(datetime.now(UTC))
            except Exception as error:  # whatever it is, it must not end the sending
                log.warning("mails_not_sent", error=describe(error))
            await asyncio.sleep(every)

    task = asyncio.create_task(again_and_again(), name="mails")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
