"""The figures can be made again from the archive alone, and are the same."""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from deploy.cli import app, archive
from services.reporting.app import create_app
from services.reporting.commands.rebuild import PROJECTIONS
from services.reporting.queries.contacts import By
from services.reporting.queries.referrals import ReferralsBy
from services.reporting.queries.volunteers import AssignmentsBy
from shared.contracts.words import District, LegalCircle
from shared.database import Database
from shared.messaging import envelope
from shared.web.tokens import Role
from tests.component.reporting.app import Reporting
from tests.component.reporting.tables import projections, rows
from tests.component.reporting.test_api import API, PILOT, contact, household
from tests.component.reporting.test_projections import contact_events, need_events, referral_events, take
from tests.component.reporting.test_volunteers import assignment, mentorship, training, volunteer
from tests.unit.reporting.stories import SITE, START, Story

assert archive  # importing it registers the command


@pytest.fixture
async def full(reporting: Reporting) -> Reporting:
    """Reporting with something in every projection."""
    story = Story(District.BRACKEL, [LegalCircle.ASYLBLG, LegalCircle.SGB2])
    story.change_circle(0, START + timedelta(days=20), LegalCircle.SGB2)
    story.move(START + timedelta(days=40), District.HOERDE)
    events = [
        *story.events,
        *need_events(story),
        *contact_events(1),
        *contact_events(2),
        *referral_events("accepted", "started", "completed"),
        *referral_events("cancelled"),
        *assignment("accepted", "completed", "corrected"),
        *mentorship(ended_on=START + timedelta(days=30)),
        *volunteer(),
        *training(120, 0),
        *household(6, visit="done"),
        *household(2, visit="waived"),
        *household(3, on=date(2017, 3, 1)),
        *(contact(datetime(2016, 11, day, 13, tzinfo=UTC)) for day in range(1, 20)),
    ]
    await take(reporting.database, events, seed=1)
    return reporting


async def answers(reporting: Reporting) -> dict[str, Any]:
    """Everything that reporting answers."""
    found: dict[str, Any] = {}
    for name, client in (
        ("team", reporting.as_team(SITE)),
        ("coordinator", await reporting.as_role(Role.COORDINATOR)),
    ):
        paths = [
            *(f"contacts?from={PILOT['from']}&to={PILOT['to']}&by={by}" for by in By),
            *(f"referrals?from={PILOT['from']}&to={PILOT['to']}&by={by}" for by in ReferralsBy),
            *(f"assignments?from={PILOT['from']}&to={PILOT['to']}&by={by}" for by in AssignmentsBy),
            f"figures?from={PILOT['from']}&to={PILOT['to']}",
            *(f"legal-circles?on={START + timedelta(days=days)}" for days in range(0, 100, 7)),
        ]
        for path in paths:
            answer = await client.get(f"{API}/{path}")
            assert answer.status_code == 200
            found[f"{name} {path}"] = answer.json()
    return found


async def invoke(*arguments: str) -> str:
    """The command line, in a thread of its own, since it runs a loop."""
    result = await asyncio.to_thread(CliRunner().invoke, app, ["archive", "rebuild", *arguments])
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


async def test_into_an_empty_database(full: Reporting, new_database: Callable[[], str]) -> None:
    """Rebuilt into an empty database, every answer and every row is the same, and accounts and register come along."""
    url = await asyncio.to_thread(new_database)
    before = await answers(full)
    await invoke("--from", full.database.url, "--into", url)
    rebuilt = Reporting(create_app(full.app.state.settings.model_copy(update={"database_url": url})), full._site_keys)
    try:
        assert await answers(rebuilt) == before
        assert await projections(rebuilt.database) == await projections(full.database)
        assert await rows(rebuilt.database, "event_archive") == await rows(full.database, "event_archive")
        counts = {}
        for database in (full.database, rebuilt.database):
            async with database.transaction() as session:
                counted = await session.execute(
                    text(
                        "select (select count(*) from site), (select count(*) from account), "
                        "(select max(last) from subject_sequence), (select count(*) from outbox)"
                    )
                )
                counts[database.url] = tuple(counted.one())
        assert counts[full.database.url] == counts[rebuilt.database.url]
        await rebuilt.take([contact(datetime(2017, 1, 2, 9, tzinfo=UTC))])  # it goes on from there
    finally:
        await rebuilt.database.dispose()


async def test_in_place(full: Reporting) -> None:
    """Rebuilt in place, projections that were spoilt are right again; duplicates in the archive change nothing."""
    before, tables = await answers(full), await projections(full.database)
    async with full.database.transaction() as session:
        await session.execute(text("delete from contact"))
        await session.execute(text("update referral set state = 'expired'"))
        await session.execute(text("update household_period set district = 'eving'"))
        await session.execute(text("update first_visit set settled_on = null, outcome = null"))
    assert await answers(full) != before
    await invoke("--from", full.database.url, "--in-place")
    assert await answers(full) == before
    assert await projections(full.database) == tables


async def test_readers_see_no_half(full: Reporting) -> None:
    """While it is rebuilt in place, readers see the old figures, and only then the new ones."""
    from services.reporting.commands import rebuild
    from services.reporting.consumers import consumers

    before = await answers(full)
    seen: list[dict[str, Any]] = []

    async def handle(session: Any, events: list[Any]) -> None:
        seen.append(await answers(full))
        await consumers.handle(session, events)

    await rebuild.rebuild_in_place(full.database, handle, lambda done, total: None)
    assert seen
    assert all(answer == before for answer in [*seen, await answers(full)])


async def test_not_into_a_full_one(full: Reporting) -> None:
    """A database in which there is something is not written to."""
    result = await asyncio.to_thread(
        CliRunner().invoke, app, ["archive", "rebuild", "--from", full.database.url, "--into", full.database.url]
    )
    assert result.exit_code == 1


async def test_an_unreadable_event_stops_it(full: Reporting, new_database: Callable[[], str]) -> None:
    """An event that today's code cannot read stops the rebuild; nothing is left behind half done."""
    url = await asyncio.to_thread(new_database)
    async with full.database.transaction() as session:
        await session.execute(
            text("update event_archive set body = :body where position = (select max(position) from event_archive)"),
            {"body": b'{"specversion": "1.0"}'},
        )
    arguments = ["archive", "rebuild", "--from", full.database.url, "--into", url]
    result = await asyncio.to_thread(CliRunner().invoke, app, arguments)
    assert isinstance(result.exception, Exception)
    assert envelope.Unreadable.__name__ not in result.output
    empty = Database(url)
    try:
        assert not any((await rows(empty, *PROJECTIONS, "event_archive")).values())
    finally:
        await empty.dispose()
