"""A file as a whole: what is read is what is entered again, and forgetting leaves nothing."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.intake.commands import whole_file
from services.intake.tables import FILE_TABLES
from tests.component.intake.conftest import Intake
from tests.component.intake.samples import API, SOELDE, days_ago, register

CHILD = {"came_by": "birth", "given_name": "Lina", "family_name": "Probe", "legal_circle": "asylblg"}
NUMBERED = {"timeline": ["id"], "release_look": ["id"]}
SCHOOL = {"basis": "statutory", "reference": "Schulpflicht", "purpose": "appointment"}


async def _full_file(api: httpx.AsyncClient) -> UUID:
    """A household with a row in every table of its file."""
    household = (await register(api, phone="0231 555010", moved_on=days_ago(20)))["household_id"]
    base = f"{API}/households/{household}"
    person = (await api.get(base)).json()["persons"][0]["person_id"]
    consent = {"recipient": {"kind": "partner", "slug": "ein-verein"}, "purpose": "referral"}
    times = [{"weekday": "tue", "from": "16:00", "to": "18:00"}]
    for path, body in (
        (f"{base}/needs", {"area": "leisure", "note": "mit „Anführung“ und\nUmbruch", "times": times}),
        (f"{base}/consents", consent),
        (f"{base}/persons/{person}/legal-circle", {"legal_circle": "sgb2", "on": days_ago(1)}),
        (f"{base}/moves", {"address": SOELDE, "tenancy": "private", "moved_on": days_ago(3)}),
        (f"{API}/contacts", {"target_group": "refugee", "person_id": person, "topic": "housing"}),
        (f"{base}/persons", {**CHILD, "on": days_ago(2)}),
        (f"{base}/persons/{person}/legal-circle", {"legal_circle": "none", "on": days_ago(0)}),
        (f"{base}/persons/{person}/without-benefits", {"reason": "eigenes Einkommen"}),
        (f"{base}/barriers", {"kind": "individual", "topic": "health", "note": "Bleibt am Standort."}),
        (f"{base}/agreements", {"household_goals": ["Deutsch lernen"], "site_goals": ["Kurs suchen"]}),
        (f"{base}/releases", {**SCHOOL, "recipient": {"kind": "authority", "slug": "schulamt"}}),
        (f"{base}/tasks", {"what": "Schulplatz erfragen", "due_on": days_ago(-3), "for_whom": "amal"}),
        (f"{base}/interpreter-requests", {"at": f"{days_ago(-9)}T10:00:00+01:00", "language": "ar"}),
        (f"{base}/child-protection", {}),
        (f"{base}/child-protection/steps", {"step": "noticed", "note": "Bleibt in der Akte."}),
    ):
        answer = await api.post(path, json=body, headers={"idempotency-key": str(uuid4())})
        assert answer.status_code < 300, answer.text
    [agreement] = (await api.get(f"{base}/agreements")).json()
    await api.post(f"{base}/agreements/{agreement['agreement_id']}/review", json={"note": "Der Kurs hat begonnen."})
    await api.put(f"{base}/safety-note", json={"text": "Hund im Hof"})
    await api.patch(base, json={"languages": ["ti"]}, headers={"idempotency-key": str(uuid4())})
    return UUID(household)


async def _dump(intake: Intake, household: UUID) -> dict[str, list[dict[str, Any]]]:
    async with intake.database.transaction() as session:
        return await whole_file.dump(session, household)


async def _load(intake: Intake, content: dict[str, list[dict[str, Any]]]) -> None:
    async with intake.database.transaction() as session:
        await whole_file.load(session, content)


async def _forget(intake: Intake, household: UUID) -> None:
    async with intake.database.transaction() as session:
        await whole_file.forget(session, household)


async def test_what_is_read_can_be_entered_again(api: httpx.AsyncClient, intake: Intake) -> None:
    """Read, forgotten and entered again, a file is the same to the last field, and its page can be opened."""
    household = await _full_file(api)
    content = await _dump(intake, household)
    assert {name for name, rows in content.items() if rows} >= {
        *("household", "residence", "person", "legal_circle_change", "timeline"),
        *("first_visit", "need", "contact", "consent", "authority_notice", "without_benefits"),
        *("barrier", "agreement", "agreement_goal", "agreement_review"),
    }
    shown = (await api.get(f"{API}/households/{household}")).json()
    await _forget(intake, household)
    assert (await api.get(f"{API}/households/{household}")).status_code == 404
    await _load(intake, content)
    assert await _dump(intake, household) == content
    again = (await api.get(f"{API}/households/{household}")).json()
    numbers = (
        [entry.pop("id", None) for entry in shown["timeline"]],
        [entry.pop("id", None) for entry in again["timeline"]],
    )
    assert again == shown
    assert len(numbers[0]) == len(numbers[1])


async def test_no_row_and_no_field_is_left_out(api: httpx.AsyncClient, intake: Intake) -> None:
    """The content has every row of the file with every column, except the numbers that each database gives itself."""
    household = await _full_file(api)
    content = await _dump(intake, household)
    for name, of_file in FILE_TABLES.items():
        if of_file.travels:
            [(rows,)] = await intake.rows(f"select count(*) from {name}")
            assert len(content[name]) == rows, name
            columns = {column.name for column in of_file.table.columns} - set(NUMBERED.get(name, []))
            assert all(row.keys() == columns for row in content[name]), name


async def test_a_forgotten_file_leaves_nothing(api: httpx.AsyncClient, intake: Intake) -> None:
    """No row is left, a contact stays without saying whose it was, and no kept answer holds the file."""
    household = await _full_file(api)
    other = await _full_file(api)
    before = await _dump(intake, other)
    assert await intake.rows("select 1 from idempotency where body is not null and convert_from(body, 'UTF8') like :id",
                             id=f"%{household}%")  # fmt: skip
    await _forget(intake, household)
    for name, rows in (await _dump(intake, household)).items():
        assert rows == [], name
    assert len(await intake.rows("select 1 from contact where household_id is null and person_id is null")) == 1
    assert not await intake.rows(
        "select 1 from idempotency where convert_from(body, 'UTF8') like :id", id=f"%{household}%"
    )
    assert await _dump(intake, other) == before
    assert await intake.rows("select 1 from access_log where cast(:id as uuid) = any(households)", id=str(household))


async def test_only_forgetting_may_thin_out_a_timeline(api: httpx.AsyncClient, intake: Intake) -> None:
    """The permission ends with the forgetting, even inside its transaction."""
    household, other = await _full_file(api), await _full_file(api)
    async with intake.database.transaction() as session:
        await whole_file.forget(session, household)
        with pytest.raises(DBAPIError, match="append-only"):
            await session.execute(text("delete from timeline where household_id = :id"), {"id": other})
        await session.rollback()


async def test_what_came_back_is_linked_again(api: httpx.AsyncClient, intake: Intake) -> None:
    """A contact that stayed here says whose it is when the file returns, as it was corrected elsewhere meanwhile."""
    household = await _full_file(api)
    content = await _dump(intake, household)
    await _forget(intake, household)
    [contact] = content["contact"]
    await _load(intake, {**content, "contact": [{**contact, "topic": "health"}]})
    assert await intake.rows("select topic from contact where household_id = :id", id=household) == [("health",)]


async def test_unknown_content_is_refused(api: httpx.AsyncClient, intake: Intake) -> None:
    """A table or a field that this site does not have is no reason to lose it silently."""
    household = await _full_file(api)
    content = await _dump(intake, household)
    await _forget(intake, household)
    [row] = content["household"]
    for wrong in (
        {**content, "wishes": [{"id": 1}]},
        {**content, "household": [{**row, "nickname": "x"}]},
        {**content, "timeline": [{**entry, "id": 7} for entry in content["timeline"]]},
        {**content, "timeline": [*content["timeline"], {"kind": "moved"}]},
    ):
        with pytest.raises(whole_file.UnknownContent):
            await _load(intake, wrong)
    assert not await intake.rows("select 1 from household")


async def test_what_an_older_site_does_not_send_has_its_default(api: httpx.AsyncClient, intake: Intake) -> None:
    """A letter without the newest columns is taken."""
    household = await _full_file(api)
    content = await _dump(intake, household)
    await _forget(intake, household)
    older = [
        {name: value for name, value in row.items() if name not in ("standing", "sounds")}
        for row in content["household"]
    ]
    await _load(intake, {**content, "household": older})
    assert (await _dump(intake, household))["household"][0]["standing"] == "in_charge"


async def test_numbers_are_carried_on(api: httpx.AsyncClient, intake: Intake) -> None:
    """The household and its contacts are counted on, and a number never falls."""
    household = await _full_file(api)
    [contact] = (await _dump(intake, household))["contact"]
    async with intake.database.transaction() as session:
        numbers = await whole_file.sequences(session, household)
        assert numbers.keys() == {str(household), contact["id"]}
        higher = {subject: last + 5 for subject, last in numbers.items()}
        await whole_file.carry_on(session, {**higher, "new": 3})
        await whole_file.carry_on(session, numbers)
        assert await whole_file.sequences(session, household) == higher
    assert await intake.rows("select last from subject_sequence where subject = 'new'") == [(3,)]


async def test_a_merged_file_travels_along(api: httpx.AsyncClient, intake: Intake) -> None:
    """The file that was absorbed is part of the one that goes on."""
    kept, absorbed = await _full_file(api), await _full_file(api)
    async with intake.database.transaction() as session:
        await session.execute(
            text("update household set merged_into = :kept where id = :id"), {"kept": kept, "id": absorbed}
        )
    content = await _dump(intake, kept)
    assert {row["id"] for row in content["household"]} == {str(kept), str(absorbed)}
    await _forget(intake, kept)
    assert not await intake.rows("select 1 from household")
    await _load(intake, content)
    assert await _dump(intake, kept) == content


async def test_a_file_in_transit_is_not_changed(api: httpx.AsyncClient, intake: Intake) -> None:
    """The caretaker's copy can be read; whoever wants to change it is told where."""
    household = await _full_file(api)
    async with intake.database.transaction() as session:
        statement = "update household set standing = 'caretaker', handed_to = 'hoerde-hombruch' where id = :id"
        await session.execute(text(statement), {"id": household})
    refused = await api.patch(f"{API}/households/{household}", json={"languages": ["fa"]})
    assert refused.status_code == 409
    assert "in Übergabe an Hörde/Hombruch" in refused.json()["detail"]
    assert (await api.get(f"{API}/households/{household}")).status_code == 200
