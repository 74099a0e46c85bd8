"""The weekly list of moves: what becomes of its rows, and that nothing is entered twice."""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.background.imports import take_batch
from services.intake.commands import Acting, register_household
from services.intake.commands import imports as commands
from services.intake.commands.imports import Decision, Outcome, take_registration
from services.intake.domain.lists import Column, move_id
from services.intake.inputs import RegisterHousehold
from services.intake.queries.imports import next_file
from services.intake.tables.imports import ImportFile
from shared.refusals import Conflict, Invalid
from tests.component.intake.conftest import Intake
from tests.component.intake.samples import API, ASSELN, SITE, days_ago, family, register
from tests.unit.intake.hurtful_lists import HEADER, csv_of, row

Step = Callable[[AsyncSession], Awaitable[None]]
DAY = date.fromisoformat(days_ago(5))


def line(case: str = "50/1", **changes: str) -> str:
    """A person of the list who moved five days ago."""
    return row(**{"Aktenzeichen": case, "Umzug am": f"{DAY:%d.%m.%Y}", "Geburtsdatum": "", **changes})


def acting(site: str = SITE) -> Acting:
    """Amal, now."""
    return Acting("amal", site, datetime.now(UTC))


async def read(intake: Intake, *lines: str, name: str = "Liste.csv") -> ImportFile:
    """Hand a list in."""
    async with intake.database.transaction() as session:
        file, _ = await commands.receive_list(session, acting(), name, csv_of(*lines))
    return file


async def take(intake: Intake, file: ImportFile) -> None:
    """Confirm the list, and let all of its good rows be taken."""
    async with intake.database.transaction() as session:
        await commands.take_list(session, acting(), file.id)
    while await take_batch(intake.database, intake.settings):
        pass


async def take_lines(intake: Intake, *lines: str) -> list[tuple[Any, ...]]:
    """Hand a list in and take it; state, way and site of its rows."""
    file = await read(intake, *lines)
    await take(intake, file)
    return await rows_of(intake, file)


async def rows_of(intake: Intake, file: ImportFile) -> list[tuple[Any, ...]]:
    """State, way and site of the rows of a list."""
    found = await intake.rows("select state, way, to_site from import_row where file_id = :id order by id", id=file.id)
    return [tuple(one) for one in found]


async def families(intake: Intake) -> int:
    """How many files there are."""
    return int((await intake.rows("select count(*) from household"))[0][0])


async def letters(intake: Intake) -> list[tuple[Any, ...]]:
    """Where rows have gone, and through which sites."""
    found = await intake.rows("select to_site, content -> 'visited' from letter_out where kind = 'registration'")
    return sorted((site, visited) for site, visited in found)


async def test_a_good_row_becomes_a_file_with_a_first_visit(intake: Intake) -> None:
    """Family, persons, address and the owed visit stand in the file, with where they came from."""
    lines = [line(), line(Vorname="Mert", Geburtsdatum="30.11.2010", Rechtskreis="AsylbLG")]
    assert await take_lines(intake, *lines) == [("taken", "new", None)]
    assert await intake.rows("select given_name, first_legal_circle from person order by position") == [
        ("Ayşe", "sgb2"),
        ("Mert", "asylblg"),
    ]
    assert await intake.rows("select case_number, family_name from household") == [("50/1", "Musterfamilie Çelik")]
    assert await intake.rows("select moved_on from first_visit") == [(DAY,)]
    kinds = await intake.rows("select kind, recorded_by from timeline order by id")
    assert ("from_list", "amal") in kinds
    assert [event["event"] for event in await intake.events()] == [
        "household-registered",
        "household-moved",
        "first-visit-owed",
    ]


async def test_nothing_is_entered_before_somebody_has_confirmed(intake: Intake) -> None:
    """The preview says what would be taken; no file, no event."""
    file = await read(intake, line(), line("50/2", PLZ="443"))
    assert await rows_of(intake, file) == [("ready", "new", None), ("bad", None, None)]
    assert await take_batch(intake.database, intake.settings) is False
    assert await families(intake) == 0
    assert await intake.events() == []


async def test_the_same_file_twice_changes_nothing(intake: Intake) -> None:
    """The same bytes are the same list; the same moves in other bytes are known, too."""
    lines = [line(), line("50/2", Vorname="Sami")]
    file = await read(intake, *lines)
    await take(intake, file)
    again = await read(intake, *lines)
    assert again.id == file.id
    assert await take_lines(intake, *reversed(lines)) == [("unchanged", None, None)] * 2
    assert await families(intake) == 2
    assert len(await intake.events("household-registered")) == 2


async def test_a_row_is_compared_with_those_before_it(intake: Intake) -> None:
    """Two lines of a list that may be one family: the second waits, or moves, and does not make a second file."""
    once_more = f"{DAY + timedelta(days=2):%d.%m.%Y}"
    states = await take_lines(
        intake,
        line(Geburtsdatum="01.05.1984"),
        line("50/2", Geburtsdatum="01.05.1984", Vorname="Ayse"),
        line(**{"Umzug am": once_more}, Straße="Neue Straße"),
    )
    assert states == [("taken", "new", None), ("duplicate", "new", None), ("taken", "move", None)]
    assert await families(intake) == 1


async def test_a_corrected_list_brings_what_was_bad(intake: Intake) -> None:
    """Good rows are taken beside bad ones; the list put right brings only the rest."""
    assert await take_lines(intake, line(), line("50/2", PLZ="443")) == [
        ("taken", "new", None),
        ("bad", None, None),
    ]
    assert await take_lines(intake, line(), line("50/2", PLZ="44319")) == [
        ("unchanged", None, None),
        ("taken", "new", None),
    ]


async def test_a_bad_row_is_named_with_line_field_and_reason(intake: Intake) -> None:
    """What registration would refuse is said in the preview, for each line, without repeating what stands there."""
    file = await read(
        intake,
        line(Stadtbezirk="Bochum"),
        line("50/2", Geburtsdatum="01.01.2030"),
        line("50/3", Vorname="🙂"),
    )
    found = await intake.rows("select faults from import_row where file_id = :id order by id", id=file.id)
    faults = [(fault["line"], fault["column"], fault["message"]) for (row_faults,) in found for fault in row_faults]
    assert [(number, column) for number, column, _ in faults] == [
        (2, "Stadtbezirk"),
        (3, "Geburtsdatum"),
        (4, "Vorname"),
    ]
    assert faults[0][2].startswith("Diesen Stadtbezirk gibt es nicht.")
    assert not any("Bochum" in message or "2030" in message for *_, message in faults)


async def test_a_family_that_is_known_by_its_case_number_moves(api: httpx.AsyncClient, intake: Intake) -> None:
    """The list enters the move into its file; it is not asked about and not doubled."""
    await register(api, case_number="AZ 50/1", moved_on=days_ago(90))
    assert await take_lines(intake, line("az50/1", Straße="Neue Straße")) == [("taken", "move", None)]
    assert await families(intake) == 1
    assert await intake.rows("select street, moved_in from residence where moved_out is null") == [
        ("Neue Straße 7", DAY)
    ]


async def test_a_move_that_was_entered_by_hand_is_not_entered_again(api: httpx.AsyncClient, intake: Intake) -> None:
    """Whoever was quicker than the list has not to undo anything."""
    await register(api, case_number="50/1", moved_on=DAY.isoformat())
    assert await take_lines(intake, line()) == [("unchanged", None, None)]


async def test_a_family_that_becomes_protected_is_so_before_its_new_address_is_known(
    api: httpx.AsyncClient, intake: Intake
) -> None:
    """The list's mark holds for the file, and the search does not find the new street."""
    await register(api, case_number="50/1", moved_on=days_ago(90))
    content = HEADER + ";Auskunftssperre\n" + line(Straße="Geheimgasse") + ";ja"
    async with intake.database.transaction() as session:
        file, _ = await commands.receive_list(session, acting(), "l", content.encode())
    await take(intake, file)
    assert await intake.rows("select protected, search like '%geheim%' from household") == [(True, False)]
    assert all(event.get("to_neighbourhood") is None for event in (await intake.events("household-moved"))[1:])


async def _duplicate(api: httpx.AsyncClient, intake: Intake, **known: Any) -> tuple[UUID, UUID]:
    """A row that may be a family that is known: its id and the known file's."""
    person = {"given_name": "Ayse", "family_name": "Musterfamilie Celik", "birth_date": "1984-05-01"}
    registered = await register(api, persons=[person], **known)
    assert await take_lines(intake, line(Geburtsdatum="01.05.1984")) == [("duplicate", "new", None)]
    [(row_id, candidates)] = await intake.rows("select id, candidates from import_row where state = 'duplicate'")
    assert [str(candidate) for candidate in candidates] == [registered["household_id"]]
    return row_id, UUID(registered["household_id"])


async def _decide(intake: Intake, row_id: UUID, decision: Decision, household_id: UUID | None = None) -> UUID | None:
    async with intake.database.transaction() as session:
        return await commands.decide(session, acting(), row_id, decision, household_id)


async def test_what_may_be_a_known_family_waits_for_a_decision(api: httpx.AsyncClient, intake: Intake) -> None:
    """Same birth date, and a name that may be the same in another spelling: it is the same family, and moves."""
    row_id, known = await _duplicate(api, intake, moved_on=days_ago(90))
    assert await families(intake) == 1
    assert await _decide(intake, row_id, Decision.SAME, known) == known
    assert await families(intake) == 1
    assert await intake.rows("select case_number from household") == [("50/1",)]
    assert await intake.rows("select moved_in from residence where moved_out is null") == [(DAY,)]
    with pytest.raises(Conflict):
        await _decide(intake, row_id, Decision.NEW)
    assert await intake.rows("select content, candidates from import_row") == [(None, [])]


async def test_another_family_with_the_same_name_gets_its_own_file(api: httpx.AsyncClient, intake: Intake) -> None:
    """„Eine andere Familie": the row is taken as it stands."""
    row_id, known = await _duplicate(api, intake)
    assert await _decide(intake, row_id, Decision.NEW) != known
    assert await families(intake) == 2


async def test_what_is_left_out_is_not_asked_again(api: httpx.AsyncClient, intake: Intake) -> None:
    """The next list with the same move changes nothing."""
    row_id, _ = await _duplicate(api, intake)
    assert await _decide(intake, row_id, Decision.LEAVE) is None
    assert await take_lines(intake, line(Geburtsdatum="01.05.1984", Vorname="Ayşe N.")) == [("unchanged", None, None)]


async def test_a_file_that_was_not_shown_cannot_be_chosen(api: httpx.AsyncClient, intake: Intake) -> None:
    """A decision names one of the likely files; otherwise the row goes on waiting."""
    row_id, _ = await _duplicate(api, intake)
    other = await register(api, case_number="77")
    with pytest.raises(Invalid):
        await _decide(intake, row_id, Decision.SAME, UUID(other["household_id"]))
    assert await intake.rows("select state from import_row") == [("duplicate",)]


async def test_a_closed_file_is_asked_about(api: httpx.AsyncClient, intake: Intake) -> None:
    """A family that has left and comes back under its case number is not silently a new one."""
    known = await register(api, case_number="50/1", moved_on=days_ago(90))
    left = {"left_city": True, "moved_on": days_ago(30)}
    assert (await api.post(f"{API}/households/{known['household_id']}/moves", json=left)).is_success
    assert await take_lines(intake, line()) == [("duplicate", "new", None)]


async def test_a_row_of_another_site_goes_there_as_a_letter(intake: Intake) -> None:
    """It is not entered here; the same list again writes no second letter."""
    assert await take_lines(intake, line(Stadtbezirk="Hörde")) == [("taken", "elsewhere", "hoerde-hombruch")]
    assert await take_lines(intake, line(Stadtbezirk="Hörde", Vorname="Ayşe N.")) == [
        ("unchanged", "elsewhere", "hoerde-hombruch")
    ]
    assert await letters(intake) == [("hoerde-hombruch", [SITE])]
    assert await families(intake) == 0
    assert await intake.events() == []
    assert not await intake.rows("select 1 from import_row where content is not null")


async def test_the_site_that_may_have_the_file_is_asked_first(intake: Intake) -> None:
    """A family that comes here from Hörde goes to Hörde first, which hands it over if it knows it."""
    content = HEADER + ";Bisheriger Stadtbezirk\n" + line() + ";Hörde"
    async with intake.database.transaction() as session:
        file, _ = await commands.receive_list(session, acting(), "l", content.encode())
    await take(intake, file)
    assert await letters(intake) == [("hoerde-hombruch", [SITE])]
    assert await families(intake) == 0


def _sent(**changes: Any) -> RegisterHousehold:
    return RegisterHousehold.model_validate(family(case_number="50/1", moved_on=DAY.isoformat(), **changes))


async def _receive(intake: Intake, wanted: RegisterHousehold, *visited: str) -> Outcome:
    async with intake.database.transaction() as session:
        return await take_registration(
            session,
            Acting(f"liste@{visited[-1]}", SITE, datetime.now(UTC)),
            move_id=move_id("50/1", DAY),
            row=wanted,
            from_site=visited[-1],
            visited=visited,
        )


async def test_a_row_from_another_site_is_taken_once(intake: Intake) -> None:
    """Whether it comes as a letter twice, from two sites, or in the own list as well."""
    assert await _receive(intake, _sent(), "hoerde-hombruch") is Outcome.TAKEN
    assert await _receive(intake, _sent(), "hoerde-hombruch") is Outcome.UNCHANGED
    assert await _receive(intake, _sent(), SITE, "innenstadt") is Outcome.UNCHANGED
    assert await take_lines(intake, line()) == [("unchanged", None, None)]
    assert await families(intake) == 1


async def test_a_row_comes_back_from_the_site_that_did_not_know_it(intake: Intake) -> None:
    """Sent to the former district's site first, it is entered here when it returns."""
    assert await _receive(intake, _sent(), SITE, "hoerde-hombruch") is Outcome.TAKEN


async def test_a_row_that_belongs_to_a_third_site_goes_on(intake: Intake) -> None:
    """What this site does not know goes to the destination, with everybody named who has seen it."""
    hoerde = {**ASSELN, "district": "hoerde", "neighbourhood": None}
    assert await _receive(intake, _sent(address=hoerde), "innenstadt") is Outcome.PASSED_ON
    assert await letters(intake) == [("hoerde-hombruch", ["innenstadt", SITE])]


async def test_sites_that_disagree_do_not_send_a_row_for_ever(intake: Intake) -> None:
    """The second time it comes by it waits for a person, with what is wrong."""
    hoerde = {**ASSELN, "district": "hoerde", "neighbourhood": None}
    wanted = _sent(address=hoerde)
    assert await _receive(intake, wanted, SITE, "hoerde-hombruch") is Outcome.HELD
    assert await _receive(intake, wanted, SITE, "hoerde-hombruch") is Outcome.UNCHANGED
    [(state, faults)] = await intake.rows("select state, faults from import_row")
    assert state == "duplicate"
    assert "nicht einig" in faults[0]["message"]


async def test_a_row_from_another_site_that_may_be_known_waits_here(api: httpx.AsyncClient, intake: Intake) -> None:
    """The receiver decides, since the receiver has the file."""
    await register(api)
    assert await _receive(intake, _sent(), "hoerde-hombruch") is Outcome.HELD
    assert await families(intake) == 1


def by_hand(intake: Intake) -> Step:
    """Somebody registers the family at the counter."""

    async def step(session: AsyncSession) -> None:
        await register_household(session, acting(), _sent())

    return step


def by_letter(intake: Intake) -> Step:
    """Another site has sent the row."""

    async def step(session: AsyncSession) -> None:
        await take_registration(
            session,
            acting(),
            move_id=move_id("50/1", DAY),
            row=_sent(),
            from_site="innenstadt",
            visited=("innenstadt",),
        )

    return step


def by_list(intake: Intake) -> Step:
    """The next rows of the confirmed list are taken."""

    async def step(session: AsyncSession) -> None:
        file = await next_file(session)
        assert file is not None
        await commands.take_some(session, acting(), file)

    return step


async def at_once(intake: Intake, first: Step, second: Step) -> BaseException | None:
    """The second begins while the first has not committed; it ends, or waits for the first to commit.

    Answers what the second was refused with.
    """
    async with intake.database.transaction() as session:
        await first(session)

        async def other() -> None:
            async with intake.database.transaction() as another:
                await second(another)

        running = asyncio.create_task(other())
        while not running.done() and not await intake.rows("select 1 from pg_locks where not granted"):
            await asyncio.wait([running], timeout=0.01)
    [refused] = await asyncio.gather(running, return_exceptions=True)
    return refused


@pytest.mark.parametrize(
    ("first", "second"),
    [(by_list, by_letter), (by_letter, by_list), (by_hand, by_list), (by_hand, by_letter)],
)
async def test_one_move_that_comes_by_two_ways_at_once_makes_one_file(
    intake: Intake, first: Callable[[Intake], Step], second: Callable[[Intake], Step]
) -> None:
    """A case number that neither finds is no proof that nobody is making its file at this moment."""
    file = await read(intake, line(Vorname="Nura"))
    async with intake.database.transaction() as session:
        await commands.take_list(session, acting(), file.id)
    assert await at_once(intake, first(intake), second(intake)) is None
    assert await families(intake) == 1
    assert len(await intake.events("household-registered")) == 1


async def test_a_family_is_not_new_whose_file_was_made_while_somebody_decided(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake
) -> None:
    """„Eine andere Familie" waits for whoever makes a file with this case number, and shows it beside the others."""
    row_id, _ = await _duplicate(api, intake)

    async def decide_new(session: AsyncSession) -> None:
        await commands.decide(session, acting(), row_id, Decision.NEW)

    refused = await at_once(intake, by_hand(intake), decide_new)
    assert isinstance(refused, Conflict)
    assert "Aktenzeichen" in refused.message
    assert await families(intake) == 2
    again = await browser.post(f"/intake/imports/decisions/{row_id}", data={"decision": "new"})
    assert again.status_code == 422
    assert "Akte mit diesem Aktenzeichen" in again.text
    assert again.text.count("Dieselbe Familie: Umzug eintragen") == 2
    [(made,)] = await intake.rows("select id from household where case_number = '50/1'")
    assert await _decide(intake, row_id, Decision.SAME, made) == made
    assert await families(intake) == 2


async def test_a_move_that_is_known_enters_nothing(intake: Intake) -> None:
    """The id is claimed before the file is made, so that it holds whatever the case number is."""
    claimed = "insert into imported_move (move_id, origin, at) values (:id, 'letter', now()) returning 1"

    async def claims(session: AsyncSession) -> None:
        await session.execute(text(claimed), {"id": move_id("50/1", DAY)})

    async def comes_with_another_number(session: AsyncSession) -> None:
        outcome = await take_registration(
            session,
            acting(),
            move_id=move_id("50/1", DAY),
            row=_sent().model_copy(update={"case_number": "50/2"}),
            from_site="innenstadt",
            visited=("innenstadt",),
        )
        assert outcome is Outcome.UNCHANGED

    assert await at_once(intake, claims, comes_with_another_number) is None
    assert await families(intake) == 0


async def test_columns_are_assigned_once_and_remembered(intake: Intake) -> None:
    """An unknown header is asked about; the next list with it is understood."""
    header = HEADER.replace("Aktenzeichen", "Kennung")

    async def hand_in(case: str) -> ImportFile:
        async with intake.database.transaction() as session:
            content = (header + "\n" + line(case)).encode()
            file, _ = await commands.receive_list(session, acting(), "l", content)
            return file

    first = await hand_in("1")
    assert first.state == "mapping"
    columns = {Column(name): place for name, place in first.mapping.items()}
    async with intake.database.transaction() as session:
        with pytest.raises(Invalid) as wrong:
            await commands.map_columns(session, acting(), first.id, columns)
        assert [path for path, _ in wrong.value.errors] == ["columns.case_number"]
        await commands.map_columns(session, acting(), first.id, {**columns, Column.CASE_NUMBER: 0})
    assert await rows_of(intake, first) == [("ready", "new", None)]
    assert (await hand_in("2")).state == "preview"


async def test_what_is_not_taken_is_forgotten(intake: Intake) -> None:
    """A list that is discarded, or that nobody confirms, leaves no data behind; neither does one that was taken."""
    draft = await read(intake, line())
    async with intake.database.transaction() as session:
        await commands.discard_list(session, draft.id)
    await read(intake, line("60/1"))
    await intake.rows("update import_file set at = at - interval '8 days' returning 1")
    async with intake.database.transaction() as session:
        await commands.discard_stale_drafts(session, datetime.now(UTC))
    assert await intake.rows("select 1 from import_row union all select 1 from import_file") == []
    file = await read(intake, line("70/1"), line("70/2", PLZ="x"))
    await take(intake, file)
    assert await intake.rows("select state, sheet from import_file") == [("done", None)]
    assert await intake.rows("select 1 from import_row where content is not null") == []


async def test_ten_thousand_rows_are_taken_in_the_background(intake: Intake) -> None:
    """How far it is can be seen after each batch, and a restart goes on where the last one ended."""
    file = await read(intake, *(line(f"50/{number}", Vorname="Nura") for number in range(10_000)))
    async with intake.database.transaction() as session:
        await commands.take_list(session, acting(), file.id)
    for batch in range(1, 4):
        assert await take_batch(intake.database, intake.settings)
        assert await families(intake) == 50 * batch
    # What else the ten thousand need is only more of the same.
    await intake.rows("delete from import_row where state = 'ready' returning 1")
    while await take_batch(intake.database, intake.settings):
        pass
    assert await intake.rows("select state from import_file") == [("done",)]


class _Cancelled(Exception):
    sqlstate = "57014"


class _Deadlock(Exception):
    sqlstate = "40P01"


@pytest.mark.parametrize(
    "fault",
    [
        DBAPIError("select", None, _Deadlock()),
        DBAPIError("select", None, _Cancelled()),
        asyncpg.DeadlockDetectedError("deadlock detected"),  # of the outbox, which speaks to the driver
    ],
    ids=["deadlock", "cancelled", "driver"],
)
async def test_a_fault_of_the_database_is_not_the_rows(
    intake: Intake, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    """The batch is undone with all of its rows as they were, and taken when it is tried again."""
    real, faults = register_household, [fault]

    async def stumbles(session: Any, by: Acting, wanted: RegisterHousehold, *more: Any) -> Any:
        if wanted.case_number == "50/2" and faults:
            raise faults.pop()
        return await real(session, by, wanted, *more)

    monkeypatch.setattr(commands, "register_household", stumbles)
    file = await read(intake, line(), line("50/2", Vorname="Sami"))
    with pytest.raises(type(fault)):
        await take(intake, file)
    assert await intake.rows("select state, content is null from import_row") == [("ready", False)] * 2
    while await take_batch(intake.database, intake.settings):
        pass
    assert [state for state, *_ in await rows_of(intake, file)] == ["taken", "taken"]


async def test_a_real_deadlock_costs_no_row(intake: Intake) -> None:
    """Another transaction holds what the row needs and waits for what the batch holds."""
    file = await read(intake, line(), line("50/2", Vorname="Sami"))
    async with intake.database.transaction() as session:
        await commands.take_list(session, acting(), file.id)
    async with intake.database.transaction() as session:
        await session.execute(text("set local deadlock_timeout = '1h'"))  # so that the database ends the batch
        claimed = "insert into imported_move (move_id, origin, at) values (:id, 'letter', now())"
        await session.execute(text(claimed), {"id": move_id("50/2", DAY)})
        batch = asyncio.create_task(take_batch(intake.database, intake.settings))
        while not await intake.rows("select 1 from pg_locks where not granted"):
            await asyncio.wait([batch], timeout=0.01)
        await session.execute(text("select 1 from import_row for update"))
        with pytest.raises(DBAPIError):
            await batch
        await session.rollback()
    assert await intake.rows("select state, content is null from import_row") == [("ready", False)] * 2
    while await take_batch(intake.database, intake.settings):
        pass
    assert [state for state, *_ in await rows_of(intake, file)] == ["taken", "taken"]


async def test_one_row_that_nobody_foresaw_does_not_stop_the_others(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It becomes a bad row, and those behind it are taken."""
    real = register_household

    async def stumbles(session: Any, by: Acting, wanted: RegisterHousehold, *more: Any) -> Any:
        if wanted.case_number == "50/2":
            raise ZeroDivisionError
        return await real(session, by, wanted, *more)

    monkeypatch.setattr(commands, "register_household", stumbles)
    states: Sequence[Any] = await take_lines(intake, line(), line("50/2"), line("50/3"))
    assert [state for state, *_ in states] == ["taken", "bad", "taken"]


def encoded(content: bytes) -> str:
    """As the call takes it."""
    return base64.b64encode(content).decode()


async def hand_in(api: httpx.AsyncClient, content: bytes, name: str = "Liste.csv") -> httpx.Response:
    """Hand a list in by the call."""
    return await api.post(f"{API}/imports", json={"name": name, "content": encoded(content)})


async def test_a_program_hands_in_a_list_and_sees_how_far_it_is(api: httpx.AsyncClient, intake: Intake) -> None:
    """Hand in, look, take, look again; the same file is known, with 200."""
    content = csv_of(line(), line("50/2", PLZ="443"), line("50/3", Stadtbezirk="Hörde"))
    answer = await hand_in(api, content)
    assert answer.status_code == 201
    told = answer.json()
    assert (told["state"], told["lines"], told["missing"], told["known"]) == ("preview", 3, [], False)
    assert {name: number for name, number in told["families"].items() if number} == {
        "new": 1,
        "bad": 1,
        "elsewhere": 1,
    }
    address = f"{API}/imports/{told['import_id']}"
    assert (await api.get(f"{address}/faults")).json()["items"] == [
        {
            "lines": [3],
            "faults": [{"line": 3, "column": "Postleitzahl", "message": "Eine Postleitzahl hat fünf Ziffern."}],
        }
    ]
    again = await hand_in(api, content)
    assert (again.status_code, again.json()["import_id"], again.json()["known"]) == (200, told["import_id"], True)
    assert (await api.post(f"{address}/take", json={})).status_code == 202
    while await take_batch(intake.database, intake.settings):
        pass
    done = (await api.get(address)).json()
    assert (done["state"], done["families"]["taken"], done["families"]["bad"]) == ("done", 2, 1)
    assert (await api.post(f"{address}/discard", json={})).status_code == 409
    assert [one["import_id"] for one in (await api.get(f"{API}/imports")).json()["items"]] == [told["import_id"]]


async def test_a_file_that_cannot_be_read_is_refused_with_its_reason(api: httpx.AsyncClient) -> None:
    """What is no list, and what is no Base64, is a problem of its field."""
    answer = await hand_in(api, b"%PDF-1.7")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "file"
    assert "PDF" in answer.json()["errors"][0]["message"]
    wrong = await api.post(f"{API}/imports", json={"name": "x", "content": "???"})
    assert wrong.json()["errors"][0]["path"] == "content"


async def test_a_list_of_ten_thousand_long_lines_may_be_sent(api: httpx.AsyncClient) -> None:
    """Far more than other requests may hold; what is too much is said with the right number."""
    content = csv_of(*(line(f"1/{number}", Straße="Lange Straße " * 20) for number in range(10_000)))
    assert len(content) > 2 * 2**20
    answer = await hand_in(api, content)
    assert answer.status_code == 201
    assert answer.json()["families"]["new"] == 0  # a street of more than 100 characters
    assert answer.json()["families"]["bad"] == 10_000
    huge = await api.post(f"{API}/imports", content=b"x" * (25 * 2**20), headers={"content-type": "application/json"})
    assert huge.status_code == 413
    assert "24 MB" in huge.json()["detail"]


async def test_a_browser_hands_in_a_file_without_script(browser: httpx.AsyncClient, intake: Intake) -> None:
    """Upload, preview with tiles and faults, confirm, result; each step a form."""
    files = {"file": ("Liste <KW 47>.csv", csv_of(line(), line("50/2", PLZ="443")), "text/csv")}
    sent = await browser.post("/intake/imports", files=files)
    assert sent.status_code == 303
    page = await browser.get(sent.headers["location"])
    assert "1 Familie übernehmen" in page.text
    assert "Eine Postleitzahl hat fünf Ziffern." in page.text
    assert "Liste &lt;KW 47&gt;.csv" in page.text
    assert "Musterstraße" not in page.text
    again = await browser.post("/intake/imports", files=files)
    assert "schon eingelesen" in (await browser.get(again.headers["location"])).text
    taken = await browser.post(f"{sent.headers['location']}/take", data={})
    assert "von 2 Familien bearbeitet" in (await browser.get(taken.headers["location"])).text
    while await take_batch(intake.database, intake.settings):
        pass
    assert "Die Liste ist übernommen." in (await browser.get(taken.headers["location"])).text
    faults = await browser.get(f"{sent.headers['location']}/faults.csv")
    assert "3;Postleitzahl;Eine Postleitzahl hat fünf Ziffern." in faults.text


async def test_a_browser_is_told_what_is_wrong_with_a_file(browser: httpx.AsyncClient) -> None:
    """No file, or one that cannot be read: the page says so and nothing is kept."""
    nothing = await browser.post("/intake/imports", files={"file": ("", b"")})
    assert nothing.status_code == 422
    assert "Bitte eine Datei wählen" in nothing.text
    wrong = await browser.post("/intake/imports", files={"file": ("x.xlsx", b"%PDF-1.7")})
    assert wrong.status_code == 422
    assert "Das ist ein PDF und keine Tabelle." in wrong.text
    assert "Noch keine Liste." in wrong.text


async def test_a_protected_address_is_on_no_page_about_lists(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake
) -> None:
    """Neither the row's own nor that of the file beside it; both say that they are protected."""
    person = {"given_name": "Ayşe", "family_name": "Musterfamilie Çelik", "birth_date": "1984-05-01"}
    await register(api, persons=[person], protected=True, address={**ASSELN, "street": "Verborgenweg 3"})
    content = f"{HEADER};Auskunftssperre\n{line(Geburtsdatum='01.05.1984', Straße='Geheimgasse')};ja".encode()
    file = (await hand_in(api, content)).json()
    [waiting] = (await api.get(f"{API}/imports/decisions")).json()["items"]
    decision = f"/intake/imports/decisions/{waiting['row_id']}"
    for address in ("/intake/imports", f"/intake/imports/{file['import_id']}", decision, f"{API}/imports/decisions"):
        shown = await (api if address.startswith(API) else browser).get(address)
        assert shown.status_code == 200
        assert "Geheimgasse" not in shown.text
        assert "Verborgenweg" not in shown.text
    assert (await browser.get(decision)).text.count("Adresse geschützt") == 2


async def test_the_new_address_of_a_family_that_may_be_protected_is_not_shown(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake
) -> None:
    """The list does not know of the protection; if it is this family, its new street is as secret as the old one."""
    row_id, _ = await _duplicate(api, intake, protected=True)
    page = (await browser.get(f"/intake/imports/decisions/{row_id}")).text
    assert "Musterstraße" not in page
    assert "44319" not in page
    assert page.count("Adresse geschützt") == 2


async def test_an_erasure_reaches_lists_that_nobody_has_confirmed(api: httpx.AsyncClient, intake: Intake) -> None:
    """The rows that may be the family's lose their content, and the draft its lines; the others can be taken."""
    known = await register(api, case_number="50/1", moved_on=days_ago(90))
    file = await read(intake, line(Straße="Markierte Gasse"), line("50/2"))
    erased = await api.post(f"{API}/households/{known['household_id']}/erasure", json={"because": "asked"})
    assert erased.is_success, erased.text
    assert not await intake.rows("select 1 from import_row where content::text like '%Markierte%'")
    assert await intake.rows("select sheet from import_file") == [(None,)]
    columns = {Column(name): place for name, place in file.mapping.items()}
    async with intake.database.transaction() as session:
        with pytest.raises(Conflict):
            await commands.map_columns(session, acting(), file.id, columns)
    await take(intake, file)
    assert [state for state, *_ in await rows_of(intake, file)] == ["left_out", "taken"]


async def test_an_erasure_reaches_lists_that_name_the_family_unknown(api: httpx.AsyncClient, intake: Intake) -> None:
    """Read before the file was there, or with columns nobody has mapped; and no later list brings the family back."""
    await read(intake, line("50/7", Straße="Markierte Gasse"), line("50/2"))
    for number, words in enumerate(("50/ 7;Marke", "x;PROBE, Jusuf", "Jusuf;Probe", "Jusufa;Probe")):
        unmapped = f"Eins;Zwei;Drei\n{words};Markierte Gasse {'und' if number == 3 else 'Eins'}"
        async with intake.database.transaction() as session:
            await commands.receive_list(session, acting(), "ohne.csv", unmapped.encode())
    person = {**family()["persons"][0], "given_name": "Jusuf", "family_name": "Probe"}
    known = await register(api, case_number="50 / 7", moved_on=DAY.isoformat(), persons=[person])
    erased = await api.post(f"{API}/households/{known['household_id']}/erasure", json={"because": "asked"})
    assert erased.is_success, erased.text
    assert not await intake.rows("select 1 from import_row where content::text like '%Markierte%'")
    assert not await intake.rows("select 1 from import_file where sheet::text like '%Markierte Gasse Eins%'")
    assert await intake.rows("select 1 from import_file where sheet::text like '%Jusufa%'"), "another family"
    again = await read(intake, line("50/7"), line("50/3"))
    assert [state for (state,) in await intake.rows(
        "select state from import_row where file_id = :id order by lines", id=again.id
    )] == ["unchanged", "ready"]  # fmt: skip
