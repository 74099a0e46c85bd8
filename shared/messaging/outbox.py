"""Events leave a service through its outbox: written in the transaction of the change that they tell of.

If the transaction commits, the event will be published (by the relay, at least once); if it rolls back, it never was.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import tracing
from shared.contracts import Event
from shared.ids import uuid7
from shared.messaging import envelope
from shared.messaging.publisher import Publisher

# The row lock on the subject is held until the commit: two commands on one household get their numbers in the order
# in which they commit, and a number that was given is never given again, also not after a rollback (it is undone).
_ADD = """
    with number as (
        insert into subject_sequence as s (subject, last) values ($1, 1)
        on conflict (subject) do update set last = s.last + 1 returning last
    )
    insert into outbox (id, routing_key, sequence, body) select $2, $3, last, $4 from number
"""

# The same for many: what `_ADD` does for each, in the order given, in one statement.
_ADD_MANY = """
    with added as (
        select * from unnest($1::text[], $2::uuid[], $3::text[], $4::bytea[]) with ordinality
            as a (subject, id, routing_key, body, place)
    ), counted as (
        select subject, count(*) as events, min(place) as place from added group by subject
    ), number as (
        insert into subject_sequence as s (subject, last) select subject, events from counted order by place
        on conflict (subject) do update set last = s.last + excluded.last returning subject, last
    )
    insert into outbox (id, routing_key, sequence, body)
    select id, routing_key, last - events + row_number() over (partition by subject order by added.place), body
    from added join counted using (subject) join number using (subject) order by added.place
"""


class EventTooLarge(ValueError):
    """The event exceeds what the network carries; the command that raised it has changed nothing."""


def routing_key(publisher: Publisher, event: Event, audience: str) -> str:
    """`<site>.<service>.<event>.v<major>.<audience>`."""
    site = event.concerned_site or publisher.site
    return f"{site}.{publisher.service}.{event.event}.v{event.major}.{audience}"


OUR_AUDIENCES = frozenset({"internal", "public"})
"""Everybody else is one partner, and gets a copy of its own."""


async def add(session: AsyncSession, event: Event, *, audience: str = "internal") -> UUID:
    """Publish `event` if, and only if, the session's transaction commits; returns the event's id.

    A fact that is still published in a former major too is stated in both, in the same transaction; the id is that of
    `event`. A copy for one partner (`audience` is its slug) is stated once, in the major that it is given in, and says
    nothing of the story that it belongs to.
    Raises `EventTooLarge` when the message would exceed `envelope.MAX_BYTES`, `PermissionError` when the event is
    another service's to tell.
    """
    rows = _rows(session, event, audience)
    await _execute(session, rows)
    return rows[-1][1]


async def add_many(session: AsyncSession, events: Iterable[tuple[Event, str]]) -> list[UUID]:
    """The same for many at once, each with its audience; returns their ids.

    Subjects are locked in the order given: whoever adds many at the same time must agree on one, e.g. that of the ids.
    """
    stated = [_rows(session, event, audience) for event, audience in events]
    await _execute(session, [row for rows in stated for row in rows])
    return [rows[-1][1] for rows in stated]


_Row = tuple[str, UUID, str, bytes]


def _rows(session: AsyncSession, event: Event, audience: str) -> list[_Row]:
    """The event's row, after those that state the same in former majors: whoever reads both ends with the newest."""
    rows = [_row(session, event, audience)]
    former = event.in_former_major() if audience in OUR_AUDIENCES else None
    while former is not None:
        rows.insert(0, _row(session, former, audience, restates=rows[0][1]))
        former = former.in_former_major()
    return rows


def _row(session: AsyncSession, event: Event, audience: str, restates: UUID | None = None) -> _Row:
    publisher: Publisher = session.info["publisher"]
    if event.publisher not in (publisher.service, ""):
        raise PermissionError(f"{event.event} is published by {event.publisher}, not by {publisher.service}")
    story = tracing.current.get() if audience in OUR_AUDIENCES else None
    event_id = uuid7()
    body = envelope.write(
        event,
        id=event_id,
        source=publisher.source,
        dataschema=publisher.schema_of(event),
        site=event.concerned_site or publisher.site,
        time=datetime.now(UTC),
        correlation_id=story.correlation_id if story else None,
        causation_id=story.causation_id if story else None,
        traceparent=story.traceparent if story else None,
        restates=restates,
    )
    if (size := len(body) + envelope.SEQUENCE_BYTES) > envelope.MAX_BYTES:
        raise EventTooLarge(f"{event.event} has {size} bytes, {envelope.MAX_BYTES} are allowed")
    return event.subject, event_id, routing_key(publisher, event, audience), body


async def _execute(session: AsyncSession, rows: Sequence[_Row]) -> None:
    """Add the rows in the session's transaction, on the driver itself.

    Every command passes here; through SQLAlchemy's layers the same statement costs four times the processor time.
    """
    if not rows:
        return
    connection = await session.connection()
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None  # noqa: S101  (a checked-out connection has one)
    if not driver.is_in_transaction():
        # SQLAlchemy begins with its own first statement; without this the event would be committed by itself.
        await connection.execute(text("select 1"))
    if len(rows) == 1:
        await driver.execute(_ADD, *rows[0])
    else:
        await driver.execute(_ADD_MANY, *zip(*rows, strict=True))
    session.info["events_added"] = True  # Database.transaction wakes the relay once this has committed
