"""A household or a volunteer is erased: no table has their ids, every figure stays, and a rebuild gives the same."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from services.reporting.commands.erase import NOBODY
from shared.contracts.intake import ContactRecorded, HouseholdErased, NeedIdentified
from shared.contracts.volunteers import TrainingAttended, VolunteerChanged, VolunteerLeft, VolunteerRegistered
from shared.contracts.words import (
    Channel,
    District,
    GatheringKind,
    LegalCircle,
    NeedArea,
    TargetGroup,
    VolunteerKind,
)
from shared.ids import uuid7
from shared.messaging import Received, envelope
from shared.web.tokens import Role
from tests.component.reporting.app import Reporting
from tests.component.reporting.tables import projections
from tests.component.reporting.test_projections import need_events, referral_events, take
from tests.component.reporting.test_rebuild import answers, invoke
from tests.component.reporting.test_volunteers import assignment, figures
from tests.unit.reporting.stories import START, Story, received

ASKED = {"erased_household": 3, "subject_sequence": 1}
"""Where the ids stay: what comes late is known by them, and the answer to the site is numbered by the household."""


def story() -> Story:
    """A household with two persons, of whom one changes the legal circle, that moves once."""
    told = Story(District.BRACKEL, [LegalCircle.ASYLBLG, LegalCircle.SGB2])
    told.change_circle(0, START + timedelta(days=20), LegalCircle.SGB2)
    told.move(START + timedelta(days=40), District.HOERDE)
    return told


def contact_with(told: Story) -> Received[Any]:
    """A contact with the story's first person."""
    contact = ContactRecorded(
        contact_id=uuid7(),
        target_group=TargetGroup.REFUGEE,
        channel=Channel.OFFICE_HOURS,
        household_id=told.id,
        person_id=told.persons[0].id,
        at=datetime(2016, 11, 3, 13, tzinfo=UTC),
    )
    return received(contact, 1)


def erased(told: Story) -> Received[Any]:
    """The site erases the story's household."""
    event = HouseholdErased(
        household_id=told.id, erasure_id=uuid7(), person_ids=tuple(person.id for person in told.persons)
    )
    return received(event, 900)


def ids_of(told: Story) -> list[UUID]:
    return [told.id, *(person.id for person in told.persons)]


async def found(reporting: Reporting, ids: list[UUID]) -> dict[str, int]:
    """In how many rows of each table one of these ids stands; the erasure itself and its answer keep them."""
    counts = {}
    async with reporting.database.transaction() as session:
        tables = await session.execute(text("select tablename from pg_tables where schemaname = 'public'"))
        for table in tables.scalars().all():
            row = "convert_from(t.body, 'UTF8') || t.subject" if table == "event_archive" else "t::text"
            kept = "t.type not like '%eras%'" if table == "event_archive" else "true"
            query = f"select count(*) from {table} t where {kept} and ({row}) ~ :ids"
            found = await session.execute(text(query), {"ids": "|".join(map(str, ids))})
            if number := found.scalar_one():
                counts[table] = number
    return counts


@pytest.fixture
async def full(reporting: Reporting) -> tuple[Reporting, Story, Story]:
    """Reporting with two households, of which one will be erased."""
    going, staying = story(), story()
    events = [
        *going.events, *need_events(going), contact_with(going),
        *referral_events("accepted", household_id=going.id, person_id=going.persons[0].id),
        *staying.events, *need_events(staying), contact_with(staying),
    ]  # fmt: skip
    await take(reporting.database, events, seed=1)
    return reporting, going, staying


async def test_nobody_is_found_and_the_figures_stay(full: tuple[Reporting, Story, Story]) -> None:
    """No table has an id of the erased household, every answer is the same, the other one is as it was."""
    reporting, going, staying = full
    before = await answers(reporting)
    assert await found(reporting, ids_of(going))
    others = await found(reporting, ids_of(staying))
    await take(reporting.database, [erased(going)])
    assert await found(reporting, ids_of(going)) == ASKED
    assert await answers(reporting) == before
    assert await found(reporting, ids_of(staying)) == others


async def test_the_site_that_asked_is_told(full: tuple[Reporting, Story, Story]) -> None:
    """Each asking is answered to the site that asked, also when everything was done already."""
    reporting, going, _ = full
    asked = erased(going)
    before = await projections(reporting.database)
    await take(reporting.database, [asked])
    after = await projections(reporting.database)
    assert after != before
    await take(reporting.database, [received(asked.data, 901)])
    assert await projections(reporting.database) == after
    async with reporting.database.transaction() as session:
        keys = list(
            (await session.execute(text("select routing_key from outbox where routing_key like '%eras%'"))).scalars()
        )
    assert keys == ["brackel-aplerbeck.reporting.erasure-acknowledged.v1.internal"] * 2


async def test_a_rebuild_is_the_same(full: tuple[Reporting, Story, Story]) -> None:
    """Made again from the archive after an erasure, every row is the same, and nobody is told again."""
    reporting, going, staying = full
    await take(reporting.database, [erased(going), contact_with(going), *need_events(going)])
    before, tables = await answers(reporting), await projections(reporting.database)
    told = await outbox_size(reporting)
    await invoke("--from", reporting.database.url, "--in-place")
    assert await answers(reporting) == before
    assert await projections(reporting.database) == tables
    assert await outbox_size(reporting) == told
    await take(reporting.database, [erased(staying)])


async def outbox_size(reporting: Reporting) -> int:
    async with reporting.database.transaction() as session:
        return int((await session.execute(text("select count(*) from outbox"))).scalar_one())


async def test_what_comes_late_brings_nobody_back(full: tuple[Reporting, Story, Story]) -> None:
    """A late contact and a late need count without saying whose; a late entry of the file makes no household."""
    reporting, going, _ = full
    await take(reporting.database, [erased(going)])
    households = (await projections(reporting.database))["household"]
    going.move(START + timedelta(days=60), District.BRACKEL)
    need = NeedIdentified(
        household_id=going.id, need_id=uuid4(), area=NeedArea.SCHOOL, district=District.BRACKEL, on=date(2016, 12, 1)
    )
    await take(reporting.database, [contact_with(going), going.events[-1], received(need, 950)])
    assert await found(reporting, ids_of(going)) == ASKED
    known = await projections(reporting.database)
    assert known["household"] == households
    assert sum(NOBODY in row for row in known["contact"]) == 1
    assert sum(NOBODY in row for row in known["need"]) == 1
    async with reporting.database.transaction() as session:
        bodies = (await session.execute(text("select body from event_archive"))).scalars().all()
    assert all(envelope.read(body) for body in bodies)


async def test_an_erased_volunteer(reporting: Reporting) -> None:
    """The id of a volunteer who was erased is in no table, what comes late does not bring it back, figures stay."""
    going, staying = uuid7(), uuid7()
    told: list[Received[Any]] = []
    for number in (going, staying):
        who: dict[str, Any] = {"volunteer_id": number, "kinds": [VolunteerKind.INTERPRETER]}
        told.append(received(VolunteerRegistered(**who, on=START), 1, site="city"))
        told += assignment("accepted", "completed", volunteer_id=number)
        attended = {"gathering_id": uuid7(), "kind": GatheringKind.TRAINING, "on": START, "minutes": 120}
        told.append(received(TrainingAttended(volunteer_id=number, **attended), 2, site="city"))
    await take(reporting.database, told)
    before = await figures(await reporting.as_role(Role.COORDINATOR))
    left = VolunteerLeft(volunteer_id=going, on=START + timedelta(days=50), erased=True)
    await take(reporting.database, [received(left, 9, site="city")])
    asked = {"erased_household": 1}
    assert await found(reporting, [going]) == asked
    assert (await found(reporting, [staying])).keys() >= {"volunteer", "assignment", "training"}
    late = assignment("accepted", "completed", "corrected", volunteer_id=going)
    await take(reporting.database, [*late, received(VolunteerChanged(volunteer_id=going, on=START), 3, site="city")])
    assert await found(reporting, [going]) == asked
    after = await figures(await reporting.as_role(Role.COORDINATOR))
    assert (before["volunteers_registered"], after["volunteers_registered"]) == (2, 1)
    assert after["trainings_attended"] == before["trainings_attended"] == 2
    tables = await projections(reporting.database)
    await invoke("--from", reporting.database.url, "--in-place")
    assert await projections(reporting.database) == tables
