"""Two files that turn out to be one family become one, and two again."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from services.intake.commands import whole_file
from services.intake.tables import FILE_TABLES
from tests.component.intake.conftest import Intake
from tests.component.intake.samples import API, SOELDE, days_ago, family, register
from tests.component.intake.test_whole_file import _full_file as full_file

_LOOK = text(
    "insert into release_look (release_id, household_id, at, who, fields, basis) "
    "select id, household_id, now(), 'schulamt', '{address}', basis from release where household_id = :kept"
)
TABLES = ("household", "residence", "person", "need", "contact", "consent")


async def _two(
    api: httpx.AsyncClient, name: str = "Çiçek-Probe", heard: str = "Cicek"
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same family twice: as it was entered at the desk, and by another colleague after a move."""
    kept = await register(api, phone="0231 1", family_name=name)
    absorbed = await register(
        api,
        family_name=heard,
        persons=[
            {"given_name": "Huseyin", "family_name": "Cicek", "birth_date": "1980-02-29"},
            {"given_name": "Deniz", "family_name": "Cicek", "birth_date": "2016-03-01"},
        ],
        address=SOELDE,
        languages=["ku"],
        case_number="50-7",
        moved_on=days_ago(3),
    )
    return kept, absorbed


async def _merge(
    api: httpx.AsyncClient, kept: dict[str, Any], absorbed: dict[str, Any], pairs: list[tuple[int, int]]
) -> httpx.Response:
    same = [{"person_id": kept["person_ids"][k], "absorbed_person_id": absorbed["person_ids"][a]} for k, a in pairs]
    return await api.post(
        f"{API}/households/{kept['household_id']}/merges",
        json={"absorbed_id": absorbed["household_id"], "same": same},
    )


async def _file(api: httpx.AsyncClient, registered: dict[str, Any]) -> dict[str, Any]:
    answer = await api.get(f"{API}/households/{registered['household_id']}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def _content(intake: Intake) -> dict[str, list[Any]]:
    """Every row of the files, but for what has happened and up to which day it was told."""
    query = "select to_jsonb(t) - 'stated_on' from {} t order by t.id"
    return {table: [row[0] for row in await intake.rows(query.format(table))] for table in TABLES}


async def test_one_file_goes_on_with_everything(api: httpx.AsyncClient, intake: Intake) -> None:
    """Persons who are one are one; others, needs, contacts and consents come along; the other file is closed."""
    kept, absorbed = await _two(api)
    other = f"{API}/households/{absorbed['household_id']}"
    need = {"area": "school", "person_id": absorbed["person_ids"][1]}
    assert (await api.post(f"{other}/needs", json=need)).status_code == 201
    consent = {
        "recipient": {"kind": "partner", "slug": "projekt"},
        "purpose": "referral",
        "person_id": absorbed["person_ids"][0],
    }
    assert (await api.post(f"{other}/consents", json=consent)).status_code == 201
    contact = {
        "target_group": "refugee",
        "channel": "phone",
        "household_id": absorbed["household_id"],
        "person_id": absorbed["person_ids"][0],
    }
    assert (await api.post(f"{API}/contacts", json=contact)).status_code == 201

    answer = await _merge(api, kept, absorbed, [(0, 0)])
    assert answer.status_code == 201, answer.text
    file = await _file(api, kept)
    assert [person["given_name"] for person in file["persons"]] == ["Hüseyin", "Ayşe", "Mert", "Élif", "Deniz"]
    assert (file["phone"], file["case_number"], file["languages"]) == ("0231 1", "50-7", ["ar", "tr", "ku"])
    assert [need["area"] for need in file["needs"]] == ["school"]
    household, person = kept["household_id"], kept["person_ids"][0]
    for table in ("consent", "contact"):
        rows = await intake.rows(f"select household_id::text, person_id::text from {table}")
        assert rows == [(household, person)]
    assert (await _file(api, absorbed))["closed_on"] is not None
    found = (await api.get(f"{API}/households", params={"q": "deniz"})).json()["items"]
    assert [item["household_id"] for item in found] == [household]
    refused = await api.post(f"{other}/needs", json={"area": "leisure"})
    assert refused.status_code == 409


async def test_what_is_told_of_a_merge(api: httpx.AsyncClient, intake: Intake) -> None:
    """The other file is closed in its own sequence, then the one that goes on is told with all its members."""
    kept, absorbed = await _two(api)
    before = len(await intake.events())
    merge_id = (await _merge(api, kept, absorbed, [(0, 0)])).json()["merge_id"]
    told = (await intake.events())[before:]
    assert [(event["event"], event["subject"]) for event in told] == [
        ("household-closed", absorbed["household_id"]),
        ("household-merged", kept["household_id"]),
        ("first-visit-owed", kept["household_id"]),
    ]
    assert told[0]["data"]["reason"] == "merged"
    assert (told[1]["data"]["merged_household_id"], told[1]["data"]["persons"]) == (absorbed["household_id"], 5)

    undone = await api.post(f"{API}/households/{kept['household_id']}/merges/{merge_id}/undo")
    assert undone.status_code == 200, undone.text
    told = (await intake.events())[before + 3 :]
    assert [(event["event"], event["subject"]) for event in told] == [
        ("household-unmerged", kept["household_id"]),
        ("household-changed", absorbed["household_id"]),
        ("first-visit-waived", kept["household_id"]),
        ("first-visit-owed", absorbed["household_id"]),
    ]
    assert [event["data"].get("persons") for event in told[:2]] == [4, 2]
    assert told[1]["data"]["change"] == "reopened"


async def test_undone_both_are_as_they_were(api: httpx.AsyncClient, intake: Intake) -> None:
    """Every row is back where it was; what was entered since about a person who goes back goes along."""
    kept, absorbed = await _two(api)
    other = f"{API}/households/{absorbed['household_id']}"
    for person in (None, *absorbed["person_ids"]):
        assert (await api.post(f"{other}/needs", json={"area": "school", "person_id": person})).status_code == 201
    before = await _content(intake)
    merge_id = (await _merge(api, kept, absorbed, [(0, 0)])).json()["merge_id"]
    since = {"area": "kindergarten", "person_id": absorbed["person_ids"][1]}
    one = f"{API}/households/{kept['household_id']}"
    assert (await api.post(f"{one}/needs", json=since)).status_code == 201
    assert (await api.post(f"{one}/needs", json={"area": "leisure"})).status_code == 201

    assert (await api.post(f"{one}/merges/{merge_id}/undo")).status_code == 200
    after = await _content(intake)
    new = {need["area"]: need for need in after["need"] if need not in before["need"]}
    assert new["kindergarten"]["household_id"] == absorbed["household_id"]
    assert new["leisure"]["household_id"] == kept["household_id"]
    after["need"] = [need for need in after["need"] if need in before["need"]]
    assert after == before
    assert (await api.post(f"{one}/merges/{merge_id}/undo")).status_code == 409
    assert (await _merge(api, kept, absorbed, [(0, 0)])).status_code == 201


async def test_protection_is_not_lost(api: httpx.AsyncClient) -> None:
    """If one of the files is protected, so is the one that goes on (domain rule 14); undoing lifts it nowhere."""
    kept = await register(api)
    absorbed = await register(api, protected=True)
    merge_id = (await _merge(api, kept, absorbed, [])).json()["merge_id"]
    assert (await _file(api, kept))["protected"] is True
    assert (await api.get(f"{API}/households", params={"q": "Musterweg"})).json()["items"] == []
    await api.post(f"{API}/households/{kept['household_id']}/merges/{merge_id}/undo")
    for registered in (kept, absorbed):
        assert (await _file(api, registered))["protected"] is True


async def test_the_latest_merge_is_undone_first(api: httpx.AsyncClient) -> None:
    """What came with the first may hang on what came with the second."""
    kept, one, two = await register(api), await register(api), await register(api)
    first = (await _merge(api, kept, one, [])).json()["merge_id"]
    second = (await _merge(api, kept, two, [])).json()["merge_id"]
    path = f"{API}/households/{kept['household_id']}/merges"
    assert (await api.post(f"{path}/{first}/undo")).status_code == 409
    for merge_id in (second, first):
        assert (await api.post(f"{path}/{merge_id}/undo")).status_code == 200


async def test_what_cannot_be_merged(api: httpx.AsyncClient, intake: Intake) -> None:
    """Not with itself, not a closed file, not with persons of others; nothing half-written is left."""
    kept, absorbed, third = await register(api), await register(api), await register(api)
    before = await _content(intake)
    assert (await _merge(api, kept, kept, [])).status_code == 422
    foreign = {
        "absorbed_id": absorbed["household_id"],
        "same": [{"person_id": third["person_ids"][0], "absorbed_person_id": absorbed["person_ids"][0]}],
    }
    path = f"{API}/households/{kept['household_id']}/merges"
    assert (await api.post(path, json=foreign)).status_code == 422
    assert (await _merge(api, kept, absorbed, [(0, 0), (0, 1)])).status_code == 422
    assert await _content(intake) == before
    assert (await _merge(api, kept, absorbed, [])).status_code == 201
    again = await _merge(api, third, absorbed, [])
    assert again.status_code == 409
    assert "zusammengeführt" in again.json()["detail"]


@pytest.mark.parametrize("path", ["/merge", "/merge/{other}"])
async def test_no_protected_address_side_by_side(api: httpx.AsyncClient, browser: httpx.AsyncClient, path: str) -> None:
    """Comparing is no reason to see it (domain rule 14)."""
    kept = await register(api, **family(protected=True))
    other = await register(api, **family(protected=True))
    page = await browser.get(f"/intake/households/{kept['household_id']}{path.format(other=other['household_id'])}")
    assert page.status_code == 200
    assert "geschützt" in page.text
    assert "Musterweg" not in page.text


async def test_merging_on_pages(api: httpx.AsyncClient, browser: httpx.AsyncClient) -> None:
    """Found by the sound of the name, compared with a proposal who is whom, merged, and parted again."""
    kept, absorbed = await _two(api, "Öztürkoğlu-Probe", "Ozturkoglu")
    base = f"/intake/households/{kept['household_id']}"
    assert f"{base}/merge/{absorbed['household_id']}" in (await browser.get(f"{base}/merge")).text
    page = (await browser.get(f"{base}/merge/{absorbed['household_id']}")).text
    assert f'value="{kept["person_ids"][0]}" selected' in page
    form = {
        "same.0.absorbed_person_id": absorbed["person_ids"][0],
        "same.0.person_id": kept["person_ids"][0],
        "same.1.absorbed_person_id": absorbed["person_ids"][1],
        "same.1.person_id": kept["person_ids"][0],
    }
    wrong = await browser.post(f"{base}/merge/{absorbed['household_id']}", data=form)
    assert wrong.status_code == 422
    assert "Zwei Personen" in wrong.text
    done = await browser.post(f"{base}/merge/{absorbed['household_id']}", data={**form, "same.1.person_id": ""})
    assert done.status_code == 303, done.text
    file = (await browser.get(done.headers["location"])).text
    assert "Die Akten sind zusammengeführt" in file
    assert (
        "in einer anderen Akte aufgegangen"
        in (await browser.get(f"/intake/households/{absorbed['household_id']}")).text
    )
    undo = file.split('action="')[1:]
    action = next(part.split('"')[0] for part in undo if "/undo" in part.split('"')[0])
    assert (await browser.post(action, data={})).status_code == 303
    assert "Wieder eigene Akte" in (await browser.get(f"/intake/households/{absorbed['household_id']}")).text


async def test_a_merged_file_travels_whole(api: httpx.AsyncClient, intake: Intake) -> None:
    """Read, forgotten and entered again with the file that went into it, it can still be parted."""
    kept, absorbed = await _two(api)
    merge_id = (await _merge(api, kept, absorbed, [(0, 0)])).json()["merge_id"]
    household = UUID(kept["household_id"])
    async with intake.database.transaction() as session:
        content = await whole_file.dump(session, household)
        await whole_file.forget(session, household)
        assert (await session.execute(text("select count(*) from household"))).scalar_one() == 0
        await whole_file.load(session, content)
    assert [row["id"] for row in content["merge"]] == [merge_id]
    undone = await api.post(f"{API}/households/{kept['household_id']}/merges/{merge_id}/undo")
    assert undone.status_code == 200, undone.text
    assert len((await _file(api, absorbed))["persons"]) == 2


async def test_every_row_goes_back(api: httpx.AsyncClient, intake: Intake) -> None:
    """Of every table of a file: merged, everything can still be seen at one of the two; undone it is as before."""

    async def both() -> dict[str, list[Any]]:
        async with intake.database.transaction() as session:
            files = [await whole_file.dump(session, id) for id in sorted([kept, absorbed])]
        stay = {"timeline", "household", "first_visit", "residence"}
        return {
            name: [row for file in files for row in file.get(name, [])] for name in sorted(FILE_TABLES.keys() - stay)
        }

    absorbed = await full_file(api)
    kept = UUID((await register(api, family_name="Andere-Probe"))["household_id"])
    before = await both()
    assert before["safety_note"]
    body = {"absorbed_id": str(absorbed), "same": []}
    merged = await api.post(f"{API}/households/{kept}/merges", json=body)
    assert merged.status_code == 201, merged.text
    assert await intake.rows("select household_id from safety_note") == [(kept,)]
    async with intake.database.transaction() as session:
        await session.execute(_LOOK, {"kept": kept})
    undone = await api.post(f"{API}/households/{kept}/merges/{merged.json()['merge_id']}/undo")
    assert undone.status_code == 200, undone.text
    after = await both()
    [look] = after.pop("release_look")
    assert look["household_id"] == str(absorbed), "what is looked at meanwhile goes back with the release"
    for table in after:
        assert after[table] == before[table], table
