"""A rehearsal with a partner's system: it is sent one of everything, and what comes back is looked at.

The messages are the contracts' kept samples with new ids, laid straight into the partner's queue. Their referrals do
not exist, so that the commands which they cause are refused by the desk; a listener beside the desk sees them as well.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import aio_pika
import orjson
from aio_pika.abc import AbstractIncomingMessage

from deploy.partners import Broker
from services.referrals.commands.partner_commands import NotCarriedOut, read
from shared.contracts import PREFIX, Event, catalogue
from shared.contracts.referrals import CommandRefused
from shared.contracts.referrals.referrals import Deletion, Referral
from shared.contracts.schemas import FOLDER as SCHEMAS
from shared.ids import uuid7
from shared.messaging.link import Link, Outgoing
from shared.messaging.partners import COMMANDS, partner_queue, partner_user

PUBLIC = ("offer-", "partner-", "site-", "round-table-held", "report-published")
"""What of the catalogue is published for everybody."""
_QUIET = 2.0
_BEHIND = 6.0
"""By how much the counts of the management API are behind: nothing is left if it says so for that long."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; None: there was no occasion."""

    what: str
    passed: bool | None
    found: str = ""


@dataclass(slots=True)
class _Heard:
    commands: list[AbstractIncomingMessage] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Sent:
    name: str
    referral: str | None
    body: bytes


def script(slug: str) -> list[_Sent]:
    """One of every event that a partner may get, as they might come, and some that try its patience."""
    sent = [_of(event, slug) for event in _partners_events()]
    asked = next(each for each in sent if each.name == "referral-requested.v1")
    strange = orjson.loads(asked.body)
    strange |= {"id": str(uuid7()), "type": f"{PREFIX}never-heard-of.v1", "weather": "fine"}
    richer = orjson.loads(_of(catalogue()[f"{PREFIX}referral-reminded.v1"], slug).body)
    richer["data"] |= {"added_later": {"by": "a newer version"}}
    return [
        asked,
        asked,
        *(each for each in sent if each is not asked),
        _Sent("never-heard-of.v1", None, orjson.dumps(strange)),
        _Sent("referral-reminded.v1", richer["data"]["referral_id"], orjson.dumps(richer)),
    ]


async def rehearse(broker: Broker, slug: str, seconds: float) -> list[Check]:
    """Send it all, wait until it was read, look at what came back. Raises `NotConfirmed` where the broker refuses."""
    sent = script(slug)
    async with _listening(broker, slug) as heard:
        readers = await _readers(broker, slug)
        if not readers:
            return [Check("somebody reads the queue", False, "start your program, then try again")]
        await _lay(broker, slug, sent)
        left = await _until_read(broker, slug, seconds)
        await _until_quiet(heard, seconds)
        still_there = await _readers(broker, slug)
    return [
        Check("somebody reads the queue", True, f"{readers} readers"),
        Check(f"all {len(sent)} messages were acknowledged", not left, f"{left} are left" if left else ""),
        Check("the program is still there afterwards", bool(still_there)),
        *_of_commands(slug, broker.vhost, sent, heard.commands),
    ]


def _of_commands(slug: str, vhost: str, sent: Sequence[_Sent], heard: Sequence[AbstractIncomingMessage]) -> list[Check]:
    if not heard:
        return [Check("commands", None, "none came; that is well if your system only reads")]
    faults: list[str] = []
    about: list[tuple[str, str]] = []
    for message in heard:
        try:
            asked = read(message.body)
        except NotCarriedOut as why:
            faults.append(f"{why.reason.value} {' '.join(why.fields)}".strip())
            continue
        if message.routing_key != f"{slug}.{asked.data.command}.v{asked.data.major}":
            faults.append(f"{asked.data.command} has another routing key")
        referral = getattr(asked.data, "referral_id", None)
        if isinstance(referral, UUID):
            about.append((asked.data.command, str(referral)))
    unnamed = sum(message.user_id != partner_user(slug, vhost) for message in heard)
    known = {each.referral for each in sent}
    twice = sorted({command for command, _ in about if about.count((command, _)) > 1})
    strangers = [command for command, referral in about if referral not in known]
    return [
        Check("commands name your user", not unnamed, f"{unnamed} do not" if unnamed else f"{len(heard)} came"),
        Check("commands are as the contract has them", not faults, "; ".join(dict.fromkeys(faults))),
        Check("commands are about what was sent", not strangers, ", ".join(strangers)),
        Check("an event that came twice had one effect", not twice, ", ".join(twice)),
    ]


def _partners_events() -> list[type[Event]]:
    latest = sorted(catalogue().values(), key=lambda event: (event.event, event.major))
    ours = [
        event
        for event in latest
        if issubclass(event, (Referral, Deletion, CommandRefused)) or event.event.startswith(PUBLIC)
    ]
    return sorted(ours, key=lambda event: event.event != "referral-requested")


def _of(event: type[Event], slug: str) -> _Sent:
    message = orjson.loads((SCHEMAS.parent / "samples" / f"{event.event}.v{event.major}.full.json").read_bytes())
    data: dict[str, Any] = message["data"]
    for internal in ("household_id", "person_id", "contact_id", "need_id", "replaces"):
        data.pop(internal, None)
    referral = str(uuid4()) if "referral_id" in data else None
    data |= {"referral_id": referral} if referral else {}
    data |= {"person_ref": str(uuid4())} if issubclass(event, Referral) else {}
    if issubclass(event, (Referral, Deletion, CommandRefused)):
        data["partner"] = slug
    for ours in ("correlationid", "causationid", "traceparent"):
        message.pop(ours, None)
    subject = event.model_validate(data).subject
    now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    message |= {"id": str(uuid7()), "subject": subject, "time": now, "sequence": f"{1:010}", "data": data}
    return _Sent(f"{event.event}.v{event.major}", referral, orjson.dumps(message))


async def _lay(broker: Broker, slug: str, sent: Sequence[_Sent]) -> None:
    link = Link(broker.url, name="lokal partner simulate")
    try:
        for each in sent:  # one by one: two with the same id in one batch could not be told apart
            await link.publish(Outgoing("", partner_queue(slug), each.body, orjson.loads(each.body)["id"]))
    finally:
        await link.close()


@asynccontextmanager
async def _listening(broker: Broker, slug: str) -> AsyncIterator[_Heard]:
    """Hears the partner's commands beside the desk, by a queue that is gone with us."""
    heard = _Heard()
    connection = await aio_pika.connect(broker.url, timeout=10)
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True, auto_delete=True)
        await queue.bind(COMMANDS, f"{slug}.#")

        async def hear(message: AbstractIncomingMessage) -> None:
            heard.commands.append(message)

        await queue.consume(hear, no_ack=True)
        yield heard


async def _readers(broker: Broker, slug: str) -> int:
    link = Link(broker.url, name="lokal partner simulate")
    try:
        return await link.consumers_of(partner_queue(slug))
    finally:
        await link.close()


async def _until_read(broker: Broker, slug: str, seconds: float) -> int:
    """How many messages are left unacknowledged at the end."""
    clock = asyncio.get_running_loop()
    await asyncio.sleep(_BEHIND)
    last_seen = clock.time()
    until, left = last_seen + seconds, 0
    async with broker.management() as management:
        while (now := clock.time()) < min(until, last_seen + _BEHIND):
            left = {queue.name: queue.messages for queue in await management.queues()}[partner_queue(slug)]
            last_seen = now if left else last_seen
            await asyncio.sleep(1)
    return left


async def _until_quiet(heard: _Heard, seconds: float) -> None:
    clock = asyncio.get_running_loop()
    until = clock.time() + seconds
    while clock.time() < until:
        before = len(heard.commands)
        await asyncio.sleep(_QUIET)
        if len(heard.commands) == before:
            return
