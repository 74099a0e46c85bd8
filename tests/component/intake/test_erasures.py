"""A household is erased: nothing of it stays at the site, all are asked, and it is complete when all have answered."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest

from services.intake import commands
from services.intake.commands.erasures import ask_again, erase_household, waive
from services.intake.domain.erasures import Because
from services.intake.tables import FILE_TABLES, Forget
from shared.contracts.common import ErasureAcknowledged
from shared.contracts.intake import HouseholdErased
from shared.contracts.reporting import SiteClosed
from shared.contracts.words import Service
from shared.refusals import Conflict, Missing
from tests.component.intake.conftest import Intake
from tests.component.intake.samples import API, SITE, days_ago, register
from tests.component.intake.test_whole_file import _full_file as full_file

SERVICES = (Service.INTAKE, Service.REPORTING)
REPORTING, NEIGHBOUR = "/sites/city/reporting", "/sites/hoerde-hombruch/intake"


def acting(who: str = "amal") -> commands.Acting:
    return commands.Acting(who, SITE, datetime.now(UTC))


async def erase(intake: Intake, household: UUID) -> UUID:
    """Erase it; the erasure's id."""
    async with intake.database.transaction() as session:
        return (await erase_household(session, acting(), household, Because.ASKED, SERVICES)).id


async def acknowledge(intake: Intake, erasure: UUID, household: UUID, source: str) -> None:
    service = Service(source.rpartition("/")[2])
    told = ErasureAcknowledged(erasure_id=erasure, household_id=household, site=SITE, service=service)
    async with intake.database.transaction() as session:
        await commands.acknowledge(session, told, source)


async def is_complete(intake: Intake, erasure: UUID) -> bool:
    [(complete,)] = await intake.rows("select completed_at is not null from erasure where id = :id", id=erasure)
    return bool(complete)


async def everything(intake: Intake) -> dict[str, str]:
    """All that stands in the database, by table; bytes as text."""
    names = await intake.rows("select tablename from pg_tables where schemaname = 'public'")
    found = {}
    for (name,) in names:
        columns = await intake.rows(
            "select column_name, data_type from information_schema.columns where table_name = :name", name=name
        )
        shown = [
            f"convert_from({column}, 'UTF8')" if kind == "bytea" and column == "body" else f'"{column}"::text'
            for column, kind in columns
        ]
        [(text,)] = await intake.rows(
            f"select coalesce(string_agg(concat_ws(' ', {', '.join(shown)}), ' '), '') from {name}"
        )
        found[name] = text
    return found


async def test_nothing_of_the_family_stays(api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake) -> None:
    """After the erasure no table holds a name, a street, a note or a reason; ids stay only where they must."""
    marks = {"family_name": "Kennwort-Fam", "phone": "0231 7731990", "case_number": "KW-4711", "protected": True}
    person = {"given_name": "Kennwort-Vor", "family_name": "Kennwort-Fam", "birth_date": "1979-07-13"}
    registered = await register(api, **marks, persons=[person], moved_on=days_ago(20))
    household = registered["household_id"]
    base = f"{API}/households/{household}"
    header = {"idempotency-key": str(uuid4())}
    await api.post(f"{base}/needs", json={"area": "leisure", "note": "Kennwort im Vermerk"}, headers=header)
    await api.get(base, params={"reason": "Kennwort im Grund"})
    await browser.post(f"/intake/households/{household}/address", data={"reason": "Kennwort im Grund"})
    before = await everything(intake)
    assert {table for table, text in before.items() if "Kennwort" in text} >= {
        "household", "person", "need", "timeline", "access_log", "idempotency"
    }  # fmt: skip
    await erase(intake, UUID(household))
    after = await everything(intake)
    for mark in ("kennwort", "7731990", "KW-4711", "1979-07-13", "Musterweg"):
        assert [table for table, text in after.items() if mark.lower() in text.lower()] == [], mark
    assert {table for table, text in after.items() if household in text} <= {
        "access_log", "erasure", "imported_move", "outbox", "subject_sequence", "idempotency"
    }  # fmt: skip
    assert "gelöscht" in after["access_log"]
    assert (await api.get(base)).status_code == 404


async def test_every_table_of_a_file_is_emptied(api: httpx.AsyncClient, intake: Intake) -> None:
    """No table keeps a row, or says of one whose it was; another family's file stays as it is."""
    household, other = await full_file(api), await full_file(api)
    await erase(intake, household)
    for name, of_file in FILE_TABLES.items():
        if of_file.forget is Forget.KEEP or of_file.column == "person_id":
            continue
        assert not await intake.rows(f"select 1 from {name} where {of_file.column} = :id", id=household), name
    assert (await api.get(f"{API}/households/{other}")).status_code == 200


async def test_what_is_told(api: httpx.AsyncClient, intake: Intake) -> None:
    """The file is closed for the figures first; then every service is asked, with the ids of all persons."""
    registered = await register(api, moved_on=days_ago(20))
    erasure = await erase(intake, UUID(registered["household_id"]))
    closed, erased = (await intake.events())[-2:]
    assert (closed["event"], closed["data"]["reason"]) == ("household-closed", "no_longer_needed")
    assert erased["event"] == "household-erased"
    assert erased["data"] == {
        "household_id": registered["household_id"],
        "erasure_id": str(erasure),
        "person_ids": sorted(registered["person_ids"]),
        "merged_household_ids": [],
    }
    [(expected,)] = await intake.rows("select expected from erasure")
    assert expected == [NEIGHBOUR, REPORTING]


async def test_complete_when_all_have_acknowledged(api: httpx.AsyncClient, intake: Intake) -> None:
    """One answer is not enough, a second one from the same place neither, a stranger's counts for nobody else."""
    household = UUID((await register(api))["household_id"])
    erasure = await erase(intake, household)
    for source in (REPORTING, REPORTING, "/sites/innenstadt/intake"):
        await acknowledge(intake, erasure, household, source)
        assert not await is_complete(intake, erasure)
    await acknowledge(intake, erasure, household, NEIGHBOUR)
    assert await is_complete(intake, erasure)


async def test_asked_again_until_then(api: httpx.AsyncClient, intake: Intake) -> None:
    """Who has not answered after ten minutes is asked again, not before, and not when all have answered."""
    household = UUID((await register(api))["household_id"])
    erasure = await erase(intake, household)
    now = datetime.now(UTC)
    for minutes, asked in ((5, 1), (11, 2), (15, 2), (25, 3)):
        async with intake.database.transaction() as session:
            await ask_again(session, SITE, now + timedelta(minutes=minutes))
        events = await intake.events("household-erased")
        assert len(events) == asked
        assert {event["data"]["erasure_id"] for event in events} == {str(erasure)}
    for source in (REPORTING, NEIGHBOUR):
        await acknowledge(intake, erasure, household, source)
    async with intake.database.transaction() as session:
        assert await ask_again(session, SITE, now + timedelta(hours=5)) == 0


async def test_another_site_erases(api: httpx.AsyncClient, intake: Intake) -> None:
    """What this site knows of it goes and it says so; again, it says so again. No letter brings the family back."""
    household = UUID((await register(api))["household_id"])
    await intake.rows("update household set standing = 'caretaker', handed_to = 'hoerde-hombruch' returning 1")
    erased = HouseholdErased(household_id=household, erasure_id=uuid4(), person_ids=())
    for _ in range(2):
        async with intake.database.transaction() as session:
            await commands.erase_elsewhere(session, erased, "hoerde-hombruch")
    assert not await intake.rows("select 1 from household")
    assert len(await intake.rows("select 1 from erasure where household_id = :id", id=household)) == 1
    told = await intake.events("erasure-acknowledged")
    assert [(event["site"], event["data"]["service"]) for event in told] == [("hoerde-hombruch", "intake")] * 2


async def test_no_other_site_erases_what_is_ours(api: httpx.AsyncClient, intake: Intake) -> None:
    """A file in the charge of this site stays, and nobody is told that it were erased."""
    household = UUID((await register(api))["household_id"])
    erased = HouseholdErased(household_id=household, erasure_id=uuid4(), person_ids=())
    async with intake.database.transaction() as session:
        await commands.erase_elsewhere(session, erased, "hoerde-hombruch")
    assert (await api.get(f"{API}/households/{household}")).status_code == 200
    assert await intake.events("erasure-acknowledged") == []
    assert not await intake.rows("select 1 from erasure")


async def test_a_file_on_its_way_is_erased_where_it_arrives(api: httpx.AsyncClient, intake: Intake) -> None:
    """The caretaker refuses, names the other site, and changes nothing."""
    household = UUID((await register(api))["household_id"])
    await intake.rows("update household set standing = 'caretaker', handed_to = 'hoerde-hombruch' returning 1")
    with pytest.raises(Conflict, match="Hörde/Hombruch"):
        await erase(intake, household)
    assert (await api.get(f"{API}/households/{household}")).status_code == 200


async def test_erased_and_changed_in_the_same_second(api: httpx.AsyncClient, intake: Intake) -> None:
    """Whoever comes second waits: a change finds the file or finds it gone, and leaves nothing behind."""
    for _ in range(5):
        household = UUID((await register(api))["household_id"])
        changes = [
            api.post(f"{API}/households/{household}/needs", json={"area": area}) for area in ("school", "language")
        ]
        answers = await asyncio.gather(changes[0], erase(intake, household), changes[1])
        assert {answers[0].status_code, answers[2].status_code} <= {201, 404}
        assert not await intake.rows("select 1 from need where household_id = :id", id=household)
        last = (await intake.events())[-1]
        assert last["event"] == "household-erased"


async def test_an_undone_erasure_has_not_begun(api: httpx.AsyncClient, intake: Intake) -> None:
    """Whatever happens before the commit, the file is there as before, and nobody was asked."""
    household = await full_file(api)
    events = len(await intake.events())

    async def interrupted() -> None:
        async with intake.database.transaction() as session:
            await erase_household(session, acting(), household, Because.ASKED, SERVICES)
            raise Conflict("abgebrochen")

    with pytest.raises(Conflict, match="abgebrochen"):
        await interrupted()
    assert (await api.get(f"{API}/households/{household}")).status_code == 200
    assert len(await intake.events()) == events


async def test_what_was_merged_into_it_goes_with_it(api: httpx.AsyncClient, intake: Intake) -> None:
    """Both files of one family are erased, and the event names both; the absorbed one alone is refused."""
    kept = await register(api, family_name="Kennwort-Eins")
    absorbed = await register(api, family_name="Kennwort-Zwei")
    merged = await api.post(
        f"{API}/households/{kept['household_id']}/merges", json={"absorbed_id": absorbed["household_id"]}
    )
    assert merged.status_code == 201, merged.text
    with pytest.raises(Conflict, match="zusammengeführt"):
        await erase(intake, UUID(absorbed["household_id"]))
    await erase(intake, UUID(kept["household_id"]))
    assert [table for table, text in (await everything(intake)).items() if "Kennwort" in text] == []
    [erased] = await intake.events("household-erased")
    assert erased["data"]["merged_household_ids"] == [absorbed["household_id"]]
    assert sorted(erased["data"]["person_ids"]) == sorted(kept["person_ids"] + absorbed["person_ids"])


async def test_nobody_waits_for_what_is_no_more(api: httpx.AsyncClient, intake: Intake) -> None:
    """A site that closes is not waited for; anything else only if somebody says why, and that stays."""
    household = UUID((await register(api))["household_id"])
    erasure = await erase(intake, household)
    assert not await is_complete(intake, erasure)
    closed = SiteClosed(site="hoerde-hombruch", closed_on=datetime.now(UTC).date())
    async with intake.database.transaction() as session:
        await commands.close_site(session, closed, 0)  # older than what has opened it again
        await commands.waive_closed(session, closed.site)
    assert await intake.rows("select 1 from erasure_acknowledgement") == []
    async with intake.database.transaction() as session:
        await commands.close_site(session, closed, 2)
        await commands.waive_closed(session, closed.site)
    assert not await is_complete(intake, erasure)
    async with intake.database.transaction() as session:
        with pytest.raises(Conflict, match="wartet"):
            await waive(session, erasure, "/sites/city/nobody", "amal", "gibt es nicht")
        with pytest.raises(Missing):
            await waive(session, uuid4(), REPORTING, "amal", "gibt es nicht")
        await waive(session, erasure, REPORTING, "amal", "wurde abgeschaltet")
    assert await is_complete(intake, erasure)
    answer = (await api.get(f"{API}/households/{household}/erasure")).json()
    assert answer["waived"] == {
        NEIGHBOUR: "site-closed: Der Standort ist geschlossen.",
        REPORTING: "amal: wurde abgeschaltet",
    }
