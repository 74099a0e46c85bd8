"""Releases: who may look at what of a household, on which basis, until when; and the ledger of the looks."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.intake.commands import Acting, whole_file
from services.intake.commands.files import open_file
from services.intake.commands.releases import end_expired_releases, end_releases, reissue_releases
from shared.contracts.words import GrantEnd
from shared.web.identity import Role
from tests.component.intake.conftest import Intake
from tests.component.intake.samples import API, SITE, days_ago, register

PARTNER = {"recipient": {"kind": "partner", "slug": "projekt-ankommen"}, "purpose": "referral"}
JOBCENTER = {
    "basis": "statutory",
    "recipient": {"kind": "authority", "slug": "jobcenter"},
    "purpose": "referral",
    "reference": "§ 36a SGB II, Rechtskreiswechsel",
}


async def family_with_consent(api: httpx.AsyncClient, **changes: Any) -> tuple[str, str]:
    """A family that lets the partner see its data: the ids of household and consent."""
    household = (await register(api, phone="0231 555010", **changes))["household_id"]
    consent = await api.post(f"{API}/households/{household}/consents", json=PARTNER)
    return household, consent.json()["consent_id"]


async def release(api: httpx.AsyncClient, household: str, **wanted: Any) -> dict[str, Any]:
    """A release, as the call answered."""
    answer = await api.post(f"{API}/households/{household}/releases", json=wanted)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_release_needs_consent_for_this_recipient_or_a_named_basis(api: httpx.AsyncClient) -> None:
    """Without consent, with a withdrawn one, with another family's, or without saying on what it rests: refused."""
    household, consent = await family_with_consent(api)
    _, foreign = await family_with_consent(api)
    base = f"{API}/households/{household}"
    for wanted, path in (
        ({}, ""),
        ({"consent_id": foreign}, "consent_id"),
        ({**JOBCENTER, "reference": None}, "reference"),
        ({**JOBCENTER, "consent_id": consent}, ""),
        ({"consent_id": consent, "fields": ["birth_date"]}, "fields"),
        ({"consent_id": consent, "ends_on": days_ago(1)}, "ends_on"),
        ({"consent_id": consent, "ends_on": days_ago(-400)}, "ends_on"),
        ({"consent_id": consent, "person_id": foreign}, "person_id"),
    ):
        answer = await api.post(f"{base}/releases", json=wanted)
        assert answer.status_code == 422, (wanted, answer.text)
        assert answer.json()["errors"][0]["path"] == path, answer.text
    await api.post(f"{base}/consents/{consent}/withdraw")
    assert (await api.post(f"{base}/releases", json={"consent_id": consent})).status_code == 422
    assert (await api.get(f"{base}/releases")).json()["items"] == []


async def test_others_hear_of_a_release_and_of_its_end_without_any_data(api: httpx.AsyncClient, intake: Intake) -> None:
    """grant-issued and grant-ended carry ids, recipient and purpose; withdrawing the consent ends it at once."""
    household, consent = await family_with_consent(api)
    made = await release(api, household, consent_id=consent, needed="Patenschaft für die Mutter")
    await api.post(f"{API}/households/{household}/consents/{consent}/withdraw")
    issued, ended = await intake.events("grant-issued", "grant-ended")
    assert issued["data"]["grant_id"] == ended["data"]["grant_id"] == made["release_id"]
    assert issued["data"]["basis"] == "consent"
    assert issued["data"]["consent_id"] == consent
    assert ended["data"]["reason"] == "consent_withdrawn"
    assert ended["subject"] == household
    assert "Patenschaft für" not in str(issued) + str(ended)
    assert (await api.get(f"{API}/households/{household}/releases")).json()["items"][0]["ended_at"] is not None


async def test_the_recipient_sees_what_was_released_and_each_look_is_in_the_ledger(
    api: httpx.AsyncClient, intake: Intake
) -> None:
    """Signed in, the recipient sees name, contact and need; the ledger says who, when, which fields, on which basis."""
    household, consent = await family_with_consent(api)
    made = await release(api, household, consent_id=consent, needed="Deutschkurs", fields=["phone", "address"])
    async with intake.recipient("projekt-ankommen") as partner:
        shown = await partner.get(f"{API}/shared/{made['release_id']}")
        page = await partner.get(made["address"], headers={"accept": "text/html"})
    assert shown.status_code == 200, shown.text
    assert shown.json() | {"release_id": "", "purpose": ""} == {
        "release_id": "",
        "purpose": "",
        "basis": "consent",
        "ends_on": None,
        "fields": ["name", "phone", "address", "needed"],
        "name": "Çiçek-Probe",
        "whole_household": True,
        "languages": [],
        "phone": "0231 555010",
        "address": "Musterweg 7, 44319 Dortmund",
        "needed": "Deutschkurs",
        "birth_date": None,
        "case_number": None,
    }
    assert "0231 555010" in page.text
    assert "Hüseyin" not in page.text
    [row] = (await api.get(f"{API}/households/{household}/releases")).json()["items"]
    assert [(look["who"], look["fields"], look["basis"]) for look in row["looks"]] == [
        ("projekt-ankommen@city", ["name", "phone", "address", "needed"], "consent")
    ] * 2
    logged = await intake.rows("select who, role, look, via from access_log where look = 'release' order by id")
    assert [tuple(line) for line in logged] == [
        ("projekt-ankommen@city", "partner", "release", "api"),
        ("projekt-ankommen@city", "partner", "release", "link"),
    ]


async def test_nobody_else_sees_it(api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake) -> None:
    """Another partner, an authority of the same name, the team, and a stranger learn not even that there is one."""
    household, consent = await family_with_consent(api)
    made = await release(api, household, consent_id=consent)
    html = {"accept": "text/html"}
    for account, role in (("anderer-verein", Role.PARTNER), ("projekt-ankommen", Role.AUTHORITY)):
        async with intake.recipient(account, role) as other:
            assert (await other.get(f"{API}/shared/{made['release_id']}")).status_code == 404
            assert (await other.get(made["address"], headers=html)).status_code == 404
            assert (await other.get(f"{API}/households/{household}/releases")).status_code == 403
    assert (await api.get(f"{API}/shared/{made['release_id']}")).status_code == 403
    assert (await browser.get(made["address"])).status_code == 404
    async with intake.client(headers=html) as nobody:
        answer = await nobody.get(made["address"])
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/reporting/sign-in?next=/intake/shared/")
    assert not await intake.rows("select 1 from release_look")


async def test_a_code_opens_once(api: httpx.AsyncClient, intake: Intake) -> None:
    """A link from a mail asks first, opens once, also when it is pressed twice in the same moment, and not later."""
    household, consent = await family_with_consent(api)
    made = await release(api, household, consent_id=consent)
    codes = f"{API}/households/{household}/releases/{made['release_id']}/codes"
    older = (await api.post(codes)).json()
    code = (await api.post(codes)).json()
    assert code["code"] in code["link"]
    async with intake.client(headers={"accept": "text/html", "sec-fetch-site": "same-origin"}) as nobody:
        for _ in range(2):  # programs that check mails open links, too
            asked = await nobody.get(f"{made['address']}?code={code['code']}")
            assert asked.status_code == 200
            assert "Çiçek" not in asked.text
        assert (await nobody.post(made["address"], data={"code": older["code"]})).status_code == 422
        answers = await asyncio.gather(*(nobody.post(made["address"], data={"code": code["code"]}) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [200, 422, 422, 422]
        assert ["Çiçek-Probe" in answer.text for answer in answers].count(True) == 1
        late = (await api.post(codes)).json()
        async with intake.database.transaction() as session:
            await session.execute(text("update release_code set expires_at = now() where used_at is null"))
        assert (await nobody.post(made["address"], data={"code": late["code"]})).status_code == 422
    assert code["code"] not in str(await intake.rows("select * from release_code"))
    [(who,)] = await intake.rows("select who from release_look")
    assert who == "Zugangslink für projekt-ankommen"


async def test_a_protected_address_is_in_no_release(api: httpx.AsyncClient, intake: Intake) -> None:
    """It cannot be released, and is not shown any more where the household was marked as protected afterwards."""
    household, consent = await family_with_consent(api)
    made = await release(api, household, consent_id=consent, fields=["address", "phone"])
    await api.patch(f"{API}/households/{household}", json={"protected": True})
    async with intake.recipient("projekt-ankommen") as partner:
        shown = (await partner.get(f"{API}/shared/{made['release_id']}")).json()
        page = await partner.get(made["address"], headers={"accept": "text/html"})
    assert shown["address"] is None
    assert "address" not in shown["fields"]
    assert "Musterweg" not in page.text
    refused = await api.post(f"{API}/households/{household}/releases", json={**JOBCENTER, "fields": ["address"]})
    assert refused.json()["errors"][0]["path"] == "fields"


async def test_an_authority_gets_the_data_of_the_person_on_its_statutory_task(
    api: httpx.AsyncClient, intake: Intake
) -> None:
    """The new authority recognises the person by birth date and case number (domain rule 6)."""
    registered = await register(api, case_number="50/4711")
    wanted = {**JOBCENTER, "person_id": registered["person_ids"][0], "fields": ["birth_date", "case_number"]}
    made = await release(api, registered["household_id"], **wanted)
    async with intake.recipient("jobcenter", Role.AUTHORITY) as authority:
        shown = (await authority.get(f"{API}/shared/{made['release_id']}")).json()
    assert (shown["name"], shown["birth_date"], shown["case_number"]) == (
        "Hüseyin Çiçek-Probe",
        "1980-02-29",
        "50/4711",
    )
    assert shown["phone"] is None


async def test_a_handing_over_ends_releases_and_the_new_site_issues_new_ones(
    api: httpx.AsyncClient, intake: Intake
) -> None:
    """With ids of their own, once each, and none whose consent was withdrawn meanwhile or whose day has passed."""
    household, consent = await family_with_consent(api)
    await release(api, household, consent_id=consent, ends_on=days_ago(-30))
    second = {"recipient": {"kind": "partner", "slug": "zweiter-verein"}, "purpose": "mentoring"}
    other = (await api.post(f"{API}/households/{household}/consents", json=second)).json()["consent_id"]
    await release(api, household, consent_id=other)
    by = Acting("hoerde-hombruch", SITE, datetime.now(UTC))
    async with intake.database.transaction() as session:
        file = await open_file(session, UUID(household))
        await end_releases(session, by, file, GrantEnd.HANDED_OVER)
    await api.post(f"{API}/households/{household}/consents/{other}/withdraw")
    for _ in range(2):
        async with intake.database.transaction() as session:
            file = await open_file(session, UUID(household))
            rows = (await whole_file.dump(session, UUID(household)))["release"]
            await reissue_releases(session, by, file, rows)
    events = await intake.events("grant-issued", "grant-ended")
    assert [event["event"] for event in events] == [*["grant-issued"] * 2, *["grant-ended"] * 2, "grant-issued"]
    assert len({event["data"]["grant_id"] for event in events if event["event"] == "grant-issued"}) == 3
    open_now = await intake.rows("select recipient_slug, ends_on::text from release where ended_at is null")
    assert [tuple(row) for row in open_now] == [("projekt-ankommen", days_ago(-30))]


async def test_who_leaves_the_city_is_released_to_nobody(api: httpx.AsyncClient, intake: Intake) -> None:
    """Closing the file ends its releases."""
    household, consent = await family_with_consent(api)
    await release(api, household, consent_id=consent)
    moved = await api.post(f"{API}/households/{household}/moves", json={"left_city": True})
    assert moved.status_code == 201, moved.text
    [ended] = await intake.events("grant-ended")
    assert ended["data"]["reason"] == "household_closed"
    assert not await intake.rows("select 1 from release where ended_at is null")


async def test_what_has_run_out_shows_nothing_and_is_ended(api: httpx.AsyncClient, intake: Intake) -> None:
    """From the day after the last one the recipient sees nothing; grant-ended says that it has expired."""
    household, consent = await family_with_consent(api)
    made = await release(api, household, consent_id=consent, ends_on=days_ago(0))
    async with intake.database.transaction() as session:
        await session.execute(text("update release set ends_on = ends_on - 2"))
    async with intake.recipient("projekt-ankommen") as partner:
        assert (await partner.get(f"{API}/shared/{made['release_id']}")).status_code == 404
        page = await partner.get(made["address"], headers={"accept": "text/html"})
        assert page.status_code == 410
        assert "beendet" in page.text
    async with intake.database.transaction() as session:
        assert await end_expired_releases(session, Acting("Ablauf", SITE, datetime.now(UTC))) == 1
    [ended] = await intake.events("grant-ended")
    assert ended["data"]["reason"] == "expired"


async def test_the_team_releases_by_the_page(api: httpx.AsyncClient, browser: httpx.AsyncClient) -> None:
    """From the consent in the file to the release, a link, and the end; wrong input is shown again beside its field."""
    household, consent = await family_with_consent(api)
    file = f"/intake/households/{household}"
    assert f"{file}/releases?consent={consent}" in (await browser.get(file)).text
    empty = await browser.post(f"{file}/releases", data={"fields": "phone"})
    assert empty.status_code == 422
    assert "Bitte eine Einwilligung wählen" in empty.text
    given = await browser.post(f"{file}/releases", data={"consent_id": consent, "fields": ["phone"]})
    assert given.status_code == 303, given.text
    page = await browser.post(f"{given.headers['location']}/code")
    assert "?code=" in page.text
    assert "noch nicht angesehen" in (await browser.get(file)).text
    ended = await browser.post(f"{given.headers['location']}/end")
    assert ended.status_code == 303
    shown = (await browser.get(file)).text
    assert "zurückgenommen" in shown
    assert "Freigabe beendet" in shown


async def test_names_come_as_fragments_to_the_own_team_only(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake
) -> None:
    """A page of the city gets names by id, logged; an id without a file here gives 404 and no line in the log."""
    registered = await register(api)
    household, person = registered["household_id"], registered["person_ids"][1]
    unknown = "00000000-0000-7000-8000-000000000000"
    answer = await browser.get(f"/intake/fragments/names?households={household},{unknown}&persons={person}")
    assert f'hx-swap-oob="outerHTML:.household-{household}"' in answer.text
    assert "Ayşe Çiçek-Probe" in answer.text
    assert "<html" not in answer.text
    looks = await intake.rows("select households::text from access_log where look = 'fragment'")
    assert [tuple(look) for look in looks] == [(f"{{{household}}}",)]
    assert (await browser.get(f"/intake/fragments/names?households={unknown}")).status_code == 404
    assert (await browser.get("/intake/fragments/names?households=x")).status_code == 422
    many = ",".join([household] * 51)
    assert (await browser.get(f"/intake/fragments/names?households={many}")).status_code == 422
    async with intake.recipient("chris", Role.COORDINATOR) as other:
        assert (await other.get(f"/intake/fragments/names?households={household}")).status_code == 403
    assert len(await intake.rows("select 1 from access_log where look = 'fragment'")) == 1


async def test_the_ledger_cannot_be_changed(api: httpx.AsyncClient, intake: Intake) -> None:
    """The database refuses to change or empty it; it goes along with the file, and only forgetting takes it away."""
    household, consent = await family_with_consent(api)
    made = await release(api, household, consent_id=consent)
    async with intake.recipient("projekt-ankommen") as partner:
        await partner.get(f"{API}/shared/{made['release_id']}")
    for statement in ("update release_look set who = 'x'", "delete from release_look", "truncate release_look"):
        with pytest.raises(DBAPIError, match="append-only"):
            await intake.rows(statement)
    async with intake.database.transaction() as session:
        content = await whole_file.dump(session, UUID(household))
        await whole_file.forget(session, UUID(household))
    assert not await intake.rows("select 1 from release_look")
    async with intake.database.transaction() as session:
        await whole_file.load(session, content)
        assert await whole_file.dump(session, UUID(household)) == content
    assert len(content["release_look"]) == 1
