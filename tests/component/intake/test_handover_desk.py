"""„Übergaben" on the desk: what is on its way, what hangs, what was refused, and what belongs elsewhere by now."""

from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy import text

from services.intake import commands
from shared.contracts.intake import HouseholdHandedOver
from shared.contracts.reporting import SiteOpened
from shared.letters import Refusal, RefusedBecause
from tests.component.intake.conftest import Intake
from tests.component.intake.samples import API, ASSELN, SITE, days_ago, register
from tests.component.intake.test_erasures import erase

THERE = {"address": {**ASSELN, "district": "hoerde", "neighbourhood": None}, "tenancy": "private"}
DESK = "/intake/handovers"


async def _on_its_way(api: httpx.AsyncClient) -> str:
    household = str((await register(api))["household_id"])
    moved = await api.post(f"{API}/households/{household}/moves", json={**THERE, "moved_on": days_ago(1)})
    assert moved.status_code == 201, moved.text
    return household


async def _do(intake: Intake, statement: str, **values: Any) -> None:
    async with intake.database.transaction() as session:
        await session.execute(text(statement), values)


async def test_a_handover_is_seen_until_it_has_arrived(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake
) -> None:
    """The desk, „Heute" and the file itself say where the file goes, and who looks after the family meanwhile."""
    household = await _on_its_way(api)
    desk = (await browser.get(DESK)).text
    assert "nach Hörde/Hombruch" in desk
    assert "Sie betreuen diese Familien, bis ihre Akte angekommen ist." in desk
    assert "hängt" not in desk
    assert "Übergabe unterwegs" in (await browser.get("/")).text
    file = (await browser.get(f"/intake/households/{household}")).text
    assert "In Übergabe an Hörde/Hombruch seit" in file
    assert f"/intake/households/{household}/contact" in file
    assert f"/intake/households/{household}/need" not in file
    [looked] = await intake.rows("select count(*) from access_log where why = 'Übergaben'")
    assert looked[0] == 1


async def test_a_handover_that_hangs_is_red_and_can_be_repeated(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake
) -> None:
    """After an hour it says so everywhere, and one button sends the letter again; answered ones need no repeating."""
    await _on_its_way(api)
    await _do(intake, "update letter_out set state = 'sent', tries = 1, made_at = now() - interval '61 minutes'")
    assert "Eine Übergabe hängt." in (await browser.get(DESK)).text
    assert "Übergabe hängt" in (await browser.get("/")).text
    [listed] = (await api.get(f"{API}/handovers")).json()["items"]
    assert (listed["hangs"], listed["tries"], listed["charge"], listed["to_site"]) == (True, 1, 2, "hoerde-hombruch")

    again = await browser.post(f"{DESK}/{listed['letter_id']}/repeat")
    assert again.headers["location"] == f"{DESK}?done=repeated"
    assert await intake.rows("select state from letter_out") == [("waiting",)]
    await _do(intake, "update letter_out set state = 'confirmed', content = null, confirmed_at = now()")
    refused = await api.post(f"{API}/handovers/{listed['letter_id']}/repeat")
    assert refused.status_code == 409
    assert (await api.post(f"{API}/handovers/{uuid4()}/repeat")).status_code == 404
    assert (await api.get(f"{API}/handovers")).json()["items"] == []
    assert len((await api.get(f"{API}/handovers?state=arrived")).json()["items"]) == 1


async def test_a_refused_handover_is_decided_on_the_desk(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake
) -> None:
    """The desk explains both ways out, and has a button for each; one that was erased can only go."""
    household = await _on_its_way(api)
    refuse = "update letter_out set state = 'refused', why = :why, content = jsonb_build_object('known', 4)"
    assert "Kopie hier löschen" not in (await browser.get(DESK)).text
    await _do(intake, refuse, why="erased")
    erased = (await browser.get(DESK)).text
    assert "Kopie hier löschen" in erased
    assert "Akte zurücknehmen" not in erased
    await _do(intake, refuse, why="stale")
    assert "Akte zurücknehmen" in (await browser.get(DESK)).text
    [listed] = (await api.get(f"{API}/handovers")).json()["items"]
    back = await browser.post(f"{DESK}/{listed['letter_id']}/take-back")
    assert back.headers["location"] == f"{DESK}?done=taken_back"
    file = (await api.get(f"{API}/households/{household}")).json()
    assert (file["standing"], file["charge"]) == ("in_charge", 5)
    assert "Akte zurückgenommen" in (await browser.get(f"/intake/households/{household}")).text

    await _do(intake, "update household set standing = 'caretaker', charge = 1, handed_to = 'hoerde-hombruch'")
    await _do(intake, refuse, why="stale")
    gone = await api.post(f"{API}/handovers/{listed['letter_id']}/give-up")
    assert gone.json()["state"] == "superseded"
    assert (await api.get(f"{API}/households/{household}")).status_code == 404


async def test_what_comes_and_what_was_refused(browser: httpx.AsyncClient, intake: Intake) -> None:
    """A file that another site has announced stands on the desk until it is here, a refused letter with its reason."""
    coming = HouseholdHandedOver.model_validate(
        {
            "household_id": str(uuid4()),
            "letter_id": str(uuid4()),
            "from_site": "hoerde-hombruch",
            "to_site": SITE,
            "stage": "sent",
            "charge": 2,
            "district": "aplerbeck",
            "on": days_ago(1),
        }
    )
    async with intake.database.transaction() as session:
        await commands.note_handover(session, coming)
        await commands.refuse_letter(session, Refusal(RefusedBecause.FORGED, b"-", None))
    desk = (await browser.get(DESK)).text
    assert "Eine Akte aus Hörde/Hombruch" in desk
    assert "Die Unterschrift stimmt nicht." in desk


async def test_an_erased_family_is_not_expected(api: httpx.AsyncClient, intake: Intake) -> None:
    """An announcement that comes after the erasure leaves no line that would wait for ever."""
    household = (await register(api))["household_id"]
    await erase(intake, UUID(household))
    said = {"household_id": household, "letter_id": str(uuid4()), "from_site": "hoerde-hombruch", "to_site": SITE}
    late = {**said, "stage": "sent", "charge": 7, "district": "aplerbeck", "on": days_ago(1)}
    async with intake.database.transaction() as session:
        await commands.note_handover(session, HouseholdHandedOver.model_validate(late))
    assert not await intake.rows("select household_id from expected")


async def test_a_forged_event_ends_no_care(api: httpx.AsyncClient, intake: Intake) -> None:
    """That a file has arrived is believed of a signed receipt alone."""
    household = await _on_its_way(api)
    said = (await intake.events("household-handed-over"))[-1]["data"]
    async with intake.database.transaction() as session:
        await commands.note_handover(session, HouseholdHandedOver.model_validate({**said, "stage": "accepted"}))
    assert (await api.get(f"{API}/households/{household}")).json()["standing"] == "caretaker"


async def test_a_newer_number_elsewhere_ends_an_older_copy(api: httpx.AsyncClient, intake: Intake) -> None:
    """After an older database was restored, the events say which files it does not hold any more."""
    household = str((await register(api))["household_id"])
    accepted = {
        "household_id": household,
        "letter_id": str(uuid4()),
        "from_site": SITE,
        "to_site": "hoerde-hombruch",
        "stage": "accepted",
        "charge": 2,
        "district": "hoerde",
        "on": days_ago(1),
    }
    async with intake.database.transaction() as session:
        await commands.note_handover(session, HouseholdHandedOver.model_validate(accepted))
    file = (await api.get(f"{API}/households/{household}")).json()
    assert (file["standing"], file["handed_to"]) == ("superseded", "hoerde-hombruch")
    assert (await api.post(f"{API}/households/{household}/needs", json={"area": "language"})).status_code == 409


async def test_a_new_site_gets_its_files_when_somebody_says_so(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake
) -> None:
    """Files of a district that another site serves by now stand on the desk; one button hands them over."""
    nette = {**ASSELN, "district": "mengede", "neighbourhood": "Nette"}
    household = (await register(api, address=nette, moved_on=days_ago(3)))["household_id"]
    assert "Gehört jetzt zu" not in (await browser.get(DESK)).text
    opened = SiteOpened.model_validate({"site": "mengede-huckarde", "districts": ["mengede"], "public_keys": []})
    async with intake.database.transaction() as session:
        await commands.enter_site(session, opened, 1)
    desk = (await browser.get(DESK)).text
    assert "Gehört jetzt zu einem anderen Standort" in desk
    assert "1 offene Akte" in desk
    assert (await api.post(f"{API}/handovers/hoerde-hombruch/start")).json()["handed_over"] == 0
    assert (await api.post(f"{API}/handovers/{SITE}/start")).status_code == 409
    started = await api.post(f"{API}/handovers/mengede-huckarde/start")
    assert started.json() == {"to_site": "mengede-huckarde", "handed_over": 1}
    file = (await api.get(f"{API}/households/{household}")).json()
    assert (file["standing"], file["handed_to"]) == ("caretaker", "mengede-huckarde")
    assert "Gehört jetzt zu" not in (await browser.get(DESK)).text
    visit = (await intake.rows("select content -> 'tables' -> 'first_visit' -> 0 ->> 'state' as s from letter_out"))[0]
    assert visit.s == "owed"
