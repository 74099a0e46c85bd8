"""A fact in two majors on a real broker: old and new consumers side by side, each with every fact once."""

import json
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts import Event
from shared.contracts.referrals import ReferralCancelled, ReferralCancelledV2
from shared.contracts.words import CancelCause, CancelReason, OfferKind, PartnerKind, ReferralState
from shared.database import Database
from shared.ids import uuid7
from shared.messaging import Consumers, Publisher, Received, envelope, outbox
from shared.messaging.topology import backbone, consumer_queue, declare
from tests.component.messaging.stage import Hands, by_aio_pika, message_of, relaying, rows
from tests.waiting import eventually

PUBLISHER = Publisher("city", "referrals", "http://127.0.0.1:8080")
OLD, NEW, RAW = "city.test.old", "city.test.new", "city.test.raw"


@pytest.fixture
async def referrals(database: Database) -> AsyncIterator[Database]:
    """The same database, as that of the referrals."""
    publishing = Database(database.url, PUBLISHER)
    yield publishing
    await publishing.dispose()


def cancelled(event: type[Event], reason: CancelCause | CancelReason) -> Any:
    """A referral of its own that has ended."""
    return event(
        referral_id=uuid7(), site="brackel-aplerbeck", partner="projekt-ankommen", partner_kind=PartnerKind.ASSOCIATION,
        kind=OfferKind.GERMAN_COURSE, state=ReferralState.CANCELLED, on=date(2017, 3, 2), reason=reason,
    )  # fmt: skip


def remembering(event: type[ReferralCancelled] | type[ReferralCancelledV2], seen: list[tuple[str, str]]) -> Consumers:
    """A consumer that knows one major and remembers each fact with its reason."""
    consumers = Consumers()

    @consumers.on(event)
    async def on_it(session: AsyncSession, received: Received[Any]) -> None:
        assert isinstance(received.data, event)
        seen.append((received.subject, received.data.reason.value))

    return consumers


async def test_old_and_new_consumers_see_the_same_facts(referrals: Database, vhost_url: str, hands: Hands) -> None:
    """Bound to the former major, to all of them, or as a bare client of the former: each fact once, whoever reads."""
    former, every = "*.*.referral-cancelled.v1.internal", "*.*.*.*.internal"
    queues = consumer_queue(OLD, former) + consumer_queue(NEW, every) + consumer_queue(RAW, former)
    await declare(vhost_url, backbone([0.05]) + queues)
    old: list[tuple[str, str]] = []
    new: list[tuple[str, str]] = []
    history = cancelled(ReferralCancelled, CancelReason.SENDER)
    facts = [cancelled(ReferralCancelledV2, cause) for cause in CancelCause]

    async def all_is_read() -> bool:
        return not (await hands.depth(OLD) or await hands.depth(NEW))

    async with referrals.transaction() as session:
        await outbox.add(session, history)  # as it was published before there was a second major
        await outbox.add(session, facts[0])
        await outbox.add_many(session, [(fact, "internal") for fact in facts[1:]])
    async with (
        relaying(vhost_url, referrals),
        by_aio_pika(vhost_url, referrals, remembering(ReferralCancelled, old), OLD),
        by_aio_pika(vhost_url, referrals, remembering(ReferralCancelledV2, new), NEW),
    ):
        raw = [json.loads(message.body) for message in await hands.take(RAW, 1 + len(facts))]
        await eventually(lambda: len(old) > len(facts) and len(new) > len(facts))
        await eventually(all_is_read)
    assert sorted(new) == sorted([(history.subject, "sender"), *((each.subject, each.reason.value) for each in facts)])
    down = [(each.subject, each.in_former_major().reason.value) for each in facts]
    assert sorted(old) == sorted([(history.subject, "sender"), *down])
    assert sorted((event["subject"], event["data"]["reason"]) for event in raw) == sorted(old)


async def test_one_transaction_writes_both(referrals: Database) -> None:
    """Own ids, one subject, two numbers, the former first and pointing to the newer; a partner's copy is one."""
    fact = cancelled(ReferralCancelledV2, CancelCause.ERASED)
    async with referrals.transaction() as session:
        told = await outbox.add(session, fact)
        many = await outbox.add_many(session, [(fact, "internal"), (fact, "projekt-ankommen")])
    found = await rows(referrals, "select id, routing_key, sequence, body, xmin::text from outbox order by position")
    keys = [row["routing_key"].split(".", 1)[1] for row in found]
    both = ["referrals.referral-cancelled.v1.internal", "referrals.referral-cancelled.v2.internal"]
    assert keys == [*both, *both, "referrals.referral-cancelled.v2.projekt-ankommen"]
    assert [row["sequence"] for row in found] == [1, 2, 3, 4, 5]
    assert len({row["id"] for row in found}) == 5
    assert {row["id"] for row in found[1:4:2]} == {told, many[0]}
    assert found[4]["id"] == many[1]
    bodies = [json.loads(row["body"]) for row in found]
    assert [body.get("restates") for body in bodies] == [str(told), None, str(many[0]), None, None]
    assert {body["subject"] for body in bodies} == {fact.subject}
    assert bodies[0]["dataschema"].endswith("referral-cancelled.v1.json")


def test_a_fact_cannot_have_two_handlers() -> None:
    """Whoever registers for both majors would count twice, and is told at once."""
    consumers = remembering(ReferralCancelledV2, [])
    with pytest.raises(TypeError, match="another major"):
        consumers.on(ReferralCancelled)(lambda session, event: None)  # type: ignore[arg-type, return-value]


async def test_who_reads_the_newest_passes_over_what_restates_it(database: Database) -> None:
    """In whatever order the two come; what only the former major says is brought up."""
    seen: list[tuple[str, str]] = []
    consumers = remembering(ReferralCancelledV2, seen)
    fact = cancelled(ReferralCancelledV2, CancelCause.FILE_CLOSED)
    newer_id = uuid7()
    newer = envelope.read(message_of(fact, id=newer_id))
    restating = envelope.read(message_of(fact.in_former_major(), restates=str(newer_id)))
    history = envelope.read(message_of(fact.in_former_major()))
    for group in ([restating, newer], [newer, restating], [restating], [history]):
        async with database.transaction() as session:
            await consumers.handle(session, group)
    assert [reason for _, reason in seen] == ["file_closed", "file_closed", "sender"]
    assert consumers.wants(ReferralCancelled.type)
    assert not remembering(ReferralCancelled, []).wants(ReferralCancelledV2.type)
