"""What protects a family is entered while its file is on the way: it holds here at once, and goes after the file."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from services.intake import commands
from services.intake.domain.care import ProtectionStep
from services.intake.inputs import CloseProtection, CorrectHousehold, TakeProtectionStep, WriteSafetyNote
from shared.refusals import Conflict
from tests.component.intake.conftest import Intake
from tests.component.intake.samples import API, ASSELN, days_ago, register
from tests.component.intake.test_handover_steps import checked, move
from tests.component.intake.three_sites import BRACKEL, DISTRICTS, HOERDE, MENGEDE, Network, Site, three_sites


@pytest.fixture
async def network(new_migrated: Callable[[], str], tmp_path: Path) -> AsyncIterator[Network]:
    """Three sites of this test alone."""
    async with three_sites({name: new_migrated() for name in DISTRICTS}, tmp_path) as network:
        yield network


async def note(site: Site, household_id: UUID, text: str | None) -> None:
    """A safety note is written, or taken away."""
    wanted = WriteSafetyNote(text=text)
    await site.do(lambda session: commands.write_safety_note(session, site.by, household_id, wanted))


async def step(site: Site, household_id: UUID, which: ProtectionStep, said: str) -> None:
    """A step of the checklist was taken."""
    wanted = TakeProtectionStep(step=which, note=said)
    await site.do(lambda session: commands.take_protection_step(session, site.by, household_id, wanted))


async def begin(site: Site, household_id: UUID) -> None:
    """The checklist is begun."""
    await site.do(lambda session: commands.open_protection(session, site.by, household_id))


async def end(site: Site, household_id: UUID, result: str) -> None:
    """The checklist is done."""
    wanted = CloseProtection(result=result)
    await site.do(lambda session: commands.close_protection(session, site.by, household_id, wanted))


async def protect(site: Site, household_id: UUID) -> None:
    """The address must not become known."""
    wanted = CorrectHousehold(protected=True)
    await site.do(lambda session: commands.correct_household(session, site.by, household_id, wanted))


async def all_of_it(site: Site, household_id: UUID) -> None:
    """Everything that the caretaker may enter to protect a family."""
    await note(site, household_id, "Nur zu zweit hingehen")
    await begin(site, household_id)
    await step(site, household_id, ProtectionStep.NOTICED, "Kind allein im Hof")
    await step(site, household_id, ProtectionStep.DISCUSSED, "zu zweit beraten")
    await end(site, household_id, "Keine Gefährdung")
    await protect(site, household_id)


async def stands(site: Site, household_id: UUID) -> None:
    """All of it is in the site's file, once."""
    assert [row.text for row in await site.rows("select text from safety_note")] == ["Nur zu zweit hingehen"]
    [path] = await site.rows("select id, household_id, opened_by, closed_on, result from child_protection")
    assert (path.household_id, path.opened_by.split("@")[0], path.result) == (household_id, "amal", "Keine Gefährdung")
    steps = await site.rows("select step, note from child_protection_step order by step")
    assert steps == [("discussed", "zu zweit beraten"), ("noticed", "Kind allein im Hof")]
    [household] = await site.rows("select protected, search from household where id = :id", id=household_id)
    assert household.protected
    assert "strasse" not in household.search
    assert not await site.rows("select id from supplement where state in ('parked', 'unfit')")


@pytest.mark.parametrize("backwards", [False, True])
async def test_the_caretaker_protects_a_family(network: Network, backwards: bool) -> None:
    """It holds here at once and at the next site when its letters have come: in any order, and twice."""
    old, new = network.sites[BRACKEL], network.sites[HOERDE]
    mine = await old.register()
    await move(old, mine, "hoerde")
    told = len(await old.events())
    await all_of_it(old, mine)
    await stands(old, mine)
    assert len(await old.events()) == told, "the household's numbers are the next site's"
    await old.send()
    if backwards:
        network.wire.letters.reverse()
    for body in [body for _, body in network.wire.letters]:
        await new.receive(body)
    if backwards:
        assert {row.outcome for row in await new.rows("select outcome from letter_in where kind = 'supplement'")} == {
            "held"
        }
    await network.settle()
    assert await checked(network, mine) is new
    await stands(new, mine)
    kinds = [row.kind for row in await new.rows("select kind from timeline order by id")]
    for kind in ("safety_note", "child_protection", "child_noticed", "child_discussed", "child_closed", "corrected"):
        assert kinds.count(kind) == 1, kind
    places = [event["data"].get("neighbourhood") for event in await new.events() if "neighbourhood" in event["data"]]
    assert set(places) <= {None}


async def test_what_protects_follows_the_file_that_has_gone_on(network: Network) -> None:
    """The file has reached the third site before the second one hears of it."""
    old, new, third = network.sites[BRACKEL], network.sites[HOERDE], network.sites[MENGEDE]
    mine = await old.register()
    await move(old, mine, "hoerde")
    await old.send()
    await all_of_it(old, mine)
    await network.deliver()  # the file alone; the supplements are not sent yet
    await move(new, mine, "mengede", "Weiter 3")
    await new.send()
    network.wire.letters = [each for each in network.wire.letters if each[0] != BRACKEL]  # the receipt is late
    while network.wire.letters:
        await network.deliver()
    assert await third.standing(mine) == ("in_charge", 3)
    await network.settle()
    await stands(third, mine)
    assert not await new.rows("select id from child_protection")


async def test_what_both_sites_have_written_stays(network: Network) -> None:
    """The caretaker does not know what the next site has entered already; neither warning is lost."""
    old, new = network.sites[BRACKEL], network.sites[HOERDE]
    mine = await old.register()
    await note(old, mine, "Hund")
    await move(old, mine, "hoerde")
    await old.send()
    await network.deliver()
    for site, said in ((new, "Hund ist angeleint"), (old, "Treppe ohne Licht")):
        await note(site, mine, said)
        await begin(site, mine)
        await step(site, mine, ProtectionStep.NOTICED, said)
        await end(site, mine, said) if site is old else None
    await network.settle()
    assert await new.rows("select text from safety_note") == [("Hund ist angeleint\n\nTreppe ohne Licht",)]
    paths = await new.rows(
        "select p.closed_on is null as open, p.result, s.note from child_protection p "
        "join child_protection_step s on s.path_id = p.id order by p.closed_on nulls first"
    )
    assert [(path.open, path.note) for path in paths] == [(True, "Hund ist angeleint"), (False, "Treppe ohne Licht")]
    assert paths[1].result.endswith("weitergeführt wird der andere Weg dieser Familie.\n\nTreppe ohne Licht")
    assert not await new.rows("select id from supplement where state <> 'applied'")


async def test_both_go_on_with_one_path(network: Network) -> None:
    """A step, and the end, that were entered at both sites say what both have written; a note taken away is away."""
    old, new = network.sites[BRACKEL], network.sites[HOERDE]
    mine = await old.register()
    await note(old, mine, "Hund")
    await begin(old, mine)
    await move(old, mine, "hoerde")
    await old.send()
    await network.deliver()
    for site in (new, old):
        await step(site, mine, ProtectionStep.NOTICED, f"gesehen in {site.name}")
        await end(site, mine, f"Ende in {site.name}")
    await note(old, mine, None)
    await network.settle()
    [entered] = await new.rows("select note from child_protection_step")
    assert f"gesehen in {HOERDE}" in entered.note
    assert f"gesehen in {BRACKEL}" in entered.note
    assert await new.rows("select result from child_protection") == [(f"Ende in {HOERDE}\n\nEnde in {BRACKEL}",)]
    assert not await new.rows("select text from safety_note")


async def test_the_caretaker_corrects_nothing_else(network: Network) -> None:
    """A name is put right where the file goes; protection is not taken away on the way either."""
    old = network.sites[BRACKEL]
    mine = await old.register()
    await move(old, mine, "hoerde")
    await protect(old, mine)
    for wanted in (CorrectHousehold(protected=False), CorrectHousehold(protected=True, phone=None)):
        with pytest.raises(Conflict, match="in Übergabe"):
            await old.do(lambda session, it=wanted: commands.correct_household(session, old.by, mine, it))  # type: ignore[misc]


async def test_the_file_offers_what_protects(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake
) -> None:
    """The caretaker's page of the file has the buttons; the address is hidden at once, in file, list and search."""
    household = (await register(api))["household_id"]
    there = {"address": {**ASSELN, "district": "hoerde", "neighbourhood": None}, "tenancy": "private"}
    await api.post(f"{API}/households/{household}/moves", json={**there, "moved_on": days_ago(1)})
    file = f"/intake/households/{household}"
    page = (await browser.get(file)).text
    for link in ("safety-note", "child-protection", "protect"):
        assert f'"{file}/{link}"' in page, link
    assert f'"{file}/correct"' not in page
    assert ASSELN["street"] in page
    done = await browser.post(f"{file}/protect")
    assert done.headers["location"] == f"{file}?done=protected"
    page = (await browser.get(done.headers["location"])).text
    assert "Die Adresse ist geschützt." in page
    assert f'"{file}/protect"' not in page
    for shown in (page, (await browser.get("/intake/households")).text):
        assert ASSELN["street"] not in shown
    assert (await api.get(f"{API}/households", params={"q": ASSELN["street"]})).json()["items"] == []
    await browser.post(f"{file}/safety-note", data={"text": "Hund im Hof"})
    await browser.post(f"{file}/child-protection/begin")
    page = (await browser.get(file)).text
    assert "Sicherheitshinweis vorhanden." in page
    assert "Kinderschutz: 0 von 6 Schritten erledigt." in page
    assert len(await intake.rows("select id from letter_out where kind = 'supplement'")) == 3
