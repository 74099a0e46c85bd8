"""Malformed, huge, unknown and future messages: visible, never blocking."""

import json
from collections import Counter
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import metrics
from shared.contracts import PREFIX
from shared.contracts.intake import LegalCircleChanged
from shared.database import Database
from shared.ids import uuid7
from shared.messaging import Consumers, Received, envelope
from shared.messaging.envelope import AgainstSchema, Unreadable
from tests.component.messaging.stage import (
    MARKER,
    QUEUE,
    Consuming,
    Hands,
    by_aio_pika,
    contact,
    effects,
    message_of,
    remembering,
    rows,
)
from tests.waiting import eventually


def _bad_messages() -> dict[str, tuple[bytes, str]]:
    """Name → message, and the reason under which it is found among the dead letters."""
    event = contact()
    data = json.loads(message_of(event))["data"]
    return {
        "empty": (b"", "unreadable"),
        "no JSON": (b"\x00\xff" + MARKER.encode("latin-1"), "unreadable"),
        "cut off": (message_of(event)[:-20], "unreadable"),
        "a list": (b"[1, 2]", "unreadable"),
        "deeply nested": (b"[" * 100_000 + b"]" * 100_000, "unreadable"),
        "one byte too large": (message_of(event, padding="x" * envelope.MAX_BYTES), "unreadable"),
        "huge": (b"x" * 7_000_000, "unreadable"),
        "another CloudEvents version": (message_of(event, specversion="2.0"), "unreadable"),
        "without id": (message_of(event).replace(b'"id":', b'"di":'), "unreadable"),
        "an id that is a name": (message_of(event).replace(b'"id": "', b'"id": "x'), "unreadable"),
        "without type": (message_of(event, type=None), "unreadable"),
        "a number as type": (message_of(event, type=7), "unreadable"),
        "without subject": (message_of(event, subject=None), "unreadable"),
        "NUL in the subject": (message_of(event, subject=f"{MARKER}\x00"), "unreadable"),
        "a name as site": (message_of(event, site=MARKER), "unreadable"),
        "time without zone": (message_of(event, time="2017-03-01T10:00:00"), "unreadable"),
        "time that is none": (message_of(event, time=MARKER), "unreadable"),
        "sequence zero": (message_of(event).replace(b'"0000000001"', b'"0"'), "unreadable"),
        "sequence beyond the database": (
            message_of(event).replace(b'"0000000001"', b'"99999999999999999999"'),
            "unreadable",
        ),
        "sequence as words": (message_of(event).replace(b'"0000000001"', '"１"'.encode()), "unreadable"),
        "district as object": (message_of(event, district={"name": MARKER}), "unreadable"),
        "traceparent as number": (message_of(event, traceparent=7), "unreadable"),
        "correlation as number": (message_of(event, correlationid=7), "unreadable"),
        "data missing": (message_of(event, data=None), "unreadable"),
        "data as text": (message_of(event, data=MARKER), "unreadable"),
        "field missing": (message_of(event, data={}), "against-schema"),
        "a word that is none of ours": (message_of(event, data=data | {"target_group": MARKER}), "against-schema"),
        "a sentence where a slug belongs": (message_of(event, data=data | {"partner": MARKER}), "against-schema"),
        "NUL": (message_of(event, data=data | {"partner": "a\x00b"}), "against-schema"),
    }


async def test_bad_messages_are_dead_letters_at_once_and_hold_nobody_up(
    broker: str, database: Database, hands: Hands, consuming: Consuming
) -> None:
    """Each with its reason, unchanged, with no word of the message in the headers; good ones between them pass."""
    bad = _bad_messages()
    good = []
    for name, (body, _) in bad.items():
        await hands.put(body, message_id=name)
        good.append(uuid7())
        await hands.put(message_of(contact(), id=good[-1]))
    async with consuming(broker, database, remembering(), pauses=()):
        dead = {message.message_id: message for message in await hands.dead_letters(len(bad))}

        async def all_good() -> bool:
            assert Counter(await effects(database)) == Counter(good)
            return True

        await eventually(all_good)
    assert {name: message.headers["reason"] for name, message in dead.items()} == {
        name: reason for name, (_, reason) in bad.items()
    }
    for name, (body, _) in bad.items():
        assert dead[name].body == body
        assert MARKER not in str(dead[name].headers)
        assert dead[name].headers["attempts"] == 1
    assert await hands.depth() == 0


async def test_a_stranger_with_huge_or_odd_headers_holds_nobody_up(
    broker: str, database: Database, hands: Hands, consuming: Consuming
) -> None:
    """Headers that would not fit a second time, and lies about attempts."""
    await hands.put(b"1", headers={"filling": "x" * 120_000})
    await hands.put(b"2", headers={"attempts": -(2**40), "routing-key": {"a": [1, None]}})
    await hands.put(b"3", headers={"attempts": "many", "reason": MARKER, "when": datetime(2017, 1, 1)})  # noqa: DTZ001
    good = uuid7()
    await hands.put(message_of(contact(), id=good), headers={"attempts": 2**40, "filling": "x" * 120_000})
    async with consuming(broker, database, remembering()):
        dead = await hands.dead_letters(3)
        await eventually(lambda: _had_effect(database, good))
    assert sorted(message.body for message in dead) == [b"1", b"2", b"3"]
    assert MARKER not in str([message.headers for message in dead])


async def _had_effect(database: Database, event_id: UUID) -> bool:
    return event_id in await effects(database)


async def test_the_reason_fits_however_much_is_wrong(
    broker: str, database: Database, hands: Hands, consuming: Consuming
) -> None:
    """Thousands of faults in one message, in places whose names are the sender's: told in a few words of ours."""
    data = {"household_id": "x", "legal_circles": {f"{MARKER} {n}": -1 for n in range(2000)}}
    consumers = Consumers()

    @consumers.on(LegalCircleChanged)
    async def on_legal_circle_changed(session: AsyncSession, event: Received[LegalCircleChanged]) -> None:
        raise AssertionError("was not to be read")

    await hands.put(message_of(contact(), type=f"{PREFIX}household-registered.v1", data=data))
    await hands.put(message_of(contact(), type=LegalCircleChanged.type, data={"from": [MARKER] * 5_000}))
    async with consuming(broker, database, consumers):
        dead = await hands.dead_letters(2)
    for message in dead:
        assert message.headers["reason"] == "against-schema"
        assert len(str(message.headers["exception"])) < 1000
        assert MARKER not in str(message.headers)


async def test_unknown_and_future_events_are_counted_and_let_go(
    broker: str, database: Database, hands: Hands, consuming: Consuming
) -> None:
    """A consumer ignores what it does not know: types of tomorrow, a next major, fields that were added."""
    ignored = metrics.IGNORED.labels(QUEUE)
    before = ignored._value.get()
    await hands.put(message_of(contact(), type=f"{PREFIX}contact-recorded.v2"))
    await hands.put(message_of(contact(), type=f"{PREFIX}dream-told.v1", data={"dream": {"of": ["flying"]}}))
    await hands.put(message_of(contact(), type="org.example.thing"))
    data = json.loads(message_of(contact()))["data"]
    with_more = uuid7()
    await hands.put(message_of(contact(), id=with_more, data=data | {"mood": "good"}, newattribute="x"))
    async with consuming(broker, database, remembering()):
        await eventually(lambda: _had_effect(database, with_more))
        await eventually(lambda: ignored._value.get() - before == 3)
    assert await hands.depth() == 0
    assert await hands.depth(f"{QUEUE}.dead") == 0
    assert len(await rows(database, "select 1 from inbox")) == 1


async def test_an_archive_takes_unknown_and_future_events_as_they_are(
    broker: str, database: Database, hands: Hands, consuming: Consuming
) -> None:
    """A handler of every event gets them with their data untouched, and the message as it came."""
    consumers = Consumers()
    archived: list[tuple[str, Any, bytes]] = []

    @consumers.every
    async def archive(session: AsyncSession, events: list[Received[Any]]) -> None:
        archived.extend((event.type, event.data, event.body) for event in events)

    body = message_of(contact(), type=f"{PREFIX}dream-told.v7", data={"dream": [1, {"of": "flying"}]})
    await hands.put(body)
    async with consuming(broker, database, consumers):
        await eventually(lambda: archived)
    assert archived == [(f"{PREFIX}dream-told.v7", {"dream": [1, {"of": "flying"}]}, body)]


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
_attribute = st.sampled_from(
    [
        "specversion",
        "id",
        "source",
        "type",
        "subject",
        "time",
        "site",
        "district",
        "sequence",
        "correlationid",
        "causationid",
        "traceparent",
        "data",
    ]
)


def _changed(changes: dict[str, Any]) -> bytes:
    return json.dumps(json.loads(message_of(contact())) | changes).encode()


@settings(max_examples=300, deadline=None)
@given(st.binary() | st.dictionaries(_attribute, _json).map(_changed))
def test_a_message_is_read_or_refused_in_words(body: bytes) -> None:
    """Whatever comes, reading ends with an event or with one of the two refusals, never with another error."""
    with suppress(Unreadable, AgainstSchema):
        assert envelope.read(body).body == body


async def test_during_an_update_a_message_may_name_nobody(broker: str, hands: Hands, database: Database) -> None:
    """As a release before publishes it: believed where that is set, a dead letter elsewhere."""
    old = message_of(contact())
    async with by_aio_pika(broker, database, remembering()):
        await hands.put(old, user_id=None)
        [dead] = await hands.dead_letters(1)
    assert (dead.headers["reason"], dead.body) == ("sender", old)
    async with by_aio_pika(broker, database, remembering(), accept_unnamed=True):
        await hands.put(old, user_id=None)
        await eventually(lambda: effects(database))
