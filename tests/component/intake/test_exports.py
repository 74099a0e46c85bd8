"""Auskunft: everything about a household, readable and as JSON, with who has received or looked at what."""

import httpx
from sqlalchemy import Enum

from services.intake.pages.exports import word_of
from services.intake.pages.vocabulary.exports import CHECKED_FIRST, COLUMNS, LEFT_OUT, SECTIONS
from services.intake.tables import FILE_TABLES
from tests.component.intake.conftest import Intake
from tests.component.intake.samples import API, register
from tests.component.intake.test_releases import family_with_consent, release
from tests.component.intake.test_whole_file import _dump as dump
from tests.component.intake.test_whole_file import _full_file as full_file


async def test_everything_and_who_has_looked(api: httpx.AsyncClient, intake: Intake) -> None:
    """The file as it would be handed over, with each look at it; that of the export itself is the last."""
    household = await full_file(api)
    await api.get(f"{API}/households/{household}")
    answer = await api.get(f"{API}/households/{household}/export", params={"reason": "Die Familie hat gefragt"})
    assert answer.status_code == 200, answer.text
    export = answer.json()
    assert export["tables"] == await dump(intake, household)
    assert [(look["look"], look["why"]) for look in export["looks"]][-1] == ("export", "Die Familie hat gefragt")
    assert len(export["looks"]) == len(
        await intake.rows("select 1 from access_log where cast(:id as uuid) = any(households)", id=str(household))
    )
    assert all("who" not in look for look in export["looks"])


async def test_who_may_see_what(api: httpx.AsyncClient) -> None:
    """The export names each release with its recipient and its basis."""
    household, consent = await family_with_consent(api)
    await release(api, household, consent_id=consent, fields=["phone"])
    export = (await api.get(f"{API}/households/{household}/export")).json()
    [given] = export["tables"]["release"]
    assert (given["recipient_slug"], given["basis"]) == ("projekt-ankommen", "consent")


async def test_to_be_read(api: httpx.AsyncClient, browser: httpx.AsyncClient) -> None:
    """The page says everything in German words: no column's and no table's name of the database stands on it."""
    household, consent = await family_with_consent(api)
    await release(api, household, consent_id=consent, fields=["phone"])
    await api.post(f"{API}/households/{household}/needs", json={"area": "leisure", "note": "mit „Anführung“"})
    page = await browser.post(f"/intake/households/{household}/export", data={})
    assert page.status_code == 200
    for words in ("Hüseyin", "Çiçek-Probe", "Musterweg 7", "0231 555010", "mit „Anführung“", "Telefon", "29.02.1980"):
        assert words in page.text, words
    for name in (*FILE_TABLES, "family_name", "postal_code", "amal"):
        assert f">{name}" not in page.text, name


async def test_a_protected_household_only_with_a_reason(api: httpx.AsyncClient, browser: httpx.AsyncClient) -> None:
    """Without a reason neither page nor file nor call shows anything; with one it is written down."""
    household = (await register(api, protected=True))["household_id"]
    base = f"/intake/households/{household}"
    for answer in (
        await api.get(f"{API}/households/{household}/export"),
        await browser.post(f"{base}/export", data={}),
        await browser.post(f"{base}/export.json", data={}),
    ):
        assert answer.status_code == 422
        assert "Musterweg" not in answer.text
    answer = await browser.post(f"{base}/export.json", data={"reason": "Die Familie hat gefragt"})
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.json()["tables"]["residence"][0]["street"] == "Musterweg 7"


def test_each_table_and_column_has_its_german_word() -> None:
    """What is added to a file later is named here before it is shown."""
    for name, of_file in FILE_TABLES.items():
        if of_file.travels:
            assert name in SECTIONS or name in CHECKED_FIRST, name
            for column in of_file.table.columns:
                assert column.name in COLUMNS or column.name in LEFT_OUT, f"{name}.{column.name}"


def test_each_value_has_its_german_word() -> None:
    """No enumeration of a file is shown by the word of the program."""
    for name, of_file in FILE_TABLES.items():
        for column in of_file.table.columns if of_file.travels else ():
            if isinstance(column.type, Enum) and column.type.enum_class and column.name not in LEFT_OUT:
                for value in column.type.enum_class:
                    assert word_of(value) != value.value, f"{name}.{column.name}: {value.value}"
