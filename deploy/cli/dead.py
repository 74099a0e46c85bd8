"""`lokal dead`: what could not be handled, looked at, brought back, or given up knowingly.

A dead letter leaves its queue only after its copy has been confirmed elsewhere, or after somebody has said that it
shall be dropped. Reading takes nothing: messages are received without being acknowledged, and go back to their places
when the channel closes. Whoever is killed in the middle leaves at worst a copy too many, which has no second effect.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import aio_pika
import httpx
import structlog
import typer
from aio_pika.abc import AbstractIncomingMessage
from rich.console import Console

from deploy.cli import Failed, app
from deploy.cli.environment import management_url, rabbitmq_url, virtual_host
from deploy.cli.moments import shown
from deploy.cli.plain import plain
from shared.contracts import PREFIX
from shared.messaging import envelope
from shared.messaging.envelope import AgainstSchema, Unreadable
from shared.messaging.inbox import SENDER
from shared.messaging.link import BROKER_FAULTS, Link, NotConfirmed, Outgoing
from shared.messaging.management import Management
from shared.messaging.topology import dead_letters_of
from shared.messaging.users import Senders, site_user

console = Console()
log = structlog.get_logger(__name__)
dead = typer.Typer(no_args_is_help=True, help="Messages that could not be handled.")
app.add_typer(dead, name="dead")

_DEAD = dead_letters_of("")
_OF_ITS_DEATH = frozenset({"reason", "exception", "attempts", "queue", "since", "sender"})
"""Headers that say why a message lies here; without them it starts anew."""
_ARRIVAL_SECONDS = 5.0
"""How long the next of the messages that the broker has counted may take."""

Result = TypeVar("Result")
Of = Annotated[str, typer.Argument(metavar="QUEUE", help="The queue, with or without .dead.")]
Ids = Annotated[list[str] | None, typer.Option("--id", help="A message's id; repeatable.")]


@dataclass(frozen=True, slots=True)
class Letter:
    """A message among the dead letters of a queue."""

    queue: str
    message: AbstractIncomingMessage

    @property
    def id(self) -> str:
        """The message's id; of a message without one, a fingerprint of its body."""
        return self.message.message_id or f"sha256-{hashlib.sha256(self.message.body).hexdigest()[:16]}"

    @property
    def event(self) -> str:
        """What kind of event it is, as far as that can be read."""
        try:
            kind = envelope.read(self.message.body, typed=False).type
        except Unreadable:
            return "?"
        return kind.removeprefix(PREFIX)

    def header(self, name: str, otherwise: str = "") -> str:
        """A header as text."""
        return str(self.message.headers.get(name, otherwise))

    @property
    def reason(self) -> str:
        """Why it lies here; what the broker itself gave up has no reason of ours."""
        return self.header("reason", "given up by the broker")

    @property
    def since(self) -> datetime | None:
        """When it was put here, where that is known."""
        said = self.message.headers.get("since")
        deaths = self.message.headers.get("x-death")
        if isinstance(said, str):
            with suppress(ValueError):  # a stranger's header, on a letter that the broker itself gave up
                return datetime.fromisoformat(said)
        if isinstance(deaths, list) and deaths and isinstance(deaths[0], dict):
            at = deaths[0].get("time")
            if isinstance(at, datetime):
                return at if at.tzinfo else at.replace(tzinfo=UTC)
        return None

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "queue": self.queue,
            "message_id": self.id,
            "event": self.event,
            "reason": self.reason,
            "exception": self.header("exception"),
            "attempts": self.message.headers.get("attempts"),
            "since": self.since.isoformat() if self.since else None,
        }


@dead.command("list")
def list_letters(
    queue: Annotated[str | None, typer.Argument(help="Only this queue's.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """All dead letters, the oldest of each queue first; nothing is taken out."""

    async def read() -> list[dict[str, Any]]:
        found = []
        for name in [dead_letters_of(_origin(queue))] if queue else await _dead_queues():
            async with _letters(name) as letters:
                found += [letter.as_json() async for letter in letters]
        return found

    letters = _run(read())
    if as_json:
        typer.echo(json.dumps(letters))
        return
    if not letters:
        console.print("no dead letters")
        return
    for letter in letters:
        since = shown(datetime.fromisoformat(letter["since"]))[:-4] if letter["since"] else "-"
        why = f"{letter['reason']} ({letter['exception']})" if letter["exception"] else letter["reason"]
        attempts = f" after {letter['attempts']} attempts" if letter["attempts"] else ""
        told = f"{since} {_origin(letter['queue'])} {letter['message_id']} {letter['event']} {why}{attempts}"
        typer.echo(plain(told))


@dead.command()
def show(queue: Of, message_id: Annotated[str, typer.Argument(help="As `list` tells it.")]) -> None:
    """Headers and body of one dead letter; nothing is taken out."""

    async def read() -> None:
        async with _letters(dead_letters_of(_origin(queue))) as letters:
            async for letter in letters:
                if letter.id == message_id:
                    _print(letter)
                    return
        raise Failed(f"{message_id} is not among the dead letters of {_origin(queue)}.")

    _run(read())


@dead.command()
def requeue(
    queue: Of, ids: Ids = None, every: Annotated[bool, typer.Option("--all", help="All that lie there now.")] = False
) -> None:
    """Bring dead letters back to the queue that they came from, with their attempts counted anew.

    With `--all`, those whose sender may not speak for their source stay: brought from here, they would be believed.
    """
    origin, left = _origin(queue), 0

    async def bring_back(letters: AsyncIterator[Letter], count: int) -> int:
        nonlocal left
        link, done = Link(rabbitmq_url(), name="lokal dead requeue"), 0
        try:
            async for letter in letters:
                if every and _is_doubtful(letter, origin):
                    left += 1
                    continue
                await link.publish(_again(letter, origin))
                await letter.message.ack()
                done += 1
        except NotConfirmed:
            raise Failed(
                f"The broker has not confirmed a letter to {origin} after {done} of {count}; it and the others stay "
                "dead letters. Does the queue exist?"
            ) from None
        finally:
            await link.close()
        return done

    done = _run(_settle(dead_letters_of(origin), ids, every, bring_back))
    console.print(f"{done} brought back to {origin}", highlight=False)
    if left:
        console.print(
            f"{left} left: it is not sure who has sent them. Look at each (`show`); `--id` brings it back even so.",
            highlight=False,
        )


@dead.command()
def drop(
    queue: Of,
    ids: Ids = None,
    every: Annotated[bool, typer.Option("--all", help="All that lie there now.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Give dead letters up for good; what was dropped is logged."""
    origin = _origin(queue)
    if (ids or every) and not yes:
        typer.confirm(f"Drop {'all' if every else len(ids or ())} dead letters of {origin} for good?", abort=True)

    async def give_up(letters: AsyncIterator[Letter], _count: int) -> int:
        done = 0
        async for letter in letters:
            said = letter.as_json()
            log.warning("dead_letter_dropped", event_type=said.pop("event"), **said)
            await letter.message.ack()
            done += 1
        return done

    done = _run(_settle(dead_letters_of(origin), ids, every, give_up))
    console.print(f"{done} dropped", highlight=False)


def _origin(queue: str) -> str:
    return queue.removesuffix(_DEAD)


def _is_doubtful(letter: Letter, origin: str) -> bool:
    """Whether it was refused for its sender, or may have been laid here past the queue's consumer."""
    if letter.reason == SENDER:
        return True
    try:
        event = envelope.read(letter.message.body)
    except (Unreadable, AgainstSchema):
        return False  # nobody believes it; a letter between sites is signed
    vhost = virtual_host()
    owner = site_user(origin.partition(".")[0], vhost)
    return Senders(owner, vhost).fault(letter.message.user_id, event) is not None


def _again(letter: Letter, origin: str) -> Outgoing:
    message = letter.message
    kept = {
        name: value
        for name, value in message.headers.items()
        if name not in _OF_ITS_DEATH and not name.startswith("x-")
    }
    content_type = message.content_type or "application/octet-stream"
    return Outgoing("", origin, message.body, message.message_id, content_type, kept)


async def _settle(
    queue: str,
    ids: list[str] | None,
    every: bool,
    settle: Callable[[AsyncIterator[Letter], int], Awaitable[int]],
) -> int:
    """Hand the chosen letters, one after the other, to `settle`; the others go back to their places."""
    if bool(ids) == every:
        raise typer.BadParameter("either --id (repeatable) or --all", param_hint="--id")
    missing = set(ids or ())
    async with _letters(queue) as letters:

        async def chosen() -> AsyncIterator[Letter]:
            async for letter in letters:
                if every or letter.id in missing:
                    missing.discard(letter.id)
                    yield letter
                if not every and not missing:
                    return

        done = await settle(chosen(), len(missing))
    if missing:
        raise Failed(f"{done} settled; not among the dead letters of {_origin(queue)}: {', '.join(sorted(missing))}")
    return done


async def _dead_queues() -> list[str]:
    async with Management(management_url(), virtual_host()) as management:
        return [queue.name for queue in await management.queues() if queue.name.endswith(_DEAD)]


@asynccontextmanager
async def _letters(queue: str) -> AsyncIterator[AsyncIterator[Letter]]:
    """The letters that lie in the queue at this moment, in order; what is not acknowledged stays there.

    As many as the broker counts at the beginning: a letter that comes back at once must not be handled for ever.
    """
    connection = await aio_pika.connect(rabbitmq_url(), timeout=10, client_properties={"connection_name": "lokal dead"})
    async with connection:
        channel = await connection.channel()
        try:
            declared = await channel.declare_queue(queue, passive=True)
        except aio_pika.exceptions.ChannelNotFoundEntity:
            raise Failed(f"There is no queue {queue}.") from None
        count = declared.declaration_result.message_count or 0
        arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        tag = await declared.consume(arrived.put)

        async def each() -> AsyncIterator[Letter]:
            for _ in range(count):
                try:
                    async with asyncio.timeout(_ARRIVAL_SECONDS):
                        message = await arrived.get()
                except TimeoutError:  # somebody else has taken it meanwhile
                    return
                yield Letter(queue, message)

        yield each()
        # Without cancelling first, the broker would deliver what it gets back to this consumer again.
        await declared.cancel(tag)


def _print(letter: Letter) -> None:
    message = letter.message
    console.print(plain(f"{letter.id} in {letter.queue}"), style="bold", markup=False, highlight=False)
    for name, value in sorted(message.headers.items()):
        console.print(plain(f"  {name}: {value!s}"), markup=False, highlight=False)
    about = f"  content type: {message.content_type}, {len(message.body)} bytes"
    console.print(plain(about), markup=False, highlight=False)
    try:
        console.print_json(data=json.loads(message.body), ensure_ascii=True)
    except ValueError:
        console.print(repr(message.body[:2000]), markup=False, highlight=False)


def _run(work: Coroutine[Any, Any, Result]) -> Result:
    try:
        return asyncio.run(work)
    except httpx.HTTPError as fault:
        raise Failed(f"The broker's management API does not answer: {type(fault).__name__}") from None
    except BROKER_FAULTS as fault:
        raise Failed(f"The broker does not answer: {fault}") from None
