"""An older database is restored: what was erased or handed over since is done again, and numbers go on."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import httpx
import pytest
from sqlalchemy import text

from deploy.restoring import compare_with_archive
from services.intake.commands.restore import DoneAgain
from services.reporting.consumers import consumers
from shared.contracts.intake import HouseholdErased, HouseholdHandedOver
from shared.contracts.words import District, HandoverStage
from shared.database import Database, migrate
from shared.messaging import Publisher, Received, envelope
from tests.component.intake.conftest import ORIGIN, Intake
from tests.component.intake.samples import API, SITE, register
from tests.component.intake.test_erasures import acknowledge, erase
from tests.unit.reporting.stories import received

HOERDE = "hoerde-hombruch"
NEIGHBOUR, REPORTING = "/sites/hoerde-hombruch/intake", "/sites/city/reporting"


@pytest.fixture
async def archive(new_database: Callable[[], str]) -> AsyncIterator[Database]:
    """Reporting's database."""
    url = await asyncio.to_thread(new_database)
    await asyncio.to_thread(migrate, "reporting", url)
    database = Database(url, Publisher("city", "reporting", ORIGIN))
    yield database
    await database.dispose()


async def copy_of(intake: Intake, database_url: str) -> str:
    """A copy of the intake's database as it is now: the backup."""
    name = f"test_copy_{uuid.uuid4().hex}"
    await intake.database.dispose()
    await intake.app.state.database.dispose()
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(f'create database "{name}" template "{urlsplit(intake.database.url).path[1:]}"')
    finally:
        await connection.close()
    return urlunsplit(urlsplit(database_url)._replace(path=f"/{name}"))


async def deliver(intake: Intake, archive: Database) -> None:
    """Everything that the site has published reaches reporting."""
    rows = await intake.rows("select body, sequence from outbox order by position")
    async with archive.transaction() as session:
        events = [envelope.read(envelope.with_sequence(bytes(body), sequence)) for body, sequence in rows]
        await consumers.handle(session, events)


async def compare(url: str, archive: Database) -> tuple[DoneAgain, int]:
    return await compare_with_archive(url, SITE, archive.url, ORIGIN)


async def ask(url: str, query: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def test_what_was_erased_since_is_erased_again(
    api: httpx.AsyncClient, intake: Intake, archive: Database, database_url: str
) -> None:
    """The family that the backup brings back is gone before anybody can see it; the other one stays; once is enough."""
    household = UUID((await register(api, family_name="Kennwort-Fam"))["household_id"])
    staying = (await register(api))["household_id"]
    backup = await copy_of(intake, database_url)
    erasure = await erase(intake, household)
    await acknowledge(intake, erasure, household, REPORTING)
    await deliver(intake, archive)
    done, further = await compare(backup, archive)
    assert (done, further) == (DoneAgain(erased=1), 1)
    assert await ask(backup, "select id::text from household") == [(staying,)]
    assert await ask(backup, "select 1 from household where family_name like 'Kennwort%'") == []
    [(id, complete)] = await ask(backup, "select id, completed_at is not null from erasure")
    assert (id, complete) == (erasure, False)
    assert await compare(backup, archive) == (DoneAgain(), 0)


async def test_what_a_newer_database_holds_is_left_alone(
    api: httpx.AsyncClient, intake: Intake, archive: Database
) -> None:
    """At an ordinary start nothing is done, whatever has happened before."""
    household = UUID((await register(api))["household_id"])
    await register(api)
    await erase(intake, household)
    await deliver(intake, archive)
    events = len(await intake.events())
    assert await compare(intake.database.url, archive) == (DoneAgain(), 0)
    assert len(await intake.events()) == events


async def test_a_file_that_has_gone_is_not_kept_twice(
    api: httpx.AsyncClient, intake: Intake, archive: Database
) -> None:
    """The backup still holds a number that another site has taken over; it is given up, and erased by that site."""
    gone, erased = [UUID((await register(api))["household_id"]) for _ in range(2)]
    await deliver(intake, archive)
    events = [
        received(
            HouseholdHandedOver(
                household_id=household,
                letter_id=uuid.uuid4(),
                from_site=SITE,
                to_site="hoerde-hombruch",
                stage=HandoverStage.ACCEPTED,
                charge=2,
                district=District.HOERDE,
                on="2026-01-05",
            ),
            9,
            site="hoerde-hombruch",
        )
        for household in (gone, erased)
    ]
    events.append(
        received(
            HouseholdErased(household_id=erased, erasure_id=uuid.uuid4(), person_ids=()), 10, site="hoerde-hombruch"
        )
    )
    async with archive.transaction() as session:
        await consumers.handle(session, events)
    done, _ = await compare(intake.database.url, archive)
    assert done == DoneAgain(erased=1, given_up=1)
    assert await intake.rows("select id, standing, handed_to from household") == [
        (gone, "superseded", "hoerde-hombruch")
    ]
    change = await api.post(f"{API}/households/{gone}/needs", json={"area": "school"})
    assert change.status_code == 409


def handed_over(
    household: UUID, stage: HandoverStage, charge: int, from_site: str, to_site: str
) -> Received[HouseholdHandedOver]:
    """What a site has told of a handover: the sender that it gives the number up, the receiver that it has come."""
    event = HouseholdHandedOver(
        household_id=household,
        letter_id=uuid.uuid5(household, str(charge)),
        from_site=from_site,
        to_site=to_site,
        stage=stage,
        charge=charge,
        district=District.HOERDE,
        on="2026-01-05",
    )
    by = from_site if stage is HandoverStage.SENT else to_site
    return received(event, 10 * charge + (stage is HandoverStage.ACCEPTED), site=by)


async def test_a_file_that_came_back_is_kept(api: httpx.AsyncClient, intake: Intake, archive: Database) -> None:
    """It went and came back after the backup, once to stay, once to leave again: the highest number decides."""
    back, gone_again, not_there_yet = [UUID((await register(api))["household_id"]) for _ in range(3)]
    unknown = uuid.uuid4()
    accepted, sent = HandoverStage.ACCEPTED, HandoverStage.SENT
    events = [
        *(
            handed_over(household, stage, charge, from_site, to_site)
            for household in (back, gone_again)
            for charge, from_site, to_site in ((2, SITE, HOERDE), (3, HOERDE, SITE))
            for stage in (sent, accepted)
        ),
        *(handed_over(gone_again, stage, 4, SITE, HOERDE) for stage in (sent, accepted)),
        handed_over(not_there_yet, sent, 2, SITE, HOERDE),
        *(handed_over(unknown, stage, 5, SITE, HOERDE) for stage in (sent, accepted)),
        *(handed_over(uuid.uuid4(), stage, 2, HOERDE, "innenstadt") for stage in (sent, accepted)),
    ]
    async with archive.transaction() as session:
        await consumers.handle(session, events)
    done, _ = await compare(intake.database.url, archive)
    assert done == DoneAgain(given_up=2)
    assert {row.id: (row.standing, row.charge, row.handed_to) for row in await standings(intake)} == {
        back: ("in_charge", 3, None),
        gone_again: ("superseded", 1, HOERDE),
        not_there_yet: ("caretaker", 1, HOERDE),
    }
    assert await intake.rows("select household_id, charge, to_site from passed_on") == [(unknown, 5, HOERDE)]
    assert (await compare(intake.database.url, archive))[0] == DoneAgain()

    # The number that was given up is not given again, and the letter can be sent once more.
    [letter] = (await api.get(f"{API}/handovers")).json()["items"]
    assert (letter["charge"], letter["state"]) == (2, "sent")
    assert (await api.post(f"{API}/handovers/{letter['letter_id']}/repeat")).json()["state"] == "waiting"
    [content] = await intake.rows("select content -> 'tables' -> 'household' -> 0 ->> 'id' from letter_out")
    assert content[0] == str(not_there_yet)


async def test_what_was_merged_counts_on_with_it(api: httpx.AsyncClient, intake: Intake, archive: Database) -> None:
    """The file went and came back with the one merged into it; else the next site would call that one stale."""
    kept, absorbed = [UUID((await register(api))["household_id"]) for _ in range(2)]
    merged = await api.post(f"{API}/households/{kept}/merges", json={"absorbed_id": str(absorbed)})
    assert merged.status_code == 201, merged.text
    there_and_back = ((2, SITE, HOERDE), (3, HOERDE, SITE))
    async with archive.transaction() as session:
        await consumers.handle(session, [handed_over(kept, HandoverStage.ACCEPTED, *each) for each in there_and_back])
    await compare(intake.database.url, archive)
    assert {row.id: row.charge for row in await standings(intake)} == {kept: 3, absorbed: 3}


async def test_a_file_that_was_left_behind_is_taken_up_when_it_has_come_back(
    api: httpx.AsyncClient, intake: Intake, archive: Database
) -> None:
    """A comparison with a log that ended too early has left it behind; the next one knows better."""
    household = UUID((await register(api))["household_id"])
    for charge, from_site, to_site in ((2, SITE, HOERDE), (3, HOERDE, SITE)):
        async with archive.transaction() as session:
            event = handed_over(household, HandoverStage.ACCEPTED, charge, from_site, to_site)
            await consumers.handle(session, [event])
        await compare(intake.database.url, archive)
        [found] = await standings(intake)
        expected = ("superseded", 1) if to_site == HOERDE else ("in_charge", 3)
        assert (found.standing, found.charge) == expected


async def standings(intake: Intake) -> Sequence[Any]:
    """How the site stands to its files."""
    return await intake.rows("select id, standing, charge, handed_to from household")


async def test_no_other_site_erases_what_is_ours(api: httpx.AsyncClient, intake: Intake, archive: Database) -> None:
    """An erasure by a site that never had the file is reported, and nothing is done; reporting does not obey either."""
    household = UUID((await register(api))["household_id"])
    event = HouseholdErased(household_id=household, erasure_id=uuid.uuid4(), person_ids=())
    await deliver(intake, archive)
    async with archive.transaction() as session:
        await consumers.handle(session, [received(event, 10, site="hoerde-hombruch")])
        assert not (await session.execute(text("select 1 from erased_household"))).all()
    done, _ = await compare(intake.database.url, archive)
    assert done == DoneAgain(left_alone=(household,))
    assert (await api.get(f"{API}/households/{household}")).status_code == 200


async def test_an_older_archive_is_asked_again(api: httpx.AsyncClient, intake: Intake, archive: Database) -> None:
    """Reporting was restored and knows nothing of a complete erasure: it is asked, and the erasure is open again."""
    household = UUID((await register(api))["household_id"])
    erasure = await erase(intake, household)
    for source in (REPORTING, NEIGHBOUR):
        await acknowledge(intake, erasure, household, source)
    done, _ = await compare(intake.database.url, archive)
    assert done == DoneAgain(asked=1)
    assert len(await intake.events("household-erased")) == 2
    assert await intake.rows("select 1 from erasure where completed_at is null")
