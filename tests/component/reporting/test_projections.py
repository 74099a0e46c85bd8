"""The projections depend on the set of events alone: not on their order, their duplicates or their batches."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from services.reporting.consumers import consumers
from services.reporting.queries.households import persons_by_circle
from shared.contracts import Event
from shared.contracts.intake import ContactCorrected, ContactRecorded, NeedIdentified, NeedMet
from shared.contracts.referrals.referrals import (
    ReferralAccepted,
    ReferralCancelled,
    ReferralCompleted,
    ReferralDeclined,
    ReferralRequested,
    ReferralStarted,
)
from shared.contracts.words import (
    CancelReason,
    Channel,
    DeclineReason,
    District,
    LegalBasis,
    LegalCircle,
    NeedArea,
    OfferKind,
    PartnerKind,
    ReferralOutcome,
    ReferralState,
    TargetGroup,
    Topic,
)
from shared.database import Database
from shared.ids import uuid7
from shared.messaging import Received
from tests.component.reporting.tables import PROJECTIONS, projections, rows
from tests.unit.reporting.stories import (
    SITE,
    START,
    Story,
    persons_per_circle_and_district,
    received,
    shuffled_with_duplicates,
    stories,
)


async def take(database: Database, events: list[Received[Any]], seed: int = 0) -> None:
    """Give the events to the handlers in groups of any size, as group commits would."""
    chance = random.Random(seed)
    while events:
        size = chance.choice([1, 2, 5, 50])
        group, events = events[:size], events[size:]
        async with database.transaction() as session:
            await consumers.handle(session, group)


async def empty(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(text(f"truncate {', '.join(PROJECTIONS)}, event_archive"))


def contact_events(number: int) -> list[Received[Any]]:
    """A contact that is recorded, corrected twice, the last time perhaps away."""
    contact_id = uuid7()
    told: dict[str, Any] = {
        "contact_id": contact_id,
        "target_group": TargetGroup.REFUGEE,
        "channel": Channel.OFFICE_HOURS,
        "at": datetime(2016, 11, 3, 13, number % 60, tzinfo=UTC),
    }
    return [
        received(ContactRecorded(**told), 1),
        received(ContactCorrected(**{**told, "topic": Topic.HOUSING}), 2),
        received(ContactCorrected(**{**told, "topic": Topic.HEALTH, "void": number % 2 == 0}), 3),
    ]


def referral_events(
    *ways: str, site: str = SITE, days: int = 5, asked_on: date = START, **said: Any
) -> list[Received[Any]]:
    """A referral of the story's site that goes these ways: accepted, started, completed, declined, cancelled."""
    told: dict[str, Any] = {
        "referral_id": uuid7(),
        "site": site,
        "partner": "projekt-ankommen",
        "partner_kind": PartnerKind.ASSOCIATION,
        "kind": OfferKind.GERMAN_COURSE,
        "basis": LegalBasis.CONSENT,
        "household_id": uuid7(),
        "requested_on": asked_on,
        "on": asked_on,
        **said,
    }
    events: list[Event] = [ReferralRequested(**told, state=ReferralState.REQUESTED)]
    for way in ways:
        told["on"] = asked_on + timedelta(days=days)
        events.append(_WAYS[way](told, days))
    return [received(event, 1 + place, site="city") for place, event in enumerate(events)]


_WAYS: dict[str, Callable[[dict[str, Any], int], Event]] = {
    "accepted": lambda told, days: ReferralAccepted(**told, state=ReferralState.ACCEPTED, days_to_answer=days),
    "started": lambda told, _: ReferralStarted(**told, state=ReferralState.IN_PROGRESS),
    "completed": lambda told, _: ReferralCompleted(
        **told, state=ReferralState.COMPLETED, outcome=ReferralOutcome.GOT_HELP
    ),
    "declined": lambda told, days: ReferralDeclined(
        **told, state=ReferralState.DECLINED, days_to_answer=days, reason=DeclineReason.NO_CAPACITY
    ),
    "cancelled": lambda told, _: ReferralCancelled(
        **told, state=ReferralState.CANCELLED, reason=CancelReason.MOVED_AWAY
    ),
}


def need_events(story: Story) -> list[Received[Any]]:
    told: dict[str, Any] = {
        "household_id": story.id,
        "need_id": uuid7(),
        "area": NeedArea.LANGUAGE,
        "district": District.BRACKEL,
    }
    return [
        received(NeedIdentified(**told, on=START), 101),
        received(NeedMet(**told, on=START + timedelta(days=40)), 102),
    ]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.lists(stories(), min_size=1, max_size=4), seed=st.integers())
async def test_any_order_any_batches(database: Database, told: list[Story], seed: int) -> None:
    """Any permutation with duplicates and any split into batches gives the same rows, and the rows tell the truth."""
    more = [
        *contact_events(0),
        *contact_events(1),
        *need_events(told[0]),
        *referral_events("accepted", "started", "completed"),
        *referral_events("declined"),
    ]
    in_order = [event for story in told for event in story.events] + more
    await empty(database)
    await take(database, in_order)
    expected = await projections(database)
    mixed = [*shuffled_with_duplicates(told, seed), *more, *random.Random(seed).sample(more, 3)]
    random.Random(seed).shuffle(mixed)
    await empty(database)
    await take(database, mixed, seed)
    assert await projections(database) == expected
    for day in (START, START + timedelta(days=17), START + timedelta(days=60), START + timedelta(days=100)):
        async with database.transaction() as session:
            shown: Counter[tuple[str, str]] = Counter()
            for (_, district, circle), persons in (await persons_by_circle(session, day)).items():
                shown[district, circle] += persons
        assert +shown == +persons_per_circle_and_district(told, day)


@pytest.mark.parametrize("first", [0, 1, 2])
async def test_corrections(database: Database, first: int) -> None:
    """A correction replaces the contact and a void one takes it out, whichever of them arrives first."""
    kept, voided = contact_events(1), contact_events(2)
    events = [*kept, *voided]
    await take(database, [*events[first:], *events[:first]])
    async with database.transaction() as session:
        shown = (await session.execute(text("select contact_id, topic from contact where not void"))).all()
    assert shown == [(kept[0].data.contact_id, "health")]


async def test_archive_keeps_all(database: Database) -> None:
    """The archive keeps each event once and byte by byte, also those that nobody here knows."""
    known = contact_events(1)[0]
    body = known.body.replace(b"contact-recorded.v1", b"contact-foreseen.v7")
    unknown = Received(
        **{name: getattr(known, name) for name in known.__slots__ if name not in ("id", "type", "body", "data")},
        id=uuid7(),
        type="de.dortmund.lokal-willkommen.contact-foreseen.v7",
        data={},  # type: ignore[arg-type]
        body=body,
    )
    await take(database, [known, unknown, known])
    kept = (await rows(database, "event_archive"))["event_archive"]
    assert sorted(row[-1] for row in kept) == sorted([known.body, body])


async def test_two_consumers_at_once(database: Database) -> None:
    """Two consumers that take halves of a household's events at the same time leave the whole truth behind."""
    import asyncio

    story = Story(District.BRACKEL, [LegalCircle.ASYLBLG] * 3)
    for number in range(20):
        story.move(START + timedelta(days=number + 1), [District.HOERDE, District.APLERBECK][number % 2])
        story.change_circle(number, START + timedelta(days=number + 1), list(LegalCircle)[number % 4])
    halves = story.events[::2], story.events[1::2]
    await asyncio.gather(*(take(database, half, seed) for seed, half in enumerate(halves)))
    last: date = START + timedelta(days=30)
    async with database.transaction() as session:
        shown = {(d, c): n for (_, d, c), n in (await persons_by_circle(session, last)).items()}
    assert shown == persons_per_circle_and_district([story], last)
