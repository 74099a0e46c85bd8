"""`lokal events`: read the network's log, and bring logged events to a queue again."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Annotated, Any

import orjson
import typer
from aio_pika.abc import AbstractIncomingMessage
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from deploy.cli import Failed, app
from deploy.cli.environment import rabbitmq_url
from deploy.cli.moments import MOMENT_HELP, moment, shown
from deploy.cli.plain import plain
from deploy.topology import network
from shared.contracts import PREFIX, catalogue
from shared.contracts.words import SITES
from shared.messaging import envelope
from shared.messaging.envelope import Received, Unreadable
from shared.messaging.link import BROKER_FAULTS, Link, Outgoing, user_of
from shared.messaging.log import entries
from shared.messaging.topology import matches
from shared.messaging.users import Senders, vhost_of

console = Console()
notes = Console(stderr=True)
events = typer.Typer(no_args_is_help=True, help="The log of all events.")
app.add_typer(events, name="events")

BATCH = 200
DATA_WIDTH = 160

From = Annotated[str | None, typer.Option("--from", help=f"From this time on: {MOMENT_HELP}")]
Site = Annotated[str | None, typer.Option(help="Only events that concern this site.")]
Service = Annotated[str | None, typer.Option(help="Only events that this service has published.")]
Names = Annotated[list[str] | None, typer.Option("--event", help="Only this event, as in household-moved; repeatable.")]


@dataclass(frozen=True, slots=True)
class Entry:
    """One readable entry of the log."""

    event: Received[Any]
    message: AbstractIncomingMessage

    @property
    def name(self) -> str:
        """`household-moved` of `de.dortmund.lokal-willkommen.household-moved.v1`."""
        return self.event.type.removeprefix(PREFIX).rpartition(".")[0] or self.event.type

    def line(self) -> str:
        """Time, site, event, subject, correlation id and what the event says, in one line."""
        event = self.event
        said = " ".join(f"{name}={_short(value)}" for name, value in event.data.items() if value != event.subject)
        if len(said) > DATA_WIDTH:
            said = f"{said[: DATA_WIDTH - 1]}…"
        if event.restates is not None:
            said = f"restates={event.restates} {said}"
        story = event.correlation_id or "-"
        return plain(f"{shown(event.time)} {event.site:<17} {self.name:<22} {event.subject} {story} {said}")


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{name}:{_short(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_short(inner) for inner in value) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are asked for; None asks for all."""

    since: datetime | None = None
    until: datetime | None = None
    site: str | None = None
    service: str | None = None
    names: tuple[str, ...] = ()
    subject: str | None = None
    correlation: str | None = None

    def takes(self, entry: Entry) -> bool:
        """Whether the entry is one of them."""
        event = entry.event
        return (
            (self.since is None or event.time >= self.since)
            and (self.until is None or event.time <= self.until)
            and self.site in (None, event.site)
            and self.service in (None, event.source.rpartition("/")[2])
            and (not self.names or entry.name in self.names)
            and self.subject in (None, event.subject)
            and self.correlation in (None, str(event.correlation_id))
        )

    async def of_log(self, follow: bool = False) -> AsyncGenerator[Entry, None]:
        """These entries of the log; without a filter, one that cannot be read is told on standard error."""
        async with aclosing(entries(rabbitmq_url(), since=self.since, follow=follow)) as messages:
            async for message in messages:
                try:
                    entry = Entry(envelope.read(message.body, typed=False), message)
                except Unreadable as fault:
                    if self.names or any((self.site, self.service, self.subject, self.correlation)):
                        continue  # what cannot be read is none of the events that are asked for
                    where = f"{message.message_id or 'without id'} ({message.routing_key})"
                    notes.print(
                        plain(f"unreadable entry {where}: {fault}"), markup=False, highlight=False, soft_wrap=True
                    )
                    continue
                if self.takes(entry):
                    yield entry


@events.command()
def tail(
    since: From = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is published from now on.")] = False,
    site: Site = None,
    service: Service = None,
    event: Names = None,
    subject: Annotated[str | None, typer.Option(help="Only this household, contact … (its id).")] = None,
    correlation: Annotated[str | None, typer.Option(help="Only this story: one click and all that followed.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One CloudEvent a line.")] = False,
) -> None:
    """Print the log: time, site, event, subject, correlation id and data, the oldest first."""
    wanted = Wanted(moment(since) if since else None, None, site, service, _names(event), subject, correlation)

    async def print_entries() -> None:
        async with aclosing(wanted.of_log(follow)) as found:
            async for entry in found:
                typer.echo(orjson.dumps(orjson.loads(entry.event.body)).decode() if as_json else entry.line())

    _run(print_entries())


@events.command()
def replay(
    to: Annotated[str, typer.Option(help="The queue, as in city.reporting.projection.")],
    since: Annotated[str, typer.Option("--from", help=f"From this time on: {MOMENT_HELP}")],
    until: Annotated[str | None, typer.Option(help="Up to this time.")] = None,
    event: Names = None,
    every: Annotated[bool, typer.Option("--all", help="Also events that the queue is not bound to.")] = False,
    unnamed: Annotated[
        bool, typer.Option("--unnamed", help="Also events that name no sender, as older releases published them.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be brought.")] = False,
) -> None:
    """Bring logged events to a queue again. What has had its effect there has none a second time.

    An event whose sender may not speak for its source stays behind: brought from here, it would be believed.
    """
    keys = [binding.routing_key for binding in network(SITES).bindings if binding.queue == to]
    if not keys and not every:
        raise Failed(f"{to} is no queue of ours that events are bound to; --all brings events to any queue.")
    wanted = Wanted(moment(since), moment(until) if until else None, names=_names(event))

    url = rabbitmq_url()
    senders = Senders(user_of(url), vhost_of(url))
    left: Counter[str] = Counter()

    def goes(entry: Entry) -> bool:
        if not (every or any(matches(key, entry.message.routing_key or "") for key in keys)):
            return False
        user = entry.message.user_id
        fault = None if user is None and unnamed else senders.fault(user, entry.event)
        if fault is not None:
            left[fault] += 1
        return fault is None

    async def bring() -> Counter[str]:
        sent: Counter[str] = Counter()
        link = Link(url, name="lokal events replay")
        try:
            with _counting(f"events to {to}") as progress:
                batch: list[Entry] = []
                async with aclosing(wanted.of_log()) as found:
                    async for entry in found:
                        if goes(entry):
                            batch.append(entry)
                        if len(batch) == BATCH:
                            await _send(link, to, batch, dry_run, sent, progress)
                await _send(link, to, batch, dry_run, sent, progress)
        finally:
            await link.close()
        return sent

    sent = _run(bring())
    for fault, count in left.items():
        notes.print(f"{count:>8} left behind: {fault}", markup=False, highlight=False)
    for name, count in sorted(sent.items()):
        console.print(f"{count:>8} {name}", highlight=False)
    console.print(f"{sent.total():>8} {'would be brought' if dry_run else 'brought and confirmed'}", highlight=False)


def _names(asked: list[str] | None) -> tuple[str, ...]:
    """The names as they were typed; one that is nobody's may be a newer publisher's, or a slip, and is told."""
    known = {event.event for event in catalogue().values()}
    for name in asked or ():
        if name not in known:
            alike = get_close_matches(name, known)
            hint = f"; is one of these meant: {', '.join(alike)}?" if alike else ""
            notes.print(
                plain(f"no event known here is called {name}{hint}"), markup=False, highlight=False, soft_wrap=True
            )
    return tuple(asked or ())


async def _send(link: Link, to: str, batch: list[Entry], dry_run: bool, sent: Counter[str], progress: Progress) -> None:
    if batch and not dry_run:
        confirmed = await link.publish_all([_again(entry, to) for entry in batch])
        if not all(confirmed):
            brought = sent.total() + sum(confirmed)
            raise Failed(
                f"The broker confirmed {brought} events and then {len(confirmed) - sum(confirmed)} not. "
                "Does the queue exist? The same command may be run again: what has arrived has no second effect."
            )
    sent.update(entry.name for entry in batch)
    progress.update(progress.task_ids[0], advance=len(batch))
    batch.clear()


def _again(entry: Entry, to: str) -> Outgoing:
    message = entry.message
    return Outgoing(
        "",  # the default exchange: straight to this queue, and not into the log a second time
        to,
        message.body,
        message.message_id,
        message.content_type or envelope.CONTENT_TYPE,
        {"routing-key": message.routing_key or ""},
    )


def _counting(what: str) -> Progress:
    progress = Progress(
        SpinnerColumn(), TextColumn("{task.completed:,.0f} " + what), TimeElapsedColumn(), console=notes, transient=True
    )
    progress.add_task(what, total=None)
    return progress


def _run(work: Any) -> Any:
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:  # the way to end --follow
        return Counter()
    except BrokenPipeError:  # somebody has seen enough: `lokal events tail | head`
        raise typer.Exit from None
    except BROKER_FAULTS as fault:
        raise Failed(f"The broker does not answer, or has no log yet: {fault}") from None
