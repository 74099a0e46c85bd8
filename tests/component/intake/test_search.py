"""The search finds a family however its name was written down, and the nearest first."""

import httpx
import pytest

from tests.component.intake.conftest import Intake
from tests.component.intake.samples import API, ASSELN, register


async def _family(api: httpx.AsyncClient, given: str, family: str, street: str = "Musterweg 7", **more: object) -> None:
    await register(
        api,
        family_name=family,
        persons=[{"given_name": given, "family_name": family}],
        address={**ASSELN, "street": street},
        **more,
    )


async def _found(api: httpx.AsyncClient, words: str) -> list[str]:
    answer = await api.get(f"{API}/households", params={"q": words})
    assert answer.status_code == 200, answer.text
    return [item["family_name"] for item in answer.json()["items"]]


@pytest.mark.parametrize(
    ("entered", "typed"),
    [
        ("Mohammed Husain", "Muhammad Hussein"),
        ("Mohamad Hussein", "محمد حسين"),
        ("محمد الحسين", "mohammed hussein"),
        ("أحمد خالد", "احمد"),
        ("Ahmed Khaled", "أحمد"),
        ("Çağla Çelik", "cagla celik"),
        ("Cagla Celik", "Çağla Çelik"),
        ("Anna Schmidt", "Schmdit"),
        ("Reza Rahimzadeh", "Rahimzdaeh"),
        ("Fatemeh Karimi", "fatima karimy"),
        ("Abdul Rahman Nasser", "Abdulrahman"),
        ("Nadia Al-Hussein", "alhusain"),
        ("Nadia Alhussein", "al-husain"),
        ("Jürgen Großmann", "JUERGEN grossman"),
    ],
)
async def test_a_name_is_found_in_other_spellings(api: httpx.AsyncClient, entered: str, typed: str) -> None:
    """Other transliterations, scripts, accents and a slip of the finger all lead to the family, and to no other."""
    given, family = entered.rsplit(" ", 1)
    await _family(api, given, family)
    await _family(api, "Werner", "Oppenbrink")
    assert await _found(api, typed) == [family]


async def test_the_nearest_come_first(api: httpx.AsyncClient) -> None:
    """As typed before alike in sound before alike in spelling, and each is told from the others."""
    for family in ("Hussain", "Husein", "Aabusein", "Zet-Hussein", "Oppenbrink"):
        await _family(api, "Nadia", family)
    items = (await api.get(f"{API}/households", params={"q": "hussein"})).json()["items"]
    assert [(item["family_name"], item["nearness"]) for item in items] == [
        ("Zet-Hussein", "exact"),
        ("Husein", "sound"),
        ("Hussain", "sound"),
    ]


async def test_pages_of_a_search_lead_through_all_degrees(api: httpx.AsyncClient) -> None:
    """Nobody is missed or shown twice where one degree of nearness ends and the next begins."""
    for family in ("Hussein-Eins", "Hussein-Zwei", "Husain-Drei", "Husain-Vier", "Husseen-Fünf"):
        await _family(api, "Nadia", family)
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(9):
        page = (await api.get(f"{API}/households", params={"q": "hussein", "limit": 1, **cursor})).json()
        seen += [item["family_name"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == ["Hussein-Eins", "Hussein-Zwei", "Husain-Drei", "Husain-Vier", "Husseen-Fünf"]


async def test_short_words_are_beginnings(api: httpx.AsyncClient) -> None:
    """One or two letters find words that begin with them, also behind a hyphen; nothing is guessed from them."""
    await _family(api, "Nadia", "Al-Bakri")
    assert await _found(api, "n b") == ["Al-Bakri"]
    assert await _found(api, "na al") == ["Al-Bakri"]
    assert await _found(api, "ak") == []


async def test_a_case_number_is_not_guessed(api: httpx.AsyncClient) -> None:
    """A part of it finds it, a slip does not: the neighbouring number is another family."""
    await _family(api, "Nadia", "Bakri", case_number="50-123456")
    assert await _found(api, "123456") == ["Bakri"]
    assert await _found(api, "50-123465") == []


async def test_a_protected_street_is_not_found_by_likeness(api: httpx.AsyncClient) -> None:
    """Neither as typed nor misspelt nor by sound (domain rule 14)."""
    await _family(api, "Nadia", "Bakri", "Verborgenstraße 3", protected=True)
    for words in ("Verborgenstraße", "Verborgenstrase", "verborgn"):
        assert await _found(api, words) == []


async def test_a_dash_between_names_is_no_word(api: httpx.AsyncClient) -> None:
    """What has neither letter nor digit is not searched for beside something that has, and alone finds nothing."""
    await _family(api, "Nadia", "Bakri")
    assert await _found(api, "nadia - bakri") == ["Bakri"]
    assert await _found(api, "-") == []


async def test_the_page_says_that_it_guesses(api: httpx.AsyncClient, browser: httpx.AsyncClient) -> None:
    """Whoever reads the list knows which families were not found as typed."""
    await _family(api, "Nadia", "Husain")
    exact = (await browser.get("/intake/households", params={"q": "husain"})).text
    assert "klingt ähnlich" not in exact
    heard = (await browser.get("/intake/households", params={"q": "hussein"})).text
    assert "Husain" in heard
    assert "klingt ähnlich" in heard
    spelled = (await browser.get("/intake/households", params={"q": "husaimn"})).text
    assert "ähnlich geschrieben" in spelled


async def test_what_was_corrected_is_found_anew(api: httpx.AsyncClient, intake: Intake) -> None:
    """The sounds follow the names."""
    registered = await register(api, family_name="Falsch")
    answer = await api.patch(f"{API}/households/{registered['household_id']}", json={"family_name": "Khoury"})
    assert answer.status_code == 200, answer.text
    assert await _found(api, "خوري") == ["Khoury"]
    assert "kr" in (await intake.rows("select sounds from household"))[0][0].split()
